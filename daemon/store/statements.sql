-- Every statement the store runs on its tables, by name. Parameters are numbered in the order in
-- which sql_run() and sql_start() are given them.

-- name: begin
BEGIN IMMEDIATE

-- name: commit
COMMIT

-- name: rollback
ROLLBACK

-- ---- devices ----

-- name: put_device
INSERT INTO device (name, address, platform) VALUES (?1, ?2, ?3)
ON CONFLICT (name) DO UPDATE SET address = excluded.address,
    platform = iif(excluded.platform = '', platform, excluded.platform)
RETURNING id, newest

-- name: device_failed
UPDATE device SET last_try_us = ?2, dialogue_us = ?3, failure = ?4, message = ?5,
    failures = failures + 1
WHERE id = ?1

-- name: device_succeeded
UPDATE device SET last_try_us = ?2, last_success_us = ?2, dialogue_us = ?3, failure = NULL,
    message = NULL, failures = 0
WHERE id = ?1

-- name: device_has_version
UPDATE device SET newest = ?2, accounts = ?3, admins = ?4 WHERE id = ?1

-- name: devices
SELECT d.name, d.address, d.platform, d.newest, coalesce(v.created_us, 0), d.last_try_us,
    d.last_success_us, d.failure, d.message, d.failures, d.accounts, d.admins, d.dialogue_us
FROM device d LEFT JOIN version v ON v.device = d.id AND v.number = d.newest
ORDER BY d.name

-- name: device_one
SELECT d.name, d.address, d.platform, d.newest, coalesce(v.created_us, 0), d.last_try_us,
    d.last_success_us, d.failure, d.message, d.failures, d.accounts, d.admins, d.dialogue_us
FROM device d LEFT JOIN version v ON v.device = d.id AND v.number = d.newest
WHERE d.name = ?1

-- name: device_count
SELECT count(*) FROM device

-- name: put_run
INSERT INTO run (device, started_us, ended_us, version, failure, message)
VALUES (?1, ?2, ?3, ?4, ?5, ?6)

-- ---- blobs ----

-- name: find_blob
SELECT id FROM blob WHERE content = ?1

-- name: put_blob
INSERT INTO blob (content, length, codec, data) VALUES (?1, ?2, ?3, ?4)

-- ---- versions ----

-- name: version_time
SELECT created_us FROM version WHERE device = ?1 AND number = ?2

-- name: put_version
INSERT INTO version (device, number, created_us, seen_us, platform, digest, author, bytes, access)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)

-- name: put_part
INSERT INTO part (version, position, name, blob) VALUES (?1, ?2, ?3, ?4)

-- name: version_has_events
UPDATE version SET event_count = ?3, worst_severity = ?4 WHERE device = ?1 AND number = ?2

-- name: version_seen
UPDATE version SET seen_us = max(seen_us, ?3) WHERE device = ?1 AND number = ?2

-- name: version_newest
SELECT v.number, v.created_us, v.seen_us, v.platform, v.digest, v.author, v.event_count,
    v.worst_severity, v.bytes
FROM device d JOIN version v ON v.device = d.id AND v.number = d.newest
WHERE d.name = ?1

-- name: version_number
SELECT v.number, v.created_us, v.seen_us, v.platform, v.digest, v.author, v.event_count,
    v.worst_severity, v.bytes
FROM device d JOIN version v ON v.device = d.id
WHERE d.name = ?1 AND v.number = ?2

-- name: version_at
SELECT v.number, v.created_us, v.seen_us, v.platform, v.digest, v.author, v.event_count,
    v.worst_severity, v.bytes
FROM device d JOIN version v ON v.device = d.id
WHERE d.name = ?1 AND v.created_us <= ?2
ORDER BY v.created_us DESC LIMIT 1

-- name: history
SELECT v.number, v.created_us, v.seen_us, v.platform, v.digest, v.author, v.event_count,
    v.worst_severity, v.bytes
FROM device d JOIN version v ON v.device = d.id
WHERE d.name = ?1
ORDER BY v.number DESC

-- name: parts
SELECT p.name, b.content, b.length, b.codec, b.key_id, b.data
FROM device d JOIN version v ON v.device = d.id
    LEFT JOIN part p ON p.version = v.id LEFT JOIN blob b ON b.id = p.blob
WHERE d.name = ?1 AND v.number = iif(?2 = 0, d.newest, ?2)
ORDER BY p.position

