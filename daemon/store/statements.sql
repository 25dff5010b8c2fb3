-- Every statement the store runs on its tables, by name. Parameters are numbered in the order in
-- which sql_run() and sql_start() are given them.

-- name: begin
BEGIN IMMEDIATE

-- name: look
BEGIN DEFERRED

-- name: commit
COMMIT

-- name: rollback
ROLLBACK

-- ---- devices ----

-- name: put_device
INSERT INTO device (name) VALUES (?1) RETURNING id

-- name: device_now
UPDATE device SET newest = ?2, last_try_us = ?3, last_success_us = ?4, facts = ?5 WHERE id = ?1

-- name: device_id
SELECT id FROM device WHERE name = ?1

-- name: devices
SELECT d.id, d.name, d.newest, d.facts, coalesce(v.created_us, 0)
FROM device d LEFT JOIN version v ON v.device = d.id AND v.number = d.newest
ORDER BY d.name

-- name: device
SELECT d.id, d.name, d.newest, d.facts, coalesce(v.created_us, 0)
FROM device d LEFT JOIN version v ON v.device = d.id AND v.number = d.newest
WHERE d.name = ?1

-- name: put_run
INSERT INTO run (device, started_us, ended_us, version, mark, facts)
VALUES (?1, ?2, ?3, ?4, ?5, ?6)

-- ---- the log ----

-- name: newest_entry
SELECT seq, time_us FROM entry ORDER BY seq DESC LIMIT 1

-- name: log_size
SELECT coalesce(max(seq) + 1, 0) FROM entry

-- name: put_entry
INSERT INTO entry (seq, kind, device, time_us, body, hashes) VALUES (?1, ?2, ?3, ?4, ?5, ?6)

-- name: entry_hashes
SELECT hashes FROM entry WHERE seq = ?1

-- name: entry_body
SELECT body FROM entry WHERE seq = ?1

-- name: entries
SELECT e.seq, e.kind, d.name, e.time_us, e.body, e.hashes
FROM entry e LEFT JOIN device d ON d.id = e.device
WHERE e.seq >= ?1 AND e.seq < ?2
ORDER BY e.seq

-- name: drop_unsent_heads
DELETE FROM head WHERE sent_us IS NULL

-- name: put_head
INSERT INTO head (size, time_us, note) VALUES (?1, ?2, ?3)

-- name: head
SELECT note FROM head WHERE size = ?1 OR ?1 = 0 ORDER BY size DESC LIMIT 1

-- ---- blobs ----

-- name: find_blob
SELECT id FROM blob WHERE device = ?1 AND content = ?2 ORDER BY id LIMIT 1

-- name: put_blob
INSERT INTO blob (device, version, content, length, codec, base, depth, data)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)

-- name: rewrite_blob
UPDATE blob SET codec = ?2, base = ?3, depth = ?4, data = ?5 WHERE id = ?1

-- name: blob
SELECT b.id, b.device, d.name, b.version, b.content, b.length, b.codec, b.base, b.depth, b.data
FROM blob b JOIN device d ON d.id = b.device
WHERE b.id = ?1

-- name: blob_content
SELECT content FROM blob WHERE id = ?1

-- ---- versions ----

-- name: version_time
SELECT created_us FROM version WHERE device = ?1 AND number = ?2

-- name: version_before
SELECT seq, seen_us, access FROM version WHERE device = ?1 AND number = ?2

-- name: put_version
INSERT INTO version (seq, device, number, created_us, seen_us, access, doubt)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)

-- name: put_part
INSERT INTO part (version, position, blob) VALUES (?1, ?2, ?3)

-- name: version_seen
UPDATE version SET seen_us = max(seen_us, ?3) WHERE device = ?1 AND number = ?2

-- name: doubt_later_versions
UPDATE version SET doubt = 1 WHERE seq IN
    (SELECT v.seq FROM device d CROSS JOIN version v ON v.device = d.id AND v.created_us > ?1)

