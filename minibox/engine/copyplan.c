/* SPDX-License-Identifier: MIT */
/*
 * copyplan.c - COPY and ADD: what they are made from
 *
 * Problem   One line may name files of the context, files of another image,
 *           files on a server, and bring text along.
 * Idea      Sort the words, and let the key know what each of them contains:
 *
 *             COPY a /b               the bytes and the mode of a
 *             COPY --from=tools a /b  the same, and its owner, in tools
 *             COPY <<EOF /b           the text
 *             ADD https://h/a /b      the file, fetched for this; or, with
 *                                     --checksum, what it must turn out to be
 *
 * Rules     1. Only ADD goes to other machines, and only for http and https.
 *           2. With a checksum nothing is fetched before it is known that the
 *              cache does not have the layer.
 * Read      reference.md, "COPY", "ADD"; lessons/22-build.md
 */
#include "engine/copyplan.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "base/mem.h"
#include "engine/config.h"
#include "engine/copy.h"
#include "engine/dfheredoc.h"
#include "engine/dfquote.h"
#include "engine/expand.h"
#include "engine/fetch.h"
#include "engine/filemode.h"
#include "engine/fromhash.h"

/* ---- words -------------------------------------------------------------- */

/* A flag of the instruction, expanded; NULL when it is not there. */
static int expand_flag(const struct build *b, const struct stage *s,
                       const struct instruction *in, const char *flag,
                       char **out, struct mb_error *err)
{
    const char *value = instruction_flag(in, flag);

    return value ? stage_expand(b, s, value, out, err) : 0;
}

/* Is the word the mark of one of the heredocs? */
static bool is_mark(const struct instruction *in, const char *word)
{
    struct dfheredoc_mark mark = {0};
    bool found = in->n_heredocs && dfheredoc_mark(word, &mark, NULL) == 1;

    free(mark.name);
    return found;
}

/* "git@host:x", and addresses that end with .git, as BuildKit sees it. */
static bool is_git(const char *word)
{
    mb_autofree char *bare = mb_strndup(word, strcspn(word, "#"));

    return starts_with(word, "git@") || starts_with(word, "git://") ||
           starts_with(word, "ssh://") ||
           (strstr(word, "://") && ends_with(bare, ".git"));
}

/* Rule 1: put the source where it belongs. */
static int sort_source(struct step *step, const char *word,
                       struct mb_error *err)
{
    const char *keyword = keyword_name(step->in->keyword);
    bool add = step->in->keyword == DF_ADD;

    if (is_git(word)) {
        if (!add)
            return mb_failx(err, "source can't be a git ref for COPY");
        mb_failx(err, "%s of a git repository is not in minibox: %.200s",
                 keyword, word);
        return mb_hint(err, "clone it into the context");
    }
    if (!starts_with(word, "http://") && !starts_with(word, "https://")) {
        strv_add(&step->sources, word);
        return 0;
    }
    if (!add) {
        mb_failx(err, "source can't be a URL for COPY");
        return mb_hint(err, "ADD takes URLs");
    }
    strv_add(&step->urls, word);
    return 0;
}

/* Where to: an absolute path, with a "/" behind if it is to be a directory. */
static char *absolute_dest(const struct stage *s, const char *dest)
{
    const char *cwd = config_string(image_run_config(&s->image), "WorkingDir");
    mb_autofree char *clean = fs_clean_path(*cwd ? cwd : "/", dest);
    bool dir = *dest == '\0' || ends_with(dest, "/") || ends_with(dest, "/.") ||
               strcmp(dest, ".") == 0;

    return mb_printf("%s%s", clean, dir && clean[1] ? "/" : "");
}

/* Expand the words; the last one is the destination.  History gets them all,
 * the heredocs behind the others, as in BuildKit. */
static int copy_words(const struct build *b, const struct stage *s,
                      struct step *step, struct mb_error *err)
{
    const struct strv *words = &step->in->args;
    mb_autofree char *dest = NULL;

