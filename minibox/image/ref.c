/* SPDX-License-Identifier: MIT */
/*
 * ref.c - what an image's name means
 *
 * Problem   "busybox" is short for a host, a path and a version, and one must
 *           know which.
 * Idea      Split from the right, then fill in what is missing:
 *
 *             host:5000/team/app:v1@sha256:...
 *             `--domain-' `path-' tag  digest
 *
 *             busybox     ->  docker.io / library/busybox : latest
 *
 * Rules     1. The first part is a domain only if it has a "." or a ":" in
 *              it, or is "localhost": "team/app" is a path at docker.io.
 *           2. A ":" after the last "/" starts the tag; one before it belongs
 *              to the domain's port.
 *           3. Paths are lower case.  Domains and tags need not be.
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
#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"
enum { MAX_NAME = 255, MAX_TAG = 128 };

void ref_done(struct image_ref *ref)
{
    free(ref->canonical);
    free(ref->familiar);
    free(ref->name);
    free(ref->tag);
    free(ref->digest);
    *ref = (struct image_ref){0};
}

static int invalid(const char *text, const char *why, struct mb_error *err)
{
    return mb_failx(err, "invalid reference format: \"%.300s\": %s", text, why);
}

/* Rule 1.  The length of the domain at the start of NAME, or 0. */
static size_t domain_length(const char *name)
{
    size_t len = strcspn(name, "/");
    bool special = memchr(name, '.', len) || memchr(name, ':', len) ||
                   (len == 9 && strncmp(name, "localhost", 9) == 0);

    return name[len] == '/' && special ? len : 0;
}

/* A host, and maybe ":" and a port: names of letters, digits and dashes within
 * them, joined by dots. */
static bool is_domain(const char *s, size_t len)
{
    const char *end = s + len;

    for (const char *p = s;; p++) {
        size_t n = strspn(p, LOWER UPPER DIGITS "-");
        if (n == 0 || p[0] == '-' || p[n - 1] == '-')
            return false;
        p += n;
        if (p == end)
            return true;
        if (*p == ':')
            return p + 1 < end && p + 1 + strspn(p + 1, DIGITS) == end;
        if (*p != '.')
            return false;
    }
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

/* IS_SHORT: "library/" is going to be put before it. */
static int check_path(const char *text, const char *path, bool is_short,
                      struct mb_error *err)
{
    if (strlen(path) + (is_short ? strlen("library/") : 0) > MAX_NAME)
        return invalid(text, "a name has 255 characters at most", err);
    for (const char *p = path; *p; p++)
        if (isupper((unsigned char)*p))
            return invalid(text, "repository name must be lowercase", err);
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

/* Cut "@digest" and ":tag" off NAME (rule 2) into *out. */
static int cut_suffixes(const char *text, char *name, struct image_ref *out,
                        struct mb_error *err)
{
    struct digest checked;
    char *at = strchr(name, '@');

    if (at) {
        *at = '\0';
        out->digest = mb_strdup(at + 1);
        if (digest_parse(out->digest, &checked, err) < 0)
            return invalid(text, "bad digest after @", err);
    }
    char *slash = strrchr(name, '/');
    char *colon = strchr(slash ? slash : name, ':');
    if (colon) {
        *colon = '\0';
        out->tag = mb_strdup(colon + 1);
        return check_tag(text, out->tag, err);
    }
    if (!at)
        out->tag = mb_strdup("latest");
    return 0;
}

/* Write the two spellings of the checked parts. */
static void spell(struct image_ref *out, const char *domain, const char *path)
{
    bool docker = strcmp(domain, DEFAULT_DOMAIN) == 0;
    bool official = docker && !strchr(path, '/');
    bool shortened = docker && starts_with(path, "library/") &&
                     !strchr(path + strlen("library/"), '/');
    const char *short_path = shortened ? path + strlen("library/") : path;
    mb_autofree char *suffix =
        mb_printf("%s%s%s%s", out->tag ? ":" : "", out->tag ? out->tag : "",
                  out->digest ? "@" : "", out->digest ? out->digest : "");

    /* "docker.io/a.b/c" must stay long: "a.b/c" would be another host's. */
    out->name = docker && domain_length(short_path) == 0
                    ? mb_strdup(short_path)
                    : mb_printf("%s/%s", domain, path);
    out->familiar = mb_printf("%s%s", out->name, suffix);
    out->canonical = mb_printf("%s/%s%s%s", domain, official ? "library/" : "",
                               path, suffix);
}

int ref_parse(const char *text, struct image_ref *out, struct mb_error *err)
{
    mb_autofree char *name = mb_strdup(text);
    struct image_ref ref = {0};

    if (*text == '\0')
        return invalid(text, "the name is empty", err);
    if (cut_suffixes(text, name, &ref, err) < 0) {
        ref_done(&ref);
        return -1;
    }
    size_t len = domain_length(name);
    const char *path = len ? name + len + 1 : name;
    bool hub = !len || (len == strlen(DEFAULT_DOMAIN) &&
                        strncmp(name, DEFAULT_DOMAIN, len) == 0);
    int bad = len && !is_domain(name, len)
                  ? invalid(text, "bad host name", err)
                  : check_path(text, path, hub && !strchr(path, '/'), err);
    if (bad < 0) {
        ref_done(&ref);
        return -1;
    }
    if (len)
        name[len] = '\0';
    spell(&ref, len ? name : DEFAULT_DOMAIN, path);
    *out = ref;
    return 0;
}
