/* SPDX-License-Identifier: MIT */
/*
 * cli/run.c - minibox run
 *
 * Problem   `run` has more options than all other commands together, and each
 *           wish must reach the one place that fulfils it.
 * Idea      Read the words into one struct, then translate them, a group at a
 *           time, into what engine/run takes.
 * Rules     1. All that is wrong with the words is said before anything is
 *              made.
 * Read      docker-run(1); lessons/25-life.md
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/explain.h"
#include "base/fs.h"
#include "base/mem.h"
#include "cli/command.h"
#include "cli/variables.h"
#include "engine/run.h"
#include "linux/caps.h"
#include "linux/spawn.h"

/* The words, as they were typed. */
struct run_words {
    bool detach, interactive, tty, remove, read_only, init, privileged, explain;
    const char *name, *cwd, *user, *hostname, *entrypoint, *network;
    const char *memory, *cpus, *pids;
    struct strv env, env_files, volumes, tmpfs, cap_add, cap_drop, security;
};

#define FIELD(f) offsetof(struct run_words, f)
/* create has all of them but the first. */
const struct option_row run_options[] = {
    {'d', "detach", OPTION_FLAG, FIELD(detach), NULL,
     "Come back as soon as it runs, and print its ID"},
    {0, "name", OPTION_STRING, FIELD(name), "NAME", "Name the container"},
    {'i', "interactive", OPTION_FLAG, FIELD(interactive), NULL,
     "Pass standard input on to the container"},
    {'t', "tty", OPTION_FLAG, FIELD(tty), NULL, "Give it a terminal"},
    {0, "rm", OPTION_FLAG, FIELD(remove), NULL, "Remove it when it has ended"},
    {'e', "env", OPTION_LIST, FIELD(env), "NAME[=VALUE]", "Set a variable"},
    {0, "env-file", OPTION_LIST, FIELD(env_files), "FILE",
     "Set the variables of a file"},
    {'w', "workdir", OPTION_STRING, FIELD(cwd), "DIR", "Start in DIR"},
    {'u', "user", OPTION_STRING, FIELD(user), "USER[:GROUP]", "Run as USER"},
    {'v', "volume", OPTION_LIST, FIELD(volumes), "SOURCE:TARGET[:ro]",
     "Bind a directory or file of the host"},
    {0, "tmpfs", OPTION_LIST, FIELD(tmpfs), "TARGET", "Mount a tmpfs"},
    {'m', "memory", OPTION_STRING, FIELD(memory), "SIZE",
     "Limit its memory (64m, 1g)"},
    {0, "cpus", OPTION_STRING, FIELD(cpus), "NUMBER",
     "Limit its processor time (0.5)"},
    {0, "pids-limit", OPTION_STRING, FIELD(pids), "NUMBER",
     "Limit its processes"},
    {0, "network", OPTION_STRING, FIELD(network), "none|host",
     "Its network; without the flag: none (bridge is not in minibox yet)"},
    {'h', "hostname", OPTION_STRING, FIELD(hostname), "NAME",
     "Its host name; without the flag: its ID"},
    {0, "read-only", OPTION_FLAG, FIELD(read_only), NULL,
     "Make its root file system read-only"},
    {0, "entrypoint", OPTION_STRING, FIELD(entrypoint), "PROGRAM",
     "Run PROGRAM instead of the image's ENTRYPOINT"},
    {0, "init", OPTION_FLAG, FIELD(init), NULL,
     "Run a small init as PID 1, which reaps and passes signals on"},
    {0, "cap-add", OPTION_LIST, FIELD(cap_add), "CAP", "Add a capability"},
    {0, "cap-drop", OPTION_LIST, FIELD(cap_drop), "CAP", "Drop a capability"},
    {0, "security-opt", OPTION_LIST, FIELD(security), "OPTION",
     "no-new-privileges, or seccomp=unconfined"},
    {0, "privileged", OPTION_FLAG, FIELD(privileged), NULL,
     "All capabilities, no filter, nothing masked"},
    {0, "explain", OPTION_FLAG, FIELD(explain), NULL,
     "Tell each step as it happens"},
    {0},
};

