/* SPDX-License-Identifier: MIT */
/*
 * cli/archive.c - save, load
 *
 * Problem   An image has to get to a machine that no registry reaches.
 * Idea      One file (image/save, image/archive).  These commands say which
 *           file.
 * Rules     1. An archive is not for a terminal, and a terminal is none.
 * Read      docker-image-save(1), docker-image-load(1); lessons/17-archive.md
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/command.h"
#include "cli/output.h"
#include "image/archive.h"
#include "image/save.h"

/* ---- save --------------------------------------------------------------- */

struct save_words {
    const char *output;
};
const struct option_row save_options[] = {
    {'o', "output", OPTION_STRING, offsetof(struct save_words, output), "FILE",
     "Write to a file, instead of standard output"},
    {0},
};
static const char save_docker_only[] = "platform";

int command_save(struct call *call, struct mb_error *err)
{
    mb_autostrv struct strv words = {0};
    struct save_words w = {0};
    struct output output;

    if (call_parse(call, save_docker_only, &w, &words, err) < 0 ||
        call_need_words(call, &words, 1, (size_t)-1, err) < 0 ||
        output_open(&output, w.output, "save image", err) < 0)
        return -1;
    int result = call_open_store(call, err);
    if (result == 0)
        result = save_images(&call->store, &words, output.fd, err);
    if (result < 0)
        mb_wrap(err, "save");
    return output_close(&output, result, err);
}

/* ---- load --------------------------------------------------------------- */

struct load_words {
    const char *input;
    bool quiet;
};
const struct option_row load_options[] = {
    {'i', "input", OPTION_STRING, offsetof(struct load_words, input), "FILE",
     "Read from a file, instead of standard input"},
    {'q', "quiet", OPTION_FLAG, offsetof(struct load_words, quiet), NULL,
     "Accepted for docker's sake"},
    {0},
};
static const char load_docker_only[] = "platform";

int command_load(struct call *call, struct mb_error *err)
{
    mb_autostrv struct strv words = {0}, lines = {0};
    struct load_words w = {0};
    struct stat st;

    if (call_parse(call, load_docker_only, &w, &words, err) < 0 ||
        call_need_words(call, &words, 0, 0, err) < 0)
        return -1;
    if (!w.input && isatty(STDIN_FILENO))
        return mb_failx(err, "requested load from stdin, but stdin is empty");
    mb_autoclose int fd =
        w.input ? open(w.input, O_RDONLY | O_CLOEXEC) : dup(STDIN_FILENO);
    if (fd < 0)
        return mb_fail(err, "open %s", w.input ? w.input : "standard input");
    const char *name = w.input ? w.input : "standard input";
    if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
        mb_failx(err, "load %s: it is a directory", name);
        return mb_hint(err, "tar c -C %s . | minibox load", name);
    }
    struct reader reader = reader_from_fd(fd);
    int result = call_open_store(call, err);
    if (result == 0)
        result = archive_load(&call->store, &reader, &lines, err);
    for (size_t i = 0; i < lines.n; i++)
        puts(lines.v[i]);
    return result < 0 ? mb_wrap(err, "load %s", name) : 0;
}