-- name: version_newest
SELECT v.seq, v.number, v.created_us, v.seen_us, v.doubt, v.pruned
FROM device d JOIN version v ON v.device = d.id AND v.number = d.newest
WHERE d.name = ?1

-- name: version_number
SELECT v.seq, v.number, v.created_us, v.seen_us, v.doubt, v.pruned
FROM device d JOIN version v ON v.device = d.id
WHERE d.name = ?1 AND v.number = ?2

-- name: version_at
SELECT v.seq, v.number, v.created_us, v.seen_us, v.doubt, v.pruned
FROM device d JOIN version v ON v.device = d.id
WHERE d.name = ?1 AND v.created_us <= ?2
ORDER BY v.created_us DESC LIMIT 1

-- name: history
SELECT v.seq, v.number, v.created_us, v.seen_us, v.doubt, v.pruned
FROM device d JOIN version v ON v.device = d.id
WHERE d.name = ?1
ORDER BY v.number DESC

-- What the version at hand was made of.
-- name: version_blobs
SELECT v.seq, v.access, v.pruned
FROM device d JOIN version v ON v.device = d.id
WHERE d.name = ?1 AND v.number = iif(?2 = 0, d.newest, ?2)

-- name: parts
SELECT blob FROM part WHERE version = ?1 ORDER BY position

-- name: part_blob
SELECT blob FROM part WHERE version = ?1 AND position = ?2

-- ---- accounts ----

-- The interval that began last is the one that is open, if one is.
-- name: open_accounts
SELECT a.id, i.from_us, i.first_us, i.first_version, i.facts
FROM account a CROSS JOIN account_interval i ON i.account = a.id
    AND i.from_us = (SELECT max(from_us) FROM account_interval WHERE account = a.id)
WHERE a.device = ?1 AND i.to_us = 9223372036854775807

-- name: find_account
SELECT id FROM account WHERE device = ?1 AND who = ?2

-- name: put_account
INSERT INTO account (device, who, name) VALUES (?1, ?2, ?3) RETURNING id

-- name: open_interval
INSERT INTO account_interval (account, from_us, to_us, first_us, first_version, facts)
VALUES (?1, ?2, 9223372036854775807, ?3, ?4, ?5)

-- name: close_interval
UPDATE account_interval SET to_us = ?3 WHERE account = ?1 AND from_us = ?2

-- The three below differ in where they enter. CROSS JOIN fixes the order of the loops: a device,
-- its version then, its accounts, for each the interval that began last before that time. All take
-- time, device, blind name.
-- name: accounts_fleet
SELECT d.id, d.name, v.seq, v.number, a.id, i.from_us, i.to_us, i.first_us, i.first_version, i.facts
FROM device d
    CROSS JOIN version v ON v.device = d.id AND v.number =
        (SELECT number FROM version WHERE device = d.id AND created_us <= ?1
         ORDER BY created_us DESC LIMIT 1)
    CROSS JOIN account a ON a.device = d.id
    CROSS JOIN account_interval i ON i.account = a.id AND i.from_us =
        (SELECT max(from_us) FROM account_interval WHERE account = a.id AND from_us <= ?1)
WHERE i.to_us > ?1
ORDER BY d.name

-- name: accounts_of_device
SELECT d.id, d.name, v.seq, v.number, a.id, i.from_us, i.to_us, i.first_us, i.first_version, i.facts
FROM device d
    CROSS JOIN version v ON v.device = d.id AND v.number =
        (SELECT number FROM version WHERE device = d.id AND created_us <= ?1
         ORDER BY created_us DESC LIMIT 1)
    CROSS JOIN account a ON a.device = d.id
    CROSS JOIN account_interval i ON i.account = a.id AND i.from_us =
        (SELECT max(from_us) FROM account_interval WHERE account = a.id AND from_us <= ?1)
