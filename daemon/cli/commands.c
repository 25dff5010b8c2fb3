/* The table of commands, and how one is found and run. */
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "cli/cli.h"
#include "cli/term.h"

const struct command commands[] = {
    {"try", "[netconf://][USER@]HOST[:PORT] [OPTION...]",
        "Look at one router now: no settings, nothing stored.", command_try, "look at a device",
        "Connects, recognises the platform, and prints accounts, AAA, management access and\n"
        "findings. The password is asked for, or taken from ROLLCALL_PASSWORD; keys and the agent\n"
        "are tried first. --enable asks for an enable secret of its own (or: ROLLCALL_ENABLE).\n"
        "With netconf:// in front it is read over NETCONF (port 830), as YANG data.\n"
        "Exit code 1 when there are findings.\n\n"
        "  rollcall try admin@10.0.0.1\n"
        "  rollcall try --jump ops@bastion:22 --legacy admin@old-switch\n"},
    {"inspect", "--platform P [PART=]FILE...", "The same from saved configs.", command_inspect,
        "look at a device",
        "Reads accounts and access out of files. A platform of several parts (linux: passwd, "
        "shadow,\n"
        "...) takes several files: the part is named, or known from the file's name. \"-\" is "
        "stdin.\n\n"
        "  rollcall inspect --platform ios edge-7.cfg\n"
        "  rollcall inspect --platform linux passwd=/etc/passwd group=/etc/group\n"},
    {"diff", "DEVICE [A [B] | --at T [--at T]] | --platform P OLD NEW",
        "What changed, as events and as lines.", command_diff, "look at a device",
        "Compares two versions of a device (the last two, A and the newest, A and B, or those in\n"
        "force at one time and at another, or now), or two files. Volatile lines, and order where "
        "it means nothing, are no difference. Secrets are\n"
        "shown as <secret:XXXXXX>, another XXXXXX being another secret. YANG data is compared by\n"
        "what its modules say of keys, order and defaults, and shown in paths; ~ is what only "
        "moved.\n"
        "Exit code 1 on differences.\n"},
    {"platforms", "[NAME] [--check]", "Which platforms are known, and what is read of each.",
        command_platforms, "look at a device",
        "With NAME shows the page of a platform: the least rights and the commands that create "
        "such an "
        "account, what is read and what is not, how it is found out. With --check runs each "
        "profile's own examples. Profiles in the folder platforms/ beside "
        "the\n"
        "settings file are read too.\n"},
    {"init", "[--settings FILE]", "Write a commented settings file and a key.", command_init,
        "set up",
        "Nothing that exists is overwritten. For root the file is /etc/rollcall/rollcall.yaml,\n"
        "otherwise it stands in the XDG folders.\n"},
    {"check", "", "Validate settings, models, profiles, inventory and credentials.", command_check,
        "set up",
        "Fetches every credential once, so that a wrong mode or a missing file shows here. "
        "Connects\n"
        "to nothing.\n"},
    {"key", "init | status [--pem] | rotate [--master [--new-key-file FILE | --finish]]",
        "The keys the history is encrypted with.", command_key, "set up",
        "init writes a master key where the settings want one and there is none. status shows the\n"
        "store's keys, how much is under each, what they are wrapped under, and the public key "
        "that\n"
        "the log's heads are checked with (--pem: for openssl).\n"
        "rotate makes new keys, encrypts all anew while everything goes on, and destroys the old\n"
        "ones; when it is interrupted, running it again goes on. --master replaces the master "
        "key:\n"
        "a key file in one go; where it comes from a command or a credential, first add a new one\n"
        "with --new-key-file, put it there, then --finish.\n"},
    {"devices", "[NAME]", "What is watched.", command_devices, "set up", NULL},
    {"trust", "DEVICE [--yes] [--fingerprint F]", "Show a device's host key and pin it.",
        command_trust, "set up",
        "Connects without logging in. A pinned key is replaced only by this command.\n"},
    {"collect", "[DEVICE...] [--group G]", "Pull now, compare, store, alert.", command_collect,
        "watch",
        "All devices when none is named. Also the cron entry point. Exit code 3 when some devices\n"
        "failed, 4 when all did, 1 when there were events.\n"},
    {"status", "[DEVICE]", "How it goes: last runs, failures, waiting alerts.", command_status,
        "watch", NULL},
    {"alert", "test SINK", "Send a test event to a sink.", command_alert, "watch", NULL},
    {"accounts", "[--at TIME] [--device D] [--name N]", "Who has an account, now or then.",
        command_accounts, "ask",
        "SINCE is when the account was first seen without a gap; \"<\" in front: it was there "
        "when\n"
        "rollcall first looked.\n\n"
        "  rollcall accounts --at 2026-03-01 --csv\n"
        "  rollcall accounts --name cisco_support\n"},
    {"changes",
        "[--since T] [--until T] [--device D] [--event E] [--name N] [--severity N] [--open]",
        "Events, newest first.", command_changes, "ask",
        "With --open only those that nobody has acknowledged.\n"},
    {"ack", "EVENT-ID... [--note TEXT]", "Acknowledge events.", command_ack, "ask",
        "An id is that of `rollcall changes`; its first digits are enough where no other event "
        "begins\n"
        "with them. Who acknowledged what and when stays in the log.\n\n"
        "  rollcall ack 5f0c1a2b --note 'CHG0042, planned'\n"},
    {"log", "[--since T] [--until T] [--device D] [--kind K] [--action A]",
        "What stands in the log: who did what, and when.", command_log, "ask",
        "The newest entry first. Versions and events are entries too; --kind action are those of\n"
        "operators: who looked at secrets, pinned a key, pruned, exported.\n\n"
        "  rollcall log --kind action --since 30d\n"
        "  rollcall log --action reveal --json\n"},
    {"history", "DEVICE [--part P] | --account NAME [--device D]",
        "Versions of a device; the life of an account.", command_history, "ask",
        "With --part only those versions in which that part (running, startup, users, ...) changed "
        "in\n"
        "what it says. With --account since when, until when and as what accounts of that name "
        "were on\n"
        "all devices, and by which event, whose doing and with which approval each such time "
        "began.\n"
        "\"<\": it was there when rollcall first looked; \"~\": the clock was not to be trusted "
        "then.\n\n"
        "  rollcall history edge-7 --part startup\n"
        "  rollcall history --account cisco_support\n"},
    {"show", "DEVICE [--version N | --at TIME] [--part P] [--access | --form FORM] [--reveal]",
        "One version.", command_show, "ask",
        "Secrets are shown as <secret:XXXXXX>. --reveal shows them as the device sent them, and "
        "is\n"
        "written into the log first: who cannot write there sees none.\n"
        "--form shows the YANG data of a version as xml, as json (RFC 7951) or as a tree.\n"},
    {"schema", "DEVICE [--modules]", "What is known of a NETCONF device's YANG modules.",
        command_schema, "ask",
        "Which mappings apply to what it has, and which modules were left out and why: what they\n"
        "would describe is kept and compared as plain XML. Modules that a device does not give "
        "can\n"
        "be put into the folder `modules` beside the settings file.\n"},
    {"import", "--from TOOL [--platform [NAME=]P...] [--device GLOB] [--group G] [--dry-run] PATH",
        "Take over the history that another tool kept.", command_import, "keep",
        "Each revision becomes a version as if it had been collected then: with its own time and\n"
        "author, and with its events, of which nobody is alerted. TOOL is oxidized (a git\n"
        "repository, or a folder of them, one a group), rancid (git, or the CVSROOT), folder "
        "(files\n"
        "with dates in their names or in those of their folders, else by their own times) or\n"
        "rollcall (what export --to git wrote).\n"
        "A file is the device of its name. The platform is that of the settings, else --platform\n"
        "NAME=P, else what RANCID's header or router.db say, else --platform P. What is not newer\n"
        "than the device's newest version is left out: a second run, and one after an interrupted\n"
        "one, store only what is missing. Hooks are not run and links not followed.\n\n"
        "  rollcall import --from oxidized --dry-run /var/lib/oxidized/devices.git\n"
        "  rollcall import --from rancid --platform 'core-*=junos' /var/lib/rancid/CVS\n"},
    {"export",
        "--to git|folder|jsonl [--device GLOB] [--since T] [--until T] [--all] [--reveal] PATH",
        "Write versions where other tools read them.", command_export, "keep",
        "Secrets are written as <secret:XXXXXX>, unless --reveal. What stands at PATH is gone on\n"
        "with: of each device only versions newer than those that are there are written.\n"
        "git: a bare repository, a commit a version in order of time over all devices. Its author\n"
        "is who changed the config, its message tells version and events, files are NAME/PART.\n"
        "folder: NAME.cfg, the newest version of each device; with --all each as NAME/TIME.cfg.\n"
        "jsonl: an object a line: of kind \"version\", oldest first, with its parts, access tree\n"
        "and time, then of kind \"event\", newest first; PATH may be - for stdout.\n\n"
        "  rollcall export --to git /srv/configs.git\n"
        "  rollcall export --to jsonl --since 7d - | jq -r 'select(.kind == \"event\").says'\n"},
    {"evidence", "DEVICE [--version N | --at TIME | --event ID] [--reveal] -o FILE",
        "Write one version as a file that proves itself.", command_evidence, "keep",
        "One file, for somebody who does not trust us: a page to read, and in it the config line "
        "by\n"
        "line, accounts, access, events and what was said about them, with proofs that they are "
        "in\n"
        "the log, the log's signed head, and a signature over all of it. Lines with secrets are\n"
        "hidden, and still proven; --reveal shows them. That the file was made is written down.\n"
        "It is checked with: rollcall verify --key KEY FILE.\n\n"
        "  rollcall evidence edge-1 --at 2026-03-01 -o edge-1.html\n"},
    {"verify", "[--device D] [--head FILE]... | [--key PUBLIC] FILE",
        "Is the history, or a file of evidence, as it was written?", command_verify, "keep",
        "Without FILE: reads the whole log, computes every hash anew, holds it against the signed\n"
        "heads and all tables against it, while others go on writing. Says of each fault what was\n"
        "changed, removed, reordered, cut off or rolled back, and where; exit code 5. What was\n"
        "pruned by the rules is said and is no fault. Who has the host and its keys can write\n"
        "another history: only --head, with heads that were kept elsewhere, tells that.\n\n"
        "With FILE, evidence is checked, without history and settings. --key is the log's public\n"
        "key that you got from elsewhere (rollcall/LOG+ID+KEY, or a file with that or PEM); "
        "without\n"
        "it the file's own is taken, which only shows that it agrees with itself. Exit code 5 "
        "when\n"
        "it was changed, 2 when it is no evidence. Without rollcall: rollcall-evidence(5).\n\n"
        "  rollcall verify --head /mnt/worm/rollcall-heads\n"
        "  rollcall verify --key log.pem edge-1.html\n"
        "  rollcall verify --consistency PROOF --key log.pem OLD-HEAD NEW-HEAD\n"},
    {"head", "[--size N] [--proof OLD]", "The log's newest signed head: keep it elsewhere.",
        command_head, "keep",
        "A note as of C2SP tlog-checkpoint: the log's name, its size, its root, the time, and an\n"
        "Ed25519 signature. `heads` in the settings sends it out by itself. --proof prints the "
        "proof\n"
        "that the log begins with that of OLD entries (RFC 9162), checked without the history by\n"
        "rollcall verify --consistency.\n\n"
        "  rollcall head >>/mnt/usb/heads\n"
        "  rollcall head --proof 500 >proof.json\n"},
    {"prune", "[--dry-run] [--policy P] [--device D]",
        "Let go of what the retention policies no longer keep.", command_prune, "keep",
        "Goes by `retention` in the settings; without it nothing goes. The log keeps time, "
        "author,\n"
        "events and hashes of a version that went, and says by which policy and by whom; its "
        "texts\n"
        "go, and the bytes they stood in are overwritten. The newest version, those with which\n"
        "accounts that are there began, and those on hold stay, whatever a policy says. The "
        "daemon\n"
        "may go on meanwhile; what was interrupted goes on with the next call.\n\n"
        "  rollcall prune --dry-run\n"},
    {"hold",
        "DEVICE [--version N | --since T --until T] --reason TEXT | list | release ID --reason "
        "TEXT",
        "Keep versions whatever the policies say (legal hold).", command_hold, "keep",
        "Without --version and times, all versions of the device, those to come as well. A "
        "version\n"
        "is on hold when it was in force at any time between --since and --until. Holds and their\n"
        "ends stand in the log, with who it was and why.\n\n"
        "  rollcall hold edge-1 --since 2026-03-01 --until 2026-04-01 --reason 'case 17'\n"},
    {"backup", "FILE", "Copy the history into one file, while others write.", command_backup,
        "keep",
        "The copy is opened and its log read before it takes the place of an older FILE. It is as\n"
        "encrypted as the history: the master key is NOT in it, keep a copy of that elsewhere.\n"},
    {"restore", "FILE [--force]", "Put a backup in the place of the history.", command_restore,
        "keep",
        "Stop rollcalld first. Refused when the history in place goes on behind the backup, or is\n"
        "another one; with --force it is restored all the same. What was in place is kept beside "
        "it.\n"},
    {"help", "[COMMAND]", "This, or more about one command.", command_help, "ask", NULL},
};

