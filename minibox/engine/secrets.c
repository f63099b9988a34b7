/* SPDX-License-Identifier: MIT */
/*
 * secrets.c - where an image leaks
 *
 * Problem   A build needs a password, and its author takes it away again in the
 *           end.  But an image remembers: how it was made, what its containers
 *           are given, and each file of each layer.
 * Idea      Look where an image keeps things, all of them:
 *
 *             history   ARG TOKEN=s3cr3t           how it was made
 *             config    Env  DB_PASSWORD=s3cr3t    what containers are given
 *             layers    3  RUN rm /key     ~key
 *                       2  COPY key /       key    hidden, and still there
 *                       1  FROM ...
 *
 * Rules     1. A file that a later layer hides leaks like any other: each layer
 *              is an archive of its own, which save and push hand out.
 *           2. ARGs stand in the line of every later RUN.  That is one leak,
 *              not ten: it is told once, with how often it comes again.
 *           3. A file is read in its own layer, and no link in it is followed.
 *           4. A stranger made the image: there is a limit to what is read of a
 *              file, and to what is remembered.
 * Read      OCI image spec, config.md; lessons/24-secrets.md
 */
#include "engine/secrets.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/mem.h"
#include "engine/config.h"
#include "engine/secretfiles.h"
#include "engine/secretmask.h"
#include "engine/secretscan.h"

/* Rule 4: bytes that are read of a file, leaks that are told of it, and bytes
 * of its name. */
enum { FILE_MOST = 64 << 20, OF_A_FILE = 20, NAME_MOST = 4096 };

/* One run. */
struct search {
    struct secrets *out;
    size_t room;
    /* what a leak that is found now has */
    enum secrets_place place;
    const char *name, *what;
    size_t line, entry;
    size_t first; /* leaks from here on are of the same place (rule 2) */
};

/* ---- what is found ------------------------------------------------------- */

/* The first leak of the same value, from leak FIRST on, or NULL. */
static struct secrets_leak *find_same(const struct secrets *secrets,
                                      size_t first, const char *value,
                                      size_t len)
{
    size_t kept = MIN(len, SECRETS_KEPT);

    for (size_t i = first; i < secrets->n; i++) {
        struct secrets_leak *l = &secrets->leaks[i];
        if (l->len == len && memcmp(l->value, value, kept) == 0)
            return l;
    }
    return NULL;
}

/* Count a leak that gets no entry of its own: it is in this place already, or
 * there are enough (rules 2 and 4).  Else false. */
static bool is_counted(struct search *s, const char *value, size_t len)
{
    struct secrets *out = s->out;
    struct secrets_leak *same = find_same(out, s->first, value, len);

    if (same)
        same->more++;
    else if (s->place == SECRETS_FILE && out->n - s->first == OF_A_FILE)
        out->leaks[out->n - 1].others++;
    else if (out->n == SECRETS_MOST)
        out->full = true;
    else
        return false;
    return true;
}

static void add_leak(struct search *s, const char *kind, const char *value,
                     size_t len)
{
    struct secrets *out = s->out;

    if (is_counted(s, value, len))
        return;
    if (out->n == s->room) {
        s->room = s->room ? 2 * s->room : 16;
        out->leaks = mb_realloc(out->leaks, s->room * sizeof *out->leaks);
    }
    size_t kept = MIN(len, SECRETS_KEPT);
    char *copy = mb_alloc(kept + 1); /* not mb_strndup: it may hold NULs */
    memcpy(copy, value, kept);
    out->leaks[out->n++] =
        (struct secrets_leak){.place = s->place,
                              .kind = kind,
                              .value = copy,
                              .len = len,
                              .name = mb_strndup(s->name, NAME_MOST),
                              .line = s->line,
                              .entry = s->entry};
}

/* Search a text of the image's documents. */
static void search_text(struct search *s, const char *text)
{
    const struct secretwords_text t = {text, strlen(text), strlen(text),
                                       SECRETWORDS_CONFIG};
    struct secretwords_hit hit;

    for (size_t at = 0; secretwords_next(&t, at, &hit); at = hit.end)
        add_leak(s, hit.kind, text + hit.begin, hit.end - hit.begin);
}

