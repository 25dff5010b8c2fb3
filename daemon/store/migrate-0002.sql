-- Schema 2: the history is a log that only grows, and what is not a device's name or a time is
-- sealed (store/seal.h) or, where equality is looked up, a blind index: 64 bits of a keyed hash.
--
-- `entry` is the truth; all other tables are indexes and caches over it. What was there in schema 1
-- is taken over by migrate_1.c from the tables renamed here, which it drops.

DROP INDEX version_by_time;
DROP INDEX account_by_name;
DROP INDEX event_by_time;
DROP INDEX event_by_device;
DROP INDEX event_by_subject;
DROP INDEX outbox_by_due;
DROP INDEX outbox_by_sink;
ALTER TABLE blob RENAME TO old_blob;
ALTER TABLE device RENAME TO old_device;
ALTER TABLE version RENAME TO old_version;
ALTER TABLE part RENAME TO old_part;
ALTER TABLE account RENAME TO old_account;
ALTER TABLE account_interval RENAME TO old_interval;
ALTER TABLE event RENAME TO old_event;
ALTER TABLE run RENAME TO old_run;
ALTER TABLE outbox RENAME TO old_outbox;
ALTER TABLE host_key RENAME TO old_host_key;

-- The store's keys. A row stays when its key is destroyed, so that no number is used twice. `use`:
-- 1 config (texts), 2 record (entries, sealed columns), 3 fingerprint, 4 sign (Ed25519 seed),
-- 5 index (blind indexes).
CREATE TABLE key (
    id INTEGER PRIMARY KEY,
    use INTEGER NOT NULL CHECK (use BETWEEN 1 AND 5),
    created_us INTEGER NOT NULL,
    retired_us INTEGER -- NULL: in use
) STRICT;

-- A key under a master key (its id: BLAKE2b of a fixed word, keyed with it). More than one only
-- while a master key gives way to another. The key is destroyed by deleting what is here.
CREATE TABLE wrap (
    key INTEGER NOT NULL REFERENCES key (id),
    master BLOB NOT NULL CHECK (length(master) = 16),
    wrapped BLOB NOT NULL,
    turn INTEGER NOT NULL, -- of two, the one of the later turn stays
    PRIMARY KEY (key, master)
) STRICT, WITHOUT ROWID;

-- What is known of a device now: the answer of `status` without a look at its history.
CREATE TABLE device (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    newest INTEGER NOT NULL DEFAULT 0, -- version number; 0: none yet
    last_try_us INTEGER NOT NULL DEFAULT 0,
    last_success_us INTEGER NOT NULL DEFAULT 0,
    facts BLOB -- address, platform, last failure, counts
) STRICT;

-- The log. seq counts from 0 without a gap. The leaf of the Merkle tree is made of kind, time_us,
-- the device's name and the document in `body` (entry.c). `hashes`: the leaf's, then those of the
-- complete subtrees that end here, from level 1 up: as many as seq + 1 has zero bits at its end. So
-- every node of the tree is one row away. `body` NULL: pruned; the hashes stay.
CREATE TABLE entry (
    seq INTEGER PRIMARY KEY CHECK (seq >= 0),
    kind INTEGER NOT NULL, -- enum entry_kind of store/store.h
    device INTEGER REFERENCES device (id),
    time_us INTEGER NOT NULL, -- the host's clock
    body BLOB,
    hashes BLOB NOT NULL CHECK (length(hashes) % 32 = 0)
) STRICT;
-- What is neither a start, a version nor an event: acts of people, few among many.
CREATE INDEX entry_rare ON entry (kind) WHERE kind > 3;

-- Signed heads: the newest one, and those that were sent to the world.
CREATE TABLE head (
    size INTEGER PRIMARY KEY,
    time_us INTEGER NOT NULL,
    sent_us INTEGER, -- NULL: not sent; the next one takes its place
    note TEXT NOT NULL
) STRICT;

-- Texts of parts and access trees. `content` (blind, of the text and what it is) finds equal texts
-- of one device; `base`: the blob whose text is the prefix of this one's compression. Nothing
-- refers to a blob by a foreign key: pruning would have to look for each through all of them.
CREATE TABLE blob (
    id INTEGER PRIMARY KEY,
    device INTEGER NOT NULL REFERENCES device (id),
    version INTEGER NOT NULL, -- number it was first stored with
    content INTEGER NOT NULL,
    length INTEGER NOT NULL CHECK (length >= 0), -- of the text
    codec INTEGER NOT NULL,
    base INTEGER,
    depth INTEGER NOT NULL DEFAULT 0, -- how many bases are behind each other
    data BLOB NOT NULL
) STRICT;
CREATE INDEX blob_by_content ON blob (device, content);

