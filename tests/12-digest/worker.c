/* SPDX-License-Identifier: MIT */
/*
 * worker.c - exercise 12: where hasher_finish(), digest_parse(), the reader of
 * gzip_open(), and blob_finish() are called
 *
 * The judge says what the bytes are made of; both sides make the same ones.
 */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "grader/act.h"
#include "image/blob.h"
#include "image/digest.h"
#include "image/gzip.h"

/* ---- step 1 ------------------------------------------------------------- */

/* Leave something behind on the stack: memory is not zero by itself. */
static __attribute__((noinline)) void dirty_stack(void)
{
    volatile char garbage[4096];

    for (size_t i = 0; i < sizeof garbage; i++)
        garbage[i] = 'x';
}

static void act_hash(void)
{
    struct {
        struct digest d;
        char behind[31], end;
    } out = {0};
    size_t length = strlen(arg("word")), half = length / 2;
    struct hasher h;

    hasher_init(&h);
    hasher_add(&h, arg("word"), half);
    hasher_add(&h, arg("word") + half, length - half);
    memset(&out, 'x', sizeof out - 1);
    dirty_stack();
    out.d = hasher_finish(&h);
    say("hex", "%s", (char *)&out);
}

/* ---- step 2 ------------------------------------------------------------- */

/* A copy of the text whose NUL is the last byte that may be read. */
static char *copy_to_the_edge(const char *s)
{
    enum { PAGE = 4096 };
    size_t size = strlen(s) + 1;
    char *pages = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (pages == MAP_FAILED || size > PAGE ||
        mprotect(pages + PAGE, PAGE, PROT_NONE) < 0)
        act_broken("map two pages");
    return memcpy(pages + PAGE - size, s, size);
}

/* Parse S into *out, which has other digits before. */
static int parse(const char *s, struct digest *out, struct mb_error *err)
{
    memset(out, 'z', sizeof *out);
    out->hex[64] = '\0';
    return digest_parse(copy_to_the_edge(s), out, err);
}

static void act_parse(void)
{
    struct mb_error err = {0};
    struct digest d;

    int result = parse(arg("text"), &d, &err);
    say_result("result", result, &err);
    say("hex", "%.65s", d.hex);
}

/* A good digest, and texts that are none: which are taken, which change *out?
 */
static void act_parse_all(void)
{
    json_t *texts = json_loads(arg("texts"), 0, NULL);
    struct mb_error no_err = {0};
    struct digest good;

    int result = parse(arg("good"), &good, &no_err);
    say_result("good", result, &no_err);
    for (size_t i = 0; i < json_array_size(texts); i++) {
        const char *one = json_string_value(json_array_get(texts, i));
        struct mb_error err = {0};
        struct digest d;
        if (parse(one, &d, &err) == 0)
            say("taken", "%s", one);
        else if (strspn(d.hex, "z") != 64)
            say("changed", "%s", one);
        else if (!*err.msg)
            say("silent", "%s", one);
        else
            say("refused", "%s", err.msg);
    }
}

/* ---- step 3 ------------------------------------------------------------- */

/* The bytes that the judge thinks of. */
static void make_content(struct buf *out)
{
    for (long i = 0; i < arg_int("lines"); i++)
        buf_addf(out, "%s %u\n", arg("word"), (unsigned)i * 2654435761U);
}

/* Hands out the content piece by piece; fails once where it is told to. */
struct source {
    struct reader reader;
    struct buf content;
    size_t given, piece, fails_at;
};

static ssize_t source_read(struct reader *reader, void *data, size_t size,
                           struct mb_error *err)
{
    struct source *s = (struct source *)reader;
    size_t n = s->content.len - s->given;

    if (s->fails_at && s->given >= s->fails_at) {
        s->content.len = s->given; /* after that it looks like the end */
        s->fails_at = 0;
        errno = arg_int("error");
        return mb_fail(err, "read the layer");
    }
    n = n < s->piece ? n : s->piece;
    n = n < size ? n : size;
    memcpy(data, s->content.s + s->given, n);
    s->given += n;
    return n;
}

static struct gzip *compress(struct source *s)
{
    struct mb_error err = {0};

    *s = (struct source){.reader.read = source_read,
                         .content = BUF_INIT,
                         .piece = arg_int("piece"),
                         .fails_at = arg_int("fails-at")};
    make_content(&s->content);
    struct gzip *gzip = gzip_open(&s->reader, &err);
    if (!gzip)
        act_broken(err.msg);
    return gzip;
}

