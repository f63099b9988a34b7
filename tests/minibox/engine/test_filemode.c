/* SPDX-License-Identifier: MIT */
/* test_filemode.c - what --chmod makes of permissions */
#include "engine/filemode.h"

#include <string.h>
#include <sys/stat.h>

#include "check_main.h"

static struct mb_error err;

static const struct {
    const char *text;
    mode_t old;
    int mode;
} good[] = {
    {"755", 0600, 0755},
    {"0", 0777, 0},
    {"04755", 0, 04755},
    {"7777", 0, 07777},
    {"u+x", 0644, 0744},
    {"go-w", 0666, 0644},
    {"a=r", 0755, 0444},
    {"u=rwx,go=rx", 0, 0755},
    {"u+r-w", 0200, 0400},
    {"go=", 0777, 0700},
    {"+x", 0644, 0755},
    {"-r", 0644, 0200},
    /* nobody is named: what the umask forbids stays */
    {"+w", 0444, 0644},
    {"-w", 0666, 0466},
    {"a+w", 0444, 0666},
    {"g=u", 0640, 0660},
    {"o=g", 0750, 0755},
    {"u+s", 0755, 04755},
    {"g+s", 0755, 02755},
    {"+t", 0755, 01755},
    {"a-st", 07755, 0755},
    /* X: directories, and what somebody may run */
    {"a+X", S_IFREG | 0644, 0644},
    {"a+X", S_IFREG | 0744, 0755},
    {"a+X", S_IFDIR | 0644, 0755},
    {"u=rwX,go=rX", S_IFREG | 0600, 0644},
    {"u=rwX,go=rX", S_IFDIR | 0700, 0755},
    {"ug+w,o-r", 0444, 0660},
    /* the type of the file is none of our business */
    {"u+x", S_IFREG | 0600, 0700},
};

START_TEST(applies)
{
    int mode = filemode_apply(good[_i].text, good[_i].old, &err);

    ck_assert_msg(mode == good[_i].mode, "%s of %o: %o", good[_i].text,
                  good[_i].old, mode);
}
END_TEST

static const char *const bad[] = {
    "",         "8",    "10000", "0x1ff",     "-1",     "99999999999999999999",
    "u",        "x",    "u+y",   "u+x,",      ",u+x",   "u~x",
    "u+x go-w", " 755", "755 ",  "rwxr-xr-x", "u+rwxq",
};

START_TEST(refuses)
{
    err = (struct mb_error){0};
    ck_assert_int_eq(filemode_apply(bad[_i], 0644, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.msg, bad[_i]));
    ck_assert_ptr_nonnull(strstr(err.hint, "chmod(1)"));
}
END_TEST

#define N(table) (int)(sizeof(table) / sizeof *(table))

int main(void)
{
    Suite *suite = suite_create("filemode");
    TCase *tests = tcase_create("filemode");

    tcase_add_loop_test(tests, applies, 0, N(good));
    tcase_add_loop_test(tests, refuses, 0, N(bad));
    suite_add_tcase(suite, tests);
    return check_main(suite);
}
