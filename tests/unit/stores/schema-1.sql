PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE blob (
    id INTEGER PRIMARY KEY,
    content BLOB NOT NULL UNIQUE CHECK (length(content) = 32),
    length INTEGER NOT NULL CHECK (length >= 0), -- of the text
    codec INTEGER NOT NULL,
    key_id INTEGER,
    base INTEGER REFERENCES blob (id),
    data BLOB NOT NULL
) STRICT;
INSERT INTO blob VALUES(1,X'246bd6331a998617809cf49ac4cd22f7fd873c47ab5b8dc96508edb73178e0a7',29,0,NULL,NULL,X'7b22726f6c6c63616c6c2d6163636573733a616363657373223a7b7d7d');
INSERT INTO blob VALUES(2,X'd5d33e2b1494040f9cb4747fec87115322f4df1562b4b3ad4b7d430de820ae2c',70,0,NULL,NULL,X'686f73746e616d6520656467652d370a757365726e616d65206361726f6c2070726976696c6567652031352073656372657420392024392473616d706c654f4e450a656e640a');
INSERT INTO blob VALUES(3,X'51a67825069166db8e868d87228067d04060c6044d4ea4c24c4c903362ed5961',119,1,NULL,NULL,X'28b52ffd2077a502009204111870c53a9ad04ca331ab6c3cff518e35c2905290a26ae8310146bd9b43298ccf55c892bc45b77dd051a4f29cde3a08faf5c626e3a80df2267e070c117ca9ebdd3ed9101004005325802a4e50d516d3ce3b');
INSERT INTO blob VALUES(4,X'd290bac53e06989d168a0a8341dec7833434d1542a6b510ef679d5e924a9dc4d',70,0,NULL,NULL,X'686f73746e616d6520656467652d370a757365726e616d6520646176652070726976696c6567652031352073656372657420392024392473616d706c65444156450a656e640a');
INSERT INTO blob VALUES(5,X'b51521d2780a4694e0f6c844a79be8d8a507d0c4373a4fea266fcd4da0a19935',20,0,NULL,NULL,X'686f73746e616d6520636f72652d310a656e640a');
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
INSERT INTO device VALUES(1,'edge-7','192.0.2.7','ios',3,1400000000,1400000000,NULL,NULL,0,2000000,1,1);
INSERT INTO device VALUES(2,'core-1','192.0.2.7','ios',1,1500000000,1500000000,NULL,NULL,0,2000000,0,0);
INSERT INTO device VALUES(3,'new-9','192.0.2.7','ios',0,1600000000,0,'connect','it did not answer',1,2000000,0,0);
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
INSERT INTO version VALUES(1,1,1,1000000000,1000000000,'ios','d1','alice',70,1,0,0,NULL);
INSERT INTO version VALUES(2,1,2,1100000000,1200000000,'ios','d1','alice',119,1,1,85,NULL);
INSERT INTO version VALUES(3,1,3,1400000000,1400000000,'ios','d1','alice',70,1,1,90,NULL);
INSERT INTO version VALUES(4,2,1,1500000000,1500000000,'ios','d1','alice',20,1,0,0,NULL);
CREATE TABLE part (
    version INTEGER NOT NULL REFERENCES version (id),
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    blob INTEGER NOT NULL REFERENCES blob (id),
    PRIMARY KEY (version, position)
) STRICT, WITHOUT ROWID;
INSERT INTO part VALUES(1,0,'running',2);
INSERT INTO part VALUES(2,0,'running',3);
INSERT INTO part VALUES(3,0,'running',4);
INSERT INTO part VALUES(4,0,'running',5);
CREATE TABLE account (
    id INTEGER PRIMARY KEY,
    device INTEGER NOT NULL REFERENCES device (id),
    realm TEXT NOT NULL,
    name TEXT NOT NULL,
    UNIQUE (device, realm, name)
) STRICT;
INSERT INTO account VALUES(1,1,'local','carol');
INSERT INTO account VALUES(2,1,'local','dave');
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
INSERT INTO account_interval VALUES(1,1000000000,1400000000,1000000000,1,'local',15,'',1,1,'scrypt',0);
INSERT INTO account_interval VALUES(2,1100000000,1400000000,1100000000,2,'local',1,'',0,1,'scrypt',0);
INSERT INTO account_interval VALUES(2,1400000000,9223372036854775807,1100000000,2,'local',15,'',1,1,'scrypt',0);
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
INSERT INTO event VALUES(1,'sample-1',1,2,1100000000,'account-created',85,'dave','/rollcall-access:access/account','{"id":"sample-1","severity":85}');
INSERT INTO event VALUES(2,'sample-3',1,NULL,1300000000,'device-unreachable',50,'','','{"id":"sample-3","severity":50}');
INSERT INTO event VALUES(3,'sample-2',1,3,1400000000,'privilege-raised',90,'dave','/rollcall-access:access/account','{"id":"sample-2","severity":90}');
CREATE TABLE run (
    id INTEGER PRIMARY KEY,
    device INTEGER NOT NULL REFERENCES device (id),
    started_us INTEGER NOT NULL,
    ended_us INTEGER NOT NULL,
    version INTEGER NOT NULL, -- in force afterwards; 0: none
    failure TEXT,
    message TEXT
) STRICT;
INSERT INTO run VALUES(1,1,998000000,1000000000,1,NULL,NULL);
INSERT INTO run VALUES(2,1,1098000000,1100000000,2,NULL,NULL);
INSERT INTO run VALUES(3,1,1198000000,1200000000,2,NULL,NULL);
INSERT INTO run VALUES(4,1,1298000000,1300000000,2,'timeout','it did not answer');
INSERT INTO run VALUES(5,1,1398000000,1400000000,3,NULL,NULL);
INSERT INTO run VALUES(6,2,1498000000,1500000000,1,NULL,NULL);
INSERT INTO run VALUES(7,3,1598000000,1600000000,0,'connect','it did not answer');
CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    sink TEXT NOT NULL,
    event INTEGER NOT NULL REFERENCES event (id),
    due_us INTEGER NOT NULL DEFAULT 0,
    tries INTEGER NOT NULL DEFAULT 0,
    message TEXT -- why the last try failed
) STRICT;
INSERT INTO outbox VALUES(2,'siem',1,1701000000,1,'no route');
INSERT INTO outbox VALUES(3,'noc',2,0,0,NULL);
INSERT INTO outbox VALUES(4,'siem',2,0,0,NULL);
INSERT INTO outbox VALUES(5,'noc',3,0,0,NULL);
INSERT INTO outbox VALUES(6,'siem',3,0,0,NULL);
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
INSERT INTO host_key VALUES('edge-7','ssh-ed25519','AAAAsample','first-use',1700000000);
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('version',4);
INSERT INTO sqlite_sequence VALUES('outbox',6);
CREATE INDEX version_by_time ON version (device, created_us, number);
CREATE INDEX account_by_name ON account (name, device, realm);
CREATE INDEX event_by_time ON event (seen_us);
CREATE INDEX event_by_device ON event (device, seen_us);
CREATE INDEX event_by_subject ON event (subject, seen_us);
CREATE INDEX outbox_by_due ON outbox (due_us);
CREATE INDEX outbox_by_sink ON outbox (sink, due_us);
COMMIT;
PRAGMA application_id = 1380928588;
PRAGMA user_version = 1;