    for (size_t i = 0; i + 1 < words->n; i++) {
        mb_autofree char *source = NULL;
        if (is_mark(step->in, words->v[i]))
            continue;
        if (stage_expand(b, s, words->v[i], &source, err) < 0 ||
            sort_source(step, source, err) < 0)
            return -1;
        buf_addf(&step->history, " %s", source);
    }
    for (size_t i = 0; i < step->in->n_heredocs; i++)
        buf_addf(&step->history, " <<%s", step->in->heredocs[i].name);
    if (stage_expand(b, s, words->v[words->n - 1], &dest, err) < 0)
        return -1;
    step->dest = absolute_dest(s, dest);
    buf_addf(&step->history, " %s # buildkit", dest);
    return 0;
}

/* The heredocs, with the variables put in. */
static int copy_texts(const struct stage *s, struct step *step,
                      struct mb_error *err)
{
    for (size_t i = 0; i < step->in->n_heredocs; i++) {
        const struct heredoc *doc = &step->in->heredocs[i];
        char *text = NULL;
        if (!doc->expand)
            text = mb_strdup(doc->content);
        else if (expand_text(doc->content, &s->env, &text, err) < 0)
            return -1;
        strv_take(&step->texts, text);
    }
    return 0;
}

/* ---- flags -------------------------------------------------------------- */

/* --checksum is for one URL. */
static int read_checksum(const struct build *b, const struct stage *s,
                         struct step *step, struct mb_error *err)
{
    mb_autofree char *text = NULL;

    if (expand_flag(b, s, step->in, "checksum", &text, err) < 0)
        return -1;
    if (!text || !*text)
        return 0;
    if (step->urls.n + step->sources.n != 1)
        return mb_failx(err,
                        "checksum can't be specified for multiple sources");
    if (step->urls.n == 0)
        return mb_failx(err, "checksum requires HTTP(S) sources");
    return digest_parse(text, &step->checksum, err) < 0
               ? mb_wrap(err, "--checksum")
               : 0;
}

/* All flags but --from; history gets them. */
static int copy_flags(const struct build *b, const struct stage *s,
                      struct step *step, struct mb_error *err)
{
    const char *link = instruction_flag(step->in, "link");

    if (expand_flag(b, s, step->in, "chown", &step->chown, err) < 0 ||
        expand_flag(b, s, step->in, "chmod", &step->chmod, err) < 0)
        return -1;
    if (step->chmod && !*step->chmod) { /* BuildKit: as if it were not there */
        free(step->chmod);
        step->chmod = NULL;
    }
    if (step->chmod && filemode_apply(step->chmod, S_IFREG, err) < 0)
        return -1;
    if (link && strcasecmp(link, "true") == 0)
        stage_say(b, " ---> note: --link is not in minibox: this is a copy "
                     "like any other\n");
    if (step->chown && *step->chown)
        buf_addf(&step->history, " --chown=%s", step->chown);
    if (step->chmod)
        buf_addf(&step->history, " --chmod=%s", step->chmod);
    return 0;
}

/* COPY --from: an earlier stage, or an image of the store. */
static int find_from(struct build *b, const struct stage *s, struct step *step,
                     struct mb_error *err)
{
    const char *name = instruction_flag(step->in, "from");

    if (!name)
        return 0;
    if (stage_find_image(b, s, name, &step->from, err) < 0)
        return -1;
    step->has_from = true;
    return 0;
}

/* ---- content ------------------------------------------------------------ */

