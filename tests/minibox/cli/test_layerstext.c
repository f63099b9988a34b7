/* SPDX-License-Identifier: MIT */
/* test_layerstext.c - the words in a picture of an image */
#include "cli/layerstext.h"

#include <string.h>

#include "base/mem.h"
#include "check_main.h"

/* ---- characters ---------------------------------------------------------- */

static const struct {
    const char *text, *clean;
} texts[] = {
    {"", ""},
    {"/usr/bin/x", "/usr/bin/x"},
    {"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", /* 2, 3 and 4 bytes */
     "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"},
    {"a\033[31mb", "a\\x1b[31mb"},
    {"a\nb\tc\177", "a\\x0ab\\x09c\\x7f"},
    {"\xff"
     "a",
     "\\xffa"},
    {"\x80", "\\x80"},
    {"\xc3", "\\xc3"}, /* cut off by the end */
    {"\xe2\x82", "\\xe2\\x82"},
    {"\xc3(", "\\xc3("},        /* ... or by another */
    {"\xc0\xaf", "\\xc0\\xaf"}, /* "/", by a detour */
    {"\xe0\x80\xaf", "\\xe0\\x80\\xaf"},
    {"\xed\xa0\x80", "\\xed\\xa0\\x80"},          /* a surrogate */
    {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"}, /* beyond the last one */
    {"\xf8\x88\x80\x80\x80", "\\xf8\\x88\\x80\\x80\\x80"},
    {"\xc2\x85", "\\xc2\\x85"},                  /* C1 */
    {"x\xe2\x80\xaetxt", "x\\xe2\\x80\\xaetxt"}, /* right to left */
    {"\xe2\x80\xa8", "\\xe2\\x80\\xa8"},         /* a line separator */
    {"\xef\xbb\xbf", "\\xef\\xbb\\xbf"},
    {"\xef\xbf\xbd", "\xef\xbf\xbd"}, /* the last one that is seen */
};

START_TEST(test_clean)
{
    mb_autofree char *clean = layerstext_clean(texts[_i].text, "");

    ck_assert_str_eq(clean, texts[_i].clean);
}
END_TEST

START_TEST(test_clean_keeps)
{
    mb_autofree char *clean = layerstext_clean("a\nb\tc\033", "\n\t");

    ck_assert_str_eq(clean, "a\nb\tc\\x1b");
}
END_TEST

/* ---- the history --------------------------------------------------------- */

static struct image image;
static struct layerstext_history history;

static void history_setup(void)
{
    image_init(&image);
    history = (struct layerstext_history){0};
}

static void history_teardown(void)
{
    layerstext_done(&history);
    image_done(&image);
}

/* A line of history, and a layer if it is not an EMPTY one. */
static void add_line(const char *created_by, bool empty)
{
    struct image_layer layer = {0};

    image_add_history(&image, 0, created_by, empty);
    if (!empty)
        image_append_layer(&image, &layer);
}

static const struct {
    const char *by, *instruction;
} lines[] = {
    {"RUN /bin/sh -c rm x # buildkit", "RUN rm x"},
    {"RUN |2 A=1 B=a b /bin/sh -c rm x # buildkit", "RUN rm x"},
    {"/bin/sh -c apt-get update", "RUN apt-get update"},
    {"/bin/sh -c #(nop)  CMD [\"sh\"]", "CMD [\"sh\"]"},
    {"/bin/sh -c #(nop) ADD file:12 in / ", "ADD file:12 in / "},
    {"COPY a /b # buildkit", "COPY a /b"},
    {"CMD [\"/bin/sh\" \"-c\" \"x\"]", "CMD [\"/bin/sh\" \"-c\" \"x\"]"},
    {"ENTRYPOINT /bin/sh -c x", "ENTRYPOINT /bin/sh -c x"},
    {"RUN python3 x # buildkit", "RUN python3 x"},
};

START_TEST(test_instruction)
{
    add_line(lines[_i].by, false);
    layerstext_read(&image, &history);
    ck_assert_str_eq(history.of_layer[0]->instruction, lines[_i].instruction);
    ck_assert_str_eq(history.of_layer[0]->created_by, lines[_i].by);
}
END_TEST

START_TEST(test_lines_and_layers)
{
    add_line("COPY a b", false);
    add_line("ENV A=1", true);
    add_line("COPY c d", false);
    layerstext_read(&image, &history);
    ck_assert_uint_eq(history.n, 3);
    ck_assert_int_eq(history.lines[0].layer, 0);
    ck_assert_int_eq(history.lines[1].layer, -1);
    ck_assert_int_eq(history.lines[2].layer, 1);
    ck_assert_str_eq(history.of_layer[1]->instruction, "COPY c d");
}
END_TEST

/* Two layers of a base that told nothing, and one with a line. */
START_TEST(test_fewer_lines)
{
    struct image_layer layer = {0};

    image_append_layer(&image, &layer);
    image_append_layer(&image, &layer);
    add_line("COPY c d", false);
    layerstext_read(&image, &history);
    ck_assert_uint_eq(history.n, 3);
    ck_assert_str_eq(history.of_layer[0]->instruction, "(no history)");
    ck_assert_str_eq(history.of_layer[1]->instruction, "(no history)");
    ck_assert_str_eq(history.of_layer[2]->instruction, "COPY c d");
}
END_TEST

/* Lines that claim layers that are not there. */
START_TEST(test_more_lines)
{
    image_add_history(&image, 0, "COPY a b", false);
    add_line("COPY c d", false);
    layerstext_read(&image, &history);
    ck_assert_int_eq(history.lines[0].layer, -1);
    ck_assert_int_eq(history.lines[1].layer, 0);
}
END_TEST

/* An imported image has a comment only. */
START_TEST(test_comment)
{
    struct image_layer layer = {0};

    image_append_layer(&image, &layer);
    json_array_append_new(json_object_get(image.config, "history"),
                          json_pack("{s:s}", "comment", "Imported from -"));
    layerstext_read(&image, &history);
    ck_assert_str_eq(history.of_layer[0]->instruction, "Imported from -");
}
END_TEST

/* ---- advice -------------------------------------------------------------- */

static void expect_advice(int from, int to, bool overwritten, const char *words)
{
    const struct waste_group group = {
        .brought_by = from, .hidden_by = to, .overwritten = overwritten};
    mb_autofree char *advice = layerstext_advice(&history, &group);

    ck_assert_msg(strstr(advice, words) != NULL, "%s", advice);
}

START_TEST(test_advice)
{
    add_line("/bin/sh -c #(nop) ADD file:12 in / ", false);
    add_line("RUN /bin/sh -c curl", false);
    add_line("RUN /bin/sh -c unzip", false);
    add_line("RUN /bin/sh -c rm", false);
    add_line("COPY a b", false);
    add_line("RUN /bin/sh -c rm b", false);
    add_line("WORKDIR /x", false);
    layerstext_read(&image, &history);
    expect_advice(1, 3, false, "one RUN: join layers 2 to 4");
    expect_advice(1, 2, false, "one RUN: join layers 2 and 3");
    expect_advice(1, 5, false, "one RUN: join the RUNs of layers 2 and 6");
    expect_advice(1, 3, true, "the RUN that makes it, layer 2");
    expect_advice(4, 5, true, "--chown");
    expect_advice(4, 5, false, ".dockerignore");
    expect_advice(0, 1, false, "base image");
    expect_advice(0, 4, true, "base image");
    expect_advice(6, 5, false, "layer 7");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("layerstext");
    TCase *tc = tcase_create("layerstext");

    tcase_add_checked_fixture(tc, history_setup, history_teardown);
    tcase_add_loop_test(tc, test_clean, 0, sizeof texts / sizeof *texts);
    tcase_add_test(tc, test_clean_keeps);
    tcase_add_loop_test(tc, test_instruction, 0, sizeof lines / sizeof *lines);
    tcase_add_test(tc, test_lines_and_layers);
    tcase_add_test(tc, test_fewer_lines);
    tcase_add_test(tc, test_more_lines);
    tcase_add_test(tc, test_comment);
    tcase_add_test(tc, test_advice);
    suite_add_tcase(suite, tc);
    return check_main(suite);
}
