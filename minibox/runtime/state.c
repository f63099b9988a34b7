/* SPDX-License-Identifier: MIT */
/*
 * state.c - what is known of a container
 *
 * Problem   Without a daemon nobody remembers which containers there are; and
 *           what a file says of a process may be long out of date.
 * Idea      A directory for each container, and a symlink for each name.  The
 *           file says which process it was; the kernel says if it still is:
 *
 *             state.json  { "pid": 4711, "startTime": 123456 }
 *             /proc/4711/stat, field 22:         123456   same: it runs
 *                                                999999   another process
 *                                                         has the number now
 * Rules     1. symlink(2) fails if the name is taken: claiming it is one step.
 *           2. A PID alone proves nothing.  PID and start time do.
 *           3. Files are replaced by rename: who reads sees old or new.
 * Read      proc(5), /proc/[pid]/stat; lessons/25-life.md
 */
#include "runtime/state.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/mem.h"
#include "runtime/names.h"

enum { MAX_STATE = 4 << 20 };

void container_done(struct container *c)
{
    free(c->name);
    free(c->dir);
    json_decref(c->config);
    *c = (struct container){0};
}

/* ---- names -------------------------------------------------------------- */

/* The ID that NAME stands for; false when the name is free.  A link to a
 * container that is gone is left over from a kill: it is free as well. */
static bool name_owner(const char *root, const char *name, char out_id[65])
{
    mb_autofree char *link = mb_printf("%s/names/%s", root, name);
    ssize_t n = readlink(link, out_id, 64);

    out_id[n < 0 ? 0 : n] = '\0';
    if (n != 64)
        return false;
    mb_autofree char *dir = mb_printf("%s/containers/%s", root, out_id);
    if (access(dir, F_OK) == 0)
        return true;
    (void)unlink(link);
    return false;
}

/* Rule 1. */
static int claim_name(const char *root, const char *name, const char *id,
                      struct mb_error *err)
{
    mb_autofree char *link = mb_printf("%s/names/%s", root, name);
    char owner[65];

    if (!names_is_valid(name))
        return mb_failx(err,
                        "Invalid container name (%s), only "
                        "[a-zA-Z0-9][a-zA-Z0-9_.-] are allowed",
                        name);
    for (int try = 0; try < 3; try++) {
        if (symlink(id, link) == 0)
            return 0;
        if (errno != EEXIST)
            return mb_fail(err, "claim the name %s", name);
        if (name_owner(root, name, owner))
            break;
    }
    mb_failx(err,
             "Conflict. The container name \"/%s\" is already in use by "
             "container \"%s\". You have to remove (or rename) that "
             "container to be able to reuse that name.",
             name, owner);
    return mb_hint(err, "minibox rm %s", name);
}

static int claim_random_name(const char *root, struct container *c,
                             struct mb_error *err)
{
    for (int try = 0; try < 64; try++) {
        mb_autofree char *name = names_random();
        /* After some collisions a number makes it unique. */
        c->name = try < 8 ? mb_steal(&name) : mb_printf("%s%d", name, try);
        if (claim_name(root, c->name, c->id, err) == 0)
            return 0;
        free(c->name);
        c->name = NULL;
    }
    return -1;
}

/* ---- life --------------------------------------------------------------- */

int state_create(const char *root, const char *name, struct container *out,
                 struct mb_error *err)
{
    struct container c = {0};
    int result;

    names_random_id(c.id);
    c.dir = mb_printf("%s/containers/%s", root, c.id);
    /* The directory first: a name that leads nowhere counts as free. */
    if (mkdir(c.dir, 0700) < 0) {
        mb_fail(err, "make %s", c.dir);
        container_done(&c);
        return -1;
    }
    if (name) {
        result = claim_name(root, name, c.id, err);
        c.name = mb_strdup(name);
    } else {
        result = claim_random_name(root, &c, err);
    }
    if (result < 0) {
        (void)rmdir(c.dir);
        container_done(&c);
        return -1;
    }
    *out = c;
    return 0;
}

int state_write(const struct container *c, const char *file, json_t *document,
                struct mb_error *err)
{
    mb_autofree char *path = mb_printf("%s/%s", c->dir, file);
    mb_autofree char *text = json_dumps(document, JSON_COMPACT);

    json_decref(document);
    if (!text)
        return mb_failx(err, "%s can't be written as JSON", path);
    return fs_write(AT_FDCWD, path, text, strlen(text), err);
}

