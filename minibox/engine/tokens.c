/* SPDX-License-Identifier: MIT */
/*
 * tokens.c - secrets that look like nothing else
 *
 * Problem   A token is a row of random characters, and so is half of every
 *           binary file.  How is one to know it without its name?
 * Idea      Services mark their tokens, so that a leaked one can be found: a
 *           prefix, an alphabet, a length.
 *
 *             ... Bearer ghp_aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3hI6 ...
 *                        ^^^^`------------- 36 characters ------'
 *                       prefix         of letters and digits
 *
 * Rules     1. A token is a whole word: what stands before it and after it
 *              would not fit into it.  So no run of characters is read twice.
 *           2. "AKIA...EXAMPLE" and "ghp_xxxx" are examples, not secrets.
 *           3. The first line of a private key is no key.  Programs that read
 *              keys have that line in them; only a body makes it a leak.
 * Read      RFC 7468 (PEM), RFC 7519 (JWT); lessons/24-secrets.md
 */
#include "engine/tokens.h"

#include <math.h>
#include <string.h>
#include <sys/param.h>

#define DIGITS "0123456789"
#define HEX DIGITS "abcdef"
#define UPPER DIGITS "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define ALNUM UPPER "abcdefghijklmnopqrstuvwxyz"
#define WORD ALNUM "_"
#define WEB WORD "-"
#define DOTTED WEB "."
#define BASE64 ALNUM "+/="

/* A token: the prefix, then so many characters of an alphabet. */
struct shape {
    const char *prefix, *alphabet, *kind;
    size_t least, most;
};

static const struct shape shapes[] = {
    {"AKIA", UPPER, "AWS access key id", 16, 16},
    {"ASIA", UPPER, "AWS access key id", 16, 16},
    {"ghp_", ALNUM, "GitHub token", 36, 251},
    {"gho_", ALNUM, "GitHub token", 36, 251},
    {"ghu_", ALNUM, "GitHub token", 36, 251},
    {"ghs_", ALNUM, "GitHub token", 36, 251},
    {"ghr_", ALNUM, "GitHub token", 36, 251},
    {"github_pat_", WORD, "GitHub token", 60, 251},
    {"glpat-", WEB, "GitLab token", 20, 300},
    {"glrt-", WEB, "GitLab token", 20, 300},
    {"gldt-", WEB, "GitLab token", 20, 300},
    {"xoxb-", WEB, "Slack token", 20, 250},
    {"xoxp-", WEB, "Slack token", 20, 250},
    {"xoxa-", WEB, "Slack token", 20, 250},
    {"xoxr-", WEB, "Slack token", 20, 250},
    {"xoxs-", WEB, "Slack token", 20, 250},
    {"xapp-", WEB, "Slack token", 20, 250},
    {"https://hooks.slack.com/services/", ALNUM "/", "Slack webhook", 30, 99},
    {"https://discord.com/api/webhooks/", WEB "/", "Discord webhook", 80, 99},
    {"AIza", WEB, "Google API key", 35, 35},
    {"GOCSPX-", WEB, "Google client secret", 28, 28},
    {"ya29.", WEB, "Google access token", 30, 2000},
    {"sk_live_", ALNUM, "Stripe key", 16, 250},
    {"rk_live_", ALNUM, "Stripe key", 16, 250},
    {"npm_", ALNUM, "npm token", 36, 36},
    {"pypi-AgE", WEB, "PyPI token", 50, 2000},
    {"dckr_pat_", WEB, "Docker Hub token", 20, 99},
    {"hf_", ALNUM, "Hugging Face token", 34, 40},
    {"sk-proj-", WEB, "OpenAI key", 40, 250},
    {"sk-ant-", WEB, "Anthropic key", 40, 250},
    {"SK", HEX, "Twilio key", 32, 32},
    {"sq0csp-", WEB, "Square key", 43, 43},
    {"SG.", DOTTED, "SendGrid key", 66, 66},
    {"dop_v1_", HEX, "DigitalOcean token", 64, 64},
    {"hvs.", WEB, "Vault token", 24, 250},
    {"shpat_", HEX, "Shopify token", 32, 32},
    {"dapi", HEX, "Databricks token", 32, 32},
    {"rubygems_", HEX, "RubyGems key", 48, 48},
    {"tskey-auth-", WEB, "Tailscale key", 20, 99},
    {"glsa_", WORD, "Grafana token", 40, 50},
    {"NRAK-", UPPER, "New Relic key", 27, 27},
    {"ATATT3", WEB "=", "Atlassian token", 60, 300},
    {"AccountKey=", BASE64, "Azure storage key", 86, 88},
    {"AGE-SECRET-KEY-1", UPPER, "private key (age)", 58, 58},
    /* "-----BEGIN ... PRIVATE KEY", as kubeconfigs have it: in base64 */
    {"LS0tLS1CRUdJTiBQUklWQVRF", BASE64, "private key (in base64)", 64, 4000},
    {"LS0tLS1CRUdJTiBSU0EgUFJJ", BASE64, "private key (in base64)", 64, 4000},
    {"LS0tLS1CRUdJTiBFQyBQUklW", BASE64, "private key (in base64)", 64, 4000},
    {"LS0tLS1CRUdJTiBPUEVOU1NI", BASE64, "private key (in base64)", 64, 4000},
};

