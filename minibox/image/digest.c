/* SPDX-License-Identifier: MIT */
/*
 * digest.c - naming content by what it is
 *
 * Problem   A name like "busybox:latest" says nothing about the bytes behind
 *           it, and it may mean other bytes tomorrow.
 * Idea      Call content by its SHA-256.  The name can't lie: whoever holds
 *           the bytes can work out the name again.
 *
 *             bytes --SHA-256--> 32 bytes ----> 64 digits
 *             "abc"              ba 78 16 ...   sha256:ba7816bf8f01cfea...
 *
 * Rules     1. Compare digests, never sizes or dates.
 *           2. The digits are lower-case, two for each byte.  Then the same
 *              bytes have one name, not many.
 *           3. A digest from outside is checked letter by letter before it
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
#include <stdio.h>
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
    struct digest d;

    /* STEP 1, 2 points: end the hash (SHA256_Final() and context() above), and
     * write its 32 bytes into d.hex, two digits each (rule 2)
     * else: snprintf(d.hex, sizeof d.hex, NOT_WRITTEN); */
    unsigned char raw[SHA256_DIGEST_LENGTH];

    SHA256_Final(raw, context(h));
    for (size_t i = 0; i < sizeof raw; i++)
        snprintf(d.hex + 2 * i, 3, "%02x", raw[i]); /* 3: the NUL too */
    /* END STEP 1 */
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
    /* STEP 2, 2 points: refuse whatever is not "sha256:" and 64 lower-case
     * hexadecimal digits (rule 3); then copy the digits into *out */
    const char *hex = text + strlen("sha256:");

    /* strspn(3) never looks beyond the end of the string, nor does "||". */
    if (strncmp(text, "sha256:", 7) != 0 ||
        strspn(hex, "0123456789abcdef") != 64 || hex[64] != '\0')
        return mb_failx(err,
                        "\"%.100s\" is not a digest (sha256: and 64 "
                        "hexadecimal digits)",
                        text);
    memcpy(out->hex, hex, 65);
    /* END STEP 2 */
    return 0;
}

bool digest_equal(const struct digest *a, const struct digest *b)
{
    return strcmp(a->hex, b->hex) == 0;
}
