/* SPDX-License-Identifier: MIT */
/*
 * mountflag.c - RUN --mount: what it says
 *
 * Problem   A RUN may need files that have no business in the image: a source
 *           tree, a download cache, a password.
 * Idea      It gets them for as long as it runs, each on a mount of its own.
 *           One word says which:
 *
 *             type=secret,id=token,mode=0440
 *             type=cache,target=/root/.cache,sharing=locked
 *             type=bind,from=tools,source=/usr/bin,target=/tools
 *             type=tmpfs,target=/work,size=64m
 *
 *           A table says for each key what its value looks like and where it
 *           goes.
 * Rules     1. What has no meaning for a type is refused, not ignored.
 *           2. bind and secret can only be read unless "rw" is said; cache and
 *              tmpfs would be of no use then.
 *           3. Values may hold variables, `from` may not: which stages are to
 *              be built must be known before the first step.
 * Read      reference.md, "RUN --mount"; lessons/24-secrets.md
 */
#include "engine/mountflag.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/similar.h"
#include "base/size.h"
#include "engine/expand.h"
#include "engine/fields.h"

/* What the value of a key looks like. */
enum kind {
    TEXT,
    TYPE,
    SHARING,
    READ_ONLY, /* these three may stand alone: ro is ro=true */
    READ_WRITE,
    REQUIRED,
    SIZE,
    MODE,
    NUMBER,
};

#define FIELD(f) offsetof(struct mountflag, f)
static const struct key {
    const char *name;
    enum kind kind;
    size_t field;
} keys[] = {
    {"type", TYPE, FIELD(type)},
    {"from", TEXT, FIELD(from)},
    {"source", TEXT, FIELD(source)},
    {"src", TEXT, FIELD(source)},
    {"target", TEXT, FIELD(target)},
    {"dst", TEXT, FIELD(target)},
    {"destination", TEXT, FIELD(target)},
    {"readonly", READ_ONLY, FIELD(read_only)},
    {"ro", READ_ONLY, FIELD(read_only)},
    {"readwrite", READ_WRITE, FIELD(read_only)},
    {"rw", READ_WRITE, FIELD(read_only)},
    {"required", REQUIRED, FIELD(required)},
    {"size", SIZE, FIELD(size)},
    {"id", TEXT, FIELD(id)},
    {"sharing", SHARING, FIELD(sharing)},
    {"mode", MODE, FIELD(mode)},
    {"uid", NUMBER, FIELD(uid)},
    {"gid", NUMBER, FIELD(gid)},
    {"env", TEXT, FIELD(env)},
};
#undef FIELD
#define N_KEYS (sizeof keys / sizeof *keys)

static const char *const type_names[] = {"bind", "cache", "tmpfs", "secret"};
static const char *const sharing_names[] = {"shared", "private", "locked"};

/* A --mount that is being read. */
struct parser {
    char escape;
    const struct strv *env; /* NULL: not known yet */
    bool later;             /* some value is not known yet */
    bool access, sharing;   /* ro or rw, sharing: was given */
    struct mountflag *out;
};

const char *mountflag_type_name(enum mountflag_type type)
{
    return type_names[type];
}

void mountflag_done(struct mountflag *m)
{
    free(m->target);
    free(m->source);
    free(m->from);
    free(m->id);
    free(m->env);
    *m = (struct mountflag){0};
}

/* ---- values ------------------------------------------------------------- */

/* Go's idea of a boolean, which BuildKit has. */
static int read_bool(const char *key, const char *value, bool *out,
                     struct mb_error *err)
{
    static const char *const yes[] = {"1", "t", "T", "true", "TRUE", "True"};
    static const char *const no[] = {"0", "f", "F", "false", "FALSE", "False"};

    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++) {
        if (strcmp(value, yes[i]) != 0 && strcmp(value, no[i]) != 0)
            continue;
        *out = strcmp(value, yes[i]) == 0;
        return 0;
    }
    mb_failx(err, "invalid value for %s: %s", key, value);
    return mb_hint(err, "it is true or false");
}

/* Digits of BASE, at most 32 bits. */
static int read_number(const char *key, const char *value, int base,
                       int64_t *out, struct mb_error *err)
{
    const char *digits = base == 8 ? "01234567" : "0123456789";

    if (!*value || value[strspn(value, digits)] || strlen(value) > 12 ||
        strtoll(value, NULL, base) > UINT32_MAX)
        return mb_failx(err, "invalid value %s for %s", value, key);
    *out = strtoll(value, NULL, base);
    return 0;
}