/* Most bytes begin no token, so they need no second look. */
const bool tokens_firsts[256] = {
    ['-'] = true, ['A'] = true, ['G'] = true, ['L'] = true, ['N'] = true,
    ['P'] = true, ['S'] = true, ['d'] = true, ['e'] = true, ['g'] = true,
    ['h'] = true, ['n'] = true, ['p'] = true, ['r'] = true, ['s'] = true,
    ['t'] = true, ['x'] = true, ['y'] = true,
};

/* What stands between "-----BEGIN " and "-----". */
static const struct {
    const char *label, *kind;
} keys[] = {
    {"PRIVATE KEY", "private key (PKCS#8)"},
    {"ENCRYPTED PRIVATE KEY", "private key (PKCS#8, encrypted)"},
    {"RSA PRIVATE KEY", "private key (RSA)"},
    {"DSA PRIVATE KEY", "private key (DSA)"},
    {"EC PRIVATE KEY", "private key (EC)"},
    {"OPENSSH PRIVATE KEY", "private key (OpenSSH)"},
    {"PGP PRIVATE KEY BLOCK", "private key (PGP)"},
};

/* A text of any bytes, which may hold NULs. */
struct text {
    const char *s;
    size_t len;
};

/* ---- pieces -------------------------------------------------------------- */

static bool is_in(char c, const char *alphabet)
{
    return c && strchr(alphabet, c);
}

/* How many characters from AT on are of the alphabet; MOST: enough. */
static size_t run_of(const struct text *t, size_t at, const char *alphabet,
                     size_t most)
{
    size_t n = 0;

    while (n < most && at + n < t->len && is_in(t->s[at + n], alphabet))
        n++;
    return n;
}

static bool has(const struct text *t, size_t at, const char *word)
{
    size_t n = strlen(word);

    return at <= t->len && n <= t->len - at && memcmp(t->s + at, word, n) == 0;
}

/* Could the word that starts at AT have started earlier (rule 1)?  The "n" of a
 * "\n" in a JSON text is no letter. */
static bool continues(const struct text *t, size_t at, const char *alphabet)
{
    if (at == 0 ||
        (!is_in(t->s[at - 1], alphabet) && !is_in(t->s[at - 1], ALNUM)))
        return false;
    return at == 1 || t->s[at - 2] != '\\' || !is_in(t->s[at - 1], "nrt");
}

double tokens_entropy(const char *text, size_t len)
{
    size_t count[256] = {0};
    double bits = 0;

    for (size_t i = 0; i < len; i++)
        count[(unsigned char)text[i]]++;
    for (int c = 0; c < 256; c++)
        if (count[c] > 0) {
            double share = (double)count[c] / len;
            bits -= share * log2(share);
        }
    return bits;
}

/* Is it made up for a manual (rule 2)?  Of 16 random characters, hardly any row
 * has less than 2.5 bits. */
static bool is_example(const struct text *t, size_t at, size_t len)
{
    static const char word[] = "EXAMPLE";
    size_t n = strlen(word);

    return (len > n && memcmp(t->s + at + len - n, word, n) == 0) ||
           tokens_entropy(t->s + at, len) < 2.5;
}

/* ---- shapes -------------------------------------------------------------- */

static bool is_shape(const struct text *t, size_t at, const struct shape *shape,
                     struct token *out)
{
    size_t body = at + strlen(shape->prefix);

