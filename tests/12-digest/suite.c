/* SPDX-License-Identifier: MIT */
/*
 * suite.c - exercise 12: the name of a blob
 *
 * Names are worked out here once more, by the real minibox/image/digest.c.
 * What was compressed is unpacked here, with zlib; what was stored is read in
 * the store, from outside.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <zlib.h>

#include "base/fs.h"
#include "base/mem.h"
#include "grader/exam.h"
#include "grader/see.h"
#include "grader/worker.h"
#include "image/digest.h"

#define STORE "/tmp/store"

/* What was told; never NULL. */
static const char *told(const char *name)
{
    const char *value = worker_told(name);

    return value ? value : "";
}

static const char *hex_of(const void *data, size_t size)
{
    struct digest d = digest_of(data, size);

    return text("%s", d.hex);
}

/* ---- step 1 ------------------------------------------------------------- */

/* Has one of the 32 bytes a zero in front? */
static bool has_small_byte(const char *hex)
{
    for (int i = 0; i < 64; i += 2)
        if (hex[i] == '0' && hex[i + 1] != '0')
            return true;
    return false;
}

/* The digits of each byte the other way round. */
static const char *turned(const char *hex)
{
    char *out = mb_strdup(hex);

    for (int i = 0; i < 64; i++)
        out[i] = hex[i ^ 1];
    return out;
}

/* What could have gone wrong, when GOT came for WANT? */
static const char *name_hint(const char *got, const char *want)
{
    if (strlen(got) > 64 && strncmp(got, want, 64) == 0)
        return "not-ended";
    if (strcasecmp(got, want) == 0)
        return "upper-case";
    if (strcmp(got, turned(want)) == 0)
        return "digits-turned";
    if (strstr(got, "ffffff"))
        return "sign-printed";
    return strlen(got) < 64 ? "zeros-lost" : NULL;
}

START_TEST(the_name_is_the_digest)
{
    const char *word, *want;

    do {
        word = pick_word();
        want = hex_of(word, strlen(word));
    } while (!has_small_byte(want));
    worker_start(text("hasher_finish() after \"%s\" was added", word), "hash",
                 text("word=%s", word), NULL);
    worker_end();
    const char *got = told("hex");
    REQUIRE(strcmp(got, want) == 0, .expected = want, .observed = got,
            .shows = text("compare: printf %s | sha256sum", word),
            .why = "a name of 32 bytes is written with 64 lower-case digits, "
                   "two for each byte, and ends there (rule 2)",
            .hint = name_hint(got, want));
}
END_TEST

/* ---- step 2 ------------------------------------------------------------- */

/* 64 digits that may come from anywhere. */
static const char *some_hex(void)
{
    const char *word = pick_word();

    return hex_of(word, strlen(word));
}

START_TEST(a_digest_is_taken)
{
    const char *hex = some_hex(), *whole = text("sha256:%s", hex);

    worker_start(text("digest_parse(\"%s\")", whole), "parse",
                 text("text=%s", whole), NULL);
    worker_end();
    REQUIRE_INT("result", 0, .why = "this is a digest as it should be",
                .hint = "good-refused");
    REQUIRE_TEXT("hex", hex,
                 .why = "struct digest has the digits, without \"sha256:\", "
                        "and a NUL behind them",
                 .hint = "digits-not-copied");
}
END_TEST

/* None of these is a digest.  They come as a JSON array. */
static void require_refusals(json_t *texts, const char *why, const char *hint)
{
    const char *list = json_dumps(texts, 0);

    worker_start(text("digest_parse() with each of %s", list), "parse-all",
                 text("texts=%s", list), text("good=sha256:%s", some_hex()),
                 NULL);
    worker_end();
    REQUIRE_INT("good", 0, .expected = "a good digest is taken",
                .why = "who refuses everything has looked at nothing",
                .hint = "good-refused");
    const char *taken = worker_told("taken"), *silent = worker_told("silent");
    REQUIRE(!taken, .expected = "each of them is refused",
            .observed = text("\"%s\" is taken", taken), .why = why,
            .hint = hint);
    const char *changed = worker_told("changed");
    REQUIRE(!changed, .expected = "*out stays as it was",
            .observed =
                text("\"%s\" is refused, but *out has changed", changed),
            .why = "look first, copy then: a caller who goes on with the old "
                   "value must still have it",
            .hint = "copied-too-soon");
    REQUIRE(!silent, .expected = "an error that says what was wrong",
            .observed = text("-1 for \"%s\", and no message", silent),
            .why = "mb_failx() fills the error and returns -1");
}