WHERE i.to_us > ?1 AND d.name = ?2 AND (?3 IS NULL OR a.name = ?3)

-- name: accounts_of_name
SELECT d.id, d.name, v.seq, v.number, a.id, i.from_us, i.to_us, i.first_us, i.first_version, i.facts
FROM account a
    CROSS JOIN device d ON d.id = a.device
    CROSS JOIN version v ON v.device = d.id AND v.number =
        (SELECT number FROM version WHERE device = d.id AND created_us <= ?1
         ORDER BY created_us DESC LIMIT 1)
    CROSS JOIN account_interval i ON i.account = a.id AND i.from_us =
        (SELECT max(from_us) FROM account_interval WHERE account = a.id AND from_us <= ?1)
WHERE i.to_us > ?1 AND a.name = ?3
ORDER BY d.name

-- The life of a name: the same columns, without a version.
-- name: account_life
SELECT d.id, d.name, 0, 0, a.id, i.from_us, i.to_us, i.first_us, i.first_version, i.facts
FROM account a
    CROSS JOIN device d ON d.id = a.device
    CROSS JOIN account_interval i ON i.account = a.id
WHERE a.name = ?3 AND (?2 IS NULL OR d.name = ?2)
ORDER BY d.name

-- ---- events ----

-- name: event_known
SELECT count(*) FROM event WHERE uid = ?1

-- name: put_event
INSERT INTO event (seq, device, version, seen_us, uid, event, subject)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)

-- Again three ways in; all take since, until, device, blind event, blind subject.
-- name: events
SELECT e.seq, e.seen_us, d.name, y.body
FROM event e CROSS JOIN device d ON d.id = e.device
    CROSS JOIN entry y ON y.seq = e.seq
WHERE e.seen_us >= ?1 AND e.seen_us < ?2 AND (?3 IS NULL OR d.name = ?3)
    AND (?4 IS NULL OR e.event = ?4) AND (?5 IS NULL OR e.subject = ?5)
ORDER BY e.seen_us DESC, e.seq DESC

-- name: events_of_device
SELECT e.seq, e.seen_us, d.name, y.body
FROM device d CROSS JOIN event e ON e.device = d.id
    CROSS JOIN entry y ON y.seq = e.seq
WHERE d.name = ?3 AND e.seen_us >= ?1 AND e.seen_us < ?2
    AND (?4 IS NULL OR e.event = ?4) AND (?5 IS NULL OR e.subject = ?5)
ORDER BY e.seen_us DESC, e.seq DESC

-- name: events_of_subject
SELECT e.seq, e.seen_us, d.name, y.body
FROM event e CROSS JOIN device d ON d.id = e.device
    CROSS JOIN entry y ON y.seq = e.seq
WHERE e.subject = ?5 AND e.seen_us >= ?1 AND e.seen_us < ?2 AND (?3 IS NULL OR d.name = ?3)
    AND (?4 IS NULL OR e.event = ?4)
ORDER BY e.seen_us DESC, e.seq DESC

-- ---- outbox ----

-- name: put_outbox
INSERT INTO outbox (sink, event, facts) VALUES (?1, ?2, ?3)

-- name: outbox_due
SELECT o.id, o.event, o.tries, o.facts, d.name, y.body
FROM outbox o CROSS JOIN entry y ON y.seq = o.event LEFT JOIN device d ON d.id = y.device
WHERE o.due_us <= ?1 ORDER BY o.due_us, o.id LIMIT ?2

-- name: outbox_due_of_sink
SELECT o.id, o.event, o.tries, o.facts, d.name, y.body
FROM outbox o CROSS JOIN entry y ON y.seq = o.event LEFT JOIN device d ON d.id = y.device
WHERE o.sink = ?3 AND o.due_us <= ?1 ORDER BY o.due_us, o.id LIMIT ?2

-- name: outbox_done
DELETE FROM outbox WHERE id = ?1