/* The place of VALUE in a list of N names, or -1. */
static int find_name(const char *const names[], int n, const char *value)
{
    while (--n >= 0 && strcasecmp(names[n], value) != 0)
        ;
    return n;
}

static int read_type(struct parser *p, const char *value, struct mb_error *err)
{
    int i = find_name(type_names, 4, value);

    if (i >= 0)
        p->out->type = i;
    else if (strcasecmp(value, "ssh") == 0) {
        mb_failx(err, "RUN --mount=type=ssh is not in minibox");
        return mb_hint(err, "a key can be a secret: --mount=type=secret");
    } else {
        mb_failx(err, "unsupported mount type \"%s\"", value);
        return mb_hint(err, "there are bind, cache, tmpfs and secret");
    }
    return 0;
}

static int read_sharing(struct parser *p, const char *value,
                        struct mb_error *err)
{
    int i = find_name(sharing_names, 3, value);

    if (i < 0) {
        mb_failx(err, "unsupported sharing value \"%s\"", value);
        return mb_hint(err, "there are shared, private and locked");
    }
    p->out->sharing = i;
    p->sharing = true;
    return 0;
}

/* A key that only one type has; BuildKit wants to know the type by then. */
static int for_type(const struct parser *p, const char *key,
                    enum mountflag_type type, struct mb_error *err)
{
    if (p->later || p->out->type == type)
        return 0;
    mb_failx(err, "unexpected key '%s' for mount type '%s'", key,
             type_names[p->out->type]);
    return mb_hint(err, "it goes with type=%s, which comes before it",
                   type_names[type]);
}

/* Put VALUE where the row says. */
static int set_value(struct parser *p, const struct key *key, const char *value,
                     struct mb_error *err)
{
    char *field = (char *)p->out + key->field;
    int64_t number;

    switch (key->kind) {
    case TYPE:
        return read_type(p, value, err);
    case SHARING:
        return read_sharing(p, value, err);
    case READ_ONLY:
    case READ_WRITE:
        p->access = true;
        if (read_bool(key->name, value, &p->out->read_only, err) < 0)
            return -1;
        p->out->read_only ^= key->kind == READ_WRITE;
        return 0;
    case REQUIRED:
        return for_type(p, key->name, MOUNTFLAG_SECRET, err) < 0
                   ? -1
                   : read_bool(key->name, value, &p->out->required, err);
    case SIZE:
        if (for_type(p, key->name, MOUNTFLAG_TMPFS, err) < 0)
            return -1;
        return size_parse(value, &p->out->size)
                   ? 0
                   : mb_failx(err, "invalid value for size: %s", value);
    case MODE:
        if (read_number(key->name, value, 8, &number, err) < 0)
            return -1;
        p->out->mode = number & 07777;
        return 0;
    case NUMBER:
        return read_number(key->name, value, 10, (int64_t *)field, err);
    case TEXT:
        break;
    }
    free(*(char **)field);
    *(char **)field = *value ? mb_strdup(value) : NULL;
    return 0;
}

/* ---- fields ------------------------------------------------------------- */

static const struct key *find_key(const char *name, const char *field,
                                  struct mb_error *err)
{
    for (size_t i = 0; i < N_KEYS; i++)
        if (strcmp(keys[i].name, name) == 0)
            return &keys[i];
    mb_failx(err, "unexpected key '%s' in '%s'", name, field);
    for (size_t i = 0; i < N_KEYS; i++)
        if (similar_distance(name, keys[i].name) <= 2) {
            mb_hint(err, "did you mean %s?", keys[i].name);
            break;
        }
    return NULL;
}

/* The value with its variables put in; NULL in *out: not known yet (rule 3). */
static int expand_value(struct parser *p, const struct key *key,
                        const char *value, char **out, struct mb_error *err)
{
    static const struct strv none;
    const char *dollar = strchr(value, '$');

    *out = NULL;
    if (p->env || !dollar)
        return expand_word(value, p->escape, p->env ? p->env : &none, out, err);
    if (strcmp(key->name, "from") == 0 && dollar[1]) {
        mb_failx(err, "'from' doesn't support variable expansion, define "
                      "alias stage instead");
        return mb_hint(err, "FROM %.100s AS name, and then from=name", value);
    }
    p->later = true;
    return 0;
}

