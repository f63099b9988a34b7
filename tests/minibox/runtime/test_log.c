/* SPDX-License-Identifier: MIT */
/* test_log.c - what is written to a log, and read out of it again */
#include "runtime/log.h"

#include <sys/file.h>

#include "runtime/logread.h"
#include "sandbox.h"

static struct log_writer writer;
static struct container c;

static void log_setup(void)
{
    tmp_setup();
    c = (struct container){.dir = tmp_dir};
    ck_assert_ok(log_open(tmp_dir, &writer, &err));
}

static void put(enum log_stream stream, const char *text)
{
    ck_assert_ok(log_write(&writer, stream, text, strlen(text), &err));
}

/* ---- reading back -------------------------------------------------------- */

/* Each record as "o F text|". */
static int note(const struct log_record *record, void *argument)
{
    buf_addf(argument, "%c %c %.*s|", record->stream == LOG_STDERR ? 'e' : 'o',
             record->whole ? 'F' : 'P', (int)record->size, record->text);
    return 0;
}

static void caught_up(void *argument)
{
    (void)argument;
}

static char *read_back(long tail, const char *since)
{
    struct buf text = BUF_INIT;
    const struct logread how = {.tail = tail,
                                .since = since,
                                .record = note,
                                .caught_up = caught_up,
                                .argument = &text};

    ck_assert_ok(logread_run(&c, &how, &err));
    return buf_take(&text);
}

#define READS(tail, want)                                                      \
    do {                                                                       \
        mb_autofree char *back = read_back(tail, NULL);                        \
        ck_assert_str_eq(back, want);                                          \
    } while (0)

START_TEST(test_lines)
{
    put(LOG_STDOUT, "one\ntw");
    put(LOG_STDERR, "\n");
    put(LOG_STDOUT, "o\nthree");
    READS(-1, "o F one|e F |o F two|");
    ck_assert_ok(log_close(&writer, &err));
    READS(-1, "o F one|e F |o F two|o P three|");
    READS(2, "o F two|o P three|");
    READS(0, "");
    READS(100, "o F one|e F |o F two|o P three|");
}
END_TEST

START_TEST(test_since)
{
    put(LOG_STDOUT, "one\n");
    mb_autofree char *all = read_back(-1, "2020-01-01T00:00:00");
    ck_assert_str_eq(all, "o F one|");
    mb_autofree char *none = read_back(-1, "2999");
    ck_assert_str_eq(none, "");
    ck_assert_ok(log_close(&writer, &err));
}
END_TEST

/* 40,000 bytes without a newline: three records. */
START_TEST(test_long_line)
{
    mb_autofree char *line = mb_alloc(40001);

    memset(line, 'x', 40000);
    put(LOG_STDOUT, line);
    put(LOG_STDOUT, "\nnext\n");
    ck_assert_ok(log_close(&writer, &err));
    mb_autofree char *got = read_back(-1, NULL);
    ck_assert_int_eq(strlen(got), 40000 + 3 * 5 + strlen("o F next|"));
    ck_assert_ptr_nonnull(strstr(got, "x|o F next|"));
    READS(1, "o F next|");
}
END_TEST

START_TEST(test_goes_on)
{
    put(LOG_STDOUT, "one\n");
    ck_assert_ok(log_close(&writer, &err));
    ck_assert_ok(log_open(tmp_dir, &writer, &err));
    put(LOG_STDOUT, "two\n");
    ck_assert_ok(log_close(&writer, &err));
    READS(-1, "o F one|o F two|");
}
END_TEST

START_TEST(test_no_log)
{
    ck_assert_ok(log_close(&writer, &err));
    ck_assert_ok(fs_remove_tree(tmp_fd, "log", &err));
    READS(-1, "");
}
END_TEST

/* What is in no record's form is passed over. */
START_TEST(test_foreign_lines)
{
    const char *junk = "junk\n\n2026-11-25T15:04:05.123456789Z x F y\n";

    put(LOG_STDOUT, "one\n");
    ck_assert_ok(fs_write_all(writer.fd, junk, strlen(junk), &err));
    put(LOG_STDOUT, "two\n");
    ck_assert_ok(log_close(&writer, &err));
    READS(-1, "o F one|o F two|");
}
END_TEST

/* ---- bounds ----------------------------------------------------------- */

/* Fill N files. */
static void fill(int n)
{
    mb_autofree char *line = mb_alloc(LOG_RECORD + 2);

    memset(line, 'x', LOG_RECORD);
    line[LOG_RECORD] = '\n';
    for (int i = 0; i < n * (LOG_FILE_SIZE / LOG_RECORD); i++)
        put(LOG_STDOUT, line);
}

START_TEST(test_bounded)
{
    unsigned long first, last;

    fill(7);
    log_find(writer.dir, &first, &last);
    ck_assert_uint_ge(last, 8);
    ck_assert_uint_eq(last - first + 1, LOG_FILES);
    ck_assert_ok(log_close(&writer, &err));
}
END_TEST

/* Rule 2 of the log: a file that is being read stays, and what follows it. */
START_TEST(test_reader_keeps)
{
    unsigned long first, last;
    mb_autoclose int reader = openat(tmp_fd, "log/1", O_RDONLY | O_CLOEXEC);

    ck_assert_int_eq(flock(reader, LOCK_SH), 0);
    fill(7);
    log_find(writer.dir, &first, &last);
    ck_assert_uint_eq(first, 1);
    mb_cleanup_close(&reader);
    fill(1);
    log_find(writer.dir, &first, &last);
    ck_assert_uint_eq(last - first + 1, LOG_FILES);
    ck_assert_ok(log_close(&writer, &err));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("runtime/log");
    TCase *tc = tcase_create("log");

    tcase_set_timeout(tc, 60);
    tcase_add_checked_fixture(tc, log_setup, tmp_teardown);
    tcase_add_test(tc, test_lines);
    tcase_add_test(tc, test_since);
    tcase_add_test(tc, test_long_line);
    tcase_add_test(tc, test_goes_on);
    tcase_add_test(tc, test_no_log);
    tcase_add_test(tc, test_foreign_lines);
    tcase_add_test(tc, test_bounded);
    tcase_add_test(tc, test_reader_keeps);
    suite_add_tcase(suite, tc);
    return check_main(suite);
}
