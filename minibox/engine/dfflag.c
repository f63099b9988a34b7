/* SPDX-License-Identifier: MIT */
/*
 * dfflag.c - which flags an instruction of a Dockerfile takes
 *
 * Problem   Flags stand between an instruction and its arguments, and which
 *           ones there are depends on the instruction.  One that is silently
 *           ignored is worse than none: think of --chown misspelt.
 * Idea      One table; every flag must be found in it and be of its kind:
 *
 *             COPY --from=build --link  a.txt /b/
 *                  VALUE         SWITCH
 *
 * Rules     1. A value comes after "=", never as the next word: that one is
 *              already the first argument.
 *           2. A flag is known here when BuildKit knows it.  Whether minibox
 *              can do what it asks for is said by who would have to do it.
 * Read      docs.docker.com/reference/dockerfile; lessons/19-dockerfile.md
 */
#include "engine/dfflag.h"

#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/similar.h"

/* What a flag's value looks like. */
enum kind {
    SWITCH, /* --link, --link=true, --link=false */
    VALUE,
    VALUES, /* may be repeated */
};

static const struct flag_rule {
    const char *instruction;
    const char *name;
    enum kind kind;
} flag_rules[] = {
    {"ADD", "checksum", VALUE},
    {"ADD", "chmod", VALUE},
    {"ADD", "chown", VALUE},
    {"ADD", "exclude", VALUES},
    {"ADD", "keep-git-dir", SWITCH},
    {"ADD", "link", SWITCH},
    {"ADD", "unpack", SWITCH},
    {"COPY", "chmod", VALUE},
    {"COPY", "chown", VALUE},
    {"COPY", "exclude", VALUES},
    {"COPY", "from", VALUE},
    {"COPY", "link", SWITCH},
    {"COPY", "parents", SWITCH},
    {"FROM", "platform", VALUE},
    {"HEALTHCHECK", "interval", VALUE},
    {"HEALTHCHECK", "retries", VALUE},
    {"HEALTHCHECK", "start-interval", VALUE},
    {"HEALTHCHECK", "start-period", VALUE},
    {"HEALTHCHECK", "timeout", VALUE},
    {"RUN", "mount", VALUES},
    {"RUN", "network", VALUE},
    {"RUN", "security", VALUE},
};
#define N_FLAG_RULES (sizeof flag_rules / sizeof *flag_rules)

/* Flags that BuildKit once had or only its experimental versions have (such as
 * RUN --device) are unknown, as they would be to most readers' Docker. */

/* The rule for the flag of LEN bytes at NAME, or NULL. */
static const struct flag_rule *find_rule(const char *instruction,
                                         const char *name, size_t len)
{
    for (size_t i = 0; i < N_FLAG_RULES; i++)
        if (strcasecmp(flag_rules[i].instruction, instruction) == 0 &&
            strlen(flag_rules[i].name) == len &&
            strncmp(flag_rules[i].name, name, len) == 0)
            return &flag_rules[i];
    return NULL;
}

/* A slip of the finger?  Then hint at the flag that was meant. */
static int suggest(const char *instruction, const char *name, size_t len,
                   struct mb_error *err)
{
    mb_autofree char *word = mb_strndup(name, len);

    for (size_t i = 0; i < N_FLAG_RULES; i++)
        if (strcasecmp(flag_rules[i].instruction, instruction) == 0 &&
            similar_distance(word, flag_rules[i].name) <= 1)
            return mb_hint(err, "did you mean --%s?", flag_rules[i].name);
    return -1;
}

/* Refuse FLAG, and tell apart what belongs to the program that is run. */
static int refuse(const char *instruction, const char *flag,
                  struct mb_error *err)
{
    int len = (int)strcspn(flag, "=");

    /* Without the value, which may be long, or a secret. */
    mb_failx(err, "unknown flag: %.*s", len > 100 ? 100 : len, flag);
    /* CMD and ENTRYPOINT take no flags at all, so it was meant for the program:
     * `ENTRYPOINT ["git"]` and then `CMD --version`. */
    if (strcasecmp(instruction, "CMD") != 0 &&
        strcasecmp(instruction, "ENTRYPOINT") != 0)
        return suggest(instruction, flag + strlen("--"), len - strlen("--"),
                       err);
    return mb_hint(err,
                   "right after %s, -- begins a flag of %s itself; for an "
                   "argument write %s [\"%.100s\"]",
                   instruction, instruction, instruction, flag);
}

/* What each kind has to look like:
 *
 *     SWITCH          --link  --link=true  --link=FALSE     not --link=1
 *     VALUE, VALUES   --from=build                          not --from
 *
 * A switch is true or false; everything else needs its value (rule 1). */
static int check_value(const struct flag_rule *rule, const char *flag,
                       struct mb_error *err)
{
    const char *equals = strchr(flag, '=');

    /* "--link=" is neither a switch that is on nor one that is off.  An empty
     * string, on the other hand, is a string: --chown= is left to COPY. */
    if (equals ? rule->kind == SWITCH && !equals[1] : rule->kind != SWITCH)
        return mb_failx(err, "missing a value on flag: --%s", rule->name);
    if (rule->kind == SWITCH && equals && strcasecmp(equals + 1, "true") != 0 &&
        strcasecmp(equals + 1, "false") != 0)
        return mb_failx(err,
                        "expecting boolean value for flag --%s, not: %.100s",
                        rule->name, equals + 1);
    return 0;
}

int dfflag_check(const char *instruction, const struct strv *flags,
                 size_t *wrong, struct mb_error *err)
{
    bool seen[N_FLAG_RULES] = {false};

    for (size_t i = 0; i < flags->n; i++) {
        const char *flag = flags->v[i], *name = flag + strlen("--");
        const struct flag_rule *rule =
            find_rule(instruction, name, strcspn(name, "="));
        *wrong = i;
        if (!rule)
            return refuse(instruction, flag, err);
        /* The last one of two would win, or the first: better say so. */
        if (seen[rule - flag_rules] && rule->kind != VALUES)
            return mb_failx(err, "duplicate flag specified: --%s", rule->name);
        seen[rule - flag_rules] = true;
        if (check_value(rule, flag, err) < 0)
            return -1;
    }
    return 0;
}
