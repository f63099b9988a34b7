/* SPDX-License-Identifier: MIT */
/* Exercise 15-reference: fill in the blanks (grep TODO).
 * The lesson: lessons/15-reference.md.  Try it: make grade EX=15 */
/*
 * ref.c - what an image's name means
 *
 * Problem   "busybox" is short for a host, a path and a version, and one must
 *           know which.
 * Idea      Cut off what is at the end, then what is at the beginning, then
 *           fill in what is missing:
 *
 *             host:5000/team/app:v1@sha256:...
 *             `domain-' `path--' tag digest
 *
 *             busybox     ->  docker.io / library/busybox : latest
 *
 * Rules     1. The part before the first "/" is a domain if there is a "." or
 *              a ":" in it, if it is "localhost", or if it has an upper case
 *              letter: "team/app" is a path at docker.io.
 *           2. A ":" after the last "/" starts the tag; one before it belongs
 *              to the domain's port.  Who gives a digest needs no tag.
 *           3. Paths are lower case.  Domains and tags need not be.
 *           4. index.docker.io is docker.io's old name.  There, and nowhere
 *              else, a path of one part stands for library/ and that part.
 *           5. The short spelling must mean the same as the long one:
 *              docker.io/a.b/c has none, because "a.b/c" is another host's.
 * Read      docker-image-tag(1); lessons/15-reference.md
 */
#include "image/ref.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "image/digest.h"

#define DEFAULT_DOMAIN "docker.io"
#define LEGACY_DOMAIN "index.docker.io"
#define OFFICIAL "library/"
#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"
enum { MAX_NAME = 255, MAX_TAG = 128 };

void ref_done(struct image_ref *ref)
{
    free(ref->canonical);
    free(ref->familiar);
    free(ref->name);
    free(ref->domain);
    free(ref->path);
    free(ref->tag);
    free(ref->digest);
    *ref = (struct image_ref){0};
}

static int invalid(const char *text, const char *why, struct mb_error *err)
{
    return mb_failx(err, "invalid reference format: \"%.300s\": %s", text, why);
}

/* The length of the domain at the start of NAME, or 0. */
static size_t domain_length(const char *name)
{
    // TODO step 1: rule 1: how long is the domain at the start of NAME (without
    //   the "/" behind it), if it has one?
    return 0;
}

/* A host's name: letters, digits and dashes within them, joined by dots.  Or an
 * IPv6 address in brackets.  Its length, 0 if it is none. */
static size_t host_length(const char *s, size_t len)
{
    size_t n = 0, label;

    if (s[0] == '[') {
        n = 1 + strspn(s + 1, DIGITS "abcdefABCDEF:");
        return n > 1 && n < len && s[n] == ']' ? n + 1 : 0;
    }
    for (;; n++) {
        label = strspn(s + n, LOWER UPPER DIGITS "-");
        if (label == 0 || s[n] == '-' || s[n + label - 1] == '-')
            return 0;
        n += label;
        if (s[n] != '.')
            return n;
    }
}

/* A host, and maybe ":" and a port. */
static bool is_domain(const char *s)
{
    size_t len = strlen(s), host = host_length(s, len);

    if (host == 0 || host == len)
        return host > 0;
    return s[host] == ':' && host + 1 < len &&
           host + 1 + strspn(s + host + 1, DIGITS) == len;
}

/* One component of a path: [a-z0-9]+ joined by single ".", "_", "__", "-"s. */
static bool is_component(const char *s, size_t len)
{
    const char *end = s + len;

    for (;;) {
        size_t n = strspn(s, LOWER DIGITS);
        s += n;
        if (n == 0 || s == end)
            return n > 0;
        if (*s == '-')
            s += strspn(s, "-");
        else if (*s == '.' || *s == '_')
            s += *s == '_' && s[1] == '_' ? 2 : 1;
        else
            return false;
    }
}