json_t *state_read(const struct container *c, const char *file)
{
    mb_autofree char *path = mb_printf("%s/%s", c->dir, file);
    mb_autobuf struct buf text = BUF_INIT;

    if (fs_read(AT_FDCWD, path, MAX_STATE, &text, NULL) < 0)
        return NULL;
    return json_loadb(text.s, text.len, 0, NULL);
}

int state_config(const struct container *c, json_t **out, struct mb_error *err)
{
    mb_autofree char *path = mb_printf("%s/config.json", c->dir);
    mb_autobuf struct buf text = BUF_INIT;
    json_error_t why;
    json_t *config = NULL;

    if (access(path, F_OK) < 0 && errno == ENOENT) {
        *out = NULL;
        return 0;
    }
    if (fs_read(AT_FDCWD, path, MAX_STATE, &text, err) == 0) {
        config = json_loadb(text.s, text.len, 0, &why);
        if (!config)
            mb_failx(err, "%s is damaged: %s", path, why.text);
    }
    if (!config)
        return mb_hint(err, "mend the file, or minibox rm %.12s", c->id);
    *out = config;
    return 0;
}

/* Field 22 of /proc/PID/stat: when it started, in clock ticks since boot.  0
 * if there is no such process, or only its zombie (field 3), which keeps all
 * that as long as nobody reaps it. */
static unsigned long long start_time(int pid)
{
    mb_autofree char *path = mb_printf("/proc/%d/stat", pid);
    mb_autobuf struct buf text = BUF_INIT;
    unsigned long long ticks = 0;
    char state;

    if (fs_read(AT_FDCWD, path, 65536, &text, NULL) < 0)
        return 0;
    /* The command's name may hold spaces and brackets: start behind it. */
    char *p = strrchr(text.s, ')');
    if (!p || sscanf(p, ") %c", &state) != 1 || strchr("ZX", state))
        return 0;
    for (int field = 2; p && field < 22; field++)
        p = strchr(p + 1, ' ');
    return p && sscanf(p, " %llu", &ticks) == 1 ? ticks : 0;
}

/* Is the process alive whose number and start time are under these keys? */
static bool is_alive(const json_t *state, const char *pid_key,
                     const char *start_key)
{
    int pid = json_integer_value(json_object_get(state, pid_key));
    json_int_t then = json_integer_value(json_object_get(state, start_key));

    return pid > 0 && then > 0 && start_time(pid) == (unsigned long long)then;
}

bool state_is_running(const struct container *c)
{
    json_t *state = state_read(c, "state.json");
    bool alive = is_alive(state, "pid", "startTime");

    json_decref(state);
    return alive;
}

bool state_has_monitor(const struct container *c)
{
    json_t *state = state_read(c, "state.json");
    bool alive = is_alive(state, "monitor", "monitorStart");

    json_decref(state);
    return alive;
}

int state_lock(const struct container *c, bool alone, struct mb_error *err)
{
    mb_autofree char *path = mb_printf("%s/lock", c->dir);

    return fs_lock(AT_FDCWD, path, alone ? LOCK_EX : LOCK_SH, err);
}

const char *state_status(const json_t *state)
{
    const char *status = json_string_value(json_object_get(state, "status"));

    if (is_alive(state, "pid", "startTime"))
        return "running";
    if (!status)
        return "created";
    /* Nobody was left to write down its end: minibox was killed. */
    return strcmp(status, "running") == 0 ? "exited" : status;
}

int state_exit_code(const json_t *state)
{
    const json_t *code = json_object_get(state, "exitCode");

    return json_is_integer(code) ? json_integer_value(code) : 128 + SIGKILL;
}

int state_set_running(const struct container *c, int pid, struct mb_error *err)
{
    return state_write(c, "state.json",
                       json_pack("{s:s, s:i, s:I, s:i, s:I, s:I}", "status",
                                 "running", "pid", pid, "startTime",
                                 (json_int_t)start_time(pid), "monitor",
                                 (int)getpid(), "monitorStart",
                                 (json_int_t)start_time(getpid()), "startedAt",
                                 (json_int_t)time(NULL)),
                       err);
}