/* ---- the documents ------------------------------------------------------- */

/* Search "NAME=VALUE", a variable or a label. */
static void search_variable(struct search *s, const char *text)
{
    const char *equals = strchrnul(text, '=');
    mb_autofree char *name = mb_strndup(text, equals - text);
    struct secretwords_hit hit;

    s->name = name;
    s->first = s->out->n;
    if (secretwords_variable(text, &hit))
        add_leak(s, hit.kind, text + hit.begin, hit.end - hit.begin);
}

/* Search what each instruction leaves behind in the documents: a line of the
 * history, and with ENV a variable. */
static void search_notes(struct search *s, const json_t *history,
                         const struct strv *env)
{
    /* STEP 1, 3 points: search_text() both texts of each line of the history,
     * "created_by" and "comment" (config_string() gets them): s->name is the
     * text, s->line the line's number, from 1.  (s->place and s->first are
     * those of the history when we come here.)  Then search_variable() each
     * variable; its s->place is SECRETS_ENV, its s->line 0
     * else: (void)s, (void)history, (void)env; */
    for (size_t i = 0; i < json_array_size(history); i++) {
        const json_t *line = json_array_get(history, i);
        s->line = i + 1;
        s->name = config_string(line, "created_by");
        search_text(s, s->name);
        s->name = config_string(line, "comment");
        search_text(s, s->name);
    }
    s->line = 0;
    s->place = SECRETS_ENV;
    for (size_t i = 0; i < env->n; i++)
        search_variable(s, env->v[i]);
    /* END STEP 1 */
}

static void search_labels(struct search *s, json_t *config)
{
    const char *name;
    json_t *value;

    s->place = SECRETS_LABEL;
    json_object_foreach(json_object_get(config, "Labels"), name, value)
    {
        const char *text = json_string_value(value);
        mb_autofree char *both = mb_printf("%s=%s", name, text ? text : "");
        search_variable(s, both);
    }
}

/* Search the command lines in CONFIG. */
static void search_commands(struct search *s, const json_t *config)
{
    static const char *const keys[] = {"Cmd", "Entrypoint", "OnBuild", "Shell",
                                       "Test"};

    s->place = SECRETS_COMMAND;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        mb_autostrv struct strv words = {0};
        mb_autobuf struct buf line = BUF_INIT;
        config_strings(config, keys[i], &words);
        for (size_t w = 0; w < words.n; w++)
            buf_addf(&line, "%s%s", w ? " " : "", words.v[w]);
        s->name = strcmp(keys[i], "Test") == 0 ? "Healthcheck" : keys[i];
        s->first = s->out->n;
        search_text(s, line.s);
    }
}

/* ---- the layers ---------------------------------------------------------- */

/* A hit in a file (engine/secretscan). */
static void add_hit(void *argument, const struct secretscan_hit *hit)
{
    struct search *s = argument;
    const char *kind = s->what && !hit->shaped ? s->what : hit->kind;

    s->line = hit->line;
    add_leak(s, kind, hit->value, hit->len);
}

/* Search the open file. */
static int search_open(struct search *s, int fd, struct secretfiles_kind kind,
                       struct mb_error *err)
{
    const struct secretscan_visitor visitor = {add_hit, s};
    mb_autofree char *part = mb_alloc(1 << 16);
    size_t total = 0;
    ssize_t n;

    struct secretscan *scan = secretscan_new(kind.mode, &visitor);
    s->what = kind.what;
    while (total < FILE_MOST && (n = read(fd, part, 1 << 16)) > 0) {
        const char *keys =
            total == 0 ? secretfiles_whole(s->name, part, n) : NULL;
        if (keys)
            add_leak(s, keys, part, n);
        secretscan_add(scan, part, n);
        total += n;
    }
    secretscan_end(scan);
    /* A file of just so many bytes has been searched to its end. */
    s->out->unread += total >= FILE_MOST && read(fd, part, 1) > 0;
    return total < FILE_MOST && n < 0 ? mb_fail(err, "read %s", s->name) : 0;
}

/* Search the file that is entry I, in its layer's directory. */
static int search_file(struct search *s, int layer, const char *path,
                       struct mb_error *err)
{
    /* Rule 3: engine/unpacked went to PATH without following a link, and the
     * picture says that it is a file. */
    mb_autoclose int fd = fs_open_in_root(
        layer, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0);

