-- Schema 1. Times are microseconds since 1970 UTC; names of columns say so.
--
-- Migrations are files migrate-NNNN.sql, run in the order of their numbers, each in one transaction
-- that also sets user_version. A file that has been released never changes.

-- Everything that is large or might hold a secret, stored once whatever the number of versions and
-- devices that have it. No other table and no index holds text of a config.
--
-- `content` tells equal texts: BLAKE2b-256 of the text where key_id is NULL. Texts that are encrypted
-- will use that key in the hash as well (a bare hash lets anybody test a guess against it), so the
-- same text under two keys is two blobs and `content` stays unique.
-- `codec`: 0 as it is, 1 zstd, 2 zstd with the text of `base` as its prefix (not written yet).
-- `key_id`: NULL: not encrypted. Else the key `data` is encrypted with, behind the codec; `content`
-- is its associated data.
CREATE TABLE blob (
    id INTEGER PRIMARY KEY,
    content BLOB NOT NULL UNIQUE CHECK (length(content) = 32),
    length INTEGER NOT NULL CHECK (length >= 0), -- of the text
    codec INTEGER NOT NULL,
    key_id INTEGER,
    base INTEGER REFERENCES blob (id),
    data BLOB NOT NULL
) STRICT;

-- What is known of a device now: the answer of `status` without a look at its history.
CREATE TABLE device (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    address TEXT NOT NULL,
    platform TEXT NOT NULL,
    newest INTEGER NOT NULL DEFAULT 0, -- version number; 0: none yet
    last_try_us INTEGER NOT NULL DEFAULT 0,
    last_success_us INTEGER NOT NULL DEFAULT 0,
    failure TEXT, -- of the last run; NULL: it succeeded
    message TEXT,
    failures INTEGER NOT NULL DEFAULT 0, -- in a row
    dialogue_us INTEGER NOT NULL DEFAULT 0,
    accounts INTEGER NOT NULL DEFAULT 0, -- in the newest version
    admins INTEGER NOT NULL DEFAULT 0
) STRICT;

-- `id` rises in the order of commits over all devices: the hash chain will run along it, so that a
-- device taken out whole leaves a gap as well. `chain` will hold BLAKE2b-256 of the chain value
-- before it, this row without id and seen_us, its parts in order with their blobs' `content`, and
-- its events in order; NULL marks a version older than the chain.
-- Within a device created_us rises strictly with number, also when the clock is set back.
CREATE TABLE version (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    device INTEGER NOT NULL REFERENCES device (id),
    number INTEGER NOT NULL CHECK (number > 0),
    created_us INTEGER NOT NULL,
    seen_us INTEGER NOT NULL,
    platform TEXT NOT NULL,
    digest TEXT NOT NULL,
    author TEXT,
    bytes INTEGER NOT NULL, -- of all parts, raw
    access INTEGER NOT NULL REFERENCES blob (id),
    event_count INTEGER NOT NULL DEFAULT 0,
    worst_severity INTEGER NOT NULL DEFAULT 0,
    chain BLOB,
    UNIQUE (device, number)
) STRICT;
CREATE INDEX version_by_time ON version (device, created_us, number);

CREATE TABLE part (
    version INTEGER NOT NULL REFERENCES version (id),
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    blob INTEGER NOT NULL REFERENCES blob (id),
    PRIMARY KEY (version, position)
) STRICT, WITHOUT ROWID;

-- Who ever had an account, once a name; when and how in account_interval. So the accounts of the
-- whole fleet at any time are one walk along this table with one step into the other for each row.
CREATE TABLE account (
    id INTEGER PRIMARY KEY,
    device INTEGER NOT NULL REFERENCES device (id),
    realm TEXT NOT NULL,
    name TEXT NOT NULL,
    UNIQUE (device, realm, name)
) STRICT;
CREATE INDEX account_by_name ON account (name, device, realm);

-- An account as it was from one version (from_us, included) to another (to_us, excluded;
-- 9223372036854775807: still). Attributes that can be shown; no secret and no fingerprint.
CREATE TABLE account_interval (
    account INTEGER NOT NULL REFERENCES account (id),
    from_us INTEGER NOT NULL,
    to_us INTEGER NOT NULL,
    first_us INTEGER NOT NULL,       -- there without a gap since
    first_version INTEGER NOT NULL,  -- number of the version of first_us
    kind TEXT NOT NULL,
    privilege INTEGER,
    roles TEXT NOT NULL,
    admin INTEGER NOT NULL,
    enabled INTEGER NOT NULL,
    secret_scheme TEXT,
    key_count INTEGER NOT NULL,
    PRIMARY KEY (account, from_us),
    CHECK (first_us <= from_us AND from_us < to_us)
) STRICT, WITHOUT ROWID;

CREATE TABLE event (
    id INTEGER PRIMARY KEY,
    uid TEXT NOT NULL UNIQUE,
    device INTEGER NOT NULL REFERENCES device (id),
    version INTEGER, -- number; NULL: of a run that wrote none
    seen_us INTEGER NOT NULL,
    event TEXT NOT NULL,
    severity INTEGER NOT NULL,
    subject TEXT NOT NULL,
    path TEXT NOT NULL,
    json TEXT NOT NULL
) STRICT;
CREATE INDEX event_by_time ON event (seen_us);
CREATE INDEX event_by_device ON event (device, seen_us);
CREATE INDEX event_by_subject ON event (subject, seen_us);

-- Every try. Written once, at its end, and without an index: this is the one table that grows when
-- nothing happens.
CREATE TABLE run (
    id INTEGER PRIMARY KEY,
    device INTEGER NOT NULL REFERENCES device (id),
    started_us INTEGER NOT NULL,
    ended_us INTEGER NOT NULL,
    version INTEGER NOT NULL, -- in force afterwards; 0: none
    failure TEXT,
    message TEXT
) STRICT;

-- due_us 0: at once, whatever the clock says.
CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    sink TEXT NOT NULL,
    event INTEGER NOT NULL REFERENCES event (id),
    due_us INTEGER NOT NULL DEFAULT 0,
    tries INTEGER NOT NULL DEFAULT 0,
    message TEXT -- why the last try failed
) STRICT;
CREATE INDEX outbox_by_due ON outbox (due_us);
CREATE INDEX outbox_by_sink ON outbox (sink, due_us);

-- By name: a device is leased before its first run makes a row of it.
CREATE TABLE lease (
    device TEXT NOT NULL PRIMARY KEY,
    holder TEXT NOT NULL,
    until_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE host_key (
    hop TEXT NOT NULL,
    algorithm TEXT NOT NULL,
    base64 TEXT NOT NULL,
    how TEXT NOT NULL CHECK (how IN ('first-use', 'trust', 'import')),
    pinned_us INTEGER NOT NULL,
    PRIMARY KEY (hop, algorithm, base64)
) STRICT, WITHOUT ROWID;
