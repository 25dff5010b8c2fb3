-- Schema 2: everything but names of devices and times is sealed.

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
    PRIMARY KEY (key, master)
) STRICT, WITHOUT ROWID;
