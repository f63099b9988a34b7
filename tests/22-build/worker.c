/* SPDX-License-Identifier: MIT */
/*
 * worker.c - exercise 22: where a build is planned, its keys are made, and the
 * cache is asked
 *
 * The judge says in JSON what the Dockerfiles and the contexts are like.
 * Nothing is executed here: a key is wanted before that.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <malloc.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "engine/copyplan.h"
#include "engine/dfcheck.h"
#include "engine/metadata.h"
#include "engine/plan.h"
#include "engine/step.h"
#include "grader/act.h"
#include "image/blob.h"

#define STORE "/tmp/store"
enum { TIMES = 1000 }; /* often enough to see what gets lost each time */

static void open_store(struct store *out)
{
    struct mb_error err = {0};

    if (store_open_at(STORE, out, &err) < 0)
        act_broken("make a store");
}

/* The text at KEY of an object; "" without one. */
static const char *at(const json_t *object, const char *key)
{
    const char *value = json_string_value(json_object_get(object, key));

    return value ? value : "";
}

static json_t *read_list(const char *name)
{
    json_t *list = json_loads(arg(name), 0, NULL);

    if (!json_is_array(list))
        act_broken("read what the judge wants");
    return list;
}

/* ---- step 1 ------------------------------------------------------------- */

/* Plan the build of a Dockerfile, and tell which stages are needed. */
static void act_plan(void)
{
    struct store store;
    struct mb_error err = {0};
    struct build_options options = {.context = "/tmp/plan"};
    struct build b = {.options = &options, .store = &store, .context = -1};
    const char *file = arg("dockerfile");

    open_store(&store);
    if (*arg("target"))
        options.target = arg("target");
    if (mkdir("/tmp/plan", 0755) < 0 ||
        fs_write(AT_FDCWD, "/tmp/plan/Dockerfile", file, strlen(file), &err) <
            0)
        act_broken("write a Dockerfile");
    int result = plan_read(&b, &err);
    if (result == 0)
        result = plan_target(&b, &err);
    say_result("result", result, &err);
    say("steps", "%d", b.steps);
    for (size_t i = 0; i < b.n_stages; i++) {
        mb_autofree char *name = mb_printf("needed%zu", i);
        say(name, "%d", b.stages[i].needed);
    }
}

/* ---- steps 2 and 3 ------------------------------------------------------ */

/* Times and permissions of a file, if the judge wants others. */
static void change_file(const char *path, const json_t *what)
{
    const json_t *mode = json_object_get(what, "mode");
    const json_t *when = json_object_get(what, "mtime");
    const json_t *owner = json_object_get(what, "owner");
    const struct timespec both[] = {{.tv_sec = json_integer_value(when)},
                                    {.tv_sec = json_integer_value(when)}};

    /* The cage may have no other owner: then it is as it would be. */
    if (owner && lchown(path, json_integer_value(owner), -1) < 0 &&
        errno != EINVAL && errno != EPERM)
        act_broken("chown");
    if (mode && chmod(path, json_integer_value(mode)) < 0)
        act_broken("chmod");
    if (when && utimensat(AT_FDCWD, path, both, AT_SYMLINK_NOFOLLOW) < 0)
        act_broken("set a time");
}

/* Make the empty directory PATH one that has a link which can't be read: where
 * it points is not there before the first process of a new namespace is. */
static int make_dead_link(const char *path)
{
    return unshare(CLONE_NEWPID) < 0
               ? -1
               : mount("/proc/self/ns", path, NULL, MS_BIND, NULL);
}

/* Make one file of a context: {"path", "kind", "argument", and maybe "mode",
 * "mtime", "owner"}. */
