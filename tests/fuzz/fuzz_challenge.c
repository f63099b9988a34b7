/* SPDX-License-Identifier: MIT */
/*
 * fuzz_challenge.c - feed WWW-Authenticate headers to image/challenge
 *
 * Beyond "does not crash": a Bearer challenge that is taken has a realm, and a
 * challenge that is written out again is read back the same.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "image/challenge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Append name="value", with what must be quoted quoted. */
static void add_parameter(struct buf *out, const char *name, const char *value)
{
    if (!value)
        return;
    buf_addf(out, "%s%s=\"", ends_with(out->s, "r ") ? "" : ",", name);
    for (; *value; value++)
        buf_addf(out, strchr("\"\\", *value) ? "\\%c" : "%c", *value);
    buf_addc(out, '"');
}

static bool same(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mb_autofree char *header = mb_strndup((const char *)data, size);
    mb_autobuf struct buf again = BUF_INIT;
    struct challenge c, d;

    challenge_parse(header, &c);
    if (c.scheme == CHALLENGE_BEARER) {
        if (!c.realm)
            abort();
        buf_adds(&again, "Bearer ");
        add_parameter(&again, "realm", c.realm);
        add_parameter(&again, "service", c.service);
        add_parameter(&again, "scope", c.scope);
        challenge_parse(again.s, &d);
        if (d.scheme != CHALLENGE_BEARER || !same(c.realm, d.realm) ||
            !same(c.service, d.service) || !same(c.scope, d.scope))
            abort();
        challenge_done(&d);
    }
    challenge_done(&c);
    return 0;
}
