/* SPDX-License-Identifier: MIT */
/*
 * misses.c - build --explain-cache
 *
 * Problem   "Why does it build all of that again?  I have changed nothing!"
 * Idea      Beside each result lies what its key was made from.  Look for the
 *           one that is nearest to the new key, and say what tells them apart:
 *
 *             cache/11..  step RUN   other layers, other command
 *             cache/22..  step COPY  199 lines alike, 2 differ   <- nearest
 *             cache/33..  step COPY    3 lines alike, 9 differ
 *
 * Rules     1. Nearest is the one with the largest share of things alike; of
 *              several the newest.
 *           2. It must have the layers below or the instruction's words in
 *              common, or it has nothing to do with this step.
 *           3. The value of a secret is in no key, so another secret is no
 *              reason to do a step again.  That surprises, so it is said.
 * Read      lessons/22-build.md
 */
#include "engine/misses.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "base/mem.h"
#include "engine/cache.h"
#include "engine/keydiff.h"

enum { MAX_REASONS = 10 };

/* The best record so far. */
struct nearest {
    bool found;
    int64_t written; /* nanoseconds since 1970 */
    struct keydiff diff;
};

/* Rule 1, without division: a/b > c/d is a*d > c*b. */
static bool is_nearer(const struct keydiff *a, int64_t written,
                      const struct nearest *than)
{
    size_t mine = a->same * (than->diff.same + than->diff.different);
    size_t best = than->diff.same * (a->same + a->different);

    return !than->found || mine > best ||
           (mine == best && written > than->written);
}

/* Do both texts begin with the same line, "step RUN"? */
static bool same_kind(const char *a, const char *b)
{
    size_t length = strcspn(a, "\n");

    return strncmp(a, b, length + 1) == 0;
}

/* Compare KEY with the record NAME. */
static void consider(const struct store *store, const char *name,
                     const struct key *key, struct nearest *best)
{
    mb_autofree char *path = mb_printf("cache/%s", name);
    mb_autobuf struct buf text = BUF_INIT;
    struct keydiff diff;
    struct stat st;

    if (fstatat(store->fd, path, &st, 0) < 0 ||
        !cache_read_key(store, name, &text) || !same_kind(key->text.s, text.s))
        return;
    int64_t written =
        st.st_mtim.tv_sec * (int64_t)1000000000 + st.st_mtim.tv_nsec;
    keydiff_find(text.s, key->text.s, &diff);
    if (diff.related && is_nearer(&diff, written, best)) { /* rule 2 */
        keydiff_done(&best->diff);
        *best = (struct nearest){true, written, diff};
    } else {
        keydiff_done(&diff);
    }
}

static void find_nearest(const struct store *store, const struct key *key,
                         struct nearest *best)
{
    int fd = fs_open_dir(store->fd, "cache", NULL);
    mb_autodir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    struct dirent *entry;

    while (dir && (entry = readdir(dir)))
        if (entry->d_name[0] != '.')
            consider(store, entry->d_name, key, best);
}

static void tell_miss(const struct build *b, const struct key *key)
{
    struct nearest best = {0};
    const struct strv *reasons = &best.diff.reasons;

    find_nearest(b->store, key, &best);
    if (!best.found)
        stage_say(b, " ---> not in the cache, which knows no step like "
                     "it\n");
    else
        stage_say(b, " ---> not in the cache; the step most like it differs "
                     "in\n");
    for (size_t i = 0; i < reasons->n && i < MAX_REASONS; i++)
        stage_say(b, "        %s\n", reasons->v[i]);
    if (reasons->n > MAX_REASONS)
        stage_say(b, "        and %zu more\n", reasons->n - MAX_REASONS);
    keydiff_done(&best.diff);
}

/* How many lines there are after the first. */
static size_t count_things(const struct key *key)
{
    size_t n = 0;

    for (const char *p = key->text.s; (p = strchr(p, '\n')); p++)
        n++;
    return n - 1;
}

/* Does the step read a secret?  Whatever it is, no key has it (rule 3). */
static bool has_secret(const struct step *step)
{
    for (size_t i = 0; i < step->mounts.n; i++)
        if (step->mounts.v[i].flag.type == MOUNTFLAG_SECRET)
            return true;
    return false;
}

void misses_explain(const struct build *b, const struct step *step)
{
    const struct key *key = &step->key;
    struct cache_record record;

    if (b->options->no_cache)
        stage_say(b, " ---> --no-cache: nobody asks the cache\n");
    else if (cache_get(b->store, &key->digest, &record))
        stage_say(b,
                  " ---> in the cache: all %zu things that it depends on "
                  "are as they were%s\n",
                  count_things(key),
                  has_secret(step) ? " (secrets are not among them)" : "");
    else if (cache_read(b->store, key->digest.hex, &record))
        stage_say(b, " ---> in the cache, but its layer has been removed\n");
    else
        tell_miss(b, key);
}