/* HEX with the text S from position AT on. */
static const char *with(const char *hex, int at, const char *s)
{
    return text("sha256:%.*s%s%s", at, hex, s, hex + at + strlen(s));
}

START_TEST(no_path_gets_in)
{
    const char *hex = some_hex();
    const char *climbs =
        "../../../../../../../../../../../../../../../../etc/././././shadow";

    require_refusals(
        json_pack("[s,s,s,s]", text("sha256:%.64s", climbs),
                  with(hex, pick(1, 60), "/"), with(hex, 63, "."),
                  with(hex, 0, "/")),
        "digests come from strangers, and become file names: with a \"/\" in "
        "it, one could name any file (rule 3)",
        "letters-unchecked");
}
END_TEST

START_TEST(only_lower_case_digits_are_taken)
{
    const char *hex = some_hex();

    require_refusals(
        json_pack("[s,s,s,s,s]", with(hex, pick(0, 63), "A"),
                  with(hex, pick(0, 63), "F"), with(hex, pick(0, 63), "g"),
                  with(hex, 0, "0x"), with(hex, pick(0, 63), " ")),
        "one digest, one name: with two ways to write it, the same bytes "
        "would have two names (rule 2)",
        "case-ignored");
}
END_TEST

START_TEST(the_length_is_exact)
{
    const char *hex = some_hex();

    require_refusals(
        json_pack("[s,s,s,s,s]", text("sha256:%.63s", hex),
                  text("sha256:%s0", hex), text("sha256:%s\n", hex),
                  text("sha256:%.*s", pick(1, 40), hex), "sha256:"),
        "SHA-256 has 32 bytes, which are 64 digits: no fewer, and nothing "
        "behind them",
        "length-unchecked");
}
END_TEST

START_TEST(the_algorithm_is_looked_at)
{
    const char *hex = some_hex();

    require_refusals(
        json_pack("[s,s,s,s,s,s]", text("%s", hex), text("sha512:%s", hex),
                  text("SHA256:%s", hex), text(" sha256:%s", hex),
                  text("sha256-%s", hex), ""),
        "these digits mean something only together with the name of the hash "
        "that they come from",
        "prefix-unchecked");
}
END_TEST

/* ---- step 3 ------------------------------------------------------------- */

static struct {
    const char *word;
    int lines;
    struct buf content; /* the same as the worker makes */
} in;

static void choose_content(int lines)
{
    in.word = pick_word();
    in.lines = lines;
    in.content = (struct buf)BUF_INIT;
    for (int i = 0; i < lines; i++)
        buf_addf(&in.content, "%s %u\n", in.word, (unsigned)i * 2654435761U);
}

/* The file PATH as PID sees it, byte by byte. */
static struct buf bytes_of(pid_t pid, const char *path)
{
    struct buf bytes = BUF_INIT;
    mb_autoclose int root =
        open(text("/proc/%d/root", pid), O_PATH | O_DIRECTORY | O_CLOEXEC);
    mb_autoclose int fd =
        root < 0 ? -1 : fs_open_in_root(root, path, O_RDONLY, 0);

    if (fd >= 0)
        (void)fs_read(AT_FDCWD, text("/proc/self/fd/%d", fd), 32 << 20, &bytes,
                      NULL);
    return bytes;
}

/* Compress the content, which comes PIECE bytes at a time, into a buffer of
 * SIZE bytes.  Returns what came out. */
static struct buf compress_in_pieces(int piece, int size)
{
    worker_start(text("gzip_read() with %zu bytes to read, which come %d at a "
                      "time, and room for %d",
                      in.content.len, piece, size),
                 "gzip", text("word=%s", in.word), text("lines=%d", in.lines),
                 text("piece=%d", piece), text("buffer=%d", size), NULL);
    pid_t pid = worker_hold("compressed");
    return bytes_of(pid, "tmp/out");
}

/* What a gzip stream unpacks to. */
struct unpacked {
    struct buf plain;
    bool complete; /* with its checksum, and nothing behind it */
};

