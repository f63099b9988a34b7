/* SPDX-License-Identifier: MIT */
/* Exercise 21-context: fill in the blanks (grep TODO).
 * The lesson: lessons/21-context.md.  Try it: make grade EX=21 */
/*
 * context.c - find what COPY names, and nothing else
 *
 * Problem   The context is a stranger's directory.  "../../etc/shadow", a
 *           link to /etc/shadow, a pipe that blocks whoever opens it: COPY
 *           must not be talked into touching any file of the host.
 * Idea      For every lookup the kernel is told that the context is "/":
 *
 *             COPY ../up  ./a/link  x*    /ctx    a/link -> /etc/passwd
 *                   |         |     |
 *                   |         |     `---> readdir(/ctx), match each name
 *                   |         `---------> /ctx/etc/passwd, which is not there
 *                   `-------------------> /ctx/up
 *
 *           The result is a list of names, sorted; files are not opened yet.
 * Rules     1. Names come from a path that the kernel resolved in the root,
 *              or from a directory listing; never from joining and hoping.
 *           2. A link that COPY names is followed, one found on the way down
 *              stays a link.
 *           3. What .dockerignore hides is not there: neither by its own name
 *              nor through a link.
 *           4. What is missing is an error, never a smaller image.
 * Read      openat2(2), path_resolution(7), readdir(3);
 *           lessons/21-context.md
 */
#include "engine/context.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/explain.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/similar.h"
#include "engine/match.h"
#include "engine/tree.h"

/* What all functions below need to know. */
struct search {
    int root;
    const struct ignore *ignore;
    const char *wanted;   /* as the Dockerfile has it, for the messages */
    struct sources found; /* what will be the result */
};

/* -- where a file really is ---------------------------------------------- */

/* Free what a source owns. */
static void source_done(struct source *source)
{
    free(source->name);
    free(source->path);
    strv_done(&source->below);
}

void context_done(struct sources *sources)
{
    for (size_t i = 0; i < sources->n; i++)
        source_done(&sources->v[i]);
    free(sources->v);
    strv_done(&sources->skipped);
    *sources = (struct sources){0};
}

/* What the kernel calls the file behind FD: proc(5), /proc/pid/fd.  It knows
 * which links were followed; working it out again would be a second look, and
 * somebody may have changed them in between.  NULL with errno. */
static char *kernel_path(int fd)
{
    /* One byte more than any path: what fills it would have been cut. */
    char link[40], path[PATH_MAX + 1];

    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof path);
    return n < 0 ? NULL : mb_strndup(path, n);
}

char *context_real_path(int rootfd, int fd)
{
    mb_autofree char *root = kernel_path(rootfd), *path = kernel_path(fd);

    if (!root || !path)
        return NULL;
    /* With the root "/" there is no prefix to take off. */
    size_t len = strcmp(root, "/") == 0 ? 0 : strlen(root);
    /* "/ctx2" starts with "/ctx", but is not in it. */
    if (strncmp(path, root, len) != 0 || (path[len] && path[len] != '/')) {
        errno = EXDEV; /* renamed away under our feet */
        return NULL;
    }
    return mb_strdup(path + len + (path[len] == '/'));
}

/* -- one path ------------------------------------------------------------ */

/* What is called almost like NAME in the directory DIR: caller frees; NULL. */
static char *similar_entry(const struct search *s, const char *dir,
                           const char *name)
{
    const struct tree tree = {.root = s->root};
    mb_autostrv struct strv names = {0};
    char *found = NULL;
    int len = (int)strlen(name);
    int least = len < 5 ? (len + 1) / 2 : 3; /* two slips of the finger */

    if (tree_list(&tree, dir, &names, NULL) < 0)
        return NULL;
    for (size_t i = 0; i < names.n; i++) {
        mb_autofree char *path = tree_join(dir, names.v[i]);
        const char *slash = strrchr(path, '/');
        const char *base = slash ? slash + 1 : path;
        int distance = similar_distance(name, base);
        /* A link of this very name leads to nothing. */
        if (strcmp(base, name) == 0 || distance >= least ||
            ignore_matches(s->ignore, path))
            continue;
        least = distance;
        free(found);
        found = mb_steal(&path);
    }
    return found;
}

/* The file that may have been meant by NAMED, which is not there. */
static char *similar_path(const struct search *s, const char *named)
{
    mb_autofree char *dir = NULL, *base = NULL, *absolute = NULL;

    absolute = mb_printf("/%s", named);
    fs_split(absolute, &dir, &base);
    return similar_entry(s, dir + 1, base);
}