int copyplan_fetch(struct build *b, struct step *step, struct mb_error *err)
{
    if (step->fetched.n == step->urls.n)
        return 0;
    if (stage_need_temporary(b, err) < 0)
        return -1;
    for (size_t i = 0; i < step->urls.n; i++) {
        const char *url = step->urls.v[i];
        mb_autofree char *dir =
            mb_printf("%s/fetch-%d-%zu", b->temporary, b->step, i);
        char *path = NULL;
        if (starts_with(url, "http://") && !step->checksum.hex[0])
            stage_say(b, " ---> note: http, and no --checksum: whoever is on "
                         "the way may change the file\n");
        if (fetch_url(url, &step->checksum, dir, &path, err) < 0)
            return -1;
        strv_take(&step->fetched, path);
    }
    return 0;
}

/* What the files from other machines are (rule 2). */
static int add_urls(struct build *b, struct step *step, struct mb_error *err)
{
    if (step->checksum.hex[0]) {
        key_add_words(&step->key, "urls", &step->urls);
        key_add_plain(&step->key, "checksum", NULL, step->checksum.hex);
        return 0;
    }
    if (copyplan_fetch(b, step, err) < 0)
        return -1;
    for (size_t i = 0; i < step->fetched.n; i++) {
        struct digest content;
        if (fetch_digest(step->fetched.v[i], &content, err) < 0)
            return -1;
        key_add_plain(&step->key, "fetched", step->urls.v[i], content.hex);
    }
    return 0;
}

/* Sockets and device nodes do not reach the image: say which.  Their names are
 * anybody's, and must do nothing to a terminal. */
static void tell_skipped(const struct build *b, const struct strv *skipped)
{
    for (size_t i = 0; i < skipped->n; i++) {
        mb_autobuf struct buf name = BUF_INIT;
        dfquote_add(&name, skipped->v[i]);
        stage_say(b, " ---> note: left out, no file: %s\n", name.s);
    }
}

/* What the files are: their content. */
static int add_sources(const struct build *b, struct step *step,
                       struct mb_error *err)
{
    mb_autostrv struct strv skipped = {0};
    const struct copy copy = {.source_root = b->context,
                              .ignore = &b->ignore,
                              .hashes = b->hashes,
                              .sources = &step->sources,
                              .skipped = &skipped,
                              .dest = step->dest};

    for (size_t i = 0; i < step->texts.n; i++)
        key_add(&step->key, "text", step->in->heredocs[i].name,
                step->texts.v[i]);
    if (step->sources.n == 0)
        return 0;
    key_add_words(&step->key, "sources", &step->sources);
    if (step->has_from) {
        struct digest files;
        if (fromhash_digest(b->store, &step->from, &step->sources, &files,
                            err) < 0)
            return -1;
        key_add_plain(&step->key, "from", instruction_flag(step->in, "from"),
                      files.hex);
        return 0;
    }
    if (copy_add_to_key(&copy, &step->key, err) < 0)
        return -1;
    tell_skipped(b, &skipped);
    return 0;
}

static int make_key(struct build *b, const struct stage *s, struct step *step,
                    struct mb_error *err)
{
    const char *unpack = instruction_flag(step->in, "unpack");
    struct key *key = &step->key;

    step_begin_key(b, s, step->in, key);
    key_add(key, "destination", NULL, step->dest);
    key_add(key, "chown", NULL, step->chown ? step->chown : "");
    key_add(key, "chmod", NULL, step->chmod ? step->chmod : "");
    key_add(key, "unpack", NULL, unpack ? unpack : "");
    if (add_sources(b, step, err) < 0 || add_urls(b, step, err) < 0)
        return -1;
    key_finish(key);
    return 0;
}

int copyplan_prepare(struct build *b, struct stage *s,
                     const struct instruction *in, struct step *out,
                     struct mb_error *err)
{
    *out = (struct step){.in = in, .history = BUF_INIT, .key = KEY_INIT};
    buf_adds(&out->history, keyword_name(in->keyword));
    if (copy_flags(b, s, out, err) < 0 || copy_words(b, s, out, err) < 0 ||
        copy_texts(s, out, err) < 0 || read_checksum(b, s, out, err) < 0 ||
        find_from(b, s, out, err) < 0)
        return -1;
    return make_key(b, s, out, err);
}
