/* SPDX-License-Identifier: MIT */
/*
 * names.c - what containers are called
 *
 * Problem   64 random digits are a fine identity and a bad name.
 * Idea      Docker's: an adjective and the name of somebody who made our
 *           trade what it is.
 * Rules     1. A name becomes a file name: no slashes, no leading dot.
 * Read      getrandom(2); lessons/25-life.md
 */
#include "runtime/names.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "base/mem.h"

static const char *const adjectives[] = {
    "able",   "brave",   "calm",    "careful", "clever", "curious", "eager",
    "gentle", "honest",  "hopeful", "jolly",   "keen",   "kind",    "lucid",
    "nimble", "patient", "quiet",   "serene",  "sharp",  "sunny",   "swift",
    "tidy",   "upbeat",  "vivid",   "warm",    "wise",   "witty",   "zen",
};
static const char *const surnames[] = {
    "allen",    "backus",  "bartik",  "dijkstra",   "engelbart", "goldberg",
    "hamilton", "hoare",   "hopper",  "kay",        "kernighan", "kleene",
    "knuth",    "lamport", "liskov",  "lovelace",   "mccarthy",  "naur",
    "perlman",  "ritchie", "shannon", "sutherland", "thompson",  "turing",
    "wilkes",   "wirth",   "zuse",
};

char *names_random(void)
{
    uint32_t dice[2] = {0};

    (void)!getrandom(dice, sizeof dice, 0);
    return mb_printf(
        "%s_%s", adjectives[dice[0] % (sizeof adjectives / sizeof *adjectives)],
        surnames[dice[1] % (sizeof surnames / sizeof *surnames)]);
}

void names_random_id(char out[65])
{
    unsigned char raw[32] = {0};

    (void)!getrandom(raw, sizeof raw, 0);
    for (int i = 0; i < 32; i++)
        snprintf(out + 2 * i, 3, "%02x", raw[i]);
}

bool names_is_valid(const char *name)
{
    size_t len = strlen(name);

    if (len < 2 || len > 128 || !isalnum((unsigned char)name[0]))
        return false;
    for (const char *p = name; *p; p++)
        if (!isalnum((unsigned char)*p) && !strchr("_.-", *p))
            return false;
    return true;
}