/* Tell why there is nothing, and what may have been meant. */
static int not_found(const struct search *s, const char *named, bool hidden,
                     struct mb_error *err)
{
    mb_failx(err, "\"/%s\": not found", named);
    if (hidden)
        return mb_hint(err,
                       ".dockerignore leaves it out; a line \"!%s\" at "
                       "its end would take it back",
                       named);
    mb_autofree char *similar = similar_path(s, named);
    if (similar)
        return mb_hint(err, "did you mean \"%s\"?", similar);
    if (starts_with(s->wanted, "../"))
        return mb_hint(err, "paths are taken inside the context, and \"..\" "
                            "does not lead out of it: copy the file into the "
                            "context, or build from the directory above");
    if (s->wanted[0] == '/')
        return mb_hint(err,
                       "paths are taken inside the context (or the stage that "
                       "--from names): %s means %s below its top directory, "
                       "not the host's file",
                       s->wanted, named);
    return mb_hint(err, "COPY takes files from the build context only (or from "
                        "the stage that --from names), and a symlink cannot "
                        "lead out of it");
}

/* Is it left out: by its own path, or by the name of the link that led here
 * (rule 3)?  A hidden directory counts only if nothing is taken back in it. */
static bool left_out(const struct search *s, const char *named,
                     const char *path, bool is_dir)
{
    if (strcmp(named, path) != 0 && ignore_matches(s->ignore, named))
        return true;
    return ignore_matches(s->ignore, path) &&
           (!is_dir || ignore_hides_tree(s->ignore, path));
}

/* Take the file or directory PATH, which has no symlinks in it and which the
 * Dockerfile calls NAMED.  1 taken, 0 .dockerignore hides it, -1 failed. */
static int take(struct search *s, const char *named, const char *path,
                bool is_dir, struct mb_error *err)
{
    const char *slash = strrchr(named, '/');
    struct sources *found = &s->found;

    if (left_out(s, named, path, is_dir))
        return 0;
    struct source source = {.name = mb_strdup(slash ? slash + 1 : named),
                            .path = mb_strdup(path),
                            .dir = is_dir};
    /* Listed now, so that the digest and the copy see one and the same set of
     * names, in one order. */
    const struct tree tree = {s->root, s->ignore, &found->skipped};
    int result = is_dir ? tree_walk(&tree, path, &source.below, err) : 0;
    bool hidden = ignore_matches(s->ignore, path);
    if (result < 0 || (hidden && source.below.n == 0)) {
        source_done(&source);
        return result;
    }
    found->v = mb_realloc(found->v, (found->n + 1) * sizeof *found->v);
    found->v[found->n++] = source;
    return 1;
}

/* Look NAMED up, and say in *OUT what is there.  Returns its path, which has no
 * symlink in it; caller frees.  NULL: there is nothing, or it failed. */
static char *look_up(const struct search *s, const char *named,
                     struct stat *out, struct mb_error *err)
{
    char *path = NULL;

    // TODO step 4: look NAMED up in s->root without opening it (O_PATH); what
    //   is not there is not_found(); set *out, and ask for the real path
    mb_failx(err, "exercise 21 step 4: not written yet"); (void)out;
    return path;
}

/* Take what NAMED leads to.  One that a pattern matched may be hidden or of a
 * kind that is not copied; one that the Dockerfile names must be there. */
static int take_named(struct search *s, const char *named, bool matched,
                      struct mb_error *err)
{
    struct stat st;
    mb_autofree char *path = look_up(s, named, &st, err);
    int taken = 0;

    if (!path)
        return -1;
    if (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode) || S_ISFIFO(st.st_mode))
        taken = take(s, named, path, S_ISDIR(st.st_mode), err);
    else if (!matched)
        return mb_failx(err, "\"/%s\": sockets and devices cannot be copied",
                        named);
    /* What is hidden is an error for who asks for it by name, but the reason
     * is another one, and the hint says so. */
    return taken == 0 && !matched ? not_found(s, named, true, err) : taken;
}

/* -- patterns ------------------------------------------------------------ */

/* Take all matches of PATTERN in the directory DIR, component by component:
 * that is how "*" stops at a slash.  Links are taken, but not walked through,
 * so the depth is that of the pattern. */
static int expand(struct search *s, const char *dir, const char *pattern,
                  struct mb_error *err)
{
    size_t len = strcspn(pattern, "/");
    const char *rest = pattern + len + (pattern[len] == '/');
    mb_autofree char *component = mb_strndup(pattern, len);
    mb_autostrv struct strv names = {0};
    const struct tree tree = {s->root, s->ignore, NULL};
    int result = tree_list(&tree, dir, &names, err);

