/* SPDX-License-Identifier: MIT */
/*
 * checkvars.c - rules about variables
 *
 * Problem   A variable that is not set is not an error: it is nothing.  So a
 *           slip of the finger builds, and the image is wrong.  And a variable
 *           with a password in it builds, too, and the image tells it.
 * Idea      The words of each instruction were expanded with a list of who
 *           was missing.  The rest is looking at names:
 *
 *             ENV PATH=$PAHT:/srv/bin    missing: PAHT; similar: PATH
 *             ARG DB_PASSWORD            words: DB, PASSWORD
 *
 * Rules     1. An ARG without a value is declared, so it is not missing.
 *           2. Only the name of a secret is looked at, not its value: a good
 *              name with a password in it is not found.  minibox audit looks
 *              at values.
 * Read      docs.docker.com/reference/build-checks; lessons/20-arg-and-env.md,
 *           lessons/24-secrets.md
 */
#include "engine/checkvars.h"

#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/similar.h"
#include "image/ref.h"

/* ---- undefined ---------------------------------------------------------- */

/* The name in NAMES ("NAME" or "NAME=value") that NAME was probably meant to
 * be; keeps *least, so that several lists can be asked.  The caller frees. */
static char *similar_name(const char *name, const struct strv *names,
                          int *least)
{
    char *found = NULL;

    for (size_t i = 0; i < names->n; i++) {
        mb_autofree char *other =
            mb_strndup(names->v[i], strcspn(names->v[i], "="));
        int distance = similar_distance_exact(name, other);
        if (distance >= *least)
            continue;
        *least = distance;
        mb_cleanup_free(&found);
        found = mb_steal(&other);
    }
    return found;
}

/* Warn of the undefined variable NAME of an instruction in a stage. */
static void warn_undefined(struct check *c, const struct instruction *in,
                           const char *name)
{
    int least = 3; /* two slips of the finger, as for instructions */
    mb_autofree char *meant = similar_name(name, &c->stage->env, &least);

    checkstate_warn(c, in, "Usage of undefined variable '$%s'%s%s%s", name,
                    meant ? " (did you mean $" : "", meant ? meant : "",
                    meant ? "?)" : "");
}

void checkvars_undefined(struct check *c, const struct instruction *in)
{
    if (!c->stage || in->keyword == DF_FROM)
        return;
    for (size_t i = 0; i < c->n_words; i++)
        for (size_t k = 0; k < c->words[i].missing.n; k++)
            if (!strv_has(&c->stage->declared, c->words[i].missing.v[k]))
                warn_undefined(c, in, c->words[i].missing.v[k]);
}

/* Warn of NAME, which a FROM uses and no ARG before it declares. */
static void warn_undeclared(struct check *c, const struct instruction *in,
                            const char *name)
{
    int least = 3;
    mb_autofree char *global = similar_name(name, &c->globals, &least);
    mb_autofree char *declared = similar_name(name, &c->declared, &least);
    const char *meant = declared ? declared : global;

    checkstate_warn(c, in, "FROM argument '%s' is not declared%s%s%s", name,
                    meant ? " (did you mean " : "", meant ? meant : "",
                    meant ? "?)" : "");
}

void checkvars_undefined_from(struct check *c, const struct instruction *in)
{
    for (size_t i = 0; in->keyword == DF_FROM && i < c->n_words; i++)
        for (size_t k = 0; k < c->words[i].missing.n; k++)
            if (!strv_has(&c->declared, c->words[i].missing.v[k]))
                warn_undeclared(c, in, c->words[i].missing.v[k]);
}

/* ---- FROM --------------------------------------------------------------- */

void checkvars_default_from(struct check *c, const struct instruction *in)
{
    mb_autofree char *base = NULL;
    struct image_ref ref;

    if (in->keyword != DF_FROM ||
        expand_word(in->args.v[0], c->build->file.escape, &c->defaults, &base,
                    NULL) < 0)
        return;
    if (ref_parse(base, &ref, NULL) == 0)
        ref_done(&ref);
    else
        checkstate_warn(c, in,
                        "Default value for ARG %s results in empty or invalid "
                        "base image name",
                        in->args.v[0]);
}