/* Rule 3, and the alphabet. */
static int check_path(const char *text, const char *path, struct mb_error *err)
{
    if (strpbrk(path, UPPER))
        return mb_failx(err,
                        "invalid reference format: repository name (%.300s) "
                        "must be lowercase",
                        path);
    if (strlen(path) > MAX_NAME)
        return mb_failx(err,
                        "repository name must not be more than %d characters",
                        MAX_NAME);
    for (const char *p = path;; p++) {
        size_t len = strcspn(p, "/");
        if (!is_component(p, len))
            return invalid(text,
                           "names are made of a-z, 0-9 and single "
                           ". _ - between them",
                           err);
        p += len;
        if (!*p)
            return 0;
    }
}

/* [A-Za-z0-9_][A-Za-z0-9_.-]{0,127} */
static int check_tag(const char *text, const char *tag, struct mb_error *err)
{
    size_t len = strlen(tag);

    for (size_t i = 0; i < len; i++)
        if (!isalnum((unsigned char)tag[i]) && tag[i] != '_' &&
            (i == 0 || !strchr(".-", tag[i])))
            return invalid(text, "a tag is made of letters, digits, _ . -",
                           err);
    if (len == 0 || len > MAX_TAG)
        return invalid(text, "a tag has 1 to 128 characters", err);
    return 0;
}

/* Cut "@digest" and ":tag" off NAME into *out. */
static void cut_suffixes(char *name, struct image_ref *out)
{
    // TODO step 2: rule 2: copies of what stands behind "@" and ":" go to
    //   out->digest and out->tag, and NAME ends before them; the tag is
    //   "latest" when there is neither
    (void)name;
}

/* Domain and path, as they were typed, become what they mean. */
static void fill_in(struct image_ref *out)
{
    // TODO step 3: rule 4: the old name of docker.io becomes the new one;
    //   "library/" goes before a path of one part there
    (void)out;
}

/* The short spelling of domain and path.  Caller frees. */
static char *short_name(const struct image_ref *ref)
{
    // TODO step 4: domain and path with a "/" between them; at docker.io leave
    //   the domain out, and the "library/" of rule 4; but see rule 5
    return mb_strdup("");
}

/* Write the spellings of the checked parts. */
static void spell(struct image_ref *out)
{
    mb_autofree char *suffix =
        mb_printf("%s%s%s%s", out->tag ? ":" : "", out->tag ? out->tag : "",
                  out->digest ? "@" : "", out->digest ? out->digest : "");

    out->name = short_name(out);
    out->familiar = mb_printf("%s%s", out->name, suffix);
    out->canonical = mb_printf("%s/%s%s", out->domain, out->path, suffix);
}

/* Are the parts of TEXT what they should be? */
static int check_parts(const char *text, const struct image_ref *ref,
                       struct mb_error *err)
{
    struct digest checked;

    if (!is_domain(ref->domain))
        return invalid(text, "bad host name", err);
    if (ref->digest && digest_parse(ref->digest, &checked, err) < 0)
        return invalid(text, "bad digest after @", err);
    if (check_path(text, ref->path, err) < 0)
        return -1;
    return ref->tag ? check_tag(text, ref->tag, err) : 0;
}

/* A whole image ID is no name: one must be able to tell them apart. */
static bool looks_like_id(const char *text)
{
    return strlen(text) == 64 && strspn(text, DIGITS "abcdef") == 64;
}

int ref_parse(const char *text, struct image_ref *out, struct mb_error *err)
{
    mb_autofree char *name = mb_strdup(text);
    struct image_ref ref = {0};

    if (*text == '\0')
        return invalid(text, "the name is empty", err);
    if (looks_like_id(text))
        return mb_failx(err,
                        "invalid repository name (%s), cannot specify "
                        "64-byte hexadecimal strings",
                        text);
    cut_suffixes(name, &ref);
    size_t len = domain_length(name);
    ref.domain = len ? mb_strndup(name, len) : mb_strdup(DEFAULT_DOMAIN);
    ref.path = mb_strdup(len ? name + len + 1 : name);
    fill_in(&ref);
    if (check_parts(text, &ref, err) < 0) {
        ref_done(&ref);
        return -1;
    }
    spell(&ref);
    *out = ref;
    return 0;
}

void ref_favor_digest(struct image_ref *ref)
{
    if (!ref->digest || !ref->tag)
        return;
    free(ref->tag);
    free(ref->name);
    free(ref->familiar);
    free(ref->canonical);
    ref->tag = NULL;
    spell(ref);
}
