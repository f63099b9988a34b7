/* SPDX-License-Identifier: MIT */
#ifndef CONTAINER_FIXTURE_H
#define CONTAINER_FIXTURE_H

/*
 * An image of one layer, made of this machine's static busybox, and a spec to
 * run it by:
 *
 *     TMP/image/     bin/busybox, bin/sh, etc/passwd   the layer
 *     TMP/skeleton/  proc sys dev etc                  below it
 *     TMP/c/         upper/ and work/ come here
 *     TMP/canary/f   must be as it was, at the end
 */

#include "linux/caps.h"
#include "linux/spawn.h"
#include "runtime/container.h"
#include "sandbox.h"

static struct container_spec spec;
static struct container_result result;
static int output; /* read end of the pipe that is the container's 1 and 2 */
static int output_in;
static bool have_busybox;

/* A copy of the machine's busybox; false if there is no static one. */
static inline bool copy_busybox(void)
{
    mb_autobuf struct buf bytes = BUF_INIT;

    if (fs_read(AT_FDCWD, "/bin/busybox", 16 << 20, &bytes, NULL) < 0 ||
        memmem(bytes.s, bytes.len < 4096 ? bytes.len : 4096, "/ld-", 4))
        return false;
    ck_assert_ok(
        fs_write(tmp_fd, "image/bin/busybox", bytes.s, bytes.len, &err));
    ck_assert_int_eq(fchmodat(tmp_fd, "image/bin/busybox", 0755, 0), 0);
    ck_assert_int_eq(symlinkat("busybox", tmp_fd, "image/bin/sh"), 0);
    return true;
}

/* The spec of `docker run IMAGE` without options. */
static inline void make_spec(void)
{
    int fds[2];

    ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
    ck_assert_int_ge(fcntl(fds[1], F_SETPIPE_SZ, 1 << 20), 0);
    output = fds[0];
    output_in = fds[1];
    spec = (struct container_spec){
        .id = "0123456789abcdef0123456789abcdef"
              "0123456789abcdef0123456789abcdef",
        .dir = mb_printf("%s/c", tmp_dir),
        .cwd = "/",
        .hostname = "box",
        .caps = caps_docker_default,
        .out = fds[1],
        .errors = fds[1],
    };
    strv_addf(&spec.lowers, "%s/image", tmp_dir);
    strv_addf(&spec.lowers, "%s/skeleton", tmp_dir);
    strv_add(&spec.env, "PATH=/bin");
}

static inline void container_setup(void)
{
    static const char *const dirs[] = {
        "image/bin",    "image/etc",    "image/tmp",    "skeleton/proc",
        "skeleton/sys", "skeleton/dev", "skeleton/etc", "c",
        "canary",
    };

    tmp_setup();
    for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++)
        tmp_mkdir(dirs[i]);
    tmp_file("canary/f", "alive");
    tmp_file("image/etc/passwd", "root:x:0:0::/root:/bin/sh\n"
                                 "ann:x:1000:1001::/home/ann:/bin/sh\n");
    tmp_file("image/etc/group", "video:x:44:ann\n");
    ck_assert_int_eq(fchmodat(tmp_fd, "image/tmp", 01777, 0), 0);
    have_busybox = copy_busybox();
    if (can_be_root())
        be_root(); /* as `minibox` does at its door */
    make_spec();
}

static inline void container_teardown(void)
{
    mb_autofree char *file = mb_printf("%s/canary/f", tmp_dir);
    mb_autofree char *text = text_of(file);

    ck_assert_str_eq(text, "alive");
    strv_done(&spec.lowers);
    strv_done(&spec.argv);
    strv_done(&spec.env);
    strv_done(&spec.tmpfs);
    free((char *)spec.dir);
    close(output);
    close(output_in);
    tmp_teardown();
}

/* May containers run here at all?  `if (!can_run()) return skip(...)`. */
static inline bool can_run(void)
{
    return have_busybox && geteuid() == 0;
}

/* The command: sh -c SCRIPT. */
static inline void set_script(const char *script)
{
    strv_done(&spec.argv);
    strv_add(&spec.argv, "sh");
    strv_add(&spec.argv, "-c");
    strv_add(&spec.argv, script);
}

/* What has come out so far.  Caller frees. */
static inline char *take_output(void)
{
    struct buf text = BUF_INIT;
    struct pollfd p = {.fd = output, .events = POLLIN};
    char chunk[4096];

    while (poll(&p, 1, 0) > 0 && (p.revents & POLLIN)) {
        ssize_t n = read(output, chunk, sizeof chunk);
        if (n <= 0)
            break;
        buf_add(&text, chunk, n);
    }
    return buf_take(&text);
}

/* Run the container; its exit code, or -1 with `err`. */
static inline int run_spec(void)
{
    err = (struct mb_error){0};
    if (container_run(&spec, NULL, NULL, &result, &err) < 0)
        return -1;
    return result.exit_code;
}

/* Run SCRIPT: it must print EXPECTED and end well. */
static inline void expect_output(const char *script, const char *expected)
{
    set_script(script);
    int code = run_spec();
    mb_autofree char *text = take_output();

    ck_assert_msg(code == 0, "%s: status %d: %s%s", script, code, text,
                  err.msg);
    ck_assert_str_eq(text, expected);
}

#define NO_CONTAINERS "no static busybox, or no user namespaces"

#endif