static int read_field(struct parser *p, const char *field, struct mb_error *err)
{
    const char *value;
    mb_autofree char *name = fields_key(field, &value), *expanded = NULL;
    const struct key *key = find_key(name, field, err);

    if (!key)
        return -1;
    if (!value && (key->kind < READ_ONLY || key->kind > REQUIRED))
        return mb_failx(err, "invalid field '%s' must be a key=value pair",
                        field);
    if (expand_value(p, key, value ? value : "true", &expanded, err) < 0)
        return -1;
    return expanded ? set_value(p, key, expanded, err) : 0;
}

/* ---- the whole ---------------------------------------------------------- */

static int check_secret(const struct mountflag *m, struct mb_error *err)
{
    if (m->from)
        return mb_failx(err, "secret mount should not have a from");
    if (!m->source && !m->target && !m->id)
        return mb_failx(err, "invalid secret mount. one of source, target "
                             "required");
    if (m->source && m->id)
        return mb_failx(err, "both source and id can't be set");
    return 0;
}

/* Rule 1. */
static int check(const struct parser *p, struct mb_error *err)
{
    const struct mountflag *m = p->out;
    const char *type = type_names[m->type];
    bool owned = m->type == MOUNTFLAG_SECRET || m->type == MOUNTFLAG_CACHE;
    const char *key = m->mode >= 0  ? "mode"
                      : m->uid >= 0 ? "uid"
                      : m->gid >= 0 ? "gid"
                                    : NULL;

    if (!owned && key)
        return mb_failx(err, "%s not allowed for \"%s\" type mounts", key,
                        type);
    if (m->env && m->type != MOUNTFLAG_SECRET)
        return mb_failx(err, "env not allowed for \"%s\" type mounts", type);
    if (m->env && strchr(m->env, '='))
        return mb_failx(err, "env=%s is no name of a variable", m->env);
    if (p->sharing && m->type != MOUNTFLAG_CACHE)
        return mb_failx(err, "invalid cache sharing set for %s mount", type);
    if (m->type == MOUNTFLAG_CACHE && (m->from || m->source)) {
        mb_failx(err, "a cache with a from or a source is not in minibox");
        return mb_hint(err, "every cache starts empty here");
    }
    return m->type == MOUNTFLAG_SECRET ? check_secret(m, err) : 0;
}

int mountflag_parse(const char *text, char escape, const struct strv *env,
                    struct mountflag *out, struct mb_error *err)
{
    struct parser p = {.escape = escape, .env = env, .out = out};
    mb_autostrv struct strv fields = {0};

    *out = (struct mountflag){.uid = -1, .gid = -1, .mode = -1};
    if (fields_split(text, &fields, err) < 0)
        return mb_wrap(err, "failed to parse csv mounts");
    for (size_t i = 0; i < fields.n; i++)
        if (read_field(&p, fields.v[i], err) < 0)
            return -1;
    if (!p.access) /* rule 2 */
        out->read_only =
            out->type == MOUNTFLAG_BIND || out->type == MOUNTFLAG_SECRET;
    return p.later ? 0 : check(&p, err);
}

/* What follows the last slash of PATH. */
static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

/* A secret is known by source, by id, or by where it goes to. */
static void complete_secret(struct mountflag *m)
{
    if (!m->id)
        m->id = mb_strdup(m->source ? m->source : base_name(m->target));
    if (!m->target && !m->env)
        m->target = mb_printf("/run/secrets/%s", base_name(m->id));
}

int mountflag_complete(struct mountflag *m, const char *cwd,
                       struct mb_error *err)
{
    if (m->type == MOUNTFLAG_SECRET)
        complete_secret(m);
    if (m->type == MOUNTFLAG_SECRET && !m->target)
        return 0;
    char *target = fs_clean_path(cwd, m->target ? m->target : "");
    free(m->target);
    m->target = target;
    if (strcmp(target, "/") == 0) {
        mb_failx(err, "invalid mount target \"/\"");
        return mb_hint(err, "target=DIR says where it goes");
    }
    if (m->type == MOUNTFLAG_CACHE && !m->id)
        m->id = mb_strdup(target);
    return 0;
}