/* The value of FROM's --platform, expanded; NULL without the flag. */
static const struct expand_trace *platform_of(const struct check *c,
                                              const struct instruction *in)
{
    if (in->keyword != DF_FROM || c->n_words <= in->args.n)
        return NULL;
    return &c->words[in->args.n];
}

void checkvars_redundant_platform(struct check *c, const struct instruction *in)
{
    const struct expand_trace *platform = platform_of(c, in);

    if (!platform || platform->found.n != 1 || platform->missing.n != 0 ||
        strcmp(platform->found.v[0], "TARGETPLATFORM") != 0 ||
        strcmp(platform->text, strv_getenv(&c->globals, "TARGETPLATFORM")) != 0)
        return;
    checkstate_warn(c, in,
                    "Setting platform to predefined %s in FROM is redundant as "
                    "this is the default behavior",
                    instruction_flag(in, "platform"));
}

/* Is a part of the platform TEXT (linux/arm64, or arm64 alone) in the name of
 * the stage?  A name like "build-arm64" says that it is meant for one. */
static bool names_platform(const char *stage, const char *text)
{
    mb_autofree char *system = mb_strndup(text, strcspn(text, "/"));
    const char *rest = text + strlen(system);
    mb_autofree char *arch =
        mb_strndup(rest + (*rest == '/'), strcspn(rest + (*rest == '/'), "/"));

    if (!*rest && strcasecmp(system, "linux") != 0 && strstr(stage, "linux"))
        return true; /* what an architecture alone means */
    return strcasestr(stage, system) || (*arch && strcasestr(stage, arch));
}

void checkvars_const_platform(struct check *c, const struct instruction *in)
{
    const struct expand_trace *platform = platform_of(c, in);
    const char *stage = in->args.n == 3 ? in->args.v[2] : "";

    if (!platform || platform->found.n || platform->missing.n ||
        !*platform->text || names_platform(stage, platform->text))
        return;
    checkstate_warn(c, in,
                    "FROM --platform flag should not use constant value \"%s\"",
                    platform->text);
}

/* ---- secrets ------------------------------------------------------------ */

/* Is the word of LEN letters in the list?  Upper or lower case. */
static bool in_list(const char *word, size_t len, const char *const list[])
{
    for (; *list; list++)
        if (strlen(*list) == len && strncasecmp(word, *list, len) == 0)
            return true;
    return false;
}

bool checkvars_sounds_secret(const char *name)
{
    static const char *const secret[] = {
        "apikey",   "auth",  "credential", "credentials", "key", "passwd",
        "password", "pword", "secret",     "token",       NULL};
    /* What takes the suspicion away: the key that everybody may have, the file
     * that a secret is in, the version of something. */
    static const char *const harmless[] = {"file", "public", "version", NULL};
    bool found = false;

    while (*name) {
        size_t len = strcspn(name, "_");
        if (in_list(name, len, harmless))
            return false;
        found = found || in_list(name, len, secret);
        name += len + (name[len] == '_');
    }
    return found;
}

void checkvars_secret(struct check *c, const struct instruction *in)
{
    size_t step = in->keyword == DF_ENV ? 2 : 1;

    if (!c->stage || (in->keyword != DF_ENV && in->keyword != DF_ARG))
        return;
    for (size_t i = 0; i < in->args.n; i += step) {
        const char *word =
            in->keyword == DF_ENV ? c->words[i].text : in->args.v[i];
        mb_autofree char *name = mb_strndup(word, strcspn(word, "="));
        if (checkvars_sounds_secret(name))
            checkstate_warn(c, in,
                            "Do not use ARG or ENV instructions for sensitive "
                            "data (%s \"%s\")",
                            keyword_name(in->keyword), name);
    }
}
