/* A store as the first schema had it, made by hand. */
#ifndef ROLLCALL_STORE_SCHEMA_1_H
#define ROLLCALL_STORE_SCHEMA_1_H

#include "store_fixture.h"

#include <sodium.h>

#include "base/embed.h"

/* A store of schema 1, as that rollcall wrote it: two versions of one device, a run that failed, a
 * message that waits, a host key. */
static const char schema_1_rows[] =
    "INSERT INTO device VALUES (1,'edge-7','192.0.2.7','ios',2,4000000,3000000,'timeout','no "
    "answer',1,7,1,1);"
    "INSERT INTO version VALUES (1,1,1,1000000,1500000,'ios','d1',NULL,11,2,0,0,NULL);"
    "INSERT INTO version VALUES (2,1,2,2000000,3000000,'ios','d2','alice',11,2,1,85,NULL);"
    "INSERT INTO part VALUES (1,0,'running',1);"
    "INSERT INTO part VALUES (2,0,'running',3);"
    "INSERT INTO account VALUES (1,1,'local','bob');"
    "INSERT INTO account VALUES (2,1,'local','eve');"
    "INSERT INTO account_interval VALUES (1,1000000,2000000,1000000,1,'local',1,'',0,1,NULL,0);"
    "INSERT INTO account_interval VALUES "
    "(1,2000000,9223372036854775807,1000000,1,'local',15,'ops',1,1,'scrypt',2);"
    "INSERT INTO account_interval VALUES (2,1000000,2000000,1000000,1,'local',NULL,'',0,1,NULL,0);"
    "INSERT INTO event VALUES (1,'u1',1,2,2000000,'privilege-raised',85,'bob','/p',"
    "'{\"event\":\"privilege-raised\",\"severity\":85,\"subject\":\"bob\"}');"
    "INSERT INTO event VALUES (2,'u2',1,NULL,4000000,'device-unreachable',50,'edge-7','/',"
    "'{\"event\":\"device-unreachable\",\"severity\":50,\"subject\":\"edge-7\"}');"
    "INSERT INTO run VALUES (1,1,900000,1000000,1,NULL,NULL);"
    "INSERT INTO run VALUES (2,1,3900000,4000000,2,'timeout','no answer');"
    "INSERT INTO outbox VALUES (1,'noc',2,0,0,NULL);"
    "INSERT INTO outbox VALUES (2,'siem',2,5000000,3,'refused');"
    "INSERT INTO host_key VALUES ('edge-7','ssh-ed25519','AAAAC3','trust',1000000);"
    "PRAGMA application_id = 1380928588; PRAGMA user_version = 1;";

static inline void put_blob(sqlite3 *db, const char *text, bool compressed)
{
    unsigned char hash[32];
    char packed[1024];
    sqlite3_stmt *put = NULL;
    size_t len = strlen(text), size = len;
    crypto_generichash(hash, sizeof hash, (const unsigned char *)text, len, NULL, 0);
    memcpy(packed, text, len);
    if (compressed)
        size = ZSTD_compress(packed, sizeof packed, text, len, 3);
    assert_int_equal(
        sqlite3_prepare_v2(db,
            "INSERT INTO blob (content, length, codec, data) VALUES (?1,?2,?3,?4)", -1, &put, NULL),
        SQLITE_OK);
    sqlite3_bind_blob(put, 1, hash, sizeof hash, SQLITE_STATIC);
    sqlite3_bind_int64(put, 2, (int64_t)len);
    sqlite3_bind_int(put, 3, compressed);
    sqlite3_bind_blob(put, 4, packed, (int)size, SQLITE_STATIC);
    assert_int_equal(sqlite3_step(put), SQLITE_DONE);
    sqlite3_finalize(put);
}

static inline void make_schema_1(struct fixture *f)
{
    sqlite3 *db = NULL;
    store_close(f->store);
    f->store = NULL;
    unlink(f->path);
    assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(db, embedded_find("daemon/store/migrate-0001.sql")->data, NULL, NULL, NULL),
        SQLITE_OK);
    put_blob(db, "hostname a\n", false);
    put_blob(db, "{\"rollcall-access:access\":{}}", false);
    put_blob(db, "hostname b\n", true);
    if (sqlite3_exec(db, schema_1_rows, NULL, NULL, NULL))
        fail_msg("%s", sqlite3_errmsg(db));
    sqlite3_close(db);
    chmod(f->path, 0600);
}

#endif