static struct unpacked unpack(const struct buf *packed)
{
    struct unpacked out = {.plain = BUF_INIT};
    static char chunk[1 << 16];
    z_stream z = {.next_in = (unsigned char *)packed->s,
                  .avail_in = packed->len};
    int result;

    if (inflateInit2(&z, 15 + 16) != Z_OK)
        abort();
    do {
        z.next_out = (unsigned char *)chunk;
        z.avail_out = sizeof chunk;
        result = inflate(&z, Z_NO_FLUSH);
        buf_add(&out.plain, chunk, sizeof chunk - z.avail_out);
    } while (result == Z_OK && out.plain.len < 32 << 20);
    out.complete = result == Z_STREAM_END && z.avail_in == 0;
    inflateEnd(&z);
    return out;
}

/* PACKED must unpack to the content. */
static void require_content(const struct buf *packed)
{
    struct unpacked got = unpack(packed);

    REQUIRE(atoi(told("again")) == 0,
            .expected = "0 means the end: then it is 0 ever after",
            .observed = text("first 0, after %zu bytes, and then there was "
                             "more",
                             packed->len),
            .why = "zlib swallows a lot before it writes anything.  A reader "
                   "who gets 0 thinks that this was all",
            .hint = "zero-too-early");
    REQUIRE(got.complete, .expected = "a complete gzip stream",
            .observed = text("%zu bytes, which are none", packed->len),
            .why = "behind the last bytes comes a trailer: a checksum, and how "
                   "many there were.  zlib writes it when it is told that "
                   "there is no more to come",
            .hint = "never-finished");
    REQUIRE(got.plain.len == in.content.len &&
                memcmp(got.plain.s, in.content.s, in.content.len) == 0,
            .expected = text("%zu bytes when it is unpacked", in.content.len),
            .observed =
                text("%zu bytes%s", got.plain.len,
                     got.plain.len == in.content.len ? ", but other ones" : ""),
            .why = "all that the inner source gives goes into one stream",
            .hint = "finished-too-soon");
}

START_TEST(it_comes_back_whole)
{
    choose_content(pick(20000, 40000));
    struct buf packed =
        compress_in_pieces(pick(100, 8000), pick(20000, 100000));
    REQUIRE_INT("result", 0, .why = "the source gave all its bytes");
    require_content(&packed);
    worker_go("compressed");
    worker_end();
}
END_TEST

START_TEST(nothing_can_be_compressed)
{
    choose_content(0);
    struct buf packed = compress_in_pieces(100, pick(1, 100));
    REQUIRE(packed.len > 0, .expected = "a gzip stream of 20 bytes",
            .observed = "no bytes at all",
            .why = "an empty layer is a stream as well: header and trailer",
            .hint = "zero-too-early");
    require_content(&packed);
    worker_go("compressed");
    worker_end();
}
END_TEST

START_TEST(pieces_do_not_show)
{
    choose_content(pick(8000, 12000));
    struct buf a = compress_in_pieces(1 << 20, 1 << 20);
    require_content(&a);
    struct buf b = compress_in_pieces(pick(50, 500), 1 << 20);
    require_content(&b);
    struct buf c = compress_in_pieces(1 << 20, pick(1, 50));
    require_content(&c);
    const char *x = hex_of(a.s, a.len), *y = hex_of(b.s, b.len),
               *z = hex_of(c.s, c.len);
    REQUIRE(strcmp(x, y) == 0 && strcmp(x, z) == 0,
            .expected =
                text("%zu bytes, sha256:%s, however they come", a.len, x),
            .observed = strcmp(x, y) != 0
                            ? text("%zu bytes, sha256:%s, when they come in "
                                   "small pieces",
                                   b.len, y)
                            : text("%zu bytes, sha256:%s, when they are read "
                                   "into a small buffer",
                                   c.len, z),
            .why = "the registry knows the layer by this digest: a layer that "
                   "gets another one is pushed again (rule 2)",
            .hint = "flushed");
}
END_TEST

