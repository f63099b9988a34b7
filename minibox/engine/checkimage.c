/* SPDX-License-Identifier: MIT */
/*
 * checkimage.c - rules about what comes out
 *
 * Problem   Some instructions do what they say, and still not what was meant.
 * Idea      Each rule knows one such misunderstanding:
 *
 *             CMD run.sh          sh is process 1, and gets the SIGTERM
 *             CMD one, CMD two    the second replaces the first
 *             WORKDIR app         below whatever directory the base had
 *             EXPOSE 80:8080      publishing is for `run -p`
 *             COPY .git /src      .dockerignore says that there is no .git
 *
 * Rules     1. What .dockerignore may take back with "!" is not warned about:
 *              whether there is such a file, only a build finds out.
 * Read      docs.docker.com/reference/build-checks; lessons/23-start-up.md
 */
#include "engine/checkimage.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/fs.h"
#include "base/mem.h"

/* ---- commands ----------------------------------------------------------- */

void checkimage_json_args(struct check *c, const struct instruction *in)
{
    mb_autofree char *word = checkstate_keyword(in);

    if ((in->keyword != DF_CMD && in->keyword != DF_ENTRYPOINT) || in->json)
        return;
    /* Who chose a shell wants one. */
    if (c->stage && !c->stage->shell)
        checkstate_warn(c, in,
                        "JSON arguments recommended for %s to prevent "
                        "unintended behavior related to OS signals",
                        word);
}

void checkimage_only_last(struct check *c, const struct instruction *in)
{
    mb_autofree char *word = checkstate_keyword(in);

    if (in->keyword != DF_CMD && in->keyword != DF_ENTRYPOINT &&
        in->keyword != DF_HEALTHCHECK)
        return;
    /* About the one before: it is that which has no effect. */
    if (c->stage && c->stage->last[in->keyword])
        checkstate_warn(c, c->stage->last[in->keyword],
                        "Multiple %s instructions should not be used in the "
                        "same stage because only the last one will be used",
                        word);
}

void checkimage_workdir(struct check *c, const struct instruction *in)
{
    if (in->keyword == DF_WORKDIR && !c->stage->workdir &&
        c->words[0].text[0] != '/')
        checkstate_warn(c, in,
                        "Relative workdir \"%s\" can have unexpected results "
                        "if the base image changes",
                        c->words[0].text);
}

/* ---- EXPOSE ------------------------------------------------------------- */

void checkimage_port_casing(struct check *c, const struct instruction *in)
{
    for (size_t i = 0; i < c->ports.n; i++) {
        const char *protocol = strchr(c->ports.v[i], '/');
        while (protocol && *protocol && !isupper((unsigned char)*protocol))
            protocol++;
        if (protocol && *protocol)
            checkstate_warn(c, in,
                            "Defined protocol '%s' in EXPOSE instruction "
                            "should be lowercase",
                            c->ports.v[i]);
    }
}

/* ADDRESS:HOST-PORT:PORT, of which only the last may be there. */
void checkimage_port_format(struct check *c, const struct instruction *in)
{
    for (size_t i = 0; i < c->ports.n; i++) {
        const char *port = strrchr(c->ports.v[i], ':');
        /* ":80" has parts, but they are empty. */
        if (port && c->ports.v[i] + strspn(c->ports.v[i], ":") <= port)
            checkstate_warn(c, in,
                            "EXPOSE instruction should not define an IP "
                            "address or host-port mapping, found '%s'",
                            c->ports.v[i]);
    }
}

/* ---- COPY --------------------------------------------------------------- */

/* Does a source come from somewhere else than the context? */
static bool is_elsewhere(const char *source)
{
    return starts_with(source, "http://") || starts_with(source, "https://") ||
           starts_with(source, "git@") || starts_with(source, "git://") ||
           starts_with(source, "ssh://") || starts_with(source, "<<");
}

/* Is all of the context left out?  No pattern can match the context itself, so
 * this is asked for by its text. */
static bool hides_all(const struct ignore *ignore)
{
    const struct strv *patterns = &ignore->patterns;

    for (size_t i = 0; i < patterns->n; i++)
        if (patterns->v[i][0] == '!')
            return false; /* rule 1 */
    return strv_has(patterns, "*") || strv_has(patterns, "**") ||
           strv_has(patterns, "**/*");
}

/* Is PATH, clean and without a slash in front, left out for sure? */
static bool is_ignored(const struct ignore *ignore, const char *path)
{
    if (!*path)
        return hides_all(ignore);
    return ignore_matches(ignore, path) && ignore_hides_tree(ignore, path);
}

void checkimage_ignored_file(struct check *c, const struct instruction *in)
{
    bool add = in->keyword == DF_ADD;

    if ((in->keyword != DF_COPY && !add) || instruction_flag(in, "from"))
        return;
    for (size_t i = 0; i + 1 < in->args.n; i++) {
        const char *source = c->words[i].text;
        mb_autofree char *path = fs_clean_path("/", source);
        if (!is_elsewhere(source) && is_ignored(&c->build->ignore, path + 1))
            checkstate_warn(c, in,
                            "Attempting to %s file \"%s\" that is excluded by "
                            ".dockerignore",
                            add ? "Add" : "Copy", path[1] ? path + 1 : ".");
    }
}