-- name: outbox_one
SELECT event, tries, facts FROM outbox WHERE id = ?1

-- name: outbox_retry
UPDATE outbox SET due_us = ?2, tries = ?3, facts = ?4 WHERE id = ?1

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
SELECT pinned, facts FROM host_key WHERE hop = ?1

-- name: put_host_key
INSERT INTO host_key (hop, pinned, facts) VALUES (?1, ?2, ?3) ON CONFLICT (pinned) DO NOTHING

-- name: drop_host_keys
DELETE FROM host_key WHERE hop = ?1 AND pinned <> ?2

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
INSERT INTO wrap (key, master, wrapped, turn)
VALUES (?1, ?2, ?3, coalesce((SELECT max(turn) FROM wrap WHERE master = ?2),
    (SELECT max(turn) + 1 FROM wrap), 1))

-- What is sealed, row by row, for rotation (rotate.c): key, key, data, and where it belongs.
-- name: next_blob
SELECT b.id, 0, b.data, d.name, b.version, printf('%016llx', b.content)
FROM blob b CROSS JOIN device d ON d.id = b.device
WHERE b.id > ?1 AND ?2 IS NOT NULL
ORDER BY b.id LIMIT ?3

-- name: reseal_blob
UPDATE blob SET data = ?3 WHERE id = ?1 AND ?2 = 0

-- name: next_entry
SELECT e.seq, 0, e.body, d.name, e.seq, NULL
FROM entry e LEFT JOIN device d ON d.id = e.device
WHERE e.seq > ?1 AND ?2 IS NOT NULL AND e.body IS NOT NULL
ORDER BY e.seq LIMIT ?3

-- name: reseal_entry
UPDATE entry SET body = ?3 WHERE seq = ?1 AND ?2 = 0

-- name: next_device
SELECT id, 0, facts, name, id, NULL FROM device
WHERE id > ?1 AND ?2 IS NOT NULL AND facts IS NOT NULL
ORDER BY id LIMIT ?3

-- name: reseal_device
UPDATE device SET facts = ?3 WHERE id = ?1 AND ?2 = 0

-- name: next_interval
SELECT i.account, i.from_us, i.facts, d.name, i.account, CAST(i.from_us AS TEXT)
FROM account_interval i CROSS JOIN account a ON a.id = i.account
    CROSS JOIN device d ON d.id = a.device
WHERE (i.account, i.from_us) > (?1, ?2)
ORDER BY i.account, i.from_us LIMIT ?3

-- name: reseal_interval
UPDATE account_interval SET facts = ?3 WHERE account = ?1 AND from_us = ?2

-- name: next_run
SELECT r.id, 0, r.facts, d.name, r.ended_us, NULL
FROM run r CROSS JOIN device d ON d.id = r.device
WHERE r.id > ?1 AND ?2 IS NOT NULL AND r.facts IS NOT NULL
ORDER BY r.id LIMIT ?3

-- name: reseal_run
UPDATE run SET facts = ?3 WHERE id = ?1 AND ?2 = 0

-- name: next_message
SELECT id, 0, facts, NULL, event, NULL FROM outbox
WHERE id > ?1 AND ?2 IS NOT NULL
ORDER BY id LIMIT ?3

-- name: reseal_message
UPDATE outbox SET facts = ?3 WHERE id = ?1 AND ?2 = 0

-- name: next_host_key
SELECT id, 0, facts, NULL, pinned, NULL FROM host_key
WHERE id > ?1 AND ?2 IS NOT NULL
ORDER BY id LIMIT ?3

-- name: reseal_host_key
UPDATE host_key SET facts = ?3 WHERE id = ?1 AND ?2 = 0

-- name: next_head_place
SELECT id, 0, facts, NULL, id, NULL FROM head_place
WHERE id > ?1 AND ?2 IS NOT NULL
ORDER BY id LIMIT ?3