int state_set_exited(const struct container *c, int exit_code, bool oom_killed,
                     const char *error, struct mb_error *err)
{
    json_t *before = state_read(c, "state.json");
    json_t *state = json_pack(
        "{s:s, s:i, s:b, s:O*, s:I, s:s}", "status",
        error ? "created" : "exited", "exitCode", exit_code, "oomKilled",
        oom_killed, "startedAt", json_object_get(before, "startedAt"),
        "finishedAt", (json_int_t)time(NULL), "error", error ? error : "");

    json_decref(before);
    return state_write(c, "state.json", state, err);
}

int state_remove(const char *root, const struct container *c,
                 struct mb_error *err)
{
    mb_autofree char *link = mb_printf("%s/names/%s", root, c->name);
    mb_autofree char *grave = mb_printf("%s/tmp/removed-%s", root, c->id);
    char owner[65];

    /* Out of sight in one step: after `rm -f` its minibox may still be about
     * to write state.json.  Who is killed in between leaves it in tmp/. */
    if (rename(c->dir, grave) < 0)
        return errno == ENOENT && access(c->dir, F_OK) < 0
                   ? 0 /* somebody was faster */
                   : mb_fail(err, "remove %s", c->dir);
    if (fs_remove_tree(AT_FDCWD, grave, err) < 0)
        return -1;
    /* Now the link leads nowhere, so anybody may take the name; remove the
     * link only while it is still ours. */
    ssize_t n = readlink(link, owner, 64);
    if (n == 64 && memcmp(owner, c->id, 64) == 0)
        (void)unlink(link);
    return 0;
}

void state_sweep_names(const char *root)
{
    mb_autofree char *path = mb_printf("%s/names", root);
    mb_autodir DIR *dir = opendir(path);
    struct dirent *entry;
    char id[65];

    /* A live container's directory was there before its name, so nothing that
     * is just being made is hit.  name_owner() removes what leads nowhere. */
    while (dir && (entry = readdir(dir)))
        if (entry->d_name[0] != '.')
            (void)name_owner(root, entry->d_name, id);
}

/* ---- finding ------------------------------------------------------------ */

/* The container with that ID, its name from config.json. */
static void describe(const char *root, const char *id, struct container *out)
{
    *out = (struct container){0};
    snprintf(out->id, sizeof out->id, "%s", id);
    out->dir = mb_printf("%s/containers/%s", root, id);
    out->config = state_read(out, "config.json");
    const char *name = json_string_value(json_object_get(out->config, "name"));
    out->name = mb_strdup(name ? name : "");
}

int state_for_each(const char *root,
                   int (*fn)(const struct container *c, void *argument),
                   void *argument, struct mb_error *err)
{
    mb_autofree char *path = mb_printf("%s/containers", root);
    mb_autodir DIR *dir = opendir(path);
    struct dirent *entry;
    int result = 0;

    if (!dir)
        return mb_fail(err, "open %s", path);
    while (result == 0 && (entry = readdir(dir))) {
        struct container c;
        if (strlen(entry->d_name) != 64)
            continue;
        describe(root, entry->d_name, &c);
        result = fn(&c, argument);
        container_done(&c);
    }
    return result;
}

/* Find the ID that begins with PREFIX: how many there are, one of them in
 * OUT_ID; -1 if nobody can tell.  Only names are looked at: with a thousand
 * containers, to read all their files would take as long as the rest. */
static int find_prefix(const char *root, const char *prefix, char out_id[65],
                       struct mb_error *err)
{
    mb_autofree char *path = mb_printf("%s/containers", root);
    mb_autodir DIR *dir = opendir(path);
    struct dirent *entry;
    int hits = 0;

    if (!dir)
        return mb_fail(err, "open %s", path);
    while ((entry = readdir(dir))) {
        if (strlen(entry->d_name) != 64 || !starts_with(entry->d_name, prefix))
            continue;
        memcpy(out_id, entry->d_name, 65);
        hits++;
    }
    return hits;
}

int state_find(const char *root, const char *what, struct container *out,
               struct mb_error *err)
{
    int hits = 0;
    char id[65];

    if (names_is_valid(what) && name_owner(root, what, id))
        hits = 1;
    else if (*what)
        hits = find_prefix(root, what, id, err);
    if (hits < 0)
        return -1;
    if (hits > 1)
        return mb_failx(err, "multiple IDs found with provided prefix: %s",
                        what);
    if (hits == 0)
        return mb_failx(err, "No such container: %s", what);
    describe(root, id, out);
    return 0;
}
