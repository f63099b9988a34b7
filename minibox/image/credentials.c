/* SPDX-License-Identifier: MIT */
/*
 * credentials.c - docker login's file
 *
 * Problem   Nobody wants to type a password for each pull.
 * Idea      Docker keeps it in ~/.docker/config.json, and so do we, in the same
 *           file, so that a login counts for both:
 *
 *             {"auths": {"host:5000": {"auth": "dXNlcjpwYXNz"}}}
 *                                               base64("user:pass")
 *
 *           base64 is no secret writing: `base64 -d` reads it.  What protects
 *           the password is the file's mode, 0600, and nothing else.
 * Rules     1. What we do not know in the file stays in it.
 *           2. Docker Hub has an old name there: https://index.docker.io/v1/.
 * Read      docker-login(1); RFC 7617; lessons/18-registry.md
 */
#include "image/credentials.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/mem.h"

enum { MAX_FILE = 1 << 20 };

void credentials_done(struct credentials *c)
{
    if (c->password)
        explicit_bzero(c->password, strlen(c->password));
    free(c->user);
    free(c->password);
    *c = (struct credentials){0};
}

char *credentials_dir(void)
{
    const char *chosen = getenv("DOCKER_CONFIG"), *home = getenv("HOME");

    if (chosen && *chosen)
        return mb_strdup(chosen);
    return mb_printf("%s/.docker", home ? home : "");
}

/* Rule 2. */
static const char *key_of(const char *registry)
{
    return strcmp(registry, "docker.io") == 0 ? "https://index.docker.io/v1/"
                                              : registry;
}

/* ---- base64 ------------------------------------------------------------- */

static char *encode(const char *text)
{
    size_t len = strlen(text);
    char *out = mb_alloc(len / 3 * 4 + 5);

    EVP_EncodeBlock((unsigned char *)out, (const unsigned char *)text, len);
    return out;
}

/* NULL if it is none. */
static char *decode(const char *text)
{
    size_t len = strlen(text);
    mb_autofree char *out = mb_alloc(len + 1);
    int n =
        EVP_DecodeBlock((unsigned char *)out, (const unsigned char *)text, len);

    if (n < 0)
        return NULL;
    /* Padding comes out as zero bytes, which end the string. */
    out[n] = '\0';
    return mb_steal(&out);
}

char *credentials_basic(const struct credentials *c)
{
    mb_autofree char *both = mb_printf("%s:%s", c->user, c->password);
    mb_autofree char *text = encode(both);

    return mb_printf("Basic %s", text);
}

/* ---- the file ----------------------------------------------------------- */

/* The file's document; an empty one when there is no file.  NULL with *err. */
static json_t *read_file(struct mb_error *err)
{
    mb_autofree char *dir = credentials_dir();
    mb_autofree char *path = mb_printf("%s/config.json", dir);
    mb_autobuf struct buf text = BUF_INIT;
    json_error_t why;

    if (access(path, F_OK) < 0 && errno == ENOENT)
        return json_object();
    if (fs_read(AT_FDCWD, path, MAX_FILE, &text, err) < 0)
        return NULL;
    json_t *document = json_loadb(text.s, text.len, 0, &why);
    if (json_is_object(document))
        return document;
    json_decref(document);
    mb_failx(err, "%s is no JSON object", path);
    mb_hint(err, "mend or remove it");
    return NULL;
}

static int write_file(json_t *document, struct mb_error *err)
{
    mb_autofree char *dir = credentials_dir();
    mb_autofree char *path = mb_printf("%s/config.json", dir);
    mb_autofree char *text = json_dumps(document, JSON_INDENT(2));

    if (!text || fs_mkdirs(AT_FDCWD, dir, err) < 0)
        return mb_wrap(err, "write %s", path);
    mode_t before = umask(0077); /* from its first moment */
    int result = fs_write(AT_FDCWD, path, text, strlen(text), err);
    umask(before);
    if (result == 0 && chmod(path, 0600) < 0)
        return mb_fail(err, "make %s private", path);
    return result;
}

int credentials_load(const char *registry, struct credentials *out,
                     struct mb_error *err)
{
    json_t *document = read_file(err);
    const char *text = json_string_value(json_object_get(
        json_object_get(json_object_get(document, "auths"), key_of(registry)),
        "auth"));
    mb_autofree char *both = text ? decode(text) : NULL;
    char *colon = both ? strchr(both, ':') : NULL;

    *out = (struct credentials){0};
    if (colon) {
        out->user = mb_strndup(both, colon - both);
        out->password = mb_strdup(colon + 1);
    }
    int result = document ? 0 : -1;
    json_decref(document);
    if (text && !colon)
        return mb_failx(err, "the login for %s can't be read: log in again",
                        registry);
    return result;
}

int credentials_save(const char *registry, const struct credentials *c,
                     struct mb_error *err)
{
    json_t *document = read_file(err);
    mb_autofree char *basic = credentials_basic(c);

    if (!document)
        return -1;
    json_t *auths = json_object_get(document, "auths");
    if (!json_is_object(auths)) {
        auths = json_object();
        json_object_set_new(document, "auths", auths);
    }
    json_object_set_new(auths, key_of(registry),
                        json_pack("{s:s}", "auth", basic + strlen("Basic ")));
    int result = write_file(document, err);
    json_decref(document);
    return result;
}

int credentials_remove(const char *registry, struct mb_error *err)
{
    json_t *document = read_file(err);
    json_t *auths = json_object_get(document, "auths");

    if (!document)
        return -1;
    int result = json_object_del(auths, key_of(registry)) == 0;
    if (result == 1 && write_file(document, err) < 0)
        result = -1;
    json_decref(document);
    return result;
}
