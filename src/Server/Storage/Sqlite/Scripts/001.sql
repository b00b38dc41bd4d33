-- Every table of people's data is keyed by account first, so that it can be spread by account as it stands.
-- Times are Unix milliseconds of the server's clock.

CREATE TABLE accounts (
    account BLOB NOT NULL PRIMARY KEY,
    size    INTEGER NOT NULL,           -- leaves; compared and set with every commit
    state   BLOB NOT NULL,              -- AccountState.Encode, of exactly `size` leaves
    bytes   INTEGER NOT NULL,           -- leaves, bundles, sealed vault keys and blobs: what the quota is compared with
    region  TEXT NOT NULL,
    created INTEGER NOT NULL
);

-- Who may sign for which account: a copy of what the states say, for finding an account by its holder.
CREATE TABLE holders (
    account   BLOB NOT NULL,
    holder    BLOB NOT NULL,
    type      INTEGER NOT NULL,
    signing   BLOB NOT NULL,
    agreement BLOB NOT NULL,
    added     INTEGER NOT NULL,
    removed   INTEGER NULL,
    PRIMARY KEY (account, holder)
);
CREATE INDEX holders_by_holder ON holders (holder, added);

CREATE TABLE commits (
    account BLOB NOT NULL,
    idx     INTEGER NOT NULL,
    kind    INTEGER NOT NULL,
    leaf    BLOB NOT NULL,
    PRIMARY KEY (account, idx)
);

-- The inline payloads of one commit, joined in the order of its puts, without those that `superseded` says are dropped.
CREATE TABLE bundles (
    account BLOB NOT NULL,
    idx     INTEGER NOT NULL,
    kind    INTEGER NOT NULL,
    bundle  BLOB NOT NULL,
    PRIMARY KEY (account, idx)
);

-- Places that a later operation of the same kind names as parent.
CREATE TABLE superseded (
    account BLOB NOT NULL,
    idx     INTEGER NOT NULL,
    op      INTEGER NOT NULL,
    at_idx  INTEGER NOT NULL,
    at_time INTEGER NOT NULL,
    dropped INTEGER NOT NULL DEFAULT 0, -- 1: the payload is no longer in the bundle
    PRIMARY KEY (account, idx, op)
);
CREATE INDEX superseded_due ON superseded (at_time) WHERE dropped = 0;

CREATE TABLE vaults (
    account BLOB NOT NULL,
    kind    INTEGER NOT NULL,
    epoch   INTEGER NOT NULL,
    sealed  BLOB NOT NULL,
    PRIMARY KEY (account, kind, epoch)
);

-- A row stands only for a blob whose bytes are on stable storage, or were until they were erased.
CREATE TABLE blobs (
    account   BLOB NOT NULL,
    kind      INTEGER NOT NULL,
    name      BLOB NOT NULL,
    size      INTEGER NOT NULL,
    stored_at INTEGER NOT NULL,
    first_ref INTEGER NULL,             -- index of the first commit that names it
    erased_at INTEGER NULL,             -- index of the commit that erased it: answers 410
    PRIMARY KEY (account, kind, name)
);
CREATE INDEX blobs_unreferenced ON blobs (stored_at) WHERE first_ref IS NULL AND erased_at IS NULL;

CREATE TABLE invites (
    code    BLOB NOT NULL PRIMARY KEY,  -- SHA-256 of the code
    uses    INTEGER NOT NULL,
    made    INTEGER NOT NULL,
    expires INTEGER NOT NULL
);

CREATE TABLE pairings (
    code       TEXT NOT NULL PRIMARY KEY,
    poster     BLOB NOT NULL,
    commitment BLOB NOT NULL,
    account    BLOB NULL,
    offerer    BLOB NULL,
    offer      BLOB NULL,
    reveal     BLOB NULL,
    welcome    BLOB NULL,
    expires    INTEGER NOT NULL
);
CREATE INDEX pairings_by_poster ON pairings (poster);