-- name: reseal_head_place
UPDATE head_place SET facts = ?3 WHERE id = ?1 AND ?2 = 0

-- name: all_keys
SELECT id, use, created_us, coalesce(retired_us, 0) FROM key ORDER BY id

-- Live keys of uses that rotate, with a newer one beside them.
-- name: old_keys
SELECT count(*) FROM key k
WHERE retired_us IS NULL AND use IN (1, 2) AND id < (SELECT max(id) FROM key WHERE use = k.use)

-- name: destroy_keys
DELETE FROM wrap
WHERE key IN (SELECT id FROM key WHERE use = ?1 AND id < ?2 AND retired_us IS NULL)

-- name: retire_keys
UPDATE key SET retired_us = ?3 WHERE use = ?1 AND id < ?2 AND retired_us IS NULL

-- name: master_count
SELECT count(DISTINCT master) FROM wrap

-- Wrappings under a master that came after this one.
-- name: later_wraps
SELECT count(*) FROM wrap WHERE turn > (SELECT max(turn) FROM wrap WHERE master = ?1)

-- name: unwrapped_keys
SELECT count(*) FROM key
WHERE retired_us IS NULL AND id NOT IN (SELECT key FROM wrap WHERE master = ?1)

-- name: drop_other_wraps
DELETE FROM wrap WHERE master <> ?1

-- name: live_keys
SELECT count(*) FROM key WHERE retired_us IS NULL

-- name: find_entries
SELECT seq FROM entry
WHERE (?1 >> kind) & 1 AND (?2 IS NULL OR device = (SELECT id FROM device WHERE name = ?2))
    AND time_us >= ?3 AND time_us < ?4
ORDER BY seq DESC LIMIT ?5

-- name: find_rare_entries
SELECT seq FROM entry INDEXED BY entry_rare
WHERE kind > 3 AND (?1 >> kind) & 1
    AND (?2 IS NULL OR device = (SELECT id FROM device WHERE name = ?2))
    AND time_us >= ?3 AND time_us < ?4
ORDER BY seq DESC LIMIT ?5

-- ---- heads sent out ----

-- name: head_place
SELECT id, facts FROM head_place WHERE id = ?1

-- name: head_places
SELECT id, facts FROM head_place ORDER BY id

-- name: put_head_place
INSERT INTO head_place (id, facts) VALUES (?1, ?2)
ON CONFLICT (id) DO UPDATE SET facts = excluded.facts

-- name: keep_head
INSERT INTO head (size, time_us, sent_us, note) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (size) DO UPDATE SET sent_us = coalesce(sent_us, excluded.sent_us)

-- ---- verify ----

-- name: verify_heads
SELECT size, time_us, note FROM head ORDER BY size

-- name: verify_entries
SELECT e.seq, e.kind, e.device, d.name, e.time_us, e.body, e.hashes
FROM entry e LEFT JOIN device d ON d.id = e.device
WHERE e.seq >= ?1
ORDER BY e.seq

-- name: verify_entry
SELECT e.seq, e.kind, e.device, d.name, e.time_us, e.body, e.hashes
FROM entry e LEFT JOIN device d ON d.id = e.device
WHERE e.seq = ?1

-- The next key of this use that is older than a key (0: the newest).
-- name: verify_sign_key
SELECT id FROM key WHERE use = ?2 AND (id < ?1 OR ?1 = 0) ORDER BY id DESC LIMIT 1

-- name: verify_jumps
SELECT seq, time_us FROM entry WHERE kind = ?1 ORDER BY seq

-- name: verify_version
SELECT device, number, created_us, seen_us, access, doubt, pruned FROM version WHERE seq = ?1

-- name: verify_version_before
SELECT created_us, seen_us FROM version WHERE device = ?1 AND number = ?2

-- name: verify_parts
SELECT position, blob FROM part WHERE version = ?1 ORDER BY position