static const char docker_only[] =
    "a c l P p add-host annotation attach blkio-weight cgroup-parent "
    "cgroupns cidfile cpu-period cpu-quota cpu-shares cpuset-cpus "
    "cpuset-mems detach-keys device dns dns-search domainname "
    "expose gpus group-add health-cmd ip ipc isolation label label-file "
    "link log-driver log-opt mac-address memory-reservation memory-swap "
    "mount no-healthcheck oom-kill-disable oom-score-adj pid platform "
    "publish publish-all pull quiet restart runtime shm-size sig-proxy "
    "stop-signal stop-timeout storage-opt sysctl ulimit userns uts "
    "volume-driver volumes-from";

/* Refuse a value, as Docker words it. */
static int bad_value(const char *value, const char *flag, const char *why,
                     struct mb_error *err)
{
    mb_failx(err, "invalid argument \"%s\" for \"%s\" flag: %s", value, flag,
             why);
    return mb_code(err, EXIT_MINIBOX);
}

/* ---- volumes ------------------------------------------------------------ */

/* What we mount ourselves must not be covered before it is in use. */
static bool is_ours(const char *target)
{
    mb_autofree char *clean = fs_clean_path("/", target);

    return strcmp(clean, "/") == 0 || strcmp(clean, "/dev") == 0 ||
           strcmp(clean, "/proc") == 0 || starts_with(clean, "/proc/");
}

/* SOURCE:TARGET[:ro|rw].  A source that is missing is made, as in Docker. */
static int parse_volume(const char *word, struct volume *out,
                        struct mb_error *err)
{
    mb_autofree char *copy = mb_strdup(word);
    char *target = strchr(copy, ':');
    char *mode = target ? strchr(target + 1, ':') : NULL;
    mb_autofree char *here = get_current_dir_name();

    if (target)
        *target++ = '\0';
    if (mode)
        *mode++ = '\0';
    if (!target || *target != '/')
        return bad_value(word, "-v, --volume", "give SOURCE:/TARGET[:ro]", err);
    if (mode && strcmp(mode, "ro") != 0 && strcmp(mode, "rw") != 0)
        return bad_value(word, "-v, --volume", "the mode is ro or rw", err);
    if (*copy != '/' && *copy != '.')
        return bad_value(word, "-v, --volume",
                         "named volumes are not in minibox yet: give a path "
                         "that starts with / or .",
                         err);
    out->source = fs_clean_path(here ? here : "/", copy);
    out->target = fs_clean_path("/", target);
    if (is_ours(out->target))
        return bad_value(word, "-v, --volume",
                         "nothing can be mounted on /, on /dev or in /proc",
                         err);
    out->read_only = mode && strcmp(mode, "ro") == 0;
    if (access(out->source, F_OK) < 0 && errno == ENOENT &&
        fs_mkdirs(AT_FDCWD, out->source, err) < 0)
        return mb_code(err, EXIT_MINIBOX);
    return 0;
}

static int collect_volumes(const struct run_words *w,
                           struct container_spec *spec, struct mb_error *err)
{
    spec->volumes = mb_alloc(w->volumes.n * sizeof *spec->volumes);
    for (size_t i = 0; i < w->volumes.n; i++) {
        spec->n_volumes++;
        if (parse_volume(w->volumes.v[i], &spec->volumes[i], err) < 0)
            return -1;
    }
    for (size_t i = 0; i < w->tmpfs.n; i++) {
        const char *target = w->tmpfs.v[i];
        if (strchr(target, ':'))
            return bad_value(target, "--tmpfs", "options are not in minibox",
                             err);
        if (*target != '/' || is_ours(target))
            return bad_value(
                target, "--tmpfs",
                "give an absolute path: not /, not /dev, not in /proc", err);
        strv_add(&spec->tmpfs, target);
    }
    return 0;
}

