/* SPDX-License-Identifier: MIT */
/*
 * cli/prune.c - image prune, container prune, system prune
 *
 * Problem   Removing many things at once is useful, and can't be undone.
 * Idea      Say what will go, ask, do it (engine/prune), say what went.
 * Rules     1. Only "y" and "yes" are a yes.  No answer is a no, and no error.
 * Read      docker-image-prune(1), docker-system-prune(1);
 *           lessons/16-store.md
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/command.h"
#include "cli/table.h"
#include "engine/prune.h"
#include "linux/cgroup.h"
#include "runtime/state.h"

struct prune_words {
    bool all, force;
};
#define FIELD(f) offsetof(struct prune_words, f)
const struct option_row prune_options[] = {
    {'a', "all", OPTION_FLAG, FIELD(all), NULL,
     "All images that no container uses, not only those without a name"},
    {'f', "force", OPTION_FLAG, FIELD(force), NULL, "Do not ask"},
    {0},
};
const struct option_row prune_container_options[] = {
    {'f', "force", OPTION_FLAG, FIELD(force), NULL, "Do not ask"},
    {0},
};
#undef FIELD
static const char prune_docker_only[] = "filter volumes";

/* Rule 1. */
static bool confirm(const char *warning, bool force)
{
    char *line = NULL;
    size_t size = 0;

    if (force)
        return true;
    printf("%s\nAre you sure you want to continue? [y/N] ", warning);
    fflush(stdout);
    ssize_t n = getline(&line, &size, stdin);
    if (n > 0)
        line[strcspn(line, "\r\n")] = '\0';
    bool yes =
        n > 0 && (strcasecmp(line, "y") == 0 || strcasecmp(line, "yes") == 0);
    free(line);
    /* Nobody's Enter has ended the line of the question. */
    if (n <= 0 || !isatty(STDIN_FILENO))
        putchar('\n');
    if (!yes)
        puts("Cancelled: nothing was removed");
    return yes;
}

static void print_list(const char *title, const struct strv *lines)
{
    if (lines->n == 0)
        return;
    printf("%s:\n", title);
    for (size_t i = 0; i < lines->n; i++)
        puts(lines->v[i]);
    putchar('\n');
}

static void print_total(uint64_t bytes)
{
    mb_autofree char *size = table_size_exactly(bytes);

    printf("Total reclaimed space: %s\n", size);
}

/* Words, question, store: 1 go on, 0 the answer was no, -1. */
static int begin(struct call *call, struct prune_words *w, const char *what,
                 const char *what_all, struct mb_error *err)
{
    mb_autostrv struct strv words = {0};

    if (call_parse(call, prune_docker_only, w, &words, err) < 0 ||
        call_need_words(call, &words, 0, 0, err) < 0)
        return -1;
    if (!confirm(w->all ? what_all : what, w->force))
        return 0;
    return call_open_store(call, err) < 0 ? -1 : 1;
}

int command_image_prune(struct call *call, struct mb_error *err)
{
    struct prune_words w = {0};
    int go = begin(call, &w, "WARNING! This will remove all dangling images.",
                   "WARNING! This will remove all images without at least one "
                   "container associated to them.",
                   err);

    if (go <= 0)
        return go;
    struct prune prune = {.all = w.all};
    int result = prune_images(&call->store, &prune, err);
    if (result == 0) {
        print_list("Deleted Images", &prune.deleted);
        print_total(prune.freed);
    }
    strv_done(&prune.deleted);
    return result;
}

/* Containers that have ended, and what the killed ones left. */
static int remove_stopped(struct call *call, struct strv *deleted,
                          uint64_t *out_freed, struct mb_error *err)
{
    cgroup_sweep();
    state_sweep_names(call->store.root);
    return prune_containers(&call->store, deleted, out_freed, err);
}

int command_container_prune(struct call *call, struct mb_error *err)
{
    static const char what[] =
        "WARNING! This will remove all stopped containers.";
    mb_autostrv struct strv deleted = {0};
    struct prune_words w = {0};
    uint64_t freed = 0;
    int go = begin(call, &w, what, what, err);

    if (go <= 0)
        return go;
    if (remove_stopped(call, &deleted, &freed, err) < 0)
        return -1;
    print_list("Deleted Containers", &deleted);
    print_total(freed);
    return 0;
}

int command_system_prune(struct call *call, struct mb_error *err)
{
    mb_autostrv struct strv deleted = {0};
    struct prune_words w = {0};
    int go = begin(call, &w,
                   "WARNING! This will remove:\n"
                   "  - all stopped containers\n"
                   "  - all dangling images\n"
                   "  - unused build cache\n",
                   "WARNING! This will remove:\n"
                   "  - all stopped containers\n"
                   "  - all images without at least one container associated "
                   "to them\n"
                   "  - all build cache\n",
                   err);

    if (go <= 0)
        return go;
    struct prune prune = {.all = w.all, .cache = true};
    int result = remove_stopped(call, &deleted, &prune.freed, err);
    if (result == 0)
        result = prune_images(&call->store, &prune, err);
    print_list("Deleted Containers", &deleted);
    if (result == 0) {
        print_list("Deleted Images", &prune.deleted);
        print_total(prune.freed);
    }
    strv_done(&prune.deleted);
    return result;
}