-- name: part
SELECT p.name, b.content, b.length, b.codec, b.key_id, b.data
FROM device d JOIN version v ON v.device = d.id JOIN part p ON p.version = v.id
    JOIN blob b ON b.id = p.blob
WHERE d.name = ?1 AND v.number = iif(?2 = 0, d.newest, ?2) AND p.name = ?3

-- name: part_contents
SELECT p.name, b.content
FROM device d JOIN version v ON v.device = d.id JOIN part p ON p.version = v.id
    JOIN blob b ON b.id = p.blob
WHERE d.name = ?1 AND v.number = ?2
ORDER BY p.position

-- name: access
SELECT 'access', b.content, b.length, b.codec, b.key_id, b.data
FROM device d JOIN version v ON v.device = d.id JOIN blob b ON b.id = v.access
WHERE d.name = ?1 AND v.number = iif(?2 = 0, d.newest, ?2)

-- ---- accounts ----

-- The interval that began last is the one that is open, if one is.
-- name: open_accounts
SELECT a.id, a.realm, a.name, i.kind, i.privilege, i.roles, i.admin, i.enabled, i.secret_scheme,
    i.key_count, i.from_us, i.first_us, i.first_version
FROM account a CROSS JOIN account_interval i ON i.account = a.id
    AND i.from_us = (SELECT max(from_us) FROM account_interval WHERE account = a.id)
WHERE a.device = ?1 AND i.to_us = 9223372036854775807
ORDER BY a.realm, a.name

-- name: put_account
INSERT INTO account (device, realm, name) VALUES (?1, ?2, ?3)
ON CONFLICT (device, realm, name) DO UPDATE SET name = excluded.name
RETURNING id

-- name: open_interval
INSERT INTO account_interval (account, from_us, to_us, first_us, first_version, kind, privilege,
    roles, admin, enabled, secret_scheme, key_count)
VALUES (?1, ?2, 9223372036854775807, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)

-- name: close_interval
UPDATE account_interval SET to_us = ?3 WHERE account = ?1 AND from_us = ?2

-- The three below differ in where they enter. CROSS JOIN fixes the order of the loops: a device,
-- its version then, its accounts, for each the interval that began last before that time.
-- name: accounts_fleet
SELECT d.name, v.platform, a.realm, a.name, i.kind, i.privilege, i.roles, i.admin, i.enabled,
    i.secret_scheme, i.key_count, i.first_us, i.first_version, i.from_us, v.number
FROM device d
    CROSS JOIN version v ON v.device = d.id AND v.number =
        (SELECT number FROM version WHERE device = d.id AND created_us <= ?1
         ORDER BY created_us DESC LIMIT 1)
    CROSS JOIN account a ON a.device = d.id
    CROSS JOIN account_interval i ON i.account = a.id AND i.from_us =
        (SELECT max(from_us) FROM account_interval WHERE account = a.id AND from_us <= ?1)
WHERE i.to_us > ?1
ORDER BY d.name, a.realm, a.name

-- name: accounts_of_device
SELECT d.name, v.platform, a.realm, a.name, i.kind, i.privilege, i.roles, i.admin, i.enabled,
    i.secret_scheme, i.key_count, i.first_us, i.first_version, i.from_us, v.number
FROM device d
    CROSS JOIN version v ON v.device = d.id AND v.number =
        (SELECT number FROM version WHERE device = d.id AND created_us <= ?1
         ORDER BY created_us DESC LIMIT 1)
    CROSS JOIN account a ON a.device = d.id
    CROSS JOIN account_interval i ON i.account = a.id AND i.from_us =
        (SELECT max(from_us) FROM account_interval WHERE account = a.id AND from_us <= ?1)
WHERE i.to_us > ?1 AND d.name = ?2 AND (?3 IS NULL OR a.name = ?3)
ORDER BY a.realm, a.name

-- name: accounts_of_name
SELECT d.name, v.platform, a.realm, a.name, i.kind, i.privilege, i.roles, i.admin, i.enabled,
    i.secret_scheme, i.key_count, i.first_us, i.first_version, i.from_us, v.number
FROM account a
    CROSS JOIN device d ON d.id = a.device
    CROSS JOIN version v ON v.device = d.id AND v.number =
        (SELECT number FROM version WHERE device = d.id AND created_us <= ?1
         ORDER BY created_us DESC LIMIT 1)
    CROSS JOIN account_interval i ON i.account = a.id AND i.from_us =
        (SELECT max(from_us) FROM account_interval WHERE account = a.id AND from_us <= ?1)
