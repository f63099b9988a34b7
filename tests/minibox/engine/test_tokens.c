/* SPDX-License-Identifier: MIT */
/*
 * test_tokens.c - tokens and keys: a hit and a near miss of each
 *
 * None of them is anybody's.  They are written in pieces, so that those who
 * search this file for secrets find none.
 */
#include "engine/tokens.h"

#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "check_main.h"

#define MIXED "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3hI6kL9nO2qR5tU8wX1zA4cD7fG0"
#define HEX "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0"
#define UPPER "QX2KJ7MNP4RST6VWZ3ABC5DEFGH8QX2KJ7MNP4RST6VWZ3ABC5DEFGH8QX"
#define LINE "MIIEowIBAAKCAQEA6yCv+BLrRP/dMPBXJWK21c0aqxIX6JkODL4K+zlyEURt"

/* A prefix, an alphabet, the least length, whether that is also the most. */
static const struct {
    const char *prefix, *body, *kind;
    int length;
    bool exact;
} shapes[] = {
    {"AK"
     "IA",
     UPPER, "AWS access key id", 16, true},
    {"AS"
     "IA",
     UPPER, "AWS access key id", 16, true},
    {"gh"
     "p_",
     MIXED, "GitHub token", 36, false},
    {"gh"
     "o_",
     MIXED, "GitHub token", 36, false},
    {"gh"
     "u_",
     MIXED, "GitHub token", 36, false},
    {"gh"
     "s_",
     MIXED, "GitHub token", 36, false},
    {"gh"
     "r_",
     MIXED, "GitHub token", 36, false},
    {"github"
     "_pat_",
     MIXED, "GitHub token", 60, false},
    {"gl"
     "pat-",
     MIXED, "GitLab token", 20, false},
    {"gl"
     "rt-",
     MIXED, "GitLab token", 20, false},
    {"gl"
     "dt-",
     MIXED, "GitLab token", 20, false},
    {"xo"
     "xb-",
     MIXED, "Slack token", 20, false},
    {"xo"
     "xp-",
     MIXED, "Slack token", 20, false},
    {"xo"
     "xa-",
     MIXED, "Slack token", 20, false},
    {"xo"
     "xr-",
     MIXED, "Slack token", 20, false},
    {"xo"
     "xs-",
     MIXED, "Slack token", 20, false},
    {"xa"
     "pp-",
     MIXED, "Slack token", 20, false},
    {"https://hooks.slack"
     ".com/services/",
     MIXED, "Slack webhook", 30, false},
    {"https://discord"
     ".com/api/webhooks/",
     MIXED MIXED, "Discord webhook", 80, false},
    {"S"
     "K",
     HEX, "Twilio key", 32, true},
    {"sq0c"
     "sp-",
     MIXED, "Square key", 43, true},
    {"AI"
     "za",
     MIXED, "Google API key", 35, true},
    {"GOC"
     "SPX-",
     MIXED, "Google client secret", 28, true},
    {"ya"
     "29.",
     MIXED, "Google access token", 30, false},
    {"sk"
     "_live_",
     MIXED, "Stripe key", 16, false},
    {"rk"
     "_live_",
     MIXED, "Stripe key", 16, false},
    {"np"
     "m_",
     MIXED, "npm token", 36, true},
    {"py"
     "pi-AgE",
     MIXED, "PyPI token", 50, false},
    {"dckr"
     "_pat_",
     MIXED, "Docker Hub token", 20, false},
    {"h"
     "f_",
     MIXED, "Hugging Face token", 34, false},
    {"sk"
     "-proj-",
     MIXED, "OpenAI key", 40, false},
    {"sk"
     "-ant-",
     MIXED, "Anthropic key", 40, false},
    {"S"
     "G.",
     MIXED "123456", "SendGrid key", 66, true},
    {"dop"
     "_v1_",
     HEX, "DigitalOcean token", 64, true},
    {"hv"
     "s.",
     MIXED, "Vault token", 24, false},
    {"shp"
     "at_",
     HEX, "Shopify token", 32, true},
    {"da"
     "pi",
     HEX, "Databricks token", 32, true},
    {"ruby"
     "gems_",
     HEX, "RubyGems key", 48, true},
    {"tskey"
     "-auth-",
     MIXED, "Tailscale key", 20, false},
    {"gl"
     "sa_",
     MIXED, "Grafana token", 40, false},
    {"NR"
     "AK-",
     UPPER, "New Relic key", 27, true},
    {"ATA"
     "TT3",
     MIXED, "Atlassian token", 60, false},
    {"Account"
     "Key=",
     MIXED "aB3dE6gH9jK2mN5pQ8sT1vW4==", "Azure storage key", 86, false},
    {"AGE-"
     "SECRET-KEY-1",
     UPPER, "private key (age)", 58, true},
    {"LS0tLS1CRUdJTi"
     "BQUklWQVRF",
     MIXED "AAAA", "private key (in base64)", 64, false},
    {"LS0tLS1CRUdJTi"
     "BSU0EgUFJJ",
     MIXED "AAAA", "private key (in base64)", 64, false},
    {"LS0tLS1CRUdJTi"
     "BFQyBQUklW",
     MIXED "AAAA", "private key (in base64)", 64, false},
    {"LS0tLS1CRUdJTi"
     "BPUEVOU1NI",
     MIXED "AAAA", "private key (in base64)", 64, false},
};
enum { N_SHAPES = sizeof shapes / sizeof *shapes };

