/* SPDX-License-Identifier: MIT */
/* test_credentials.c - the file of docker login: private, and not only ours */
#include "image/credentials.h"

#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "check_main.h"

static char dir[] = "/tmp/minibox-credentials-XXXXXX";

static void setup(void)
{
    strcpy(dir + strlen(dir) - 6, "XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(dir));
    setenv("DOCKER_CONFIG", dir, 1);
    (void)umask(022);
}

static void teardown(void)
{
    mb_autofree char *path = mb_printf("%s/config.json", dir);

    (void)unlink(path);
    ck_assert_msg(rmdir(dir) == 0, "something is left in %s", dir);
}

static void write_config(const char *text, mode_t mode)
{
    mb_autofree char *path = mb_printf("%s/config.json", dir);

    ck_assert(fs_write(AT_FDCWD, path, text, strlen(text), NULL) == 0);
    ck_assert(chmod(path, mode) == 0);
}

static json_t *read_config(void)
{
    mb_autofree char *path = mb_printf("%s/config.json", dir);

    return json_load_file(path, 0, NULL);
}

static mode_t config_mode(void)
{
    mb_autofree char *path = mb_printf("%s/config.json", dir);
    struct stat st;

    ck_assert(stat(path, &st) == 0);
    return st.st_mode & 07777;
}

static void save(const char *registry, char *user, char *password)
{
    const struct credentials login = {user, password};
    struct mb_error err;

    ck_assert_msg(credentials_save(registry, &login, &err) == 0, "%s", err.msg);
}

static void expect(const char *registry, const char *user, const char *password)
{
    struct credentials c;
    struct mb_error err;

    ck_assert_msg(credentials_load(registry, &c, &err) == 0, "%s", err.msg);
    ck_assert_pstr_eq(c.user, user);
    ck_assert_pstr_eq(c.password, password);
    credentials_done(&c);
}

START_TEST(test_there_and_back)
{
    expect("host:5000", NULL, NULL);
    save("host:5000", "alice", "a:colon, \"quotes\" and \xc3\xa4");
    expect("host:5000", "alice", "a:colon, \"quotes\" and \xc3\xa4");
    expect("host", NULL, NULL);
    save("host:5000", "bob", "");
    expect("host:5000", "bob", "");
    ck_assert_int_eq(config_mode(), 0600);
}
END_TEST

START_TEST(test_becomes_private)
{
    write_config("{}", 0644);
    save("host", "alice", "x");
    ck_assert_int_eq(config_mode(), 0600);
}
END_TEST

START_TEST(test_docker_reads_it)
{
    save("docker.io", "alice", "secret");
    json_t *document = read_config();
    const char *auth = NULL;

    ck_assert(json_unpack(document, "{s:{s:{s:s}}}", "auths",
                          "https://index.docker.io/v1/", "auth", &auth) == 0);
    ck_assert_str_eq(auth, "YWxpY2U6c2VjcmV0");
    json_decref(document);
}
END_TEST

/* Other people's keys, in the file and beside ours. */
START_TEST(test_the_rest_stays)
{
    static const char rest[] =
        "{\"auths\": {\"other\": {\"auth\": \"YTpi\", \"email\": \"x\"}},"
        " \"credsStore\": \"pass\", \"detachKeys\": \"ctrl-e\","
        " \"n\": [1, 2.5, null, true], \"psFormat\": \"\\u00e4\"}";

    json_t *before = json_loads(rest, 0, NULL);
    write_config(rest, 0600);
    save("host", "alice", "x");
    expect("other", "a", "b");
    expect("host", "alice", "x");
    ck_assert_int_eq(credentials_remove("host", NULL), 1);
    ck_assert_int_eq(credentials_remove("host", NULL), 0);
    json_t *after = read_config();
    ck_assert(json_equal(before, after));
    json_decref(before);
    json_decref(after);
}
END_TEST

static const char *const damaged[] = {
    "",     "{",  "[]", "{\"auths\": {\"host\": {\"auth\": \"YTpi\"}}",
    "null", "\"", "{}x"};

/* It says so, and touches nothing. */
START_TEST(test_damaged)
{
    const struct credentials login = {"alice", "x"};
    mb_autofree char *path = mb_printf("%s/config.json", dir);
    mb_autobuf struct buf text = BUF_INIT;
    struct credentials c;
    struct mb_error err;

    write_config(damaged[_i], 0600);
    ck_assert_int_eq(credentials_load("host", &c, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.msg, "config.json"));
    ck_assert(!c.user && !c.password);
    ck_assert_int_eq(credentials_save("host", &login, &err), -1);
    ck_assert_int_eq(credentials_remove("host", &err), -1);
    ck_assert(fs_read(AT_FDCWD, path, 1000, &text, NULL) == 0);
    ck_assert_str_eq(text.s, damaged[_i]);
}
END_TEST

/* A login that is none, in a file that is one. */
static const struct {
    const char *auth;
    int result;
} logins[] = {
    {"\"!!!!\"", -1}, /* no base64 */
    {"\"YWI\"", -1},  /* cut */
    {"\"YWJj\"", -1}, /* no colon */
    {"\"\"", -1},     /* nothing in it */
    {"5", 0},         /* not for us: as if there were none */
    {"null", 0},      {"{}", 0},
};

START_TEST(test_odd_logins)
{
    mb_autofree char *text =
        mb_printf("{\"auths\": {\"host\": {\"auth\": %s}}}", logins[_i].auth);
    struct credentials c;
    struct mb_error err;

    write_config(text, 0600);
    ck_assert_msg(credentials_load("host", &c, &err) == logins[_i].result, "%s",
                  logins[_i].auth);
    ck_assert(!c.user && !c.password);
    credentials_done(&c);
}
END_TEST

START_TEST(test_auths_of_another_type)
{
    write_config("{\"auths\": []}", 0600);
    expect("host", NULL, NULL);
    ck_assert_int_eq(credentials_remove("host", NULL), 0);
    save("host", "alice", "x");
    expect("host", "alice", "x");
}
END_TEST

START_TEST(test_basic)
{
    const struct credentials login = {"Aladdin", "open sesame"};
    mb_autofree char *basic = credentials_basic(&login);

    ck_assert_str_eq(basic, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
}
END_TEST

/* For each length of the padding. */
START_TEST(test_lengths)
{
    char password[] = "0123456789";

    for (size_t len = sizeof password; len-- > 0;) {
        password[len] = '\0';
        save("host", "u", password);
        expect("host", "u", password);
    }
}
END_TEST

START_TEST(test_directory)
{
    mb_autofree char *chosen = credentials_dir();
    ck_assert_str_eq(chosen, dir);
    setenv("DOCKER_CONFIG", "", 1);
    setenv("HOME", "/home/x", 1);
    mb_autofree char *usual = credentials_dir();
    ck_assert_str_eq(usual, "/home/x/.docker");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("credentials");
    TCase *tc = tcase_create("all");

    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, test_there_and_back);
    tcase_add_test(tc, test_becomes_private);
    tcase_add_test(tc, test_docker_reads_it);
    tcase_add_test(tc, test_the_rest_stays);
    tcase_add_loop_test(tc, test_damaged, 0, sizeof damaged / sizeof *damaged);
    tcase_add_loop_test(tc, test_odd_logins, 0, sizeof logins / sizeof *logins);
    tcase_add_test(tc, test_auths_of_another_type);
    tcase_add_test(tc, test_basic);
    tcase_add_test(tc, test_lengths);
    tcase_add_test(tc, test_directory);
    suite_add_tcase(suite, tc);
    return check_main(suite);
}