static void make_file(const char *context, const json_t *what)
{
    mb_autofree char *path = mb_printf("%s/%s", context, at(what, "path"));
    mb_autofree char *dir = NULL, *base = NULL;
    const char *kind = at(what, "kind"), *argument = at(what, "argument");
    struct mb_error err = {0};
    int result = 0;

    fs_split(path, &dir, &base);
    if (fs_mkdirs(AT_FDCWD, dir, &err) < 0)
        act_broken(dir);
    if (strcmp(kind, "file") == 0)
        result = fs_write(AT_FDCWD, path, argument, strlen(argument), &err);
    else if (strcmp(kind, "link") == 0)
        result = symlink(argument, path);
    else if (strcmp(kind, "fifo") == 0)
        result = mkfifo(path, 0644);
    else
        result = mkdir(path, 0755);
    if (result == 0 && strcmp(kind, "dead link") == 0)
        result = make_dead_link(path);
    if (result < 0)
        act_broken(path);
    /* Nothing is mapped at address 0: EIO, and who is root does not matter. */
    if (strcmp(argument, "/proc/self/mem") == 0 &&
        mount(argument, path, NULL, MS_BIND, NULL) < 0)
        act_broken("mount a file that can't be read");
    change_file(path, what);
}

/* A build, just before its first instruction. */
struct situation {
    struct build b;
    struct stage s;
    struct build_options options;
    struct secret secret;
};

/* What the user says on the command line. */
static void take_options(struct situation *x, const json_t *wanted)
{
    const json_t *args = json_object_get(wanted, "args");
    const char *secret = at(wanted, "secret");

    x->options.no_network = json_is_true(json_object_get(wanted, "no network"));
    for (size_t i = 0; i < json_array_size(args); i++)
        strv_add(&x->options.build_args,
                 json_string_value(json_array_get(args, i)));
    x->secret =
        (struct secret){mb_strdup("s"), mb_strdup(secret), strlen(secret)};
    x->b.secrets = (struct secret_list){&x->secret, 1};
}