const size_t command_count = sizeof commands / sizeof *commands;

const struct command *command_find(const char *name)
{
    for (size_t i = 0; i < command_count; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

static void show_commands(FILE *out)
{
    fprintf(out,
        "usage: rollcall COMMAND [OPTION...] [ARGUMENT...]\n\n"
        "Who has an account on your routers, since when, who put it there, was it approved?\n");
    const char *group = "";
    for (size_t i = 0; i < command_count; i++) {
        if (strcmp(group, commands[i].group) != 0)
            fprintf(out, "\n%s:\n", group = commands[i].group);
        fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].summary);
    }
    fprintf(out, "\nstart here: rollcall try USER@ROUTER; or: rollcall init\n"
                 "more: rollcall help COMMAND, man rollcall\n");
}

static int unknown_command(const char *name)
{
    const char *names[sizeof commands / sizeof *commands];
    for (size_t i = 0; i < command_count; i++)
        names[i] = commands[i].name;
    char safe[64];
    text_escape(safe, sizeof safe, name, strlen(name));
    const char *near = text_nearest(name, names, command_count);
    if (near)
        fprintf(stderr, "rollcall: no command \"%s\"; did you mean \"%s\"?\n", safe, near);
    else
        fprintf(stderr, "rollcall: no command \"%s\"; see: rollcall help\n", safe);
    return EXIT_USAGE;
}

