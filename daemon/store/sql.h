/* The connection: statements by name, values, errors. Private to the store. */
#ifndef ROLLCALL_STORE_SQL_H
#define ROLLCALL_STORE_SQL_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#define HASH_NONFATAL_OOM 1 /* a full memory is an error, not the end */
#include <uthash.h>
#include <zstd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "evidence/head.h"
#include "store/store.h"

/* SQLite's own type for counts of bytes is int; nothing we store comes near. */
#define SQL_MOST_BYTES ((size_t)256 << 20)

/* How long a writer waits for another one before it gives up with RC_BUSY. */
#define SQL_BUSY_MS 5000

struct statement {
    const char *name; /* in the text of statements.sql, not NUL-terminated */
    size_t name_len;
    struct str sql;
    sqlite3_stmt *prepared; /* at its first use */
    UT_hash_handle hh;
};

/* Where the log stands, while a transaction appends to it (log.h). */
struct log_state {
    char id[LOG_ID_SIZE]; /* "": not read yet */
    bool appending;
    bool doubtful;     /* the clock has jumped */
    int64_t now_us;    /* the transaction's time */
    int64_t newest_us; /* of the entry before; INT64_MIN: there is none */
    struct merkle_tree tree;
    bool timed; /* both clocks, when this process appended last */
    int64_t wall_us, mono_us;
};

/* Texts that the next blob may be built on (blob.c). */
#define KEPT_TEXTS 4
struct kept_text {
    int64_t id; /* of its blob; 0: none */
    int64_t content;
    struct buf text;
};

struct store {
    sqlite3 *db;
    char *path;
    enum store_mode mode;
    const struct clock *clock;
    const struct store_keys *keys;
    struct keyring *keyring;      /* keyring.h; NULL while the file is opened */
    struct statement *statements; /* array */
    struct statement *by_name;    /* hash over it */
    size_t copies;                /* of busy statements, in use */
    ZSTD_CCtx *compressor;        /* at their first use */
    ZSTD_DCtx *decompressor;
    struct entry_codec *codec; /* entry.c */
    struct log_state log;
    struct kept_text kept[KEPT_TEXTS];
    size_t kept_next;
};

/* ---- values ---- */

struct value {
    enum { VALUE_NULL, VALUE_INT, VALUE_TEXT, VALUE_BYTES } kind;
    int64_t number;
    struct str bytes;
};

static inline struct value value_int(int64_t number)
{
    return (struct value){.kind = VALUE_INT, .number = number};
}

static inline struct value value_size(size_t number)
{
    return value_int(number > INT64_MAX ? INT64_MAX : (int64_t)number);
}

static inline struct value value_text(const char *text)
{
    return text ? (struct value){.kind = VALUE_TEXT, .bytes = str_of(text)}
                : (struct value){.kind = VALUE_NULL};
}

static inline struct value value_bytes(struct str bytes)
{
    return (struct value){.kind = VALUE_BYTES, .bytes = bytes};
}

static inline struct value value_null(void)
{
    return (struct value){.kind = VALUE_NULL};
}

/* Text (NULL is NULL), bytes, or a whole number. */
#define V(x)                                                                                       \
    _Generic((x),                                                                                  \
        char *: value_text,                                                                        \
        const char *: value_text,                                                                  \
        struct str: value_bytes,                                                                   \
        size_t: value_size,                                                                        \
        default: value_int)(x)

struct values {
    const struct value *at;
    size_t count;
};

#define VALUES(...)                                                                                \
    ((struct values){(const struct value[]){__VA_ARGS__},                                          \
        sizeof((const struct value[]){__VA_ARGS__}) / sizeof(struct value)})
#define NO_VALUES ((struct values){NULL, 0})

/* ---- statements ---- */

int sql_load(struct store *s, struct error *err);
void sql_unload(struct store *s);

/* Bind `values` (borrowed until sql_end()) to the named statement. When it is still in use further
 * up the stack (a callback that reads), a second copy is prepared. */
int sql_start(
    struct store *s, const char *name, struct values values, sqlite3_stmt **out, struct error *err);
/* 1: a row, 0: no more, or a negative code. */
int sql_step(struct store *s, sqlite3_stmt *statement, struct error *err);
void sql_end(struct store *s, sqlite3_stmt *statement); /* accepts NULL */

/* Start, step to the end, end. */
int sql_run(struct store *s, const char *name, struct values values, struct error *err);
/* The same for a statement that gives one number; RC_NOT_FOUND (without text) when no row came. */
int sql_number(
    struct store *s, const char *name, struct values values, int64_t *out, struct error *err);

/* A write transaction. sql_finish() commits when rc is 0 and rolls back else; returns rc or what
 * went wrong. */
int sql_begin(struct store *s, struct error *err);
int sql_finish(struct store *s, int rc, struct error *err);

/* One moment of the file for all that is read in between. */
int sql_look(struct store *s, struct error *err);
void sql_look_end(struct store *s);

/* Columns. Text is valid until the next step. sql_text() is NULL where the column is NULL;
 * sql_word() never is, also not when a damaged file has NULL where the schema says NOT NULL. */
const char *sql_text(sqlite3_stmt *statement, int column);
const char *sql_word(sqlite3_stmt *statement, int column);
struct str sql_bytes(sqlite3_stmt *statement, int column);
uint32_t sql_u32(sqlite3_stmt *statement, int column);

/* Turn the connection's last error into ours, with advice. */
int sql_error(struct store *s, struct error *err);

/* ---- schema ---- */

struct migration {
    int number;
    const char *sql;
    int (*then)(struct store *s, struct error *err); /* behind it in its transaction, or NULL */
};

/* Bring the file to the last of `migrations` (sorted by number), or (STORE_READ) check that it is
 * there. */
int schema_bring(
    struct store *s, const struct migration *migrations, size_t count, struct error *err);
/* The same with the migrations of this program. */
int schema_prepare(struct store *s, struct error *err);
/* An empty database in memory with that schema. Release with sqlite3_close(), also on errors. */
int schema_expected(sqlite3 **out, struct error *err);
/* The number of the file's schema; 0: it is empty. RC_STORE when it is not ours. */
int schema_of_file(struct store *s, int *schema, struct error *err);

/* The step of migration 2: what was in the tables of schema 1 (migrate_1.c). */
int migrate_to_2(struct store *s, struct error *err);

/* ---- account intervals ---- */

/* Accounts in their order, by realm and name. RC_INVALID: one has no name, or is there twice.
 * Release with free(). */
int accounts_sort(const struct store_account *accounts, size_t count,
    const struct store_account ***out, struct error *err);

struct interval_update {
    int64_t device;
    const char *device_name;
    uint32_t number; /* version */
    int64_t now_us;
    const struct store_account *const *accounts; /* sorted */
    size_t count;
};

/* Bring the intervals of a device to these accounts as of `now_us`. */
int intervals_update(struct store *s, const struct interval_update *update, struct error *err);

#define STILL_US INT64_MAX /* to_us of an open interval */

#endif