    for (size_t i = 0; result >= 0 && i < names.n; i++) {
        mb_autofree char *path = tree_join(dir, names.v[i]);
        const char *slash = strrchr(path, '/');

        if (match_glob(component, slash ? slash + 1 : path) != 1)
            continue;
        /* The end of the pattern: links are followed here, as if the
         * Dockerfile had named them (rule 2). */
        if (*rest == '\0')
            result = take_named(s, path, true, err);
        else if (ends_with(names.v[i], "/"))
            result = expand(s, path, rest, err);
    }
    return result;
}

/* Where the pattern starts: the first component with a wildcard in it.  NULL
 * if there is none.  A backslash takes the meaning from what follows. */
static char *first_wildcard(char *path)
{
    char *component = path;

    for (char *p = path; *p; p++) {
        if (strchr("*?[", *p))
            return component;
        if (*p == '\\' && p[1])
            p++;
        else if (*p == '/')
            component = p + 1;
    }
    return NULL;
}

/* In COPY ** is no more than *, unlike in .dockerignore: docker matches here
 * with Go's own filepath.Match.  An escaped star stays. */
static void squeeze_stars(char *pattern)
{
    char *out = pattern;

    for (char *p = pattern; *p; p++) {
        if (*p == '*' && p[1] == '*')
            continue;
        *out++ = *p;
        if (*p == '\\' && p[1])
            *out++ = *++p;
    }
    *out = '\0';
}

/* Take what PATTERN, the part of NAMED from its first wildcard on, matches in
 * the directory that the part before it leads to. */
static int take_pattern(struct search *s, char *named, char *pattern,
                        struct mb_error *err)
{
    squeeze_stars(pattern);
    /* Docker copies nothing and says nothing. */
    if (match_glob(pattern, "") < 0) {
        mb_failx(err, "\"%s\": syntax error in pattern", s->wanted);
        return mb_hint(err, "write [[] for a \"[\" that is part of a name");
    }
    mb_autofree char *rest = mb_strdup(pattern);
    /* "a/b/" becomes "a/b", "" stays. */
    pattern[pattern > named ? -1 : 0] = '\0';
    mb_autoclose int fd =
        fs_open_in_root(s->root, *named ? named : ".", O_PATH | O_DIRECTORY, 0);
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return 0;
    mb_autofree char *dir = fd < 0 ? NULL : context_real_path(s->root, fd);
    if (!dir)
        return mb_fail(err, "\"%s\"", s->wanted);
    /* Rule 3: a hidden link to a directory.  A hidden directory has to be
     * looked into, for "!" may take back some of what is in it. */
    if (strcmp(dir, named) != 0 && ignore_matches(s->ignore, named))
        return 0;
    return expand(s, dir, rest, err);
}

/* -- all sources --------------------------------------------------------- */

/* Patterns that match nothing are fine beside others that do: so one line can
 * copy files that only some projects have.  Alone they are a mistake (rule 4),
 * though docker takes it in silence. */
static int nothing_matches(const char *pattern, struct mb_error *err)
{
    mb_failx(err, "\"%s\": no file in the context matches", pattern);
    if (strchr(pattern, '['))
        return mb_hint(err, "[...] stands for one of the characters in it; "
                            "write [[] for a \"[\" that is part of a name");
    return mb_hint(err, "* and ? do not match a \"/\", and what .dockerignore "
                        "names is not there");
}

int context_find(int root, const struct ignore *ignore,
                 const struct strv *wanted, struct sources *out,
                 struct mb_error *err)
{
    struct search s = {.root = root, .ignore = ignore};
    int result = 0;

    for (size_t i = 0; result >= 0 && i < wanted->n; i++) {
        s.wanted = wanted->v[i];
        explain("21", "openat2(context, RESOLVE_IN_ROOT)",
                "%s: looked up as if the context were /", s.wanted);
        /* On the text alone: "a/../b" is "b" whatever a is, "../x" is "x". */
        mb_autofree char *named = fs_clean_path("/", s.wanted);
        char *pattern = first_wildcard(named + 1);
        result = pattern ? take_pattern(&s, named + 1, pattern, err)
                         : take_named(&s, named + 1, false, err);
    }
    if (result >= 0 && s.found.n == 0 && wanted->n > 0)
        result = nothing_matches(wanted->v[0], err);
    if (result < 0) {
        context_done(&s.found);
        return -1;
    }
    *out = s.found; /* only now: untouched after a failure */
    return 0;
}
