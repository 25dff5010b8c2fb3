#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/cli.h"

#define MOST_ROWS 32

/* Options that every command takes. */
enum { COMMON_SETTINGS = 1000, COMMON_JSON, COMMON_CSV, COMMON_QUIET, COMMON_HELP };

static const struct option common[] = {{"settings", required_argument, NULL, COMMON_SETTINGS},
    {"json", no_argument, NULL, COMMON_JSON}, {"csv", no_argument, NULL, COMMON_CSV},
    {"quiet", no_argument, NULL, COMMON_QUIET}, {"help", no_argument, NULL, COMMON_HELP}};

#define COMMON_COUNT (sizeof common / sizeof *common)

static int set_value(const char *command, const struct option_row *row, const char *text)
{
    switch (row->kind) {
    case OPTION_FLAG:
        *(bool *)row->value = true;
        return EXIT_CLEAN;
    case OPTION_TEXT:
        *(const char **)row->value = text;
        return EXIT_CLEAN;
    case OPTION_LIST: {
        struct option_list *list = row->value;
        if (list->count == OPTION_LIST_MOST)
            return cli_usage(command, "--%s given more than %d times", row->name, OPTION_LIST_MOST);
        list->at[list->count++] = text;
        return EXIT_CLEAN;
    }
    case OPTION_NUMBER: {
        char *end;
        long number = strtol(text, &end, 10);
        if (end == text || *end || number < 0)
            return cli_usage(command, "--%s wants a number, not \"%s\"", row->name, text);
        *(long *)row->value = number;
        return EXIT_CLEAN;
    }
    }
    return EXIT_USAGE;
}

/* getopt has put the offending word behind us; say which, and what is nearest to it. */
static int unknown_option(
    const char *command, const struct option *longs, size_t count, char **argv)
{
    const char *word = optind > 0 ? argv[optind - 1] : "";
    if (optopt && optopt < 256)
        return cli_usage(command, "unknown option -%c", optopt);
    const char *names[MOST_ROWS + COMMON_COUNT];
    for (size_t i = 0; i < count; i++)
        names[i] = longs[i].name;
    char bare[64] = "";
    strncat(bare, word + strspn(word, "-"), sizeof bare - 1);
    bare[strcspn(bare, "=")] = '\0';
    for (size_t i = 0; i < count; i++)
        if (strcmp(bare, longs[i].name) == 0)
            return cli_usage(
                command, "--%s %s", bare, longs[i].has_arg ? "wants a value" : "takes no value");
    const char *near = text_nearest(bare, names, count);
    return near ? cli_usage(command, "unknown option %s; did you mean --%s?", word, near)
                : cli_usage(command, "unknown option %s", word);
}

int cli_options(
    struct cli *cli, const char *command, const struct option_row *rows, int *argc, char **argv)
{
    struct option longs[MOST_ROWS + COMMON_COUNT + 1] = {0};
    char letters[MOST_ROWS * 2 + 4] = ":h";
    size_t count = 0, used = 2;
    for (const struct option_row *row = rows; row && row->name && count < MOST_ROWS; row++) {
        bool argument = row->kind != OPTION_FLAG;
        longs[count] = (struct option){row->name, argument, NULL, (int)count + 2000};
        if (row->letter) {
            letters[used++] = row->letter;
            letters[used] = argument ? ':' : '\0';
            used += argument;
        }
        count++;
    }
    memcpy(longs + count, common, sizeof common);
    optind = 0;
    opterr = 0;
    for (int found; (found = getopt_long(*argc, argv, letters, longs, NULL)) != -1;) {
        if (found == COMMON_SETTINGS) {
            cli->settings_path = optarg;
        } else if (found == COMMON_JSON) {
            cli->format = WRITER_JSON;
        } else if (found == COMMON_CSV) {
            cli->format = WRITER_CSV;
        } else if (found == COMMON_QUIET) {
            cli->quiet = true;
        } else if (found == COMMON_HELP || found == 'h') {
            cli_show_help(command_find(command), rows, found == COMMON_HELP);
            return HELP_SHOWN;
        } else if (found == '?' || found == ':') {
            return unknown_option(command, longs, count + COMMON_COUNT, argv);
        } else {
            const struct option_row *row = rows;
            if (found >= 2000)
                row += found - 2000;
            else
                while (row->letter != found)
                    row++;
            int rc = set_value(command, row, optarg);
            if (rc)
                return rc;
        }
    }
    memmove(argv, argv + optind, sizeof *argv * (size_t)(*argc - optind + 1));
    *argc -= optind;
    return EXIT_CLEAN;
}

void cli_show_help(const struct command *c, const struct option_row *rows, bool whole)
{
    printf("usage: rollcall %s %s\n\n%s\n", c->name, c->synopsis, c->summary);
    if (whole && c->text)
        printf("\n%s", c->text);
    if (rows && rows->name)
        printf("\noptions:\n");
    for (; rows && rows->name; rows++) {
        char left[64];
        snprintf(left, sizeof left, "%s%c%s--%s%s%s", rows->letter ? "-" : "  ",
            rows->letter ? rows->letter : ' ', rows->letter ? ", " : " ", rows->name,
            rows->argument ? " " : "", rows->argument ? rows->argument : "");
        printf("  %-26s %s\n", left, rows->help);
    }
    printf("\ncommon to all:\n"
           "      --settings FILE        settings file instead of the default\n"
           "      --json, --csv          for programs; documented in rollcall(1)\n"
           "      --quiet                no notes on stderr\n"
           "  -h, --help                 this; --help says more\n");
}