/* ---- limits and walls --------------------------------------------------- */

static int parse_memory(const char *text, uint64_t *out, struct mb_error *err)
{
    enum { MINIMUM = 6 << 20 };

    if (!text)
        return 0;
    if (options_size("-m, --memory", text, out, err) < 0)
        return -1;
    if (*out && *out < MINIMUM) {
        mb_failx(err, "Minimum memory limit allowed is 6MB");
        return mb_code(err, EXIT_MINIBOX);
    }
    return 0;
}

/* 0.5 becomes 50,000 microseconds of each 100,000. */
static int parse_cpus(const char *text, uint64_t *out, struct mb_error *err)
{
    long there = sysconf(_SC_NPROCESSORS_ONLN);
    char *end;

    if (!text)
        return 0;
    double cpus = strtod(text, &end);
    if (end == text || *end)
        return bad_value(text, "--cpus", "it is no number", err);
    if (cpus == 0) /* as in Docker: no limit */
        return 0;
    if (!(cpus >= 0.01) || cpus > there) {
        mb_failx(err,
                 "range of CPUs is from 0.01 to %ld.00, as there are only "
                 "%ld CPUs available",
                 there, there);
        return mb_code(err, EXIT_MINIBOX);
    }
    *out = cpus * 100000 + 0.5;
    return 0;
}

enum { PID_MAX = 4194304 }; /* the kernel's PID_MAX_LIMIT */

static int parse_pids(const char *text, uint64_t *out, struct mb_error *err)
{
    char *end;

    if (!text)
        return 0;
    long long pids = strtoll(text, &end, 10);
    if (end == text || *end || pids > PID_MAX)
        return bad_value(text, "--pids-limit",
                         "give 1 to 4194304; 0 or -1 for no limit", err);
    *out = pids > 0 ? pids : 0; /* 0 and -1 mean: no limit */
    return 0;
}

static int parse_network(const char *text, bool *out_host, struct mb_error *err)
{
    *out_host = text && strcmp(text, "host") == 0;
    if (!text || *out_host || strcmp(text, "none") == 0)
        return 0;
    mb_failx(err, "--network %s is not in minibox yet", text);
    mb_hint(err, "none and host are");
    return mb_code(err, EXIT_MINIBOX);
}

static int parse_security(const struct strv *words, struct container_spec *spec,
                          struct mb_error *err)
{
    for (size_t i = 0; i < words->n; i++) {
        const char *word = words->v[i];
        if (strcmp(word, "no-new-privileges") == 0 ||
            strcmp(word, "no-new-privileges:true") == 0 ||
            strcmp(word, "no-new-privileges=true") == 0)
            spec->no_new_privs = true;
        else if (strcmp(word, "seccomp=unconfined") == 0)
            spec->unconfined = true;
        else
            return bad_value(word, "--security-opt",
                             "no-new-privileges and seccomp=unconfined are in "
                             "minibox",
                             err);
    }
    return 0;
}

static int parse_walls(const struct run_words *w, struct container_spec *spec,
                       struct mb_error *err)
{
    mb_autostrv struct strv add = {0};

    strv_add_all(&add, w->cap_add.v);
    if (w->privileged)
        strv_add(&add, "ALL");
    spec->unmasked = spec->unconfined = w->privileged;
    spec->read_only = w->read_only;
    if (caps_resolve(&add, &w->cap_drop, &spec->caps, err) < 0)
        return mb_code(err, EXIT_MINIBOX);
    if (parse_security(&w->security, spec, err) < 0 ||
        parse_network(w->network, &spec->host_network, err) < 0 ||
        parse_memory(w->memory, &spec->limits.memory, err) < 0 ||
        parse_cpus(w->cpus, &spec->limits.cpu_us, err) < 0)
        return -1;
    return parse_pids(w->pids, &spec->limits.pids, err);
}