START_TEST(the_header_says_nothing)
{
    choose_content(pick(10, 20));
    struct buf packed = compress_in_pieces(1000, 1000);
    require_content(&packed);
    const unsigned char *h = (const unsigned char *)packed.s;
    const char *shows = text("%02x %02x %02x  flags %02x  time %02x %02x %02x "
                             "%02x",
                             h[0], h[1], h[2], h[3], h[4], h[5], h[6], h[7]);
    REQUIRE(memcmp(h + 3, "\0\0\0\0", 5) == 0,
            .expected = "flags 0 (no name), time 0",
            .observed = "something else", .shows = shows,
            .why = "with a time in it, the same layer gets another digest "
                   "whenever it is pushed (rule 1)",
            .hint = "header-not-empty");
}
END_TEST

START_TEST(it_reads_as_it_goes)
{
    choose_content(pick(40000, 60000));
    struct buf packed = compress_in_pieces(pick(1000, 10000), 1 << 16);
    long first = atol(told("first")), all = in.content.len;
    REQUIRE(first < all / 2,
            .expected = "the first bytes come out before all have gone in",
            .observed = text("%ld of %ld bytes were read before", first, all),
            .why = "a layer may be larger than the memory: it goes through in "
                   "pieces",
            .hint = "read-at-once");
    require_content(&packed);
}
END_TEST

static const int errors[] = {EIO, ENOMEM, EDQUOT, EMFILE};

START_TEST(a_failing_source_is_reported)
{
    int error = errors[pick(0, 3)], lines = pick(20000, 30000);

    choose_content(lines);
    worker_start(text("gzip_read(), whose source fails with errno %d (%s) in "
                      "the middle",
                      error, strerror(error)),
                 "gzip", text("word=%s", in.word), text("lines=%d", lines),
                 text("piece=%d", pick(1000, 5000)), "buffer=65536",
                 text("fails-at=%d", pick(50000, 150000)),
                 text("error=%d", error), NULL);
    worker_hold("compressed");
    REQUIRE_INT("result", -1,
                .why = "half a layer, compressed, looks like a layer: the "
                       "caller must learn that the rest is missing",
                .hint = "error-taken-for-end");
    REQUIRE_INT("result.errno", error,
                .why = "refill() has filled the error: return -1, and leave it",
                .hint = "error-taken-for-end");
    worker_go("compressed");
    worker_end();
}
END_TEST

/* ---- step 4 ------------------------------------------------------------- */

/* Start an act on a store in which another blob lies. */
static pid_t start_blob(const char *ran, const char *act, const char *until)
{
    choose_content(pick(100, 9000));
    worker_start(ran, act, text("word=%s", in.word), text("lines=%d", in.lines),
                 text("other=%s", pick_word()), "piece=3000", NULL);
    return worker_hold(until);
}

/* Files in the directory DIR of the store: "name inode size", sorted. */
static const char *files_in(pid_t pid, const char *dir)
{
    const char *path = text("/proc/%d/root" STORE "/%s", pid, dir), *all = "";
    struct dirent **entries;
    struct stat st;

    int n = scandir(path, &entries, NULL, alphasort);
    for (int i = 0; i < n; i++) {
        const char *name = entries[i]->d_name;
        if (*name != '.' && lstat(text("%s/%s", path, name), &st) == 0 &&
            S_ISREG(st.st_mode))
            all = text("%s%s inode %lu, %lld bytes\n", all, name,
                       (unsigned long)st.st_ino, (long long)st.st_size);
    }
    return all;
}

/* The inode of the file that holds the first lines of LIST. */
static unsigned long first_inode(const char *list)
{
    const char *inode = strstr(list, " inode ");

    return inode ? strtoul(inode + 7, NULL, 10) : 0;
}

static const char *own_hex(void)
{
    return hex_of(in.content.s, in.content.len);
}

/* The blob is there, and it has the right bytes. */
static void require_blob(pid_t pid)
{
    const char *path = text(STORE "/blobs/sha256/%s", own_hex());
    struct buf bytes = bytes_of(pid, path);

    REQUIRE_INT("result", 0, .why = "nothing stands in the way of the blob");
    REQUIRE(bytes.len == in.content.len &&
                memcmp(bytes.s, in.content.s, bytes.len) == 0,
            .expected =
                text("%zu bytes in blobs/sha256/%s", in.content.len, own_hex()),
            .observed =
                bytes.len ? text("%zu other bytes", bytes.len) : "no such file",
            .shows = text("in blobs/sha256:\n%s\nin tmp:\n%s",
                          files_in(pid, "blobs/sha256"), files_in(pid, "tmp")),
            .why = "whoever knows the digest must find the bytes under it",
            .hint = "another-name");
    REQUIRE_TEXT("hex", own_hex(),
                 .why = "the caller learns the name here: *out_digest",
                 .hint = "digest-not-told");
}

