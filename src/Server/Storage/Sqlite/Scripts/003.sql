-- Restores from a backup, each as it was for an account: what devices are told of it, and until when ordinary commits wait (spec/http-api.md §5.1).

CREATE TABLE restores (
    account BLOB NOT NULL,
    id      BLOB NOT NULL,
    at      INTEGER NOT NULL,
    size    INTEGER NOT NULL,           -- leaves in the backup
    root    BLOB NOT NULL,
    ends    INTEGER NOT NULL,           -- when the wait is over; 0: it is
    PRIMARY KEY (account, id)
);

-- Devices that have put back what they had.
CREATE TABLE restore_reports (
    account BLOB NOT NULL,
    id      BLOB NOT NULL,
    holder  BLOB NOT NULL,
    PRIMARY KEY (account, id, holder)
);