#define HOST_CHARACTERS                                                        \
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._"

/* ---- all of it ---------------------------------------------------------- */

/* Everything but the image and its command. */
static int translate(const struct run_words *w, struct run_options *o,
                     struct strv *env, struct mb_error *err)
{
    if (w->hostname && (strlen(w->hostname) > HOST_NAME_MAX ||
                        w->hostname[strspn(w->hostname, HOST_CHARACTERS)]))
        return bad_value(w->hostname, "-h, --hostname",
                         "give up to 64 letters, digits, - and .", err);
    o->name = w->name;
    o->remove = w->remove;
    o->detach = w->detach;
    o->hostname = w->hostname && *w->hostname ? w->hostname : NULL;
    o->wishes = (struct config_wishes){.entrypoint = w->entrypoint,
                                       .env = env,
                                       .cwd = w->cwd,
                                       .user = w->user,
                                       .tty = w->tty};
    o->spec = (struct container_spec){.tty = w->tty,
                                      .interactive = w->interactive,
                                      .init = w->init ? "" : NULL,
                                      .out = -1,
                                      .errors = -1};
    if (variables_collect(&w->env_files, &w->env, env, err) < 0 ||
        collect_volumes(w, &o->spec, err) < 0)
        return -1;
    return parse_walls(w, &o->spec, err);
}

static void options_done(struct run_options *o)
{
    for (size_t i = 0; i < o->spec.n_volumes; i++) {
        free(o->spec.volumes[i].source);
        free(o->spec.volumes[i].target);
    }
    free(o->spec.volumes);
    strv_done(&o->spec.tmpfs);
}

static void words_done(struct run_words *w)
{
    strv_done(&w->env);
    strv_done(&w->env_files);
    strv_done(&w->volumes);
    strv_done(&w->tmpfs);
    strv_done(&w->cap_add);
    strv_done(&w->cap_drop);
    strv_done(&w->security);
}

/* As docker: the ID comes first, and even when nothing runs then. */
static int run_now(struct call *call, struct run_options *o,
                   struct mb_error *err)
{
    char id[65];

    if (o->spec.tty && o->spec.interactive && !o->detach &&
        !isatty(STDIN_FILENO)) {
        mb_failx(err, "the input device is not a TTY");
        mb_hint(err, "leave -t out when standard input is a pipe or file");
        return mb_code(err, 1);
    }
    int status = run_image(&call->store, o, id, err);
    if (o->detach && id[0])
        puts(id);
    return status;
}

/* create: the ID, and no more. */
static int create_now(struct call *call, struct run_options *o,
                      struct mb_error *err)
{
    struct container c;

    if (create_container(&call->store, o, &c, err) < 0)
        return mb_code(err, 1); /* as docker, where run has 125 */
    puts(c.id);
    container_done(&c);
    return 0;
}

/* The words are those of both commands. */
static int create_or_run(struct call *call,
                         int (*then)(struct call *call, struct run_options *o,
                                     struct mb_error *err),
                         struct mb_error *err)
{
    mb_autostrv struct strv words = {0}, env = {0}, argv = {0};
    struct run_words w = {0};
    struct run_options o = {0};
    int status = -1;

    if (call_parse(call, docker_only, &w, &words, err) == 0 &&
        call_need_words(call, &words, 1, (size_t)-1, err) == 0 &&
        translate(&w, &o, &env, err) == 0) {
        o.image = words.v[0];
        strv_add_all(&argv, words.v + 1);
        o.wishes.argv = &argv;
        if (w.explain)
            explain_enable();
        status = call_open_store(call, err);
        if (status == 0)
            status = then(call, &o, err);
    }
    options_done(&o);
    words_done(&w);
    return status;
}

int command_run(struct call *call, struct mb_error *err)
{
    return create_or_run(call, run_now, err);
}

int command_create(struct call *call, struct mb_error *err)
{
    return create_or_run(call, create_now, err);
}
