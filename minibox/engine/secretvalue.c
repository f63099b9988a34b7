/* SPDX-License-Identifier: MIT */
/*
 * secretvalue.c - does a name sound secret, and can a value be one?
 *
 * Problem   A scanner that cries at every "token" is soon not listened to any
 *           more.  Most values of such names are no secrets.
 * Idea      Read the name as its parts, and let the value speak for itself:
 *
 *             MYSQL_ROOT_PASSWORD        sounds secret
 *             MYSQL_ROOT_PASSWORD_FILE   a file
 *             max_tokens_per_minute      not the last word: a number
 *
 *             $TOKEN   /run/secrets/t   <token>   true     no secrets
 *             hunter2                                      possible
 *             q8Zr2LxVb7Kp4Tn                              random
 *
 * Rules     1. A word ends where the case changes or a sign comes: "tokenizer"
 *              is not "token".
 *           2. Entropy is measured in bits for each character.  What is random
 *              has 3 and more; "aaaa1111" has 1.
 * Read      crypt(5), htpasswd(1); lessons/24-secrets.md
 */
#include "engine/secretvalue.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>
#include <sys/param.h>

#include "engine/tokens.h"

/* ---- names --------------------------------------------------------------- */

/* WHOLE: it must begin a part of the name, for it occurs in other words. */
static const struct word {
    const char *text, *kind;
    bool whole, strict;
} words[] = {
    {"password", "password", false, false},
    {"passwd", "password", false, false},
    {"passphrase", "password", false, false},
    {"pass", "password", true, false},
    {"pgpass", "password", true, false},
    {"pw", "password", true, false},
    {"pwd", "password", true, false},
    {"psk", "password", true, false},
    {"storepass", "password", false, false},
    {"keypass", "password", false, false},
    {"api_key", "API key", false, false},
    {"api-key", "API key", false, false},
    {"apikey", "API key", false, false},
    {"app_key", "API key", true, false},
    {"access_key", "access key", false, false},
    {"accesskey", "access key", false, false},
    {"access-key", "access key", false, false},
    {"secret_key", "secret key", false, false},
    {"secretkey", "secret key", false, false},
    {"private_key", "private key", false, false},
    {"privatekey", "private key", false, false},
    {"client-key-data", "private key (in base64)", false, false},
    {"encryption_key", "secret key", false, false},
    {"signing_key", "secret key", false, false},
    {"jwt_key", "secret key", true, false},
    {"secret", "secret", false, false},
    {"token", "token", false, false},
    {"credentials", "login", false, true},
    {"auth", "login (user:password in base64)", true, true},
};

/* Last parts of names that mean something about a secret (rule 2 of
 * engine/secretwords). */
static const char *const harmless[] = {
    "file",    "path",  "dir",       "url",    "uri",    "name",
    "id",      "type",  "ttl",       "length", "len",    "size",
    "min",     "max",   "days",      "age",    "expiry", "expires",
    "alg",     "hint",  "algorithm", "header", "prompt", "field",
    "count",   "mode",  "host",      "policy", "format", "encryption",
    "version", "limit", "enabled",   "ref",    "user",   "username",
};

static bool same(const char *name, const char *word, size_t len)
{
    return strncasecmp(name, word, len) == 0;
}

/* Does a part of the name end before its character I (rule 1)? */
static bool is_edge(const char *name, size_t len, size_t i)
{
    unsigned char before = i > 0 ? name[i - 1] : '\0';
    unsigned char after = i < len ? name[i] : '\0';

    if (!isalpha(before) || !isalpha(after))
        return true;
    return islower(before) && isupper(after);
}

/* Is the last part of the name a harmless one? */
static bool ends_harmless(const char *name, size_t len)
{
    for (size_t i = 0; i < sizeof harmless / sizeof *harmless; i++) {
        size_t n = strlen(harmless[i]);
        if (len > n && same(name + len - n, harmless[i], n) &&
            is_edge(name, len, len - n))
            return true;
    }
    return false;
}

/* Is there such a word in the name? */
static bool holds(const char *name, size_t len, const struct word *word)
{
    size_t n = strlen(word->text);

    for (size_t i = 0; i + n <= len; i++)
        if (same(name + i, word->text, n) && is_edge(name, len, i + n) &&
            (!word->whole || is_edge(name, len, i)))
            return true;
    return false;
}