/* No descriptor of a file in the store is open. */
static void require_closed(pid_t pid)
{
    mb_autodir DIR *dir = opendir(text("/proc/%d/fd", pid));

    for (struct dirent *e; dir && (e = readdir(dir));) {
        const char *target = see_link(pid, text("fd/%s", e->d_name));
        REQUIRE(!starts_with(target, STORE "/"),
                .expected = "the writer's file is closed",
                .observed = text("descriptor %s is open", e->d_name),
                .shows = target,
                .why = "a pull of a thousand layers would use up all "
                       "descriptors: end_writer()",
                .hint = "left-open");
    }
}

static void require_nothing_in_tmp(pid_t pid, const char *hint)
{
    const char *left = files_in(pid, "tmp");

    REQUIRE(!*left, .expected = "nothing is left in tmp/",
            .observed = text("%d files", see_lines(left)), .shows = left,
            .why = "what is left there fills the disk, and nobody will ever "
                   "ask for it",
            .hint = hint);
}

START_TEST(the_blob_has_its_name)
{
    pid_t pid = start_blob("blob_finish(), when all bytes are written", "blob",
                           "written");
    worker_go("written");
    worker_hold("finished");
    require_blob(pid);
    require_nothing_in_tmp(pid, "temporary-left");
    require_closed(pid);
    worker_go("finished");
    worker_hold("abandoned");
    require_blob(pid);
    worker_go("abandoned");
    worker_end();
}
END_TEST

START_TEST(the_file_itself_is_renamed)
{
    pid_t pid = start_blob("blob_finish(), when all bytes are written", "blob",
                           "written");
    const char *before = files_in(pid, "tmp");
    worker_go("written");
    worker_hold("finished");
    require_blob(pid);
    const char *blobs = files_in(pid, "blobs/sha256");
    const char *after = strstr(blobs, own_hex());
    REQUIRE(after && first_inode(after) == first_inode(before),
            .expected = text("inode %lu, the file that was in tmp/",
                             first_inode(before)),
            .observed = text("inode %lu", after ? first_inode(after) : 0),
            .shows = blobs,
            .why = "a name that is a digest is whole, or it is not there.  A "
                   "copy grows under it, and a crash would leave half",
            .hint = "copied");
}
END_TEST

START_TEST(a_blob_may_come_twice)
{
    pid_t pid = start_blob("blob_finish(), twice, for the same bytes", "twice",
                           "finished");
    REQUIRE_INT("result", 0, .expected = "the second one succeeds as well",
                .why = "same name, same bytes: it does not matter which of two "
                       "files stays (rule 1)",
                .hint = "second-refused");
    require_blob(pid);
    require_nothing_in_tmp(pid, "temporary-left");
    require_closed(pid);
    worker_go("finished");
    worker_end();
}
END_TEST

/* All of the store's files that are none of the student's business. */
static const char *rest_of_store(pid_t pid)
{
    static const char *const dirs[] = {".", "layers", "containers", "names",
                                       "cache"};
    const char *all = "", *blobs = files_in(pid, "blobs/sha256");

    for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++)
        all = text("%s%s:\n%s", all, dirs[i], files_in(pid, dirs[i]));
    for (const char *line = blobs; *line; line += strcspn(line, "\n") + 1)
        if (!starts_with(line, own_hex()))
            all = text("%s%.*s\n", all, (int)strcspn(line, "\n"), line);
    return all;
}

START_TEST(the_rest_of_the_store_is_unharmed)
{
    pid_t pid = start_blob("blob_finish(), in a store with other blobs", "blob",
                           "written");
    const char *before = rest_of_store(pid);
    worker_go("written");
    worker_hold("finished");
    const char *after = rest_of_store(pid);
    require_blob(pid);
    REQUIRE(strcmp(before, after) == 0, .expected = before, .observed = after,
            .why = "a new blob is one more file, and no other changes",
            .hint = "another-name");
}
END_TEST

