/* SPDX-License-Identifier: MIT */
/* test_keydiff.c - keys, and what makes two of them differ */
#include "engine/keydiff.h"

#include <string.h>

#include "base/mem.h"
#include "check_main.h"
#include "engine/key.h"

/* ---- key ---------------------------------------------------------------- */

START_TEST(test_key_is_digest_of_text)
{
    mb_autokey struct key key = KEY_INIT;

    key_begin(&key, "RUN");
    key_add_plain(&key, "below", NULL, "77");
    key_add(&key, "text", "EOF", "abc");
    key_finish(&key);
    ck_assert_str_eq(
        key.text.s,
        "step RUN\nbelow 77\ntext EOF ba7816bf8f01cfea414140de5dae2223b0"
        "0361a396177a9cb410ff61f20015ad\n");
    struct digest want = digest_of(key.text.s, strlen(key.text.s));
    ck_assert(digest_equal(&key.digest, &want));
}
END_TEST

/* "a" "bc" is not "ab" "c", and nothing is not one empty word. */
START_TEST(test_key_words)
{
    char *const lists[][3] = {{"a", "bc"}, {"ab", "c"}, {""}, {NULL}, {"abc"}};
    struct digest digests[5];

    for (int i = 0; i < 5; i++) {
        mb_autokey struct key key = KEY_INIT;
        mb_autostrv struct strv words = {0};
        strv_add_all(&words, lists[i]);
        key_add_words(&key, "command", &words);
        key_finish(&key);
        digests[i] = key.digest;
        for (int k = 0; k < i; k++)
            ck_assert(!digest_equal(&digests[k], &digests[i]));
    }
}
END_TEST

/* The order of variables is nothing that a command depends on, and no value
 * is readable. */
START_TEST(test_key_variables)
{
    char *const lists[][3] = {{"B=two words", "A=1"}, {"A=1", "B=two words"}};
    struct key keys[2] = {KEY_INIT, KEY_INIT};

    for (int i = 0; i < 2; i++) {
        mb_autostrv struct strv env = {0};
        strv_add(&env, lists[i][0]);
        strv_add(&env, lists[i][1]);
        key_add_variables(&keys[i], &env);
    }
    ck_assert_str_eq(keys[0].text.s, keys[1].text.s);
    ck_assert_ptr_nonnull(strstr(keys[0].text.s, "variable B "));
    ck_assert_ptr_null(strstr(keys[0].text.s, "words"));
    key_done(&keys[0]);
    key_done(&keys[1]);
}
END_TEST

/* ---- keydiff ------------------------------------------------------------ */

/* All reasons, each with ";" behind. */
static char *reasons(const char *before, const char *now)
{
    struct keydiff diff;
    struct buf text = BUF_INIT;

    keydiff_find(before, now, &diff);
    for (size_t i = 0; i < diff.reasons.n; i++)
        buf_addf(&text, "%s;", diff.reasons.v[i]);
    ck_assert_uint_eq(diff.different, diff.reasons.n);
    keydiff_done(&diff);
    return buf_take(&text);
}

static const struct {
    const char *before, *now, *want;
} cases[] = {
    {"step X\nbelow 1\n", "step X\nbelow 1\n", ""},
    {"below 1\n", "below 2\n",
     "the layers below: others (a step above made other files);"},
    {"command 1\n", "command 2\n", "the command: another;"},
    {"variable V 1\n", "variable V 2\n", "variable V: other value;"},
    {"", "variable V 1\n", "variable V: new;"},
    {"variable V 1\n", "", "variable V: gone;"},
    {"file a 100644:1\n", "file a 100644:2\n", "a: other content;"},
    {"file a 100644:1\n", "file a 100755:1\n", "a: other mode;"},
    {"file a 40755\n", "file a 40700\n", "a: other mode;"},
    {"file a 40755\n", "file a 100644:1\n", "a: other content;"},
    {"file a 1,0,0,7:1\n", "file a 1,0,0,8:1\n", "a: other time;"},
    {"file a 1,0,0,7:1\n", "file a 1,0,5,8:1\n", "a: other owner;"},
    {"file a 1,0,0,7:1\n", "file a 1,5,0,7:1\n", "a: other owner;"},
    {"file a 1,0,0,7:1\n", "file a 12,0,0,8:1\n", "a: other mode;"},
    {"file a 1,0,0,7\n", "file a 1,0,0,77\n", "a: other time;"},
    {"file a 1,0,0,7:1\n", "file a 1,0,0,7:2\n", "a: other content;"},
    {"file a 1:1\n", "file a 1,5,5:1\n", "a: other owner;"},
    {"file a 1,5,5:1\n", "file a 1:1\n", "a: other owner;"},
    {"file a 1,0\n", "file a 1,0,0,7\n", "a: other owner;"},
    {"file a 1,0,0\n", "file a 1,0,0,7\n", "a: other time;"},
    {"", "whiteout a -\n", "the removal of a: new;"},
    {"directory 1\n", "directory 2\n", "the directory: another;"},
    {"file a b 1:1\n", "file a b 1:2\n", "a b: other content;"},
    {"file a 1:1\nfile c 1:1\n", "file b 1:1\nfile c 1:1\n", "a: gone;b: new;"},
    /* order is not content, neighbours are not each other */
    {"file b 1:1\nfile a 1:1\n", "file a 1:1\nfile b 1:1\n", ""},
    {"file a 1:1\nfile a-b 1:1\nfile a b 1:1\n",
     "file a-b 1:1\nfile a b 1:2\nfile a 1:1\n", "a b: other content;"},
    /* what a later version may write */
    {"colour 1\n", "colour 2\n", "colour: another;"},
    /* what nobody wrote */
    {"nospace\n\n \n", "nospace\n", ": gone;"},
};

START_TEST(test_reasons)
{
    mb_autofree char *got = reasons(cases[_i].before, cases[_i].now);

    ck_assert_str_eq(got, cases[_i].want);
}
END_TEST

START_TEST(test_counts)
{
    struct keydiff diff;

    keydiff_find("step RUN\nbelow 1\nuser 1\nclock 1\n",
                 "step RUN\nbelow 1\nuser 1\nclock 2\nworkdir 1\n", &diff);
    ck_assert_uint_eq(diff.same, 3);
    ck_assert_uint_eq(diff.different, 2);
    ck_assert(diff.related);
    keydiff_done(&diff);
    keydiff_find("step RUN\nbelow 1\nuser 1\n", "step RUN\nbelow 2\nuser 1\n",
                 &diff);
    ck_assert(!diff.related);
    keydiff_done(&diff);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("keydiff");
    TCase *tc = tcase_create("keydiff");

    tcase_add_test(tc, test_key_is_digest_of_text);
    tcase_add_test(tc, test_key_words);
    tcase_add_test(tc, test_key_variables);
    tcase_add_loop_test(tc, test_reasons, 0, sizeof cases / sizeof *cases);
    tcase_add_test(tc, test_counts);
    suite_add_tcase(suite, tc);
    return check_main(suite);
}
