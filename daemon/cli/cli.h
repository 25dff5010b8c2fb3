/* The command line: a command is a row in a table and a file.
 *
 * Data goes to stdout through one writer (text, JSON, CSV), notes and progress to stderr. A command
 * returns an exit code of `enum exit_code`; it reports its own errors through cli_fail(). */
#ifndef ROLLCALL_CLI_H
#define ROLLCALL_CLI_H

#include <libyang/libyang.h>
#include <stdbool.h>
#include <stdio.h>

#include "access/access.h"
#include "base/error.h"
#include "cli/writer.h"
#include "diff/diff.h"
#include "settings/settings.h"
#include "store/store.h"

enum exit_code {
    EXIT_CLEAN = 0,
    EXIT_FINDINGS = 1,  /* findings or differences */
    EXIT_USAGE = 2,     /* usage or settings */
    EXIT_SOME = 3,      /* some devices failed */
    EXIT_ALL = 4,       /* all failed; whatever else kept a command from its work */
    EXIT_INTEGRITY = 5, /* the history's integrity failed */
};

/* Help was asked for and given: the command is over, with EXIT_CLEAN. */
#define HELP_SHOWN (-1)

/* What a command works with. Parts are made on first use and freed by cli_close(). */
struct cli {
    const char *settings_path; /* --settings, else the default */
    char *default_settings_path;
    enum writer_format format;
    bool quiet;
    struct ly_ctx *ctx;
    struct platforms *platforms;
    struct settings *settings;
    struct store_keys store_keys; /* how it is opened */
    struct store *store;
    struct meaning *meaning;
    unsigned char key[FINGERPRINT_KEY_BYTES];
    struct writer *out;
};

/* Each returns 0, or an exit code after it has reported the error. */
int cli_open_models(struct cli *cli);    /* ctx */
int cli_open_platforms(struct cli *cli); /* and platforms, those beside the settings file too */
int cli_open_settings(struct cli *cli);  /* and settings */
int cli_open_store(struct cli *cli, enum store_mode mode);
/* The store of the settings, which are open, without a report: an error's code. */
int cli_try_store(struct cli *cli, enum store_mode mode, struct error *err);
/* `key`: what fingerprints of secrets are made with, from the store that is open. */
int cli_open_key(struct cli *cli);
/* The same from the store if there is one and it can be read, else a key for this run alone. */
int cli_open_key_or_random(struct cli *cli);
/* A new master key where the settings want a key file and there is none. Says what it did. */
int cli_make_key(struct cli *cli);
int cli_make_key_file(struct cli *cli, const char *file);
int cli_open_meaning(struct cli *cli);
void cli_close(struct cli *cli);

/* Start the document of this command on stdout. */
struct writer *cli_writer(struct cli *cli, const char *kind);

/* Report on stderr, with source line and caret where there is one, and give the exit code. */
int cli_fail(const struct error *err);
int cli_usage(const char *command, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Wrong operands: the usage line of the command. */
int cli_operands(const char *command);
/* A note on stderr, unless --quiet. */
void cli_note(const struct cli *cli, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A platform by name: reports an unknown one with the nearest name. */
int cli_platform(struct cli *cli, const char *name, const struct platform **platform);
/* A device of the settings, likewise. */
int cli_device(struct cli *cli, const char *name, const struct device **device);
/* --at and --since values; NULL gives `missing`. */
int cli_time(const char *option, const char *text, int64_t missing, int64_t *time_us);

/* ---- options: a table per command ---- */

enum option_kind { OPTION_FLAG, OPTION_TEXT, OPTION_LIST, OPTION_NUMBER };

#define OPTION_LIST_MOST 64

struct option_list {
    const char *at[OPTION_LIST_MOST];
    size_t count;
};

struct option_row {
    const char *name; /* long name without dashes */
    char letter;      /* or 0 */
    enum option_kind kind;
    void *value;          /* bool, const char *, struct option_list, long */
    const char *argument; /* name of its argument in help */
    const char *help;
};

/* Parse; leaves operands in argv[0..*argc). 0 or an exit code, after reporting. */
int cli_options(
    struct cli *cli, const char *command, const struct option_row *rows, int *argc, char **argv);

struct command {
    const char *name;
    const char *synopsis; /* behind the name */
    const char *summary;  /* one line */
    int (*run)(struct cli *cli, int argc, char **argv);
    const char *group; /* heading in the list of commands */
    const char *text;  /* paragraphs for --help: what it does, examples */
};

extern const struct command commands[];
extern const size_t command_count;
const struct command *command_find(const char *name);

/* Show the help of a command; its options come from the row table of the current call. */
void cli_show_help(const struct command *c, const struct option_row *rows, bool whole);

int cli_main(int argc, char **argv);

int command_try(struct cli *cli, int argc, char **argv);
int command_inspect(struct cli *cli, int argc, char **argv);
int command_diff(struct cli *cli, int argc, char **argv);
int command_init(struct cli *cli, int argc, char **argv);
int command_check(struct cli *cli, int argc, char **argv);
int command_devices(struct cli *cli, int argc, char **argv);
int command_status(struct cli *cli, int argc, char **argv);
int command_platforms(struct cli *cli, int argc, char **argv);
int command_trust(struct cli *cli, int argc, char **argv);
int command_collect(struct cli *cli, int argc, char **argv);
int command_ack(struct cli *cli, int argc, char **argv);
int command_log(struct cli *cli, int argc, char **argv);
int command_history(struct cli *cli, int argc, char **argv);
int command_show(struct cli *cli, int argc, char **argv);
int command_schema(struct cli *cli, int argc, char **argv);
int command_accounts(struct cli *cli, int argc, char **argv);
int command_changes(struct cli *cli, int argc, char **argv);
int command_key(struct cli *cli, int argc, char **argv);
int command_alert(struct cli *cli, int argc, char **argv);
int command_prune(struct cli *cli, int argc, char **argv);
int command_hold(struct cli *cli, int argc, char **argv);
int command_backup(struct cli *cli, int argc, char **argv);
int command_restore(struct cli *cli, int argc, char **argv);
int command_export(struct cli *cli, int argc, char **argv);
int command_import(struct cli *cli, int argc, char **argv);
int command_evidence(struct cli *cli, int argc, char **argv);
int command_verify(struct cli *cli, int argc, char **argv);
int command_head(struct cli *cli, int argc, char **argv);
int command_help(struct cli *cli, int argc, char **argv);

#endif