START_TEST(a_failure_leaves_nothing_behind)
{
    int error = errors[pick(0, 3)];

    choose_content(pick(100, 9000));
    worker_start(text("blob_finish(), where rename(2) and link(2) fail with "
                      "errno %d (%s)",
                      error, strerror(error)),
                 "refused", text("word=%s", in.word),
                 text("lines=%d", in.lines), text("other=%s", pick_word()),
                 text("error=%d", error), NULL);
    pid_t pid = worker_hold("written");
    const char *before = files_in(pid, "blobs/sha256");
    worker_go("written");
    worker_hold("finished");
    REQUIRE_INT("result", -1,
                .why = "there is no blob of that name: the caller must know",
                .hint = "failure-unnoticed");
    REQUIRE_INT("result.errno", error,
                .why = "mb_fail() takes the reason from errno: call it before "
                       "anything else can change that",
                .hint = "reason-lost");
    require_nothing_in_tmp(pid, "leftover");
    require_closed(pid);
    const char *after = files_in(pid, "blobs/sha256");
    REQUIRE(strcmp(before, after) == 0, .expected = before, .observed = after,
            .why = "half a success is none", .hint = "leftover");
    worker_go("finished");
    worker_end();
}
END_TEST

/* All steps together: what is stored is not what was compressed. */
START_TEST(a_layer_has_two_digests)
{
    pid_t pid = start_blob("blob_put_all(), with the reader of gzip_open()",
                           "layer", "finished");
    REQUIRE_INT("result", 0, .why = "nothing stands in the way of the layer");
    const char *name = told("hex");
    struct buf bytes = bytes_of(pid, text(STORE "/blobs/sha256/%s", name));
    require_content(&bytes);
    REQUIRE(strcmp(hex_of(bytes.s, bytes.len), name) == 0 &&
                strcmp(name, own_hex()) != 0,
            .expected = text("the digest of the compressed bytes, sha256:%s",
                             hex_of(bytes.s, bytes.len)),
            .observed = strcmp(name, own_hex()) == 0
                            ? text("that of the plain ones, sha256:%s", name)
                            : text("sha256:%s", name),
            .why = "a blob's name is that of the bytes in it.  The digest of "
                   "the plain bytes is the layer's diff ID, and another one",
            .hint = "another-name");
    worker_go("finished");
    worker_end();
}
END_TEST

void exam_12_digest(struct exam *exam);

void exam_12_digest(struct exam *exam)
{
    exam_add(exam, 1, VALUE, the_name_is_the_digest,
             "a name is the SHA-256 of the bytes, as 64 digits");
    exam_add(exam, 2, VALUE, a_digest_is_taken, "a good digest is taken");
    exam_add(exam, 2, HOST, no_path_gets_in,
             "no path gets in where a digest should be");
    exam_add(exam, 2, VALUE, only_lower_case_digits_are_taken,
             "only lower-case digits are taken");
    exam_add(exam, 2, VALUE, the_length_is_exact,
             "64 digits, no fewer and no more");
    exam_add(exam, 2, VALUE, the_algorithm_is_looked_at,
             "\"sha256:\" must stand in front");
    exam_add(exam, 3, EFFECT, it_comes_back_whole,
             "what was compressed unpacks to the same bytes");
    exam_add(exam, 3, VALUE, nothing_can_be_compressed,
             "no bytes at all become a stream too");
    exam_add(exam, 3, VALUE, pieces_do_not_show,
             "the same bytes always give the same stream");
    exam_add(exam, 3, VALUE, the_header_says_nothing,
             "no name and no time is in the header");
    exam_add(exam, 3, MECHANISM, it_reads_as_it_goes,
             "the source is read only as its bytes are needed");
    exam_add(exam, 3, VALUE, a_failing_source_is_reported,
             "a source that fails is reported");
    exam_add(exam, 4, EFFECT, the_blob_has_its_name,
             "the blob lies under the digest of its bytes");
    exam_add(exam, 4, MECHANISM, the_file_itself_is_renamed,
             "the temporary file itself gets the name");
    exam_add(exam, 4, EFFECT, a_blob_may_come_twice,
             "a blob that is there already is no error");
    exam_add(exam, 4, EFFECT, a_layer_has_two_digests,
             "a compressed layer is named by its compressed bytes");
    exam_add(exam, 4, HOST, the_rest_of_the_store_is_unharmed,
             "no other file of the store changes");
    exam_add(exam, 4, HOST, a_failure_leaves_nothing_behind,
             "when it fails, nothing is left behind");
}
