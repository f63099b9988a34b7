/* SPDX-License-Identifier: MIT */
/* test_url.c - which server a URL leads to, and whether two are the same */
#include "image/url.h"

#include <string.h>

#include "base/mem.h"
#include "check_main.h"

static void same(const char *what, const char *a, const char *b)
{
    ck_assert_msg(a == b || (a && b && strcmp(a, b) == 0), "%s: %s, not %s",
                  what, a ? a : "NULL", b ? b : "NULL");
}

static const struct {
    const char *url, *origin, *host;
} urls[] = {
    {"https://Host.Example/v2/X", "https://host.example:443", "host.example"},
    {"HTTP://host.example", "http://host.example:80", "host.example"},
    {"https://host:5000/v2/", "https://host:5000", "host"},
    {"http://[::1]:5000/x", "http://[::1]:5000", "[::1]"},
    {"https://[::1]", "https://[::1]:443", "[::1]"},
    {"https://host?x", "https://host:443", "host"},
    {"https://host#x", "https://host:443", "host"},
    {"https://host/@evil.example", "https://host:443", "host"},
    /* no servers of ours */
    {"ftp://host/", NULL, ""},
    {"file:///etc/passwd", NULL, ""},
    {"host/x", NULL, ""},
    {"", NULL, ""},
    {"https://", NULL, ""},
    {"https:///x", NULL, ""},
    {"https://trusted@evil.example/", NULL, "trusted@evil.example"},
    {"https://trusted:443@evil.example/", NULL, "trusted"},
    {"https://host\\@evil.example/", NULL, "host\\@evil.example"},
    {"https://host:/", NULL, "host"},
    {"https://host:x/", NULL, "host"},
    {"https://host:80:81/", NULL, "host"},
    {"https://[::1", NULL, "[::1"},
    {"https://[::1]x/", NULL, "[::1]"},
    {"https://[]/", NULL, "[]"},
    {"https://a b/", NULL, "a b"},
    {"https://a%2eb/", NULL, "a%2eb"},
};

START_TEST(test_origin)
{
    mb_autofree char *origin = url_origin(urls[_i].url);
    mb_autofree char *host = url_host(urls[_i].url);

    same(urls[_i].url, origin, urls[_i].origin);
    same(urls[_i].url, host, urls[_i].host);
}
END_TEST

START_TEST(test_same_origin)
{
    static const struct {
        const char *a, *b;
        bool same;
    } pairs[] = {
        {"https://h/x", "https://H:443/y", true},
        {"http://h", "http://h:80/", true},
        {"https://h", "http://h", false},
        {"https://h", "https://h:444", false},
        {"https://h", "https://h.evil", false},
        {"https://a.h", "https://h", false},
        /* two that lead nowhere are not the same */
        {"ftp://h", "ftp://h", false},
        {"https://u@h", "https://u@h", false},
    };

    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        ck_assert_msg(url_same_origin(pairs[i].a, pairs[i].b) == pairs[i].same,
                      "%s %s", pairs[i].a, pairs[i].b);
        ck_assert(url_same_origin(pairs[i].b, pairs[i].a) == pairs[i].same);
    }
}
END_TEST

static const struct {
    const char *base, *location, *whole;
} places[] = {
    {"https://h/v2/a", "http://other/x", "http://other/x"},
    {"https://h/v2/a", "//other/x", "https://other/x"},
    {"https://h:1/v2/a", "/x?y", "https://h:1/x?y"},
    {"https://h/v2/a", "b", "https://h/v2/b"},
    {"https://h/v2/a/", "b", "https://h/v2/a/b"},
    {"https://h/v2/a?x=/y/", "b", "https://h/v2/b"},
    {"https://h", "b", "https://h/b"},
    {"https://h", "/b", "https://h/b"},
    /* "://" behind the first "/" is no scheme */
    {"https://h/v2/a", "/x?u=http://evil/", "https://h/x?u=http://evil/"},
    {"https://h/v2/a", "x/http://evil/", "https://h/v2/x/http://evil/"},
};

START_TEST(test_resolve)
{
    mb_autofree char *whole = url_resolve(places[_i].base, places[_i].location);

    same(places[_i].location, whole, places[_i].whole);
}
END_TEST

START_TEST(test_escape)
{
    mb_autobuf struct buf out = BUF_INIT;

    url_escape(&out, "repository:a/b:pull,push x&y=z\r\n%\xff+");
    ck_assert_str_eq(out.s,
                     "repository:a/b:pull,push%20x%26y%3Dz%0D%0A%25%FF%2B");
}
END_TEST

START_TEST(test_loopback)
{
    static const char *const yes[] = {"localhost",      "localhost:5000",
                                      "127.0.0.1",      "127.0.0.1:5000",
                                      "127.1.2.3:5000", "[::1]:5000"};
    static const char *const no[] = {"localhost.evil", "127.evil.example",
                                     "1.127.0.0",      "[::2]",
                                     "xlocalhost",     "registry:5000"};

    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
        ck_assert_msg(url_is_loopback(yes[i]), "%s", yes[i]);
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        ck_assert_msg(!url_is_loopback(no[i]), "%s", no[i]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("url");
    TCase *tc = tcase_create("all");

    tcase_add_loop_test(tc, test_origin, 0, sizeof urls / sizeof *urls);
    tcase_add_test(tc, test_same_origin);
    tcase_add_loop_test(tc, test_resolve, 0, sizeof places / sizeof *places);
    tcase_add_test(tc, test_escape);
    tcase_add_test(tc, test_loopback);
    suite_add_tcase(suite, tc);
    return check_main(suite);
}