bool secretvalue_name(const char *name, size_t len,
                      struct secretvalue_name *out)
{
    bool cwd = (len == 3 && same(name, "pwd", 3)) ||
               (len == 6 && same(name, "oldpwd", 6));

    if (cwd || ends_harmless(name, len))
        return false;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (holds(name, len, &words[i])) {
            *out = (struct secretvalue_name){words[i].kind, words[i].strict};
            return true;
        }
    return false;
}

/* ---- values -------------------------------------------------------------- */

/* Is the value one of the words, in whatever case? */
static bool is_one_of(const char *value, size_t len, const char *const *list)
{
    for (; *list; list++)
        if (strlen(*list) == len && same(value, *list, len))
            return true;
    return false;
}

/* "/run/secrets/token", "./x", "~/x": names of files are in small letters. */
static bool is_path(const char *value, size_t len)
{
    size_t i = *value == '.' || *value == '~';

    if (len < 2 || value[i] != '/')
        return false;
    for (; i < len; i++)
        if (!islower((unsigned char)value[i]) &&
            !isdigit((unsigned char)value[i]) && !strchr("/._-", value[i]))
            return false;
    return true;
}

/* "0.20.5-3", as in apt-get install libsecret=0.20.5-3? */
static bool is_version(const char *value, size_t len)
{
    size_t i = 0;

    while (i < len && isdigit((unsigned char)value[i]))
        i++;
    return i > 0 && i + 1 < len && value[i] == '.' &&
           isdigit((unsigned char)value[i + 1]);
}

bool secretvalue_possible(const char *value, size_t len)
{
    static const char *const constants[] = {
        "true", "false", "yes",       "no",    "none",     "null",  "nil",
        "off",  "on",    "undefined", "empty", "required", "unset", NULL};
    size_t same_as_first = 0;

    if (!value || len < 3)
        return false;
    while (same_as_first < len && value[same_as_first] == value[0])
        same_as_first++;
    return same_as_first < len && !strchr("$<{[(%`@#*\\", *value) &&
           !memmem(value, len, "EXAMPLE", 7) &&
           !memmem(value, len, "****", 4) && /* masked by somebody */
           !is_path(value, len) && !is_version(value, len) &&
           !is_one_of(value, len, constants);
}

bool secretvalue_random(const char *value, size_t len)
{
    size_t digits = 0, letters = 0, looked = MIN(len, 128);

    for (size_t i = 0; i < looked; i++) {
        unsigned char c = value[i];
        if (!isalnum(c) && (c < '!' || !strchr("+/=_-!#%^&*~:", c)))
            return false;
        digits += isdigit(c) != 0;
        letters += isalpha(c) != 0;
    }
    return len >= 8 && digits > 0 && letters > 0 &&
           tokens_entropy(value, looked) >= 3;
}

/* "!vault", "!Ref": in YAML it says what the next word means. */
static bool is_tag(const char *value, size_t len)
{
    size_t i = 1;

    while (i < len && isalpha((unsigned char)value[i]))
        i++;
    return len > 1 && *value == '!' && i == len;
}

bool secretvalue_plain(const char *value, size_t len)
{
    static const char *const usual[] = {"PASSWORD", "PASS", "SECRET", NULL};
    size_t i = 0;

    while (i < len &&
           (islower((unsigned char)value[i]) || strchr(":|_-.", value[i])))
        i++;
    return i == len || is_tag(value, len) || is_one_of(value, len, usual);
}

bool secretvalue_hash(const char *value, size_t len)
{
    static const char *const begins[] = {
        "$1$", "$2a$", "$2b$",   "$2y$",    "$5$",   "$6$",   "$7$",
        "$y$", "$gy$", "$apr1$", "$argon2", "{SHA}", "{SSHA}"};
    size_t same_alphabet = 0;

    for (size_t i = 0; i < sizeof begins / sizeof *begins; i++)
        if (len > strlen(begins[i]) + 20 &&
            memcmp(value, begins[i], strlen(begins[i])) == 0)
            return true;
    /* The oldest form: two characters of salt, eleven of hash. */
    while (same_alphabet < len &&
           (isalnum((unsigned char)value[same_alphabet]) ||
            strchr("./", value[same_alphabet])))
        same_alphabet++;
    return len == 13 && same_alphabet == len;
}
