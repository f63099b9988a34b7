/* SPDX-License-Identifier: MIT */
/*
 * cli/containers.c - ps, rm
 *
 * Problem   Which containers are there, and how does one get rid of them?
 * Idea      Their directories say what they are; the kernel says which of
 *           them still run (runtime/state).
 * Rules     1. Without -a only those that run are shown.
 *           2. A running container is removed only with -f, which kills it.
 * Read      docker-ps(1), docker-rm(1); lessons/25-life.md
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/command.h"
#include "cli/table.h"
#include "engine/config.h"
#include "linux/cgroup.h"
#include "runtime/state.h"

struct ps_words {
    bool all, quiet, no_trunc;
};
#define FIELD(f) offsetof(struct ps_words, f)
const struct option_row ps_options[] = {
    {'a', "all", OPTION_FLAG, FIELD(all), NULL,
     "Show those that have ended, too"},
    {'q', "quiet", OPTION_FLAG, FIELD(quiet), NULL, "Show IDs only"},
    {0, "no-trunc", OPTION_FLAG, FIELD(no_trunc), NULL,
     "Show IDs and commands in full"},
    {0},
};
#undef FIELD
static const char ps_docker_only[] = "f l n s filter format last latest size";

/* ---- ps ----------------------------------------------------------------- */

enum { NANO = 1000000000 };

/* A row and its age in nanoseconds, for sorting. */
struct ps_row {
    int64_t created;
    struct strv cells;
    char *id;
};

struct ps_list {
    const struct ps_words *words;
    struct ps_row *rows;
    size_t n;
};

/* "sh -c 'echo hi'" as the table shows it: cut, then quoted. */
static char *show_command(const json_t *config, bool full)
{
    mb_autostrv struct strv argv = {0};
    mb_autobuf struct buf joined = BUF_INIT;
    struct buf out = BUF_INIT;

    config_strings(config, "argv", &argv);
    for (size_t i = 0; i < argv.n; i++)
        buf_addf(&joined, i && strchr(argv.v[i], ' ') ? "%s'%s'" : "%s%s",
                 i ? " " : "", argv.v[i]);
    mb_autofree char *cut =
        full ? mb_strdup(joined.s) : table_cut(joined.s, 20);
    buf_addc(&out, '"');
    for (const char *p = cut; *p; p++) {
        if (*p == '\n') {
            buf_adds(&out, "\\n");
            continue;
        }
        if (*p == '"' || *p == '\\')
            buf_addc(&out, '\\');
        buf_addc(&out, *p);
    }
    buf_addc(&out, '"');
    return buf_take(&out);
}

/* "Up 5 seconds", "Exited (137) 3 seconds ago", "Created". */
static char *show_status(const struct container *c, const json_t *state)
{
    const char *status = state_status(c, state);
    const json_t *finished = json_object_get(state, "finishedAt");
    mb_autofree char *age = NULL;

    if (strcmp(status, "running") == 0) {
        int64_t started =
            json_integer_value(json_object_get(state, "startedAt"));
        age = table_duration(time(NULL) - started);
        return mb_printf("Up %s", age);
    }
    if (strcmp(status, "created") == 0)
        return mb_strdup("Created");
    if (!finished) /* minibox was killed; nobody knows when it ended */
        return mb_printf("Exited (%d)", state_exit_code(state));
    age = table_ago(json_integer_value(finished));
    return mb_printf("Exited (%d) %s", state_exit_code(state), age);
}

static int add_row(const struct container *c, void *argument)
{
    struct ps_list *list = argument;
    bool running = state_is_running(c), full = list->words->no_trunc;

    if (!running && !list->words->all)
        return 0;
    json_t *config = state_read(c, "config.json");
    json_t *state = state_read(c, "state.json");
    list->rows = mb_realloc(list->rows, (list->n + 1) * sizeof *list->rows);
    struct ps_row *row = &list->rows[list->n++];
    *row = (struct ps_row){
        .created = json_integer_value(json_object_get(config, "created")),
        .id = full ? mb_strdup(c->id) : mb_printf("%.12s", c->id)};
    strv_add(&row->cells, row->id);
    strv_add(&row->cells, config_string(config, "image"));
    strv_take(&row->cells, show_command(config, full));
    strv_take(&row->cells, table_ago(row->created / NANO));
    strv_take(&row->cells, show_status(c, state));
    strv_add(&row->cells, "");
    strv_add(&row->cells, c->name);
    json_decref(config);
    json_decref(state);
    return 0;
}