/* The token at AT of a text, which is handed over without a NUL behind it; ""
 * is none. */
static const char *kind_at(const char *text, size_t at)
{
    mb_autofree char *copy = mb_alloc(strlen(text));
    struct token token = {0};

    memcpy(copy, text, strlen(text));
    bool found = tokens_at(copy, strlen(text), at, &token);
    ck_assert(!found || (at <= token.begin && token.begin < token.end &&
                         token.end <= strlen(text)));
    return found ? token.kind : "";
}

static char *token_of(int i, int length)
{
    return mb_printf("%s%.*s", shapes[i].prefix, length, shapes[i].body);
}

START_TEST(shape_is_found)
{
    mb_autofree char *token = token_of(_i, shapes[_i].length);
    mb_autofree char *in_text = mb_printf("x='%s';", token);
    mb_autofree char *escaped = mb_printf("x\\n%s\\n", token);

    ck_assert_str_eq(kind_at(token, 0), shapes[_i].kind);
    ck_assert_str_eq(kind_at(in_text, 3), shapes[_i].kind);
    ck_assert_str_eq(kind_at(escaped, 3), shapes[_i].kind);
}
END_TEST

START_TEST(shape_that_is_near_is_not)
{
    mb_autofree char *shorter = token_of(_i, shapes[_i].length - 1);
    mb_autofree char *token = token_of(_i, shapes[_i].length);
    mb_autofree char *longer = mb_printf("%s2", token);
    mb_autofree char *inside = mb_printf("Q%s", token);
    char *same = mb_strdup(token);

    ck_assert_str_eq(kind_at(shorter, 0), "");
    ck_assert_str_eq(kind_at(inside, 1), "");
    if (shapes[_i].exact)
        ck_assert_str_eq(kind_at(longer, 0), "");
    memset(same + strlen(shapes[_i].prefix), 'A', shapes[_i].length);
    ck_assert_str_eq(kind_at(same, 0), "");
    free(same);
}
END_TEST

/* ---- tokens of their own ------------------------------------------------- */

#define PARTS "eyJhbGciOiJIUzI1NiJ9", "eyJzdWIiOiJtZSJ9", "s0me-S1gnature_2468"

static char *jwt_of(const char *a, const char *b, const char *c)
{
    return mb_printf("%s.%s.%s", a, b, c);
}

START_TEST(jwt)
{
    mb_autofree char *whole = jwt_of(PARTS);
    mb_autofree char *two = mb_strndup(whole, strrchr(whole, '.') - whole);
    mb_autofree char *open = mb_printf("%s.", two);
    mb_autofree char *other = jwt_of("eyJhbGciOiJIUzI1NiJ9", "plain", "x");

    ck_assert_str_eq(kind_at(whole, 0), "JSON web token");
    ck_assert_str_eq(kind_at(two, 0), "");
    ck_assert_str_eq(kind_at(open, 0), "");
    ck_assert_str_eq(kind_at(other, 0), "");
}
END_TEST

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
enum { N_KEYS = sizeof keys / sizeof *keys };