int command_help(struct cli *cli, int argc, char **argv)
{
    if (argc < 2) {
        show_commands(stdout);
        return EXIT_CLEAN;
    }
    const struct command *c = command_find(argv[1]);
    if (!c)
        return unknown_command(argv[1]);
    char *help[] = {argv[1], (char[]){"--help"}, NULL};
    return c->run == command_help ? (show_commands(stdout), EXIT_CLEAN) : c->run(cli, 2, help);
}

/* Options may stand in front of the command too: rollcall --json accounts. */
static int find_command(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (argv[i][0] != '-')
            return i;
        if (strcmp(argv[i], "--settings") == 0)
            i++;
    }
    return 0;
}

/* `| head` has seen enough: that is no error. */
static bool reader_left(void)
{
    struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};
    return poll(&out, 1, 0) == 1 && (out.revents & POLLERR);
}

int cli_main(int argc, char **argv)
{
    struct cli cli = {0};
    setlocale(LC_CTYPE, "");
    signal(SIGPIPE, SIG_IGN);
    log_open("rollcall", LOG_NOTICE);
    if (argc > 1 && strcmp(argv[1], "--version") == 0) {
        printf("rollcall %s\n", ROLLCALL_VERSION);
        return EXIT_CLEAN;
    }
    int at = find_command(argc, argv);
    if (at == 0) {
        bool asked = argc > 1 && (strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "--help") == 0);
        show_commands(asked ? stdout : stderr);
        return asked ? EXIT_CLEAN : EXIT_USAGE;
    }
    const struct command *c = command_find(argv[at]);
    if (!c)
        return unknown_command(argv[at]);
    char *name = argv[at];
    memmove(argv + 2, argv + 1, sizeof *argv * (size_t)(at - 1));
    argv[1] = name;
    int rc = c->run(&cli, argc - 1, argv + 1);
    if (cli.out && writer_end(cli.out) && rc <= EXIT_FINDINGS && !reader_left()) {
        fprintf(stderr, "rollcall: cannot write the result to stdout\n");
        rc = EXIT_ALL;
    }
    term_pager_end();
    cli_close(&cli);
    return rc == HELP_SHOWN ? EXIT_CLEAN : rc;
}
