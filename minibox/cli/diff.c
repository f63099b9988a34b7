/* SPDX-License-Identifier: MIT */
/*
 * cli/diff.c - diff
 *
 * Problem   After a while in a container nobody knows what was changed there.
 * Idea      The upper directory knows (engine/changes).  Here it gets its two
 *           sides, and the lines are printed:
 *
 *             containers/ID/upper   layers/...   -->   C /etc
 *                                                      D /etc/group
 *                                                      A /tmp/f
 *
 * Rules     1. A container that never ran has no upper directory, and has
 *              changed nothing.
 * Read      docker-container-diff(1); lessons/14-overlay.md
 */
#include <stdio.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/command.h"
#include "engine/changes.h"
#include "engine/view.h"

/* The lines for container C into *out. */
static int read_changes(const struct store *store, const struct container *c,
                        struct strv *out, struct mb_error *err)
{
    mb_autofree char *upper = mb_printf("%s/upper", c->dir);
    mb_autostrv struct strv lowers = {0};

    if (access(upper, F_OK) < 0)
        return 0; /* rule 1 */
    int result = view_lowers(store, c, &lowers, err);
    strv_take(&lowers, store_skeleton_dir(store));
    if (result == 0)
        result = changes_read(upper, &lowers, out, err);
    return result < 0 ? mb_wrap(err, "diff %s", c->name) : 0;
}

int command_diff(struct call *call, struct mb_error *err)
{
    mb_autostrv struct strv words = {0}, lines = {0};
    struct container c;

    if (call_parse(call, NULL, NULL, &words, err) < 0 ||
        call_need_words(call, &words, 1, 1, err) < 0 ||
        call_open_store(call, err) < 0 ||
        state_find(call->store.root, words.v[0], &c, err) < 0)
        return -1;
    int result = read_changes(&call->store, &c, &lines, err);
    container_done(&c);
    for (size_t i = 0; result == 0 && i < lines.n; i++)
        puts(lines.v[i]);
    return result;
}