START_TEST(key_needs_a_body)
{
    const char *label = keys[_i].label;
    mb_autofree char *first = mb_printf("-----BEGIN %s-----", label);
    mb_autofree char *last = mb_printf("-----END %s-----", label);
    mb_autofree char *key = mb_printf("%s\n%s\n%s\n", first, LINE, last);
    mb_autofree char *json = mb_printf("\"%s\\n%s\\n%s\"", first, LINE, last);
    mb_autofree char *headers =
        mb_printf("%s\r\nProc-Type: 4,ENCRYPTED\r\nDEK-Info: AES\r\n\r\n%s\r\n",
                  first, LINE);
    mb_autofree char *empty = mb_printf("%s\n%s\n", first, last);
    mb_autofree char *prose = mb_printf("%s and so on, with words", first);
    mb_autofree char *dots = mb_printf("%s\n...\n%s", first, last);
    mb_autofree char *cut = mb_printf("%s\n%.30s\n%s", first, LINE, last);

    ck_assert_str_eq(kind_at(key, 0), keys[_i].kind);
    ck_assert_str_eq(kind_at(json, 1), keys[_i].kind);
    ck_assert_str_eq(kind_at(headers, 0), keys[_i].kind);
    ck_assert_str_eq(kind_at(first, 0), "");
    ck_assert_str_eq(kind_at(empty, 0), "");
    ck_assert_str_eq(kind_at(prose, 0), "");
    ck_assert_str_eq(kind_at(dots, 0), "");
    ck_assert_str_eq(kind_at(cut, 0), "");
}
END_TEST

START_TEST(public_halves_are_no_keys)
{
    static const char *const labels[] = {
        "PUBLIC KEY", "CERTIFICATE", "RSA PUBLIC KEY", "PGP PUBLIC KEY BLOCK"};

    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++) {
        mb_autofree char *key =
            mb_printf("-----BEGIN %s-----\n%s\n", labels[i], LINE);
        ck_assert_str_eq(kind_at(key, 0), "");
    }
}
END_TEST

START_TEST(putty)
{
    mb_autofree char *key =
        mb_printf("PuTTY-User-Key-File-2: ssh-rsa\nEncryption: none\n"
                  "Public-Lines: 1\n%s\nPrivate-Lines: 1\n%s\n",
                  LINE, LINE);
    mb_autofree char *half = mb_strndup(key, strstr(key, "Private") - key);

    ck_assert_str_eq(kind_at(key, 0), "private key (PuTTY)");
    ck_assert_str_eq(kind_at(half, 0), "");
}
END_TEST

START_TEST(examples_are_none)
{
    ck_assert_str_eq(kind_at("AKIA"
                             "IOSFODNN7EXAMPLE",
                             0),
                     "");
    ck_assert_str_eq(kind_at("sk"
                             "_test_" MIXED,
                             0),
                     "");
}
END_TEST

START_TEST(entropy)
{
    ck_assert(tokens_entropy("", 0) == 0);
    ck_assert(tokens_entropy("aaaa", 4) == 0);
    ck_assert(tokens_entropy("abab", 4) == 1);
    ck_assert(tokens_entropy("0123456789abcdef", 16) == 4);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tokens");
    TCase *tests = tcase_create("tokens");

    tcase_add_loop_test(tests, shape_is_found, 0, N_SHAPES);
    tcase_add_loop_test(tests, shape_that_is_near_is_not, 0, N_SHAPES);
    tcase_add_test(tests, jwt);
    tcase_add_loop_test(tests, key_needs_a_body, 0, N_KEYS);
    tcase_add_test(tests, public_halves_are_no_keys);
    tcase_add_test(tests, putty);
    tcase_add_test(tests, examples_are_none);
    tcase_add_test(tests, entropy);
    suite_add_tcase(suite, tests);
    return check_main(suite);
}
