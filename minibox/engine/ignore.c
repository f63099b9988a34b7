/* SPDX-License-Identifier: MIT */
/*
 * ignore.c - what the build shall not see
 *
 * Problem   A project directory holds more than the image needs: .git, build
 *           products, passwords.  What is sent is slow to send, breaks the
 *           cache when it changes, and may end up in a layer.
 * Idea      One pattern a line.  Go through all of them, in order; a match
 *           hides the file, a match of a "!" line shows it again:
 *
 *             *.md           README.md  hidden   notes.md  hidden
 *             !README.md     README.md  shown    notes.md  hidden
 *
 * Rules     1. The last line that matches decides.
 *           2. A line that matches a directory matches all that is in it.
 *           3. Patterns start at the context: "/x", "./x", "x/" are "x".
 *           4. "#" is a comment in the first column only; white space around
 *              a line does not count.
 * Read      docker's reference.md, ".dockerignore file";
 *           lessons/21-context.md
 */
#include "engine/ignore.h"

#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "engine/match.h"

void ignore_done(struct ignore *ignore)
{
    strv_done(&ignore->patterns);
}

/* The LEN bytes at S without white space around them, which includes the \r
 * of files from Windows.  Caller frees. */
static char *trimmed(const char *s, size_t len)
{
    mb_autofree char *line = mb_strndup(s, utf8_trim_right(s, len));

    return mb_strdup(utf8_skip_space(line));
}

/* Does the pattern leave the context, as "../x" and "a/../../x" do?  Rooted
 * ones cannot: ".." of "/" is "/". */
static bool climbs_out(const char *p)
{
    long depth = 0;

    if (*p == '/')
        return false;
    /* "." and empty components do not count, ".." goes up. */
    for (; *p && depth >= 0; p += *p == '/') {
        size_t len = strcspn(p, "/");
        if (len == 2 && p[0] == '.' && p[1] == '.')
            depth--;
        else if (len > 0 && !(len == 1 && p[0] == '.'))
            depth++;
        p += len;
    }
    return depth < 0;
}

/* Add one line's pattern.  Returns 0, or -1 without an error text. */
static int add_pattern(const char *line, struct strv *out)
{
    bool keep = line[0] == '!';
    mb_autofree char *pattern = trimmed(line + keep, strlen(line + keep));

    if (pattern[0] == '\0' || match_glob(pattern, "") < 0)
        return -1;
    /* Nothing in the context has such a name, so the line says nothing.  It
     * must not be clamped to "x": that would hide another file. */
    if (climbs_out(pattern))
        return 0;
    mb_autofree char *clean = fs_clean_path("/", pattern);
    /* Asked again, for "a\/" has lost the slash that its backslash needs. */
    if (match_glob(clean, "") < 0)
        return -1;
    /* "." and "/" are the context itself, which cannot be hidden.  But who
     * writes "!/" wants all of it back: as in docker, that is an error. */
    if (!clean[1])
        return keep && pattern[0] == '/' ? -1 : 0;
    strv_addf(out, "%s%s", keep ? "!" : "", clean + 1);
    return 0;
}

int ignore_parse(const char *text, struct ignore *out, struct mb_error *err)
{
    mb_autostrv struct strv patterns = {0};

    if (starts_with(text, "\xef\xbb\xbf"))
        text += 3; /* the byte order mark that some editors write */
    for (int number = 1; *text; number++) {
        size_t len = strcspn(text, "\n");
        mb_autofree char *line = trimmed(text, len);
        if (text[0] != '#' && line[0] && add_pattern(line, &patterns) < 0) {
            mb_failx(err, ".dockerignore line %d: syntax error in pattern: %s",
                     number, line);
            return mb_hint(err, "write \\[ for a bracket that is part of a "
                                "name, and \\\\ for a backslash");
        }
        text += len + (text[len] == '\n');
    }
    *out = (struct ignore){.patterns = patterns};
    patterns = (struct strv){0};
    return 0;
}

bool ignore_matches(const struct ignore *ignore, const char *path)
{
    bool hidden = false;

    if (!ignore || *path == '\0')
        return false;
    /* STEP 3, 2 points: let each pattern have its say, in order (rules 1 and
     * 2; match_tree() knows rule 2)
     * else: return false; */
    for (size_t i = 0; i < ignore->patterns.n; i++) {
        const char *pattern = ignore->patterns.v[i];
        bool keep = pattern[0] == '!';
        /* Only a line that would change the verdict is worth matching. */
        if (keep == hidden && match_tree(pattern + keep, path) == 1)
            hidden = !keep;
    }
    /* END STEP 3 */
    return hidden;
}

/* Can PATTERN match something below DIR that it does not match in DIR itself?
 * Judged by its text before the first wildcard; yes when in doubt. */
static bool reaches_below(const char *pattern, const char *dir)
{
    size_t text = strcspn(pattern, "*?[\\"), len = strlen(dir);
    size_t common = text < len ? text : len;

    if (strncmp(pattern, dir, common) != 0)
        return false;
    if (text <= len)
        return pattern[text] != '\0';
    return pattern[len] == '/';
}

bool ignore_hides_tree(const struct ignore *ignore, const char *dir)
{
    for (size_t i = 0; i < ignore->patterns.n; i++) {
        const char *pattern = ignore->patterns.v[i];
        if (pattern[0] == '!' && reaches_below(pattern + 1, dir))
            return false;
    }
    return true;
}
