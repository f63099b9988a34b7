/* SPDX-License-Identifier: MIT */
/*
 * guest.c - one command in a machine of its own
 *
 * Problem   Some things can't be tried on the host: it has cgroups v1, or its
 *           kernel lacks a feature, or it must not be touched at all.  And a
 *           machine can fail in ways that a process can't: it may never start,
 *           panic, or go on for ever.
 * Idea      Boot a kernel with an initramfs that holds the command's files, and
 *           minibox-guest as its init.  Then be the cable between its serial
 *           ports and our descriptors, with an eye on the clock.
 *
 *             initramfs                  guest              here
 *             /init (minibox-guest) -->  kernel: panic -->  console, kept
 *             /rootfs/...           -->  command: stdout -> out_fd
 *             /overlay.ko                         stderr -> err_fd
 *             /command: argv, env        init: "ready"  ->  start the clock
 *                                              "exit=3" ->  *out_status
 *
 * Rules     1. QEMU's own exit status says nothing: it is 0 after a panic too.
 *              Only the record "exit=N" counts, and without it the guest died.
 *           2. The command file comes last: in a guest with too little memory
 *              the kernel drops the end of the archive, without a word.
 *           3. Look at the clock in every round: a guest that floods a port
 *              never lets poll(2) run out of time.
 *           4. After a kill go on reading: the end of file tells the end.
 * Read      initrd(4), poll(2); lesson 11
 */
#include "vm/guest.h"

#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "linux/program.h"
#include "vm/cpio.h"
#include "vm/kernel.h"
#include "vm/qemu.h"

#define INIT "minibox-guest"
enum { MEMORY_MB = 256, BOOT_S = 30, TIMEOUT_S = 60, LEAVE_S = 5 };
enum { KEPT = 8192 }; /* bytes of a port that are kept for the end */

/* A guest while it runs. */
struct run {
    struct kernel kernel;
    struct qemu qemu;
    int sinks[QEMU_PORTS];        /* where bytes go; -1: nowhere */
    struct buf texts[QEMU_PORTS]; /* where they are kept otherwise */
    unsigned memory_mb;
    unsigned limits[2];         /* seconds: to start, to run */
    long long deadline;         /* milliseconds */
    bool ready, exited, killed; /* said by its init; done by us */
};

/* ---- what goes in ------------------------------------------------------- */

/* The strings of V, each as TAG, itself and a NUL. */
static void add_strings(struct buf *text, char tag, char *const *v)
{
    for (; v && *v; v++) {
        buf_addc(text, tag);
        buf_add(text, *v, strlen(*v) + 1);
    }
}

/* The file that tells minibox-guest what to run. */
static int add_command(int archive, const struct guest *guest,
                       struct mb_error *err)
{
    static char *const env[] = {
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME=/root", NULL};
    mb_autobuf struct buf text = BUF_INIT;

    add_strings(&text, 'a', guest->argv);
    add_strings(&text, 'e', guest->env ? guest->env : env);
    return cpio_add_data(archive, "command", text.s, text.len, err);
}

/* The initramfs; returns its descriptor. */
static int pack(const struct guest *guest, const struct kernel *kernel,
                struct mb_error *err)
{
    mb_autofree char *init = program_sibling(INIT);
    mb_autofree char *overlay =
        kernel_module(kernel, "fs/overlayfs/overlay.ko");
    mb_autoclose int archive = cpio_start(err);

