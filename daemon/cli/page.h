/* A platform's page: what its profile says, for people and programs. */
#ifndef ROLLCALL_CLI_PAGE_H
#define ROLLCALL_CLI_PAGE_H

#include <jansson.h>
#include <stdio.h>

#include "drivers/platform.h"

/* Collect the page of an open platform. NULL: no memory. */
json_t *page_new(const struct platform *p, const struct lyd_node *whole);

/* How a page is set: paragraphs, headed groups of lines, things with what is said of them. */
struct page_style {
    void (*title)(FILE *out, const char *name, const char *title);
    void (*heading)(FILE *out, const char *text);
    void (*paragraph)(FILE *out, const char *text);
    void (*item)(FILE *out, const char *name, const char *text);
    void (*literal)(FILE *out, const char *text); /* as it is typed; many lines */
};

extern const struct page_style page_as_text, page_as_roff;

void page_show(FILE *out, const struct page_style *style, const json_t *page);

/* The whole manual page rollcall-platforms(7) of these pages, a JSON array. */
void page_manual(FILE *out, const json_t *pages);

#endif
