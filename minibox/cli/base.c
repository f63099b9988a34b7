/* SPDX-License-Identifier: MIT */
/*
 * cli/base.c - minibox base, minibox import
 *
 * Problem   A first image, without a registry.
 * Idea      busybox: from the static busybox of this machine.  debian: from a
 *           Debian that mmdebstrap makes out of the packages this machine
 *           itself installs from.  import: from any tar.
 * Rules     1. mmdebstrap makes a user namespace of its own, so it is started
 *              before we enter ours.
 *           2. A download that fails half way must not become an image: its
 *              exit status is looked at before the name is set.
 * Read      mmdebstrap(1), docker-import(1)
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "cli/command.h"
#include "engine/import.h"
#include "linux/program.h"
#include "linux/spawn.h"

struct base_words {
    const char *tag, *suite;
    bool quiet;
};
#define FIELD(f) offsetof(struct base_words, f)
const struct option_row base_options[] = {
    {'t', "tag", OPTION_STRING, FIELD(tag), "NAME[:TAG]",
     "Another name than busybox:latest or debian:CODENAME"},
    {0, "suite", OPTION_STRING, FIELD(suite), "CODENAME",
     "debian: another release than this machine's"},
    {'q', "quiet", OPTION_FLAG, FIELD(quiet), NULL, "Print the ID only"},
    {0},
};
#undef FIELD

static int say_made(const struct digest *id, const struct image_ref *ref,
                    bool quiet)
{
    if (quiet)
        printf(DIGEST_FMT "\n", id->hex);
    else
        printf("Made image %s (" DIGEST_SHORT ")\n", ref->familiar, id->hex);
    return 0;
}

/* ---- busybox ------------------------------------------------------------ */

/* Where distributions put it. */
static const char *find_busybox(void)
{
    static const char *const places[] = {
        "/bin/busybox", "/usr/bin/busybox", "/bin/busybox.static",
        "/usr/bin/busybox-static", "/sbin/busybox"};

    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (access(places[i], X_OK) == 0)
            return places[i];
    return places[0];
}

static int base_busybox(struct call *call, const struct base_words *w,
                        struct mb_error *err)
{
    struct image_ref ref;
    struct digest id;

    if (ref_parse(w->tag ? w->tag : "busybox", &ref, err) < 0)
        return -1;
    int result = call_open_store(call, err);
    if (result == 0)
        result = import_busybox(&call->store, find_busybox(), &ref, &id, err);
    if (result == 0)
        say_made(&id, &ref, w->quiet);
    ref_done(&ref);
    return result;
}

/* ---- debian ------------------------------------------------------------- */

/* A line KEY=value of /etc/os-release; caller frees, NULL if it is missing. */
static char *os_release(const char *key)
{
    mb_autobuf struct buf text = BUF_INIT;
    mb_autofree char *start = mb_printf("%s=", key);

    if (fs_read(AT_FDCWD, "/etc/os-release", 1 << 16, &text, NULL) < 0)
        return NULL;
    for (char *rest = text.s, *line; (line = strsep(&rest, "\n"));) {
        if (!starts_with(line, start))
            continue;
        char *value = line + strlen(start);
        value += *value == '"';
        value[strcspn(value, "\"")] = '\0';
        return mb_strdup(value);
    }
    return NULL;
}

/* Start mmdebstrap; its tar can be read from *out_fd. */
static pid_t start_mmdebstrap(const char *suite, bool quiet, int *out_fd,
                              struct mb_error *err)
{
    char *argv[] = {"mmdebstrap",
                    "--variant=minbase",
                    quiet ? "--quiet" : "--skip=none",
                    (char *)suite,
                    "-",
                    NULL};
    pid_t pid = program_start_reading(argv, out_fd, err);

    return pid < 0 ? mb_hint(err, "install the package mmdebstrap") : pid;
}

