/* SPDX-License-Identifier: MIT */
/*
 * digest.c - naming content by what it is
 *
 * Problem   A name like "busybox:latest" says nothing about the bytes behind
 *           it, and it may mean other bytes tomorrow.
 * Idea      Call content by its SHA-256.  The name can't lie: whoever holds
 *           the bytes can work out the name again.
 *
 *             bytes  --SHA-256-->  sha256:e3b0c44298fc1c149afbf4c8996fb924...
 *
 * Rules     1. Compare digests, never sizes or dates.
 *           2. A digest from outside is checked letter by letter before it
 *              becomes a file name.
 * Read      OCI image spec, descriptor.md "Digests"; sha256sum(1);
 *           lessons/12-digest.md
 */

/* We call the plain functions of OpenSSL 1.1, not today's EVP interface: EVP
 * first loads its configuration and providers, and that takes longer (1.2 ms)
 * than a whole build in which every step is cached. */
#define OPENSSL_API_COMPAT 10101
#include "image/digest.h"

#include <openssl/sha.h>
#include <string.h>

_Static_assert(sizeof(SHA256_CTX) <= sizeof(struct hasher),
               "struct hasher is too small for a SHA256_CTX");

/* The library's view of our opaque struct. */
static SHA256_CTX *context(struct hasher *h)
{
    return (SHA256_CTX *)h->opaque;
}

void hasher_init(struct hasher *h)
{
    SHA256_Init(context(h));
}

void hasher_add(struct hasher *h, const void *data, size_t size)
{
    SHA256_Update(context(h), data, size);
}

void hasher_add_str(struct hasher *h, const char *s)
{
    hasher_add(h, s, strlen(s) + 1);
}

struct digest hasher_finish(struct hasher *h)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char raw[SHA256_DIGEST_LENGTH];
    struct digest d;

    SHA256_Final(raw, context(h));
    for (int i = 0; i < SHA256_DIGEST_LENGTH; i++) {
        d.hex[2 * i] = digits[raw[i] >> 4];
        d.hex[2 * i + 1] = digits[raw[i] & 15];
    }
    d.hex[64] = '\0';
    return d;
}

struct digest digest_of(const void *data, size_t size)
{
    struct hasher h;

    hasher_init(&h);
    hasher_add(&h, data, size);
    return hasher_finish(&h);
}

int digest_parse(const char *text, struct digest *out, struct mb_error *err)
{
    const char *hex = text + strlen("sha256:");

    if (strncmp(text, "sha256:", 7) != 0 ||
        strspn(hex, "0123456789abcdef") != 64 || hex[64] != '\0')
        return mb_failx(err,
                        "\"%.100s\" is not a digest (sha256: and 64 "
                        "hexadecimal digits)",
                        text);
    memcpy(out->hex, hex, 65);
    return 0;
}

bool digest_equal(const struct digest *a, const struct digest *b)
{
    return strcmp(a->hex, b->hex) == 0;
}
