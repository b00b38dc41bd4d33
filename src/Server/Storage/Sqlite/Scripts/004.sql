-- How far each public log of this server was signed: a second memory, so that the log's folder alone, put back to an older copy, is noticed (spec/public-log.md §5).

CREATE TABLE log_signed (
    origin TEXT NOT NULL PRIMARY KEY,
    size   INTEGER NOT NULL,            -- only ever grows
    root   BLOB NOT NULL
);