    if (!has(t, at, shape->prefix) || continues(t, at, shape->alphabet))
        return false;
    size_t n = run_of(t, body, shape->alphabet, shape->most + 1);
    if (n < shape->least || n > shape->most || is_example(t, body, n) ||
        run_of(t, body + n, ALNUM, 1))
        return false;
    *out = (struct token){shape->kind, at, body + n};
    return true;
}

/* Three parts in base64 with dots between; the first two begin with {" */
static bool is_jwt(const struct text *t, size_t at, struct token *out)
{
    size_t end = at;

    if (!has(t, at, "eyJ") || continues(t, at, DOTTED))
        return false;
    for (int part = 0; part < 3; part++) {
        size_t n = run_of(t, end, WEB, TOKENS_LONGEST);
        if (n < 10 || (part < 2 && !has(t, end, "eyJ")) ||
            (part < 2 && !has(t, end + n, ".")))
            return false;
        end += n + (part < 2);
    }
    *out = (struct token){"JSON web token", at, end};
    return true;
}

/* ---- keys ---------------------------------------------------------------- */

/* Past the end of the line at AT, which may be spelled "\n". */
static size_t skip_line(const struct text *t, size_t at)
{
    while (at < t->len && t->s[at] != '\n' && !has(t, at, "\\n"))
        at++;
    return at < t->len ? at + (t->s[at] == '\n' ? 1 : 2) : at;
}

/* Past all that separates lines. */
static size_t skip_blanks(const struct text *t, size_t at)
{
    while (at < t->len && (is_in(t->s[at], " \t\r\n") || has(t, at, "\\n") ||
                           has(t, at, "\\r")))
        at += t->s[at] == '\\' ? 2 : 1;
    return at;
}

/* The body of a key from AT on: a line of base64 after lines "Name: value"
 * (rule 3).  0: there is none. */
static size_t find_body(const struct text *t, size_t at)
{
    for (int headers = 0; headers < 8; headers++) {
        at = skip_blanks(t, at);
        size_t n = run_of(t, at, BASE64, 64);
        if (n >= 40)
            return is_example(t, at, n) ? 0 : at;
        size_t word = run_of(t, at, WEB, 40);
        if (word == 0 || !has(t, at + word, ":"))
            return 0;
        at = skip_line(t, at);
    }
    return 0;
}

/* Fill in a key whose body begins at BEGIN. */
static bool take_key(const struct text *t, size_t begin, const char *kind,
                     struct token *out)
{
    size_t end = begin;

    while (end < t->len && t->s[end] && t->s[end] != '-' && t->s[end] != ':')
        end++;
    *out = (struct token){kind, begin, end};
    return true;
}

static bool is_pem(const struct text *t, size_t at, struct token *out)
{
    static const char begin[] = "-----BEGIN ", dashes[] = "-----";

    if (!has(t, at, begin))
        return false;
    size_t label = at + strlen(begin);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        size_t end = label + strlen(keys[i].label);
        if (!has(t, label, keys[i].label) || !has(t, end, dashes))
            continue;
        size_t body = find_body(t, end + strlen(dashes));
        return body && take_key(t, body, keys[i].kind, out);
    }
    return false;
}

/* PuTTY's keys have the public half first. */
static bool is_putty(const struct text *t, size_t at, struct token *out)
{
    static const char lines[] = "Private-Lines: ";

    if (!has(t, at, "PuTTY-User-Key-File-"))
        return false;
    for (size_t i = at; i < t->len; i = skip_line(t, i))
        if (has(t, i, lines)) {
            size_t body = find_body(t, skip_line(t, i));
            return body && take_key(t, body, "private key (PuTTY)", out);
        }
    return false;
}

/* ---- all ----------------------------------------------------------------- */

bool tokens_at(const char *text, size_t len, size_t at, struct token *out)
{
    if (at >= len || !tokens_firsts[(unsigned char)text[at]])
        return false;
    const struct text t = {text, at + MIN(len - at, TOKENS_LONGEST)};
    switch (text[at]) {
    case '-':
        return is_pem(&t, at, out);
    case 'e':
        return is_jwt(&t, at, out);
    case 'P':
        return is_putty(&t, at, out);
    }
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        if (shapes[i].prefix[0] == text[at] &&
            is_shape(&t, at, &shapes[i], out))
            return true;
    return false;
}
