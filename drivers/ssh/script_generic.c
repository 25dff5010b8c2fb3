#include <stdlib.h>

#include "base/yang.h"
#include "drivers/ssh/script.h"

#define USUAL_PAGER "(?i)(-{2,} ?\\(?more\\b.*|<-+ ?more ?-+>|press any key to continue|^:)$"

int script_generic(const struct platforms *all, struct script **out, struct error *err)
{
    struct script *s = calloc(1, sizeof *s);
    size_t most = 0;
    const struct platform *p;
    for (size_t i = 0; (p = platforms_at(all, i)); i++)
        most += script_count(yang_child(p->data, "session"), "answer");
    if (!s || !(s->answers = calloc(most + 1, sizeof *s->answers))) {
        free(s);
        return error_set(err, RC_NO_MEMORY, "out of memory");
    }
    s->pager_answer = " ";
    int rc = regex_new(SCRIPT_USUAL_PROMPT, 0, &s->prompt, err);
    if (rc == RC_OK)
        rc = regex_new(USUAL_PAGER, 0, &s->pager, err);
    for (size_t i = 0; rc == RC_OK && (p = platforms_at(all, i)); i++)
        rc = script_load_answers(yang_child(p->data, "session"), s, err);
    if (rc) {
        script_free(s);
        return rc;
    }
    *out = s;
    return RC_OK;
}