    if (fd < 0)
        return mb_fail(err, "open %s", path);
    s->name = path;
    s->line = 0;
    s->first = s->out->n;
    return search_open(s, fd, secretfiles_kind_of(path), err);
}

/* Search layer N.  Of a file with several names the entry is searched that is
 * its `first`. */
static int search_layer(struct search *s, const struct store *store,
                        const struct picture *p, size_t n, struct mb_error *err)
{
    mb_autofree char *path = store_layer_dir(store, p->layers[n].diff_id);
    mb_autoclose int dir = fs_open_dir(AT_FDCWD, path, err);
    int result = dir < 0 ? -1 : 0;

    s->place = SECRETS_FILE;
    /* STEP 2, 3 points: of this layer's entries (begin to end) search_file()
     * each file, once, also one that is hidden from later layers on (rule 1).
     * A mark that deletes is no file.  Its path is picture_path(), s->entry its
     * number.  After a failure no more
     * else: (void)p, (void)search_file; result = mb_failx(err, NOT_WRITTEN); */
    for (size_t i = p->layers[n].begin; result == 0 && i < p->layers[n].end;
         i++) {
        const struct picture_entry *e = &p->entries[i];
        if (e->type != PICTURE_FILE || e->change == PICTURE_DELETED ||
            e->first != i)
            continue;
        mb_autofree char *name = picture_path(p, i);
        s->entry = i;
        result = search_file(s, dir, name, err);
    }
    /* END STEP 2 */
    return result;
}

/* ---- all ----------------------------------------------------------------- */

int secrets_find(const struct store *store, const struct image *image,
                 const struct picture *p, struct secrets *out,
                 struct mb_error *err)
{
    struct search s = {
        .out = out, .place = SECRETS_HISTORY, .entry = PICTURE_NONE};
    json_t *config = image_run_config(image);
    mb_autostrv struct strv env = {0};
    int result = 0;

    *out = (struct secrets){0};
    config_strings(config, "Env", &env);
    search_notes(&s, json_object_get(image->config, "history"), &env);
    search_labels(&s, config);
    search_commands(&s, config);
    search_commands(&s, json_object_get(config, "Healthcheck"));
    for (size_t i = 0; result == 0 && i < p->n_layers; i++)
        result = search_layer(&s, store, p, i, err);
    return result;
}

void secrets_done(struct secrets *secrets)
{
    for (size_t i = 0; i < secrets->n; i++) {
        free(secrets->leaks[i].value);
        free(secrets->leaks[i].name);
    }
    free(secrets->leaks);
    *secrets = (struct secrets){0};
}

size_t secrets_count(const struct secrets *secrets, size_t *out_places)
{
    size_t different = 0;

    *out_places = secrets->n;
    for (size_t i = 0; i < secrets->n; i++) {
        const struct secrets_leak *l = &secrets->leaks[i];
        different += find_same(secrets, 0, l->value, l->len) == l;
        different += l->others;
        *out_places += l->others;
    }
    return different;
}

/* A leak whose value stands at TEXT, the longest one; NULL.  A short value is
 * part of ordinary words, and none that was cut can be compared. */
static const struct secrets_leak *value_at(const struct secrets *secrets,
                                           const char *text)
{
    const struct secrets_leak *best = NULL;

    for (size_t i = 0; i < secrets->n; i++) {
        const struct secrets_leak *l = &secrets->leaks[i];
        if (l->len >= 5 && l->len == strlen(l->value) &&
            strncmp(text, l->value, l->len) == 0 &&
            (!best || l->len > best->len))
            best = l;
    }
    return best;
}

char *secrets_hide(const struct secrets *secrets, const char *text)
{
    mb_autobuf struct buf out = BUF_INIT;

    while (*text) {
        const struct secrets_leak *l = value_at(secrets, text);
        if (l) {
            mb_autofree char *mask = secretmask_of(text, l->len);
            buf_adds(&out, mask);
        } else {
            buf_addc(&out, *text);
        }
        text += l ? l->len : 1;
    }
    return secretmask_text(out.s);
}