-- name: verify_pruned_count
SELECT count(*) FROM version
WHERE device = (SELECT id FROM device WHERE name = ?1) AND number BETWEEN ?2 AND ?3 AND pruned = ?4

-- name: verify_event
SELECT e.device, e.version, e.uid, e.event, e.subject, e.seen_us, coalesce(v.doubt, 0)
FROM event e LEFT JOIN version v ON v.device = e.device AND v.number = e.version
WHERE e.seq = ?1

-- Rows that should not be, each with number, device's name, version, time; all take the device's
-- row, or 0.
-- name: verify_stray_versions
SELECT v.seq, d.name, v.number, v.created_us
FROM version v LEFT JOIN entry e ON e.seq = v.seq LEFT JOIN device d ON d.id = v.device
WHERE ?1 IN (0, v.device) AND e.kind IS NOT 2

-- name: verify_stray_events
SELECT v.seq, d.name, v.version, v.seen_us
FROM event v LEFT JOIN entry e ON e.seq = v.seq LEFT JOIN device d ON d.id = v.device
WHERE ?1 IN (0, v.device) AND e.kind IS NOT 3

-- name: verify_stray_parts
SELECT p.version, NULL, 0, 0
FROM part p LEFT JOIN version v ON v.seq = p.version
WHERE ?1 = 0 AND v.seq IS NULL

-- name: verify_newest
SELECT d.id, d.name, d.newest, d.last_success_us
FROM device d
WHERE ?1 IN (0, d.id)
    AND d.newest <> (SELECT coalesce(max(v.number), 0) FROM version v WHERE v.device = d.id)

-- name: verify_interval_ends
SELECT a.id, d.name, i.first_version, i.from_us
FROM account_interval i JOIN account a ON a.id = i.account LEFT JOIN device d ON d.id = a.device
WHERE ?1 IN (0, a.device)
    AND (NOT EXISTS (SELECT 1 FROM version v WHERE v.device = a.device AND v.created_us = i.from_us)
        OR i.to_us <> 9223372036854775807 AND NOT EXISTS
            (SELECT 1 FROM version v WHERE v.device = a.device AND v.created_us = i.to_us))

-- name: verify_interval_firsts
SELECT a.id, d.name, i.first_version, i.from_us
FROM account_interval i JOIN account a ON a.id = i.account
    LEFT JOIN device d ON d.id = a.device
    LEFT JOIN account_interval b ON b.account = i.account AND b.to_us = i.from_us
WHERE ?1 IN (0, a.device)
    AND (i.first_us <> coalesce(b.first_us, i.from_us)
        OR NOT EXISTS (SELECT 1 FROM version v WHERE v.device = a.device
            AND v.created_us = i.first_us AND v.number = i.first_version))

-- name: verify_old_unsent_heads
SELECT size, NULL, 0, time_us FROM head
WHERE ?1 = 0 AND sent_us IS NULL AND size <> (SELECT coalesce(max(seq) + 1, 0) FROM entry)

-- Rows with sealed facts: number, device's name, time, and what their facts vouch for.
-- name: verify_devices
SELECT d.id, d.name, d.last_success_us, d.newest, d.last_try_us, d.last_success_us, d.facts
FROM device d
WHERE ?1 IN (0, d.id)

-- name: verify_intervals
SELECT a.id, d.name, i.from_us, a.who, a.name, i.facts
FROM account_interval i JOIN account a ON a.id = i.account JOIN device d ON d.id = a.device
WHERE ?1 IN (0, a.device)

-- name: verify_runs
SELECT r.id, d.name, r.ended_us, r.started_us, r.version, r.mark, r.facts
FROM run r JOIN device d ON d.id = r.device
WHERE ?1 IN (0, r.device)

-- name: verify_outbox
SELECT o.id, NULL, 0, o.event, o.sink, o.due_us, o.tries, o.facts
FROM outbox o
WHERE ?1 = 0