static int newest_first(const void *a, const void *b)
{
    const struct ps_row *x = a, *y = b;

    return (x->created < y->created) - (x->created > y->created);
}

static void print_list(struct ps_list *list)
{
    static const char *const header[] = {"CONTAINER ID", "IMAGE",  "COMMAND",
                                         "CREATED",      "STATUS", "PORTS",
                                         "NAMES",        NULL};
    mb_autostrv struct strv cells = {0};

    strv_add_all(&cells, (char *const *)header);
    for (size_t i = 0; i < list->n; i++) {
        if (list->words->quiet)
            puts(list->rows[i].id);
        strv_add_all(&cells, list->rows[i].cells.v);
        strv_done(&list->rows[i].cells);
        free(list->rows[i].id);
    }
    if (!list->words->quiet)
        table_print(&cells, 7);
    free(list->rows);
}

int command_ps(struct call *call, struct mb_error *err)
{
    mb_autostrv struct strv words = {0};
    struct ps_words w = {0};
    struct ps_list list = {.words = &w};

    if (call_parse(call, ps_docker_only, &w, &words, err) < 0 ||
        call_need_words(call, &words, 0, 0, err) < 0 ||
        call_open_store(call, err) < 0)
        return -1;
    state_sweep_names(call->store.root);
    (void)state_for_each(call->store.root, add_row, &list);
    if (list.n)
        qsort(list.rows, list.n, sizeof *list.rows, newest_first);
    print_list(&list);
    return 0;
}

/* ---- rm ----------------------------------------------------------------- */

struct rm_words {
    bool force;
};
const struct option_row rm_options[] = {
    {'f', "force", OPTION_FLAG, offsetof(struct rm_words, force), NULL,
     "Kill it first if it runs"},
    {0},
};
static const char rm_docker_only[] = "l v link volumes";

/* Kill the container's first process and wait until it is gone. */
static int kill_container(const struct container *c, struct mb_error *err)
{
    json_t *state = state_read(c, "state.json");
    int pid = json_integer_value(json_object_get(state, "pid"));

    json_decref(state);
    mb_autoclose int pidfd = syscall(SYS_pidfd_open, pid, 0);
    if (pidfd < 0)
        return errno == ESRCH ? 0 : mb_fail(err, "open process %d", pid);
    /* Only now is it sure that PID is (still) the one in the file. */
    if (!state_is_running(c))
        return 0;
    if (syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0) < 0)
        return mb_fail(err, "kill container %s", c->name);
    struct pollfd end = {.fd = pidfd, .events = POLLIN};
    while (poll(&end, 1, -1) < 0 && errno == EINTR)
        ;
    return 0;
}

static int remove_container(const struct store *store, const char *name,
                            bool force, struct mb_error *err)
{
    struct container c;
    int result = 0;

    if (state_find(store->root, name, &c, err) < 0)
        return -1;
    if (state_is_running(&c)) {
        if (force)
            result = kill_container(&c, err);
        else
            result = mb_failx(err,
                              "cannot remove container \"%s\": container "
                              "is running: stop the container before "
                              "removing or force remove",
                              name);
    }
    if (result == 0)
        result = state_remove(store->root, &c, err);
    container_done(&c);
    return result;
}

int command_rm(struct call *call, struct mb_error *err)
{
    mb_autostrv struct strv words = {0};
    struct rm_words w = {0};
    int status = 0;

    if (call_parse(call, rm_docker_only, &w, &words, err) < 0 ||
        call_need_words(call, &words, 1, (size_t)-1, err) < 0 ||
        call_open_store(call, err) < 0)
        return -1;
    cgroup_sweep();
    state_sweep_names(call->store.root);
    for (size_t i = 0; i < words.n; i++) {
        struct mb_error one = {0};
        if (remove_container(&call->store, words.v[i], w.force, &one) == 0) {
            puts(words.v[i]);
            continue;
        }
        call_report(&one);
        status |= !(w.force && starts_with(one.msg, "No such container"));
    }
    return status;
}
