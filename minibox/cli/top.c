/* SPDX-License-Identifier: MIT */
/*
 * cli/top.c - top
 *
 * Problem   What is going on in there?
 * Idea      A container is not a place but a mark on processes.  Those that
 *           carry the mark of its PID 1, the same PID namespace, are its own;
 *           /proc out here knows them all, by our numbers:
 *
 *             /proc/4711/ns/pid -> pid:[4026532301]   PID 1 of the container
 *             /proc/4790/ns/pid -> pid:[4026532301]   one of its own
 *             /proc/4800/ns/pid -> pid:[4026531836]   none
 *
 * Rules     1. PIDs and users are the host's, as in docker: it is the host's
 *              `kill` that may be the next word.
 *           2. A process that ends while we look is passed over.
 *           3. ps's own options are docker's way to choose columns; they are
 *              not in minibox.
 * Read      proc(5), "/proc/PID/stat"; lessons/03-namespaces.md
 */
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "cli/command.h"
#include "cli/table.h"
#include "linux/ns.h"
#include "runtime/life.h"

enum { COLUMNS = 8, FIELDS = 22 };

/* What is read of one process. */
struct task {
    int pid;
    char *stat[FIELDS + 1]; /* by the numbers of proc(5); [2] is not there */
    char *text;             /* that they lie in */
};

/* Cut /proc/PID/stat.  The command's name may hold anything: begin behind it.
 */
static bool read_stat(int pid, struct task *out)
{
    mb_autofree char *path = mb_printf("/proc/%d/stat", pid);
    struct buf text = BUF_INIT;

    *out = (struct task){.pid = pid};
    if (fs_read(AT_FDCWD, path, 65536, &text, NULL) < 0) {
        buf_done(&text);
        return false;
    }
    out->text = buf_take(&text);
    char *rest = strrchr(out->text, ')');
    if (rest)
        rest += strspn(rest, ") ");
    for (int i = 3; i <= FIELDS; i++) {
        out->stat[i] = rest ? strsep(&rest, " ") : NULL;
        if (!out->stat[i])
            return false;
    }
    return true;
}

static double number(const struct task *t, int field)
{
    return strtod(t->stat[field], NULL);
}

/* ---- cells --------------------------------------------------------------- */

/* The owner of its directory in /proc: a name for root, else the number. */
static void add_user(struct strv *cells, int pid)
{
    mb_autofree char *path = mb_printf("/proc/%d/status", pid);
    mb_autobuf struct buf text = BUF_INIT;
    unsigned uid = 0;

    (void)fs_read(AT_FDCWD, path, 65536, &text, NULL);
    const char *line = strstr(text.s, "\nUid:");
    if (line)
        (void)!sscanf(line, "\nUid: %u", &uid);
    if (uid == 0)
        strv_add(cells, "root");
    else
        strv_addf(cells, "%u", uid);
}

/* "?" or "pts/0". */
static void add_terminal(struct strv *cells, const struct task *t)
{
    enum { PTS = 136 };
    unsigned device = number(t, 7);

    if (major(device) == PTS)
        strv_addf(cells, "pts/%u", minor(device));
    else
        strv_add(cells, "?");
}

/* How much of a processor since it began, when that was, and how long it has
 * computed. */
static void add_times(struct strv *cells, const struct task *t)
{
    double hertz = sysconf(_SC_CLK_TCK);
    double computed = (number(t, 14) + number(t, 15)) / hertz;
    struct timespec up, now;
    char clock[8];
    struct tm tm;

    clock_gettime(CLOCK_BOOTTIME, &up);
    clock_gettime(CLOCK_REALTIME, &now);
    double age = up.tv_sec - number(t, 22) / hertz;
    time_t began = now.tv_sec - (time_t)(age > 0 ? age : 0);
    localtime_r(&began, &tm);
    strftime(clock, sizeof clock, "%H:%M", &tm);
    strv_addf(cells, "%.0f", age > 1 ? 100 * computed / age : 0);
    strv_add(cells, clock);
    add_terminal(cells, t);
    int seconds = computed;
    strv_addf(cells, "%02d:%02d:%02d", seconds / 3600, seconds / 60 % 60,
              seconds % 60);
}

/* Its words; for one without any, like a zombie, its name in brackets.  They
 * are a stranger's, and must do nothing to a terminal. */
static void add_command(struct strv *cells, const struct task *t)
{
    mb_autofree char *path = mb_printf("/proc/%d/cmdline", t->pid);
    mb_autobuf struct buf text = BUF_INIT;
    const char *open = strchr(t->text, '('), *close = strrchr(t->text, ')');

    (void)fs_read(AT_FDCWD, path, 1 << 20, &text, NULL);
    while (text.len && text.s[text.len - 1] == '\0')
        text.len--;
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.s[i] < ' ' || text.s[i] == 127)
            text.s[i] = text.s[i] ? '?' : ' ';
    if (text.len)
        strv_add(cells, text.s);
    else
        strv_addf(cells, "[%.*s]", (int)(close - open - 1), open + 1);
}

/* ---- rows ---------------------------------------------------------------- */

static void add_row(struct strv *cells, int pid)
{
    struct task t;

    if (read_stat(pid, &t)) { /* rule 2 */
        add_user(cells, pid);
        strv_addf(cells, "%d", pid);
        strv_add(cells, t.stat[4]);
        add_times(cells, &t);
        add_command(cells, &t);
    }
    free(t.text);
}

static int by_number(const struct dirent **a, const struct dirent **b)
{
    return atoi((*a)->d_name) - atoi((*b)->d_name);
}

static int is_number(const struct dirent *entry)
{
    return isdigit((unsigned char)entry->d_name[0]);
}

/* All processes in the PID namespace of FIRST. */
static int list_processes(int first, struct strv *cells, struct mb_error *err)
{
    struct dirent **entries;
    int n = scandir("/proc", &entries, is_number, by_number);

    if (n < 0)
        return mb_fail(err, "read /proc");
    for (int i = 0; i < n; i++) {
        int pid = atoi(entries[i]->d_name);
        if (ns_same(pid, first, "pid", NULL) == 1)
            add_row(cells, pid);
        free(entries[i]);
    }
    free(entries);
    return 0;
}

static int top_of(const struct container *c, struct mb_error *err)
{
    static const char *const header[COLUMNS] = {"UID",   "PID", "PPID", "C",
                                                "STIME", "TTY", "TIME", "CMD"};
    mb_autostrv struct strv cells = {0};
    json_t *state = state_read(c, "state.json");
    int first = json_integer_value(json_object_get(state, "pid"));

    json_decref(state);
    if (!state_is_running(c)) {
        mb_failx(err, "container %s is not running", c->id);
        return mb_code(err, 1);
    }
    for (int i = 0; i < COLUMNS; i++)
        strv_add(&cells, header[i]);
    if (list_processes(first, &cells, err) < 0)
        return -1;
    table_print(&cells, COLUMNS);
    return 0;
}

int command_top(struct call *call, struct mb_error *err)
{
    mb_autostrv struct strv words = {0};
    struct container c;

    if (call_parse(call, "", NULL, &words, err) < 0 ||
        call_need_words(call, &words, 1, 1, err) < 0 ||
        call_open_store_outside(call, err) < 0)
        return -1;
    if (state_find(call->store.root, words.v[0], &c, err) < 0)
        return mb_code(err, 1);
    int status = top_of(&c, err);
    container_done(&c);
    return status;
}
