/* SPDX-License-Identifier: MIT */
/*
 * size.c - how many bytes is 64m?
 *
 * Problem   Nobody counts bytes: people write 64m, 1.5G, 512MiB, 4096.
 * Idea      A number, then a unit, then letters that change nothing:
 *
 *             1.5 | g | ib        1.5 x 1024 x 1024 x 1024
 *
 * Rules     1. Units are powers of 1024, as in Docker, with "i" or without.
 *           2. Upper and lower case are the same.
 * Read      docker-run(1), --memory
 */
#include "base/size.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

bool size_parse(const char *text, uint64_t *out)
{
    static const char units[] = "bkmgt";
    char *end;
    double number = strtod(text, &end);
    const char *unit = *end ? strchr(units, *end | 0x20) : units;
    const char *rest = *end ? end + 1 : end;
    bool tail_ok = *rest == '\0' || strcasecmp(rest, "b") == 0 ||
                   strcasecmp(rest, "ib") == 0;
    /* Digits and a point only: strtod(3) takes signs, 0x10, 1e3 and nan. */
    bool plain =
        end > text && strspn(text, "0123456789.") == (size_t)(end - text);

    for (; plain && unit && unit > units; unit--)
        number *= 1024;
    if (!plain || !unit || !tail_ok || number > 1e18)
        return false;
    *out = number;
    return true;
}