WHERE i.to_us > ?1 AND a.name = ?2
ORDER BY d.name, a.realm

-- ---- events ----

-- name: put_event
INSERT INTO event (uid, device, version, seen_us, event, severity, subject, path, json)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
ON CONFLICT (uid) DO NOTHING
RETURNING id

-- Again three ways in; all take since, until, device, event, subject, severity, limit.
-- name: events
SELECT e.seen_us, d.name, e.json
FROM event e CROSS JOIN device d ON d.id = e.device
WHERE e.seen_us >= ?1 AND e.seen_us < ?2 AND (?3 IS NULL OR d.name = ?3)
    AND (?4 IS NULL OR e.event = ?4) AND (?5 IS NULL OR e.subject = ?5) AND e.severity >= ?6
ORDER BY e.seen_us DESC, e.id DESC LIMIT ?7

-- name: events_of_device
SELECT e.seen_us, d.name, e.json
FROM device d CROSS JOIN event e ON e.device = d.id
WHERE d.name = ?3 AND e.seen_us >= ?1 AND e.seen_us < ?2
    AND (?4 IS NULL OR e.event = ?4) AND (?5 IS NULL OR e.subject = ?5) AND e.severity >= ?6
ORDER BY e.seen_us DESC, e.id DESC LIMIT ?7

-- name: events_of_subject
SELECT e.seen_us, d.name, e.json
FROM event e CROSS JOIN device d ON d.id = e.device
WHERE e.subject = ?5 AND e.seen_us >= ?1 AND e.seen_us < ?2 AND (?3 IS NULL OR d.name = ?3)
    AND (?4 IS NULL OR e.event = ?4) AND e.severity >= ?6
ORDER BY e.seen_us DESC, e.id DESC LIMIT ?7

-- ---- outbox ----

-- name: put_outbox
INSERT INTO outbox (sink, event) VALUES (?1, ?2)

-- name: outbox_due
SELECT o.id, o.sink, e.json, o.tries
FROM outbox o CROSS JOIN event e ON e.id = o.event
WHERE o.due_us <= ?1 ORDER BY o.due_us, o.id LIMIT ?2

-- name: outbox_due_of_sink
SELECT o.id, o.sink, e.json, o.tries
FROM outbox o CROSS JOIN event e ON e.id = o.event
WHERE o.sink = ?3 AND o.due_us <= ?1 ORDER BY o.due_us, o.id LIMIT ?2

-- name: outbox_done
DELETE FROM outbox WHERE id = ?1

-- name: outbox_retry
UPDATE outbox SET due_us = ?2, tries = tries + 1, message = ?3 WHERE id = ?1

-- name: outbox_next
SELECT (SELECT min(due_us) FROM outbox), (SELECT count(*) FROM outbox)

-- ---- leases ----

-- name: find_lease
SELECT holder, until_us FROM lease WHERE device = ?1

-- name: put_lease
INSERT INTO lease (device, holder, until_us) VALUES (?1, ?2, ?3)
ON CONFLICT (device) DO UPDATE SET holder = excluded.holder, until_us = excluded.until_us

-- name: drop_lease
DELETE FROM lease WHERE device = ?1 AND holder = ?2

-- ---- host keys ----

-- name: host_keys
SELECT algorithm, base64 FROM host_key WHERE hop = ?1 ORDER BY algorithm, base64

-- name: put_host_key
INSERT INTO host_key (hop, algorithm, base64, how, pinned_us) VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (hop, algorithm, base64) DO NOTHING

-- name: drop_host_keys
DELETE FROM host_key WHERE hop = ?1 AND NOT (algorithm = ?2 AND base64 = ?3)

-- ---- keys ----

-- Live keys with what this master wrapped of them.
-- name: keys
SELECT k.id, k.use, w.wrapped
FROM key k LEFT JOIN wrap w ON w.key = k.id AND w.master = ?1
WHERE k.retired_us IS NULL
ORDER BY k.id

-- name: newest_key
SELECT coalesce(max(id), 0) FROM key

-- name: wrap_count
SELECT count(*) FROM wrap WHERE master = ?1

-- name: wrap_master
SELECT master FROM wrap ORDER BY key DESC LIMIT 1

-- name: put_key
INSERT INTO key (use, created_us) VALUES (?1, ?2) RETURNING id

-- name: put_wrap
INSERT INTO wrap (key, master, wrapped) VALUES (?1, ?2, ?3)