-- name: verify_host_keys
SELECT h.id, NULL, 0, h.pinned, h.hop, h.facts
FROM host_key h
WHERE ?1 = 0

-- ---- retention ----

-- name: device_numbers
SELECT id, newest FROM device WHERE name = ?1

-- Versions on hold, with the hold.
-- name: held_versions
SELECT v.number, max(h.seq)
FROM hold h CROSS JOIN version v ON v.device = h.device
WHERE h.device = ?1 AND h.released IS NULL AND v.pruned IS NULL
    AND (h.number = v.number OR h.number IS NULL AND v.created_us < h.until_us
        AND coalesce((SELECT created_us FROM version
            WHERE device = v.device AND number = v.number + 1), 9223372036854775807) > h.since_us)
GROUP BY v.number

-- Versions with which accounts began that are there.
-- name: first_versions
SELECT DISTINCT i.first_version
FROM account a CROSS JOIN account_interval i ON i.account = a.id
WHERE a.device = ?1 AND i.to_us = 9223372036854775807

-- name: stored_bytes
SELECT version, sum(length(data)) FROM blob WHERE device = ?1 GROUP BY version

-- name: version_prunable
SELECT v.seq FROM version v
WHERE v.device = ?1 AND v.number = ?2 AND v.pruned IS NULL
    AND NOT EXISTS (SELECT 1 FROM hold h
        WHERE h.device = v.device AND h.released IS NULL
        AND (h.number = v.number OR h.number IS NULL AND v.created_us < h.until_us
            AND coalesce((SELECT created_us FROM version
                WHERE device = v.device AND number = v.number + 1), 9223372036854775807)
                > h.since_us))

-- name: prune_parts
DELETE FROM part WHERE version = ?1

-- name: prune_version
UPDATE version SET pruned = ?2, access = NULL WHERE seq = ?1

-- All texts of a device, oldest first, and whether a version has them still.
-- name: device_blobs
SELECT b.id, coalesce(b.base, 0), b.id IN
    (SELECT p.blob FROM version v JOIN part p ON p.version = v.seq WHERE v.device = ?1
     UNION SELECT access FROM version WHERE device = ?1 AND access IS NOT NULL)
FROM blob b WHERE b.device = ?1 ORDER BY b.id

-- name: drop_blob
DELETE FROM blob WHERE id = ?1

-- Runs stand in the order of time: only the first ones can be old.
-- name: count_old_runs
SELECT count(*) FROM run WHERE id < coalesce(
    (SELECT id FROM run WHERE ended_us >= ?1 ORDER BY id LIMIT 1), 9223372036854775807)

-- name: drop_old_runs
DELETE FROM run WHERE id IN (SELECT id FROM run WHERE id < coalesce(
    (SELECT id FROM run WHERE ended_us >= ?1 ORDER BY id LIMIT 1), 9223372036854775807)
    ORDER BY id LIMIT ?2)

-- name: outbox_sinks
SELECT sink, count(*) FROM outbox GROUP BY sink

-- name: drop_outbox_of_sink
DELETE FROM outbox WHERE sink = ?1

-- name: put_hold
INSERT INTO hold (seq, device, number, since_us, until_us) VALUES (?1, ?2, ?3, ?4, ?5)

-- name: hold_device
SELECT d.id, d.name FROM hold h JOIN device d ON d.id = h.device
WHERE h.seq = ?1 AND h.released IS NULL

-- name: release_hold
UPDATE hold SET released = ?2 WHERE seq = ?1

-- name: holds
SELECT h.seq, d.name, h.number, h.since_us, h.until_us, e.time_us, h.released
FROM hold h JOIN device d ON d.id = h.device JOIN entry e ON e.seq = h.seq
ORDER BY h.seq

-- name: version_unpruned
SELECT seq FROM version WHERE device = ?1 AND number = ?2 AND pruned IS NULL