-- Within a device created_us rises strictly with number, also when the clock is set back.
CREATE TABLE version (
    seq INTEGER PRIMARY KEY REFERENCES entry (seq),
    device INTEGER NOT NULL REFERENCES device (id),
    number INTEGER NOT NULL CHECK (number > 0),
    created_us INTEGER NOT NULL,
    seen_us INTEGER NOT NULL,
    access INTEGER,                      -- blob; NULL: pruned
    doubt INTEGER NOT NULL DEFAULT 0,    -- 1: the clock cannot be trusted around created_us
    pruned INTEGER REFERENCES entry (seq), -- by which entry
    UNIQUE (device, number)
) STRICT;
CREATE INDEX version_by_time ON version (device, created_us, number);

-- Its name stands in the version's entry, at the same position.
CREATE TABLE part (
    version INTEGER NOT NULL REFERENCES version (seq),
    position INTEGER NOT NULL,
    blob INTEGER NOT NULL,
    PRIMARY KEY (version, position)
) STRICT, WITHOUT ROWID;

-- Who ever had an account, once a name; when and how in account_interval. So the accounts of the
-- whole fleet at any time are one walk along this table with one step into the other for each row.
CREATE TABLE account (
    id INTEGER PRIMARY KEY,
    device INTEGER NOT NULL REFERENCES device (id),
    who INTEGER NOT NULL,  -- blind: realm, name
    name INTEGER NOT NULL, -- blind: name
    UNIQUE (device, who)
) STRICT;
CREATE INDEX account_by_name ON account (name, device);

-- An account as it was from one version (from_us, included) to another (to_us, excluded;
-- 9223372036854775807: still). `facts`: realm, name and all that can be shown; no secret.
CREATE TABLE account_interval (
    account INTEGER NOT NULL REFERENCES account (id),
    from_us INTEGER NOT NULL,
    to_us INTEGER NOT NULL,
    first_us INTEGER NOT NULL,      -- there without a gap since
    first_version INTEGER NOT NULL, -- number of the version of first_us
    facts BLOB NOT NULL,
    PRIMARY KEY (account, from_us),
    CHECK (first_us <= from_us AND from_us < to_us)
) STRICT, WITHOUT ROWID;

-- The event's document is the entry's. uid, event and subject are blind.
CREATE TABLE event (
    seq INTEGER PRIMARY KEY REFERENCES entry (seq),
    device INTEGER NOT NULL REFERENCES device (id),
    version INTEGER, -- number; NULL: of a run that wrote none
    seen_us INTEGER NOT NULL,
    uid INTEGER NOT NULL UNIQUE,
    event INTEGER NOT NULL,
    subject INTEGER NOT NULL
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
    mark INTEGER NOT NULL,    -- blind: what stands before it
    facts BLOB                -- failure and message; NULL: it succeeded
) STRICT;

-- due_us 0: at once, whatever the clock says.
CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    sink INTEGER NOT NULL, -- blind: its name
    event INTEGER NOT NULL REFERENCES event (seq),
    due_us INTEGER NOT NULL DEFAULT 0,
    tries INTEGER NOT NULL DEFAULT 0,
    facts BLOB NOT NULL -- the sink's name, why the last try failed
) STRICT;
CREATE INDEX outbox_by_due ON outbox (due_us);
CREATE INDEX outbox_by_sink ON outbox (sink, due_us);

-- Which place has which head of the log, or why it has not. id: blind, of its name.
CREATE TABLE head_place (
    id INTEGER PRIMARY KEY,
    facts BLOB NOT NULL
) STRICT;

CREATE TABLE host_key (
    id INTEGER PRIMARY KEY,
    hop INTEGER NOT NULL,            -- blind
    pinned INTEGER NOT NULL UNIQUE,  -- blind: hop, algorithm, key
    facts BLOB NOT NULL              -- algorithm, key, how, when
) STRICT;
CREATE INDEX host_key_by_hop ON host_key (hop);

-- Legal holds: versions that no policy takes. Its number is that of the entry that made it, which
-- has the reason; `released`: the entry that ended it.
CREATE TABLE hold (
    seq INTEGER PRIMARY KEY REFERENCES entry (seq),
    device INTEGER NOT NULL REFERENCES device (id),
    number INTEGER, -- of a version; NULL: all in force within the time
    since_us INTEGER NOT NULL,
    until_us INTEGER NOT NULL,
    released INTEGER REFERENCES entry (seq)
) STRICT;