    if (archive < 0 || cpio_add_file(archive, init, "init", 0755, err) < 0)
        return -1;
    if (overlay && cpio_add_file(archive, overlay, "overlay.ko", 0644, err) < 0)
        return -1;
    for (size_t i = 0; i < guest->n_files; i++) {
        const struct guest_file *f = &guest->files[i];
        mb_autofree char *name =
            mb_printf("rootfs/%s", f->name + strspn(f->name, "/"));
        if (cpio_add_file(archive, f->source, name, f->mode, err) < 0)
            return -1;
    }
    if (add_command(archive, guest, err) < 0 || cpio_finish(archive, err) < 0)
        return -1;
    int result = archive;
    archive = -1;
    return result;
}

/* Memory for the guest in MB.  The archive is there twice while the kernel
 * unpacks it, and a tmpfs takes at most half of the memory. */
static unsigned memory_for(const struct guest *guest, int archive)
{
    struct stat st = {0};

    if (guest->memory_mb)
        return guest->memory_mb;
    (void)fstat(archive, &st);
    return MEMORY_MB + 3 * (st.st_size >> 20);
}

/* ---- the clock ---------------------------------------------------------- */

static long long now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

static void allow(struct run *run, unsigned seconds)
{
    run->deadline = now_ms() + seconds * 1000LL;
}

/* Milliseconds left, for poll(2). */
static int time_left(const struct run *run)
{
    long long left = run->deadline - now_ms();
    return left > 0 ? left : 0;
}

/* Its time is over: rule 4. */
static int pull_the_plug(struct run *run, struct mb_error *err)
{
    if (run->killed)
        return mb_failx(err, "QEMU can't be killed");
    run->killed = true;
    allow(run, LEAVE_S);
    return kill(run->qemu.pid, SIGKILL) < 0 ? mb_fail(err, "kill QEMU") : 0;
}

/* ---- what comes out ----------------------------------------------------- */

/* Write it all, but don't wait past the deadline for a reader that sleeps. */
static int deliver(const struct run *run, int sink, const char *data,
                   size_t size, struct mb_error *err)
{
    struct pollfd p = {.fd = sink, .events = POLLOUT};

    while (size > 0) {
        if (poll(&p, 1, time_left(run)) == 0)
            return mb_failx(err, "nobody reads what the guest prints");
        ssize_t n = write(sink, data, size);
        if (n < 0 && errno != EINTR && errno != EAGAIN)
            return mb_fail(err, "pass on what the guest prints");
        data += n < 0 ? 0 : n;
        size -= n < 0 ? 0 : n;
    }
    return 0;
}

/* Keep the end of what a port says, as one text without odd characters. */
static void keep(struct buf *text, char *data, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (data[i] != '\n' && !isprint((unsigned char)data[i]))
            data[i] = ' ';
    if (text->len + size > KEPT) {
        size_t dropped = text->len > KEPT / 2 ? text->len - KEPT / 2 : 0;
        text->len -= dropped;
        memmove(text->s, text->s + dropped, text->len + 1);
    }
    buf_add(text, data, size);
}

/* The record NAME of the control port, or NULL: behind its name, and whole. */
static const char *record(const struct run *run, const char *name)
{
    const char *p = run->texts[QEMU_CONTROL].s;

    for (; *p; p += strcspn(p, "\n"), p += *p == '\n')
        if (starts_with(p, name) && strchr(p, '\n'))
            return p + strlen(name);
    return NULL;
}

/* The guest's init has said something: the clock may have to be set. */
static void listen_to_init(struct run *run)
{
    if (!run->ready && record(run, "ready")) {
        run->ready = true;
        allow(run, run->limits[1]);
    }
    if (!run->exited && (record(run, "exit=") || record(run, "fail="))) {
        run->exited = true;
        allow(run, LEAVE_S);
    }
}

/* Take what there is on PORT.  At most PIPE_BUF bytes, so that a pipe that is
 * ready for writing takes them without blocking. */
static int take(struct run *run, enum qemu_port port, struct mb_error *err)
{
    char data[4096];
    ssize_t n = read(run->qemu.ports[port], data, sizeof data);

    if (n < 0 && errno == EINTR)
        return 0;
    if (n < 0)
        return mb_fail(err, "read from the guest");
    if (n == 0) {
        close(run->qemu.ports[port]);
        run->qemu.ports[port] = -1;
        return 0;
    }
    if (run->sinks[port] >= 0)
        return deliver(run, run->sinks[port], data, n, err);
    keep(&run->texts[port], data, n);
    if (port == QEMU_CONTROL)
        listen_to_init(run);
    return 0;
}

/* Be the cable until QEMU has ended. */
static int serve(struct run *run, struct mb_error *err)
{
    struct pollfd polls[QEMU_PORTS];

    for (;;) {
        int open_ports = 0;
        for (int i = 0; i < QEMU_PORTS; i++) {
            polls[i] = (struct pollfd){run->qemu.ports[i], POLLIN, 0};
            open_ports += run->qemu.ports[i] >= 0;
        }
        if (open_ports == 0)
            return 0;
        if (poll(polls, QEMU_PORTS, time_left(run)) < 0 && errno != EINTR)
            return mb_fail(err, "poll(2)");
        for (int i = 0; i < QEMU_PORTS; i++)
            if (polls[i].revents && take(run, i, err) < 0)
                return -1;
        if (time_left(run) == 0 && pull_the_plug(run, err) < 0) /* rule 3 */
            return -1;
    }
}

/* ---- the verdict -------------------------------------------------------- */

/* What the console said of interest: the panic, or else its last line. */
static char *last_words(const struct run *run)
{
    const char *text = run->texts[QEMU_CONSOLE].s;
    const char *panic = strstr(text, "Kernel panic");
    const char *line = panic;
    size_t length = strlen(text);

    if (panic)
        return mb_strndup(line, strcspn(line, "\n"));
    while (length > 0 && isspace((unsigned char)text[length - 1]))
        length--;
    for (line = text + length; line > text && line[-1] != '\n';)
        line--;
    if (length == 0)
        return mb_strdup("(nothing on its console)");
    return mb_strndup(line, text + length - line);
}

/* Turn the records and the console into a result: rule 1. */
static int verdict(const struct run *run, int *out_status, struct mb_error *err)
{
    const char *exit_record = record(run, "exit=");
    const char *failure = record(run, "fail=");
    mb_autofree char *words = last_words(run);

    if (exit_record) {
        *out_status = atoi(exit_record) & 0xff;
        return 0;
    }
    if (run->killed && run->ready && !failure) {
        mb_failx(err, "the command did not end within %u seconds",
                 run->limits[1]);
        return mb_code(err, GUEST_TIMED_OUT);
    }
    if (failure)
        mb_failx(err, "in the guest: %.*s", (int)strcspn(failure, "\n"),
                 failure);
    else if (run->killed)
        mb_failx(err, "the guest did not start within %u seconds: %s",
                 run->limits[0], words);
    else
        mb_failx(err, "the guest died %s: %s",
                 run->ready ? "under the command" : "while it started", words);
    return mb_hint(err, "it had %u MB of memory and the kernel %s",
                   run->memory_mb, run->kernel.path);
}

int guest_run(const struct guest *guest, int out_fd, int err_fd,
              int *out_status, struct mb_error *err)
{
    struct run run = {
        .sinks = {-1, out_fd, err_fd, -1},
        .texts = {BUF_INIT, BUF_INIT, BUF_INIT, BUF_INIT},
        .limits = {guest->boot_s ? guest->boot_s : BOOT_S,
                   guest->timeout_s ? guest->timeout_s : TIMEOUT_S},
    };

    if (kernel_find(&run.kernel, err) < 0)
        return -1;
    mb_autoclose int archive = pack(guest, &run.kernel, err);
    if (archive < 0)
        return -1;
    run.memory_mb = memory_for(guest, archive);
    if (qemu_start(run.kernel.path, archive, run.memory_mb, &run.qemu, err) < 0)
        return -1;
    allow(&run, run.limits[0]);
    int result = serve(&run, err);
    qemu_stop(&run.qemu);
    if (result == 0)
        result = verdict(&run, out_status, err);
    for (int i = 0; i < QEMU_PORTS; i++)
        buf_done(&run.texts[i]);
    return result;
}

int guest_available(struct mb_error *err)
{
    mb_autofree char *init = program_sibling(INIT);
    struct kernel kernel;

    if (qemu_available(err) < 0 || kernel_find(&kernel, err) < 0)
        return -1;
    if (access(init, R_OK) < 0) {
        mb_fail(err, "open %s", init);
        return mb_hint(err, "make builds it");
    }
    return 0;
}