/* Rule 2: without a name first, and named when all went well. */
static int import_debian(struct call *call, int fd, pid_t pid,
                         const struct image_ref *ref, struct digest *out_id,
                         struct mb_error *err)
{
    mb_autostrv struct strv command = {0};
    struct import import = {
        .fd = fd, .command = &command, .comment = "minibox base debian"};

    strv_add(&command, "bash");
    int result = call_open_store(call, err);
    if (result == 0)
        result = import_tar(&call->store, &import, out_id, err);
    close(fd);
    int code = spawn_wait(pid, NULL);
    if (result == 0 && code != 0) {
        mb_failx(err, "mmdebstrap failed (status %d)", code);
        return mb_hint(err, "its own messages are above");
    }
    return result < 0 ? -1 : import_name(&call->store, out_id, ref, err);
}

static int base_debian(struct call *call, const struct base_words *w,
                       struct mb_error *err)
{
    mb_autofree char *codename = os_release("VERSION_CODENAME");
    mb_autofree char *distribution = os_release("ID");
    const char *suite = w->suite ? w->suite : codename;
    struct image_ref ref;
    struct digest id;
    int fd = -1;

    if (!suite) {
        mb_failx(err, "/etc/os-release names no VERSION_CODENAME");
        return mb_hint(err, "say --suite bookworm, for example");
    }
    bool ubuntu = distribution && strcmp(distribution, "ubuntu") == 0;
    mb_autofree char *name =
        mb_printf("%s:%s", ubuntu ? "ubuntu" : "debian", suite);
    if (ref_parse(w->tag ? w->tag : name, &ref, err) < 0)
        return -1;
    pid_t pid = start_mmdebstrap(suite, w->quiet, &fd, err); /* rule 1 */
    int result = pid < 0 ? -1 : import_debian(call, fd, pid, &ref, &id, err);
    if (result == 0)
        say_made(&id, &ref, w->quiet);
    ref_done(&ref);
    return result;
}

int command_base(struct call *call, struct mb_error *err)
{
    mb_autostrv struct strv words = {0};
    struct base_words w = {0};

    if (call_parse(call, NULL, &w, &words, err) < 0 ||
        call_need_words(call, &words, 1, 1, err) < 0)
        return -1;
    if (strcmp(words.v[0], "busybox") == 0)
        return base_busybox(call, &w, err);
    if (strcmp(words.v[0], "debian") == 0)
        return base_debian(call, &w, err);
    mb_failx(err, "minibox can't make a base image called \"%s\"", words.v[0]);
    return mb_hint(err, "busybox and debian it can");
}

/* ---- import ------------------------------------------------------------- */

struct import_words {
    const char *message;
};
const struct option_row import_options[] = {
    {'m', "message", OPTION_STRING, offsetof(struct import_words, message),
     "TEXT", "The comment that history shows"},
    {0},
};
static const char import_docker_only[] = "c change platform";

int command_import(struct call *call, struct mb_error *err)
{
    mb_autostrv struct strv words = {0}, no_command = {0};
    struct import_words w = {0};
    struct image_ref ref = {0};
    struct digest id;

    if (call_parse(call, import_docker_only, &w, &words, err) < 0 ||
        call_need_words(call, &words, 1, 2, err) < 0)
        return -1;
    const char *file = words.v[0];
    bool from_stdin = strcmp(file, "-") == 0;
    mb_autoclose int fd =
        from_stdin ? dup(STDIN_FILENO) : open(file, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return mb_fail(err, "open %s", file);
    if (words.n > 1 && ref_parse(words.v[1], &ref, err) < 0)
        return -1;
    mb_autofree char *comment = mb_printf("Imported from %s", file);
    const struct import import = {.fd = fd,
                                  .command = &no_command,
                                  .comment = w.message ? w.message : comment,
                                  .ref = words.n > 1 ? &ref : NULL};
    int result = call_open_store(call, err);
    if (result == 0)
        result = import_tar(&call->store, &import, &id, err);
    if (result == 0)
        printf(DIGEST_FMT "\n", id.hex);
    else
        mb_wrap(err, "import %s", file);
    ref_done(&ref);
    return result;
}
