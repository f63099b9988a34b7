/* SPDX-License-Identifier: MIT */
/* test_fetch.c - a file from a server, which may do what it likes */
#include "engine/fetch.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include "programs.h"

#define DATE "Last-Modified: Sat, 03 Feb 2001 04:05:06 GMT\r\n"
#define FOUND "HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: "

static const struct {
    const char *path, *answer;
} answers[] = {
    {"/f.txt", "HTTP/1.1 200 OK\r\n" DATE "Content-Length: 4\r\n\r\ntext"},
    {"/undated", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ntext"},
    {"/a%20b", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"},
    {"/", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"},
    {"/%2e%2e", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"},
    {"/d/..%2f..%2fetc", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"},
    {"/to", FOUND "/f.txt\r\n\r\n"},
    {"/round", FOUND "/round\r\n\r\n"},
    {"/ftp", FOUND "ftp://h/x\r\n\r\n"},
    {"/nowhere", "HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n"},
    {"/cut", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ntext"},
    {"/broken", "HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n"},
};

static int port;
static pid_t server;
static struct digest any, sum;
static char *path;

/* Answer one connection, and close it. */
static void serve(int client)
{
    static const char none[] =
        "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
    const char *answer = none;
    char request[4096] = "";
    size_t len = 0;
    ssize_t n;

    while (!strstr(request, "\r\n\r\n") &&
           (n = read(client, request + len, sizeof request - 1 - len)) > 0)
        len += n;
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        mb_autofree char *line = mb_printf("GET %s", answers[i].path);
        if (starts_with(request, line) && strchr(" ?", request[strlen(line)]))
            answer = answers[i].answer;
    }
    (void)fs_write_all(client, answer, strlen(answer), NULL);
    close(client);
}

static void setup(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    tmp_setup();
    ck_assert_int_eq(bind(listener, (void *)&address, size), 0);
    ck_assert_int_eq(listen(listener, 8), 0);
    ck_assert_int_eq(getsockname(listener, (void *)&address, &size), 0);
    port = ntohs(address.sin_port);
    server = fork();
    if (server == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (int client; (client = accept(listener, NULL, NULL)) >= 0;)
            serve(client);
        _exit(0);
    }
    close(listener);
    sum = digest_of("text", 4);
    path = NULL;
}

static void teardown(void)
{
    free(path);
    kill(server, SIGKILL);
    waitpid(server, NULL, 0);
    tmp_teardown();
}

static int fetch(const char *name, const struct digest *checksum)
{
    mb_autofree char *url = mb_printf("http://127.0.0.1:%d%s", port, name);
    mb_autofree char *dir = mb_printf("%s/got", tmp_dir);

    return fetch_url(url, checksum, dir, &path, &err);
}

static void expect_name(const char *name)
{
    mb_autofree char *expected = mb_printf("%s/got/%s", tmp_dir, name);

    ck_assert_str_eq(path, expected);
}

/* ---- what comes ---------------------------------------------------------- */

START_TEST(test_file)
{
    mb_autobuf struct buf text = BUF_INIT;
    struct stat st;

    ck_assert_ok(fetch("/f.txt", &sum));
    expect_name("f.txt");
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert_int_eq(st.st_mode & 07777, 0600);
    ck_assert_int_eq(st.st_mtim.tv_sec, 981173106);
    ck_assert_ok(fs_read(AT_FDCWD, path, 100, &text, &err));
    ck_assert_str_eq(text.s, "text");
}
END_TEST

/* It is called as the Dockerfile has it. */
static const struct {
    const char *url, *name;
} names[] = {
    {"/to", "to"},           {"/f.txt?x=/y", "f.txt"},
    {"/f.txt#z", "f.txt"},   {"/a%20b", "a b"},
    {"/", "__unnamed__"},    {"/%2e%2e", "__unnamed__"},
    {"/undated", "undated"}, {"/d/..%2f..%2fetc", "etc"},
};

START_TEST(test_names)
{
    ck_assert_ok(fetch(names[_i].url, &any));
    expect_name(names[_i].name);
}
END_TEST

START_TEST(test_undated)
{
    struct stat st;

    ck_assert_ok(fetch("/undated", &any));
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert_int_eq(st.st_mtim.tv_sec, 0);
}
END_TEST

/* ---- what does not ------------------------------------------------------- */

static const struct {
    const char *url, *says;
} bad[] = {
    {"/nosuch", "the server says 404"},
    {"/broken", "the server says 500"},
    {"/nowhere", "the server says 302"},
    {"/round", "sent on more than 10 times"},
    {"/ftp", "the server sends us to \"ftp://h/x\""},
    {"/cut", ""},
};

START_TEST(test_bad)
{
    ck_assert_int_eq(fetch(bad[_i].url, &any), -1);
    ck_assert_msg(strstr(err.msg, bad[_i].says) != NULL, "%s", err.msg);
    ck_assert(starts_with(err.msg, "ADD http://127.0.0.1:"));
    ck_assert_ptr_null(path);
}
END_TEST

START_TEST(test_checksum)
{
    struct digest other = digest_of("other", 5);

    ck_assert_int_eq(fetch("/f.txt", &other), -1);
    ck_assert_ptr_nonnull(strstr(err.msg, "digest mismatch"));
    ck_assert_ptr_nonnull(strstr(err.msg, other.hex));
    ck_assert_ptr_nonnull(strstr(err.msg, sum.hex));
}
END_TEST

START_TEST(test_no_server)
{
    mb_autofree char *dir = mb_printf("%s/got", tmp_dir);

    ck_assert_int_eq(fetch_url("file:///etc/passwd", &any, dir, &path, &err),
                     -1);
    ck_assert_ptr_nonnull(strstr(err.msg, "not a URL of a server"));
    kill(server, SIGKILL);
    waitpid(server, NULL, 0);
    ck_assert_int_eq(fetch("/f.txt", &any), -1);
    ck_assert_ptr_null(path);
}
END_TEST

/* ---- digests ------------------------------------------------------------- */

static struct digest digest_now(const char *name)
{
    mb_autofree char *file = mb_printf("%s/%s", tmp_dir, name);
    struct digest digest;

    ck_assert_ok(fetch_digest(file, &digest, &err));
    return digest;
}

/* Bytes, name and time count; where the file lies does not. */
START_TEST(test_digest)
{
    const struct timespec times[2] = {{7, 0}, {7, 0}}, late[2] = {{8, 0}};

    tmp_mkdir("a");
    tmp_mkdir("b");
    tmp_file("a/f", "text");
    tmp_file("b/f", "text");
    tmp_file("b/g", "text");
    for (const char *const *n = (const char *[]){"a/f", "b/f", "b/g", NULL}; *n;
         n++)
        ck_assert_int_eq(utimensat(tmp_fd, *n, times, 0), 0);
    struct digest a = digest_now("a/f"), b = digest_now("b/f"),
                  g = digest_now("b/g");
    ck_assert(digest_equal(&a, &b));
    ck_assert(!digest_equal(&a, &g));
    const struct timespec changed[2] = {late[0], late[0]};
    ck_assert_int_eq(utimensat(tmp_fd, "b/f", changed, 0), 0);
    b = digest_now("b/f");
    ck_assert(!digest_equal(&a, &b));
    tmp_file("b/f", "test");
    ck_assert_int_eq(utimensat(tmp_fd, "b/f", times, 0), 0);
    b = digest_now("b/f");
    ck_assert(!digest_equal(&a, &b));
    ck_assert_int_eq(fetch_digest("/nosuch/f", &a, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.msg, "/nosuch/f"));
}
END_TEST

#define N(table) (int)(sizeof(table) / sizeof *(table))

int main(int argc, char **argv)
{
    (void)argc;
    with_programs(argv);
    Suite *suite = suite_create("fetch");
    TCase *tests = tcase_create("fetch");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, test_file);
    tcase_add_loop_test(tests, test_names, 0, N(names));
    tcase_add_test(tests, test_undated);
    tcase_add_loop_test(tests, test_bad, 0, N(bad));
    tcase_add_test(tests, test_checksum);
    tcase_add_test(tests, test_no_server);
    tcase_add_test(tests, test_digest);
    suite_add_tcase(suite, tests);
    return check_main(suite);
}