static void act_gzip(void)
{
    size_t size = arg_int("buffer"), first = 0;
    mb_autofree char *buffer = mb_alloc(size);
    mb_autobuf struct buf out = BUF_INIT;
    struct mb_error err = {0};
    struct source source;
    ssize_t n;

    struct gzip *gzip = compress(&source);
    struct reader *reader = gzip_reader(gzip);
    while ((n = reader->read(reader, buffer, size, &err)) > 0) {
        first = first ? first : source.given;
        buf_add(&out, buffer, n);
    }
    say_result("result", n, &err);
    say("first", "%zu", first);
    say("given", "%zu", source.given);
    for (int i = 0; n == 0 && i < 10000; i++)
        n = reader->read(reader, buffer, size, &err);
    say("again", "%zd", n);
    if (fs_write(AT_FDCWD, "/tmp/out", out.s, out.len, &err) < 0)
        act_broken("write what came out");
    hold("compressed");
    gzip_free(gzip);
    buf_done(&source.content);
}

/* ---- step 4 ------------------------------------------------------------- */

/* A store with another blob in it. */
static void make_store(struct store *store)
{
    struct mb_error err = {0};
    struct digest other;

    setenv("MINIBOX_ROOT", "/tmp/store", 1);
    if (store_open(store, &err) < 0)
        act_broken(err.msg);
    if (blob_put(store, arg("other"), strlen(arg("other")), &other, &err) < 0)
        act_broken(err.msg);
}

/* Write the content, and come to the point where only its name is missing. */
static void begin_blob(struct blob_writer *w, const struct store *store)
{
    mb_autobuf struct buf content = BUF_INIT;
    struct mb_error err = {0};

    make_content(&content);
    size_t half = content.len / 2;
    if (blob_begin(w, store, &err) < 0 ||
        blob_add(w, content.s, half, &err) < 0 ||
        blob_add(w, content.s + half, content.len - half, &err) < 0)
        act_broken(err.msg);
}

static void finish_blob(struct blob_writer *w)
{
    struct mb_error err = {0};
    struct digest d = {0};

    int result = blob_finish(w, &d, &err);
    say_result("result", result, &err);
    say("hex", "%.65s", d.hex);
}

static void act_blob(void)
{
    struct blob_writer w;
    struct store store;

    make_store(&store);
    begin_blob(&w, &store);
    hold("written");
    finish_blob(&w);
    hold("finished");
    blob_abandon(&w); /* does nothing: the writer is done */
    hold("abandoned");
}

/* Two that have the same bytes. */
static void act_twice(void)
{
    struct blob_writer a, b;
    struct store store;

    make_store(&store);
    begin_blob(&a, &store);
    begin_blob(&b, &store);
    finish_blob(&a);
    finish_blob(&b);
    hold("finished");
}

/* The calls that give a file another name. */
static void act_refused(void)
{
    static const int calls[] = {
        SYS_rename, SYS_renameat, SYS_renameat2, SYS_link,
        SYS_linkat, SYS_symlink,  SYS_symlinkat, -1};
    struct blob_writer w;
    struct store store;

    make_store(&store);
    begin_blob(&w, &store);
    hold("written");
    for (const int *call = calls; *call >= 0; call++)
        act_refuse(*call, 0, 0, arg_int("error"));
    finish_blob(&w);
    hold("finished");
}

/* A layer, compressed into the store. */
static void act_layer(void)
{
    struct mb_error err = {0};
    struct digest d = {0};
    struct source source;
    struct store store;
    uint64_t size = 0;

    make_store(&store);
    struct gzip *gzip = compress(&source);
    int result = blob_put_all(&store, gzip_reader(gzip), &d, &size, &err);
    say_result("result", result, &err);
    say("hex", "%.65s", d.hex);
    hold("finished");
    gzip_free(gzip);
    buf_done(&source.content);
}

const struct act acts[] = {
    {"hash", act_hash},
    {"parse", act_parse},
    {"parse-all", act_parse_all},
    {"gzip", act_gzip},
    {"blob", act_blob},
    {"twice", act_twice},
    {"layer", act_layer},
    {"refused", act_refused},
    {NULL, NULL},
};