static void take_context(struct situation *x, size_t i, const json_t *wanted)
{
    mb_autofree char *context = mb_printf("/tmp/context%zu", i);
    const json_t *files = json_object_get(wanted, "files"), *file;
    size_t k;

    if (mkdir(context, 0755) < 0)
        act_broken(context);
    json_array_foreach(files, k, file) make_file(context, file);
    x->b.context = open(context, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (x->b.context < 0)
        act_broken(context);
}

/* The situation number I, as the judge wants it. */
static void begin(struct situation *x, size_t i, const json_t *wanted)
{
    const char *below = at(wanted, "below"), *text = at(wanted, "dockerfile");
    struct digest layer = digest_of(below, strlen(below));
    struct mb_error err = {0};

    *x = (struct situation){.b = {.epoch = -1}};
    x->b.options = &x->options;
    x->b.stages = &x->s;
    x->b.n_stages = 1;
    take_options(x, wanted);
    take_context(x, i, wanted);
    if (dfcheck_parse("Dockerfile", text, strlen(text), &x->b.file, &err) < 0)
        act_broken(err.msg);
    image_init(&x->s.image);
    if (*below && image_add_layer(&x->s.image, &layer, 1, &err) < 0)
        act_broken("add a layer");
    x->s.chain = stage_chain(&x->s.image);
    strv_add(&x->s.shell, "/bin/sh");
    strv_add(&x->s.shell, "-c");
}

/* Go through the instructions; *step is what the last one of them, which makes
 * a layer, is made from. */
static int prepare(struct situation *x, struct step *step, struct mb_error *err)
{
    int result = 0;

    *step = (struct step){0};
    for (size_t i = 1; result == 0 && i < x->b.file.n; i++) {
        const struct instruction *in = &x->b.file.instructions[i];
        mb_autobuf struct buf history = BUF_INIT;
        x->b.step = (int)i;
        step_done(step);
        if (in->keyword == DF_COPY)
            result = copyplan_prepare(&x->b, &x->s, in, step, err);
        else if (in->keyword == DF_RUN || in->keyword == DF_WORKDIR)
            result = step_prepare(&x->b, &x->s, in, step, err);
        else
            result = metadata_apply(&x->b, &x->s, in, &history, err);
    }
    return result;
}

static void say_key(size_t i, struct situation *x)
{
    mb_autofree char *name = mb_printf("key%zu", i);
    struct mb_error err = {0};
    struct step step;
    int result = prepare(x, &step, &err);

    if (result == 0)
        say(name, "%.64s", step.key.digest.hex);
    else
        say(name, "(%d: %s)", result, err.msg);
    step_done(&step);
}

/* The key of the last instruction of each of the builds. */
static void act_keys(void)
{
    json_t *builds = read_list("builds");
    struct situation x;

    for (size_t i = 0; i < json_array_size(builds); i++) {
        begin(&x, i, json_array_get(builds, i));
        say_key(i, &x);
    }
    json_decref(builds);
}

/* The key of the first of them, again and again. */
static void act_again(void)
{
    json_t *builds = read_list("builds");
    struct situation x;
    struct step step;

    begin(&x, 0, json_array_get(builds, 0));
    say_key(0, &x);
    hold("before");
    size_t before = 0;
    for (int i = -10; i < TIMES; i++) {
        if (i == 0) /* malloc(3) keeps some of it at hand */
            before = mallinfo2().uordblks;
        prepare(&x, &step, NULL);
        step_done(&step);
    }
    say("lost", "%ld", (long)(mallinfo2().uordblks - before) / TIMES);
    hold("after");
}

/* ---- step 4 ------------------------------------------------------------- */

/* A layer of which the tar is TEXT: the tar, and the unpacked tree. */
static struct digest make_layer(const struct store *store, const char *text)
{
    struct mb_error err = {0};
    struct digest digest;

    if (mkdir(STORE "/new", 0755) < 0 ||
        blob_put(store, text, strlen(text), &digest, &err) < 0 ||
        store_adopt_layer(store, &digest, STORE "/new", 1, &err) < 0)
        act_broken("make a layer");
    return digest;
}

/* Remember a result under KEY, and then harm it as the judge wants. */
static void remember(const struct store *store, const struct digest *name,
                     const json_t *wanted)
{
    const char *layer = at(wanted, "layer"), *lost = at(wanted, "lost");
    const char *text = at(wanted, "text");
    mb_autofree char *line = mb_printf("%s\n", text);
    mb_autofree char *path = mb_printf("cache/%s", name->hex);
    struct cache_record record = {
        .created = json_integer_value(json_object_get(wanted, "created")),
        .size = json_integer_value(json_object_get(wanted, "size"))};
    struct mb_error err = {0};
    struct key key;
    int result = 0;

    if (*layer) {
        record.has_layer = true;
        record.diff_id = make_layer(store, layer);
    }
    key_begin(&key, "RUN");
    key.digest = *name;
    if (cache_put(store, &key, &record, &err) < 0)
        act_broken("fill the cache");
    key_done(&key);
    if (strcmp(lost, "tree") == 0)
        result = store_remove_layer(store, &record.diff_id, &err);
    else if (strcmp(lost, "tar") == 0)
        blob_remove(store, &record.diff_id);
    else if (strcmp(lost, "record") == 0)
        result = unlinkat(store->fd, path, 0);
    if (*text)
        result = fs_write(store->fd, path, line, strlen(line), &err);
    if (result < 0)
        act_broken("harm the cache");
}

static struct digest key_number(size_t i)
{
    mb_autofree char *text = mb_printf("%s %zu", arg("word"), i);

    return digest_of(text, strlen(text));
}

static void ask(const struct store *store, size_t i)
{
    struct digest key = key_number(i);
    struct cache_record got = {0};
    mb_autofree char *name = mb_printf("got%zu", i);

    if (!cache_get(store, &key, &got))
        say(name, "unknown");
    else if (!got.has_layer)
        say(name, "created %ld, no layer", (long)got.created);
    else
        say(name, "created %ld, layer %.64s, %ld bytes", (long)got.created,
            got.diff_id.hex, (long)got.size);
}

/* Fill the cache, then ask it for each record. */
static void act_cache(void)
{
    json_t *records = read_list("records");
    struct store store;

    open_store(&store);
    for (size_t i = 0; i < json_array_size(records); i++) {
        struct digest key = key_number(i);
        remember(&store, &key, json_array_get(records, i));
    }
    hold("before");
    for (size_t i = 0; i < json_array_size(records); i++)
        ask(&store, i);
    hold("after");
    json_decref(records);
}

const struct act acts[] = {
    {"plan", act_plan},   {"keys", act_keys}, {"again", act_again},
    {"cache", act_cache}, {NULL, NULL},
};
