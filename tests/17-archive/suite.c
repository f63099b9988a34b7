/* SPDX-License-Identifier: MIT */
/*
 * suite.c - exercise 17: images out of one file
 *
 * The archives are made up here, so that the judge knows their digests.  What
 * was opened is asked of the kernel; what was loaded is read in the store.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "grader/exam.h"
#include "grader/see.h"
#include "grader/worker.h"
#include "image/digest.h"
#include "image/gzip.h"

#define ARCHIVE "/tmp/archive"

/* ---- an archive --------------------------------------------------------- */

static json_t *members; /* path: text, or [KIND, argument] */

static void add_file(const char *path, const char *content)
{
    json_object_set_new(members, path, json_string(content));
}

static void add_other(const char *path, const char *kind, const char *argument)
{
    json_object_set_new(members, path, json_pack("[s,s]", kind, argument));
}

static const char *hex_of(const char *content)
{
    struct digest d = digest_of(content, strlen(content));

    return text("%s", d.hex);
}

/* The file that each act tries first: the config of an image without layers,
 * named by its digest. */
static const char control[] = "{\"rootfs\":{\"diff_ids\":[]}}";

static const char *control_name(void)
{
    return text("%s.json", hex_of(control));
}

/* An archive with nothing else in it. */
static void archive_begin(void)
{
    members = json_object();
    add_file(control_name(), control);
}

/* A list of members as an argument of the act. */
static const char *archive_argument(const char *name, const json_t *what)
{
    return text("%s=%s", name, json_dumps(what, 0));
}

/* What is good must be taken, before it says anything that the rest is not. */
static void require_control(const char *what)
{
    REQUIRE_INT("control", 0, .expected = text("%s is taken", what),
                .why = "this test first tries something that is as it should "
                       "be");
}

/* ---- step 1 ------------------------------------------------------------- */

/* Start the act that opens PATH, and let it come to UNTIL. */
static pid_t start_open(const char *path, const char *until)
{
    worker_start(
        text("member_open(root, \"%s\"), root being %s", path, ARCHIVE), "open",
        text("path=%s", path), text("control=%s", control_name()),
        archive_argument("members", members), NULL);
    pid_t pid = worker_hold("before");
    require_control("an ordinary file");
    if (strcmp(until, "before") == 0)
        return pid;
    worker_go("before");
    return worker_hold(until);
}

/* What PID has open below PREFIX, a line for each. */
static const char *open_files(pid_t pid, const char *prefix)
{
    mb_autodir DIR *dir = opendir(text("/proc/%d/fd", pid));
    const char *all = "";

    for (struct dirent *e; dir && (e = readdir(dir));) {
        const char *target = see_link(pid, text("fd/%s", e->d_name));
        if (starts_with(target, prefix))
            all = text("%sdescriptor %s: %s\n", all, e->d_name, target);
    }
    return all;
}

/* The open flags of the descriptor that was returned, as open(2) has them. */
static long flags_of(pid_t pid)
{
    const char *fd = worker_told("fd");
    const char *info = see_proc(pid, text("fdinfo/%s", fd ? fd : "x"));
    const char *flags = strstr(info, "flags:");

    return flags ? strtol(flags + 6, NULL, 8) : -1;
}

START_TEST(the_right_file_is_opened)
{
    const char *path = text("%s/layer.tar", pick_word());
    const char *word = pick_word();

    archive_begin();
    add_file(path, word);
    pid_t pid = start_open(path, "opened");
    REQUIRE_INT("result", 0, .expected = "a descriptor",
                .why = "the file is there, and nothing is wrong with it");
    const char *fd = worker_told("fd");
    const char *target = see_link(pid, text("fd/%s", fd ? fd : "x"));
    REQUIRE(strcmp(target, text("%s/%s", ARCHIVE, path)) == 0,
            .expected = text("a descriptor of %s/%s", ARCHIVE, path),
            .observed = text("descriptor %s: %s", fd, target),
            .why = "the caller reads what the list has named");
    REQUIRE((flags_of(pid) & O_ACCMODE) == O_RDONLY,
            .expected = "open for reading only", .observed = "also for writing",
            .shows = see_proc(pid, text("fdinfo/%s", fd)),
            .why = "nobody is to change an archive that is being checked");
    REQUIRE(flags_of(pid) & O_CLOEXEC, .expected = "O_CLOEXEC is set",
            .observed = "it is not",
            .shows = see_proc(pid, text("fdinfo/%s", fd)),
            .why = "every descriptor is closed when another program starts");
    worker_go("opened");
    worker_end();
    REQUIRE_TEXT("content", word);
}
END_TEST

/* docker's older form: the same layer twice is a link the second time. */
START_TEST(links_inside_are_followed)
{
    const char *one = pick_word(), *two = pick_word(), *word = pick_word();

    archive_begin();
    add_file(text("%s/layer.tar", one), word);
    add_other(text("%s/layer.tar", two), "link", text("../%s/layer.tar", one));
    start_open(text("%s/layer.tar", two), "opened");
    REQUIRE_INT("result", 0,
                .why = "docker writes a layer that comes twice as a link to "
                       "the first place: such an archive is a good one",
                .hint = "links-refused");
    worker_go("opened");
    worker_end();
    REQUIRE_TEXT("content", word);
}
END_TEST

START_TEST(no_way_leads_out)
{
    archive_begin();
    add_file("other", pick_word());
    add_other("one.json", "link", "/tmp/secret");
    add_other("two.json", "link", "../secret");
    add_other("three", "link", "..");
    worker_start("member_open() with \"one.json\", \"two.json\", "
                 "\"three/secret\", \"../secret\", \"/tmp/secret\"",
                 "open-all",
                 "paths=[\"one.json\",\"two.json\",\"three/secret\","
                 "\"../secret\",\"/tmp/secret\"]",
                 text("control=%s", control_name()),
                 archive_argument("members", members), NULL);
    pid_t pid = worker_hold("opened");
    require_control("an ordinary file");
    const char *out = open_files(pid, "/tmp/secret");
    REQUIRE(!*out, .expected = "nothing outside of " ARCHIVE " is opened",
            .observed = text("/tmp/secret is open, %d times", see_lines(out)),
            .shows = out,
            .why = "the archive comes from a stranger.  With a link, or with "
                   "\"..\", he chooses which file of this machine gets read "
                   "(rule 1)",
            .hint = "leads-out");
    REQUIRE_INT("opened", 0, .expected = "no descriptor",
                .why = "inside the archive there are no such files");
    worker_go("opened");
    worker_end();
}
END_TEST

/* Has PID gone to sleep in the middle of opening something? */
static bool waits_in_open(pid_t pid)
{
    static const int calls[] = {
#ifdef SYS_open
        SYS_open,
#endif
        SYS_openat, SYS_openat2};
    int number = -1;

    if (*see_status(pid, "State") != 'S' ||
        sscanf(see_proc(pid, "syscall"), "%d", &number) != 1)
        return false;
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        if (calls[i] == number)
            return true;
    return false;
}

START_TEST(a_fifo_is_not_waited_for)
{
    const char *path = text("%s.json", pick_word());

    archive_begin();
    add_other(path, "fifo", "");
    pid_t pid = start_open(path, "before");
    worker_go("before");
    /* Looked at again and again; worker_hold() below has the last word. */
    for (int i = 0; i < 3000 && !worker_holds("opened"); i++) {
        REQUIRE(!waits_in_open(pid), .expected = "member_open() returns",
                .observed = "it sleeps in open",
                .shows = text("in the archive %s is a fifo; the process is in "
                              "the system call %s",
                              path, see_proc(pid, "syscall")),
                .why = "opening a fifo for reading waits until somebody opens "
                       "it for writing.  Nobody ever will (rule 2)",
                .hint = "fifo-waits");
        (void)poll(NULL, 0, 1);
    }
    worker_hold("opened");
    REQUIRE_INT("result", -1, .expected = "a fifo is refused",
                .why = "only regular files are read (rule 2)",
                .hint = "any-kind-taken");
    worker_go("opened");
    worker_end();
}
END_TEST

START_TEST(only_regular_files_are_taken)
{
    const char *path = pick_word();

    archive_begin();
    add_other(path, "directory", "");
    pid_t pid = start_open(path, "opened");
    REQUIRE_INT("result", -1, .expected = "a directory is refused",
                .why = "only regular files are read (rule 2)",
                .hint = "any-kind-taken");
    const char *left = open_files(pid, ARCHIVE "/");
    REQUIRE(!*left, .expected = "what was refused is closed again",
            .observed = "it is still open", .shows = left,
            .why = "an archive with a thousand such files would use up all "
                   "descriptors",
            .hint = "left-open");
    worker_go("opened");
    worker_end();
}
END_TEST

START_TEST(a_missing_file_is_an_error)
{
    archive_begin();
    add_file("other", "x");
    start_open(pick_word(), "opened");
    REQUIRE_INT("result", -1, .why = "there is no such file",
                .hint = "missing-unnoticed");
    REQUIRE_INT("result.errno", ENOENT,
                .why = "the reason is in errno until another call fails: use "
                       "mb_fail() at once",
                .hint = "missing-unnoticed");
    worker_go("opened");
    worker_end();
}
END_TEST

/* ---- step 2 ------------------------------------------------------------- */

static void read_row(const char *row)
{
    worker_start(text("archive_read_row() with %s", row), "row",
                 text("row=%s", row), NULL);
    worker_hold("read");
}

static void end_row(void)
{
    worker_go("read");
    worker_end();
}

START_TEST(a_row_is_read)
{
    const char *config = text("%s.json", pick_word());
    const char *a = pick_word(), *b = pick_word(), *c = pick_word();
    const char *tag = pick_word();

    read_row(text("{\"RepoTags\":[\"%s:1\",\"%s:2\"],\"Config\":\"%s\","
                  "\"Layers\":[\"%s/layer.tar\",\"%s/layer.tar\","
                  "\"%s/layer.tar\"]}",
                  tag, tag, config, a, b, c));
    REQUIRE_INT("result", 0, .why = "it is a good row");
    REQUIRE_TEXT("config", config,
                 .why = "the caller frees the JSON and keeps the row: what the "
                        "row points to must be its own",
                 .hint = "config-borrowed");
    REQUIRE_TEXT("layers",
                 text("%s/layer.tar\n%s/layer.tar\n%s/layer.tar\n", a, b, c),
                 .why = "\"Layers\" has the layers' files, the lowest first",
                 .hint = "fields-mixed-up");
    REQUIRE_TEXT("names", text("%s:1\n%s:2\n", tag, tag),
                 .why = "\"RepoTags\" has the names of the image",
                 .hint = "fields-mixed-up");
    end_row();
}
END_TEST

START_TEST(null_is_an_empty_list)
{
    static const char *const nothing[] = {"", ",\"RepoTags\":null",
                                          ",\"Layers\":null,\"RepoTags\":null"};
    const char *config = text("%s.json", pick_word());

    read_row(text("{\"Config\":\"%s\"%s}", config, nothing[pick(0, 2)]));
    REQUIRE_INT("result", 0,
                .why = "an image that was saved by its ID has no names, and "
                       "docker writes null for an empty list",
                .hint = "null-refused");
    REQUIRE_TEXT("config", config, .why = "\"Config\" names the config",
                 .hint = "config-borrowed");
    REQUIRE_TEXT("layers", "");
    REQUIRE_TEXT("names", "");
    end_row();
}
END_TEST

/* Something is of another type in each of the ROWS; the rest is good. */
static void require_refusals(const char *rows, const char *why,
                             const char *hint)
{
    worker_start(
        text("archive_read_row() with each of %s", rows), "rows",
        text("rows=[{\"Config\":\"c\",\"Layers\":[],\"RepoTags\":[]},%s]",
             rows),
        NULL);
    worker_hold("read");
    require_control("a row with a config");
    const char *taken = worker_told("taken");
    REQUIRE(!taken, .expected = "-1 for each of them",
            .observed = text("0 for %s", taken), .why = why, .hint = hint);
    end_row();
}

START_TEST(a_row_needs_a_config)
{
    require_refusals("7, {}, {\"Layers\":[]}, {\"Config\":null}, "
                     "{\"Config\":7}",
                     "json_string_value() gives NULL for what is no text",
                     "config-unchecked");
}
END_TEST

START_TEST(layers_must_be_texts)
{
    require_refusals("{\"Config\":\"c\",\"Layers\":\"layer.tar\"}, "
                     "{\"Config\":\"c\",\"Layers\":{}}, "
                     "{\"Config\":\"c\",\"Layers\":[7]}",
                     "whoever wrote the list may have written anything into it",
                     "lists-unchecked");
}
END_TEST

START_TEST(names_must_be_texts)
{
    require_refusals("{\"Config\":\"c\",\"RepoTags\":\"x:1\"}, "
                     "{\"Config\":\"c\",\"RepoTags\":{}}, "
                     "{\"Config\":\"c\",\"RepoTags\":[7]}",
                     "whoever wrote the list may have written anything into it",
                     "lists-unchecked");
}
END_TEST

/* ---- step 3 ------------------------------------------------------------- */

/* A config with these diff IDs (NULL ends) and a random word in it. */
static const char *config_text(const char *const *ids)
{
    json_t *list = json_array();

    for (; *ids; ids++)
        json_array_append_new(list, json_sprintf("sha256:%s", *ids));
    json_t *config = json_pack("{s:s, s:s, s:s, s:{s:s, s:o}}", "architecture",
                               "amd64", "os", "linux", "author", pick_word(),
                               "rootfs", "type", "layers", "diff_ids", list);
    return json_dumps(config, JSON_COMPACT);
}

#define IDS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* Read the config at PATH, for an image of N layers. */
static void read_image(const char *path, int n)
{
    worker_start(
        text("archive_read_image(), \"Config\":\"%s\", %d layers", path, n),
        "image", text("config=%s", path), text("layers=%d", n),
        text("control=%s", control_name()),
        archive_argument("members", members), NULL);
    worker_end();
    require_control("an image without layers");
}

START_TEST(the_id_is_the_digest_of_the_config)
{
    const char *a = hex_of(pick_word()), *b = hex_of(pick_word());
    const char *config = config_text(IDS(a, b));
    const char *path = text("%s.json", pick_word());

    archive_begin();
    add_file(path, config);
    read_image(path, 2);
    REQUIRE_INT("result", 0,
                .why = "the config is a good one, and its name promises "
                       "nothing",
                .hint = "promise-demanded");
    REQUIRE_TEXT("id", hex_of(config),
                 .why = "an image's ID is the digest of its config's bytes",
                 .hint = "id-not-of-bytes");
    REQUIRE_TEXT("text", config,
                 .why = "the caller stores the config, byte by byte");
    REQUIRE_TEXT("diff-ids", text("%s\n%s\n", a, b),
                 .why = "the config says which layer has which diff ID",
                 .hint = "config-not-read");
}
END_TEST

/* The two ways to name a config by its digest. */
static const char *promising_name(const char *hex)
{
    return text(pick(0, 1) ? "%s.json" : "blobs/sha256/%s", hex);
}

START_TEST(a_kept_promise_is_fine)
{
    const char *config = config_text(IDS(hex_of(pick_word())));
    const char *path = promising_name(hex_of(config));

    archive_begin();
    add_file(path, config);
    read_image(path, 1);
    REQUIRE_INT("result", 0, .why = "the name is the digest of the bytes");
    REQUIRE_TEXT("id", hex_of(config),
                 .why = "an image's ID is the digest of its config's bytes",
                 .hint = "id-not-of-bytes");
}
END_TEST

START_TEST(a_broken_promise_is_noticed)
{
    const char *config = config_text(IDS(hex_of(pick_word())));
    const char *path = promising_name(hex_of(pick_word()));

    archive_begin();
    add_file(path, config);
    read_image(path, 1);
    const char *id = worker_told("id");
    bool of_bytes = strcmp(id, hex_of(config)) == 0;
    REQUIRE_INT("result", -1,
                .expected = "the config is refused: its digest is another "
                            "than its name says",
                .observed = text("taken, with the ID %s", id),
                .why = "a file that is named by its digest must have that "
                       "digest (rule 2).  Else somebody has changed it",
                .hint = of_bytes ? "promise-unchecked" : "id-not-of-bytes");
}
END_TEST

START_TEST(the_config_must_fit)
{
    const char *id = hex_of(pick_word());

    archive_begin();
    add_file("c.json", config_text(IDS(id, id)));
    read_image("c.json", pick(0, 1) ? 1 : 3);
    REQUIRE_INT("result", -1,
                .expected = "refused: the list and the config disagree about "
                            "the number of layers",
                .why = "image_read_config() says so: hand its result on",
                .hint = "config-not-read");
}
END_TEST

START_TEST(a_missing_config_is_an_error)
{
    archive_begin();
    add_file("other", "x");
    read_image("c.json", 0);
    REQUIRE_INT("result", -1, .why = "there is no such file",
                .hint = "config-missing");
    REQUIRE_INT("result.errno", ENOENT,
                .why = "the first thing that failed is the reason",
                .hint = "config-missing");
}
END_TEST

/* ---- step 4 ------------------------------------------------------------- */

/* One image, called NAME:1, with two layers. */
static struct {
    const char *name, *layers[2], *ids[2], *paths[2];
} in;

static void begin_image(void)
{
    archive_begin();
    in.name = pick_word();
    for (int i = 0; i < 2; i++) {
        in.layers[i] = text("layer %d, %s", i, pick_word());
        in.ids[i] = hex_of(in.layers[i]);
        in.paths[i] = text("%s/layer.tar", pick_word());
        add_file(in.paths[i], in.layers[i]);
    }
}

/* A list with one image in it. */
static const char *list_of(const char *config, const char *names,
                           const char *layers)
{
    return text("[{\"Config\":\"%s\",\"RepoTags\":[%s],\"Layers\":[%s]}]",
                config, names, layers);
}

/* Complete the archive, and load it: after one without layers. */
static pid_t load(const char *ran)
{
    json_t *good = json_pack("{s:s, s:s}", control_name(), control,
                             "manifest.json", list_of(control_name(), "", ""));

    add_file("c.json", config_text(IDS(in.ids[0], in.ids[1])));
    add_file("manifest.json",
             list_of("c.json", text("\"%s:1\"", in.name),
                     text("\"%s\",\"%s\"", in.paths[0], in.paths[1])));
    worker_start(ran, "load", archive_argument("good", good),
                 archive_argument("members", members), NULL);
    pid_t pid = worker_hold("loaded");
    require_control("an image without layers");
    return pid;
}

/* A blob of the store. */
static const char *see_blob(pid_t pid, const char *hex)
{
    return see_file(pid, text("tmp/store/blobs/sha256/%s", hex));
}

/* The rows of the store's index.json. */
static json_t *see_rows(pid_t pid)
{
    json_t *index = json_loads(see_file(pid, "tmp/store/index.json"), 0, NULL);

    return json_object_get(index, "manifests");
}

/* The manifest of the image that was loaded. */
static json_t *see_manifest(pid_t pid)
{
    const json_t *row = json_array_get(see_rows(pid), 0);
    const char *digest = json_string_value(json_object_get(row, "digest"));

    return json_loads(digest ? see_blob(pid, digest + 7) : "", 0, NULL);
}

/* A field of its layer I. */
static const char *layer_field(const json_t *manifest, int i, const char *key)
{
    const char *value = json_string_value(json_object_get(
        json_array_get(json_object_get(manifest, "layers"), i), key));

    return value ? value : "";
}

static void require_loaded(pid_t pid)
{
    REQUIRE_INT("result", 0, .expected = "the image is loaded",
                .why = "everything is as it should be",
                .hint = strstr(worker_told("result.msg"), "the bytes have")
                            ? "came-is-not-diff-id"
                        : strstr(worker_told("result.msg"), "plain bytes")
                            ? "wrong-order"
                            : NULL);
    REQUIRE(json_array_size(see_rows(pid)) == 1,
            .expected = "one image in the store's index.json",
            .observed = text("%d images", (int)json_array_size(see_rows(pid))),
            .why = "the caller names the image when all layers are there");
}

START_TEST(all_layers_come_in)
{
    begin_image();
    pid_t pid = load("archive_load() of an image with two layers");
    json_t *manifest = see_manifest(pid);

    require_loaded(pid);
    for (int i = 0; i < 2; i++) {
        REQUIRE(strcmp(layer_field(manifest, i, "digest"),
                       text("sha256:%s", in.ids[i])) == 0,
                .expected = text("layer %d: sha256:%s", i, in.ids[i]),
                .observed =
                    text("layer %d: %s", i, layer_field(manifest, i, "digest")),
                .shows = json_dumps(manifest, JSON_INDENT(1)),
                .why = "member_take_layer() fills in what the manifest says "
                       "of a layer: once for each of them",
                .hint = "layer-left-out");
        REQUIRE(strcmp(see_blob(pid, in.ids[i]), in.layers[i]) == 0,
                .expected = text("the bytes of layer %d in the store", i),
                .observed = "they are not there",
                .why = "an image with a layer missing can't be started",
                .hint = "layer-left-out");
    }
    worker_go("loaded");
    worker_end();
}
END_TEST

/* The judge's own compressor: what comes out, in hexadecimal digits. */
static const char *gzipped(const char *content, const char **out_hex)
{
    int fd = memfd_create("plain", MFD_CLOEXEC);
    struct reader plain = reader_from_fd(fd);
    struct gzip *gzip = gzip_open(&plain, NULL);
    const char *digits = "";
    char bytes[4096];

    (void)!write(fd, content, strlen(content));
    (void)lseek(fd, 0, SEEK_SET);
    struct reader *packed = gzip_reader(gzip);
    ssize_t n = 0, got;
    while ((got = packed->read(packed, bytes + n, sizeof bytes - n, NULL)) > 0)
        n += got;
    struct digest d = digest_of(bytes, n);
    *out_hex = text("%s", d.hex);
    for (ssize_t i = 0; i < n; i++)
        digits = text("%s%02x", digits, (unsigned char)bytes[i]);
    gzip_free(gzip);
    close(fd);
    return digits;
}

START_TEST(a_compressed_layer_has_two_digests)
{
    const char *hex;

    begin_image();
    const char *digits = gzipped(in.layers[1], &hex);
    in.paths[1] = text("blobs/sha256/%s", hex);
    add_other(in.paths[1], "bytes", digits);
    pid_t pid = load("archive_load(), one layer compressed and named by the "
                     "digest of the compressed bytes");
    require_loaded(pid);
    json_t *manifest = see_manifest(pid);
    REQUIRE(
        strcmp(layer_field(manifest, 1, "digest"), text("sha256:%s", hex)) == 0,
        .expected = text("layer 1: sha256:%s", hex),
        .observed = text("layer 1: %s", layer_field(manifest, 1, "digest")),
        .why = "the manifest names a layer as it is stored",
        .hint = "came-is-not-diff-id");
    worker_go("loaded");
    worker_end();
}
END_TEST

/* Nothing got a name, whatever was tried. */
static void require_nothing(pid_t pid, const char *what, const char *why,
                            const char *hint)
{
    REQUIRE_INT("result", -1, .expected = text("refused: %s", what),
                .observed = "loaded", .why = why, .hint = hint);
    REQUIRE(json_array_size(see_rows(pid)) == 0,
            .expected = "the store's index.json names no image",
            .observed = "it does", .why = why, .hint = hint);
    worker_go("loaded");
    worker_end();
}

START_TEST(other_bytes_are_refused)
{
    int bad = pick(0, 1);

    begin_image();
    add_file(in.paths[bad], text("%s, changed", in.layers[bad]));
    pid_t pid = load(text("archive_load(), where layer %d was changed", bad));
    require_nothing(pid, "the layer has another diff ID than the config says",
                    "whoever changes a layer on the way must not get it into "
                    "an image that has the same ID",
                    "diff-id-not-expected");
}
END_TEST

START_TEST(the_order_counts)
{
    begin_image();
    const char *first = in.paths[0];
    in.paths[0] = in.paths[1];
    in.paths[1] = first;
    pid_t pid = load("archive_load(), the list has the layers the other way "
                     "round");
    require_nothing(pid, "the first file is not the first layer",
                    "layers lie on top of each other: in another order they "
                    "are another image",
                    "diff-id-not-expected");
}
END_TEST

START_TEST(a_layers_promise_is_kept)
{
    const char *hex;
    int bad = pick(0, 1);

    begin_image();
    const char *digits = gzipped(in.layers[bad], &hex);
    in.paths[bad] = text("blobs/sha256/%s", hex_of(pick_word()));
    add_other(in.paths[bad], "bytes", digits);
    pid_t pid = load("archive_load(), a compressed layer that is named by a "
                     "digest which its bytes don't have");
    require_nothing(pid, "the bytes are not those that the name promises",
                    "the diff ID is right, but a file that is named by its "
                    "digest must have that digest (rule 2)",
                    "layer-promise-ignored");
}
END_TEST

START_TEST(a_missing_layer_is_an_error)
{
    int bad = pick(0, 1);

    begin_image();
    in.paths[bad] = pick_word();
    pid_t pid =
        load(text("archive_load(), the file of layer %d is missing", bad));
    REQUIRE_INT("result", -1, .why = "there is no such file",
                .hint = "layer-missing");
    REQUIRE_INT("result.errno", ENOENT,
                .why = "the first thing that failed is the reason",
                .hint = "layer-missing");
    require_nothing(pid, "a file is missing", "there is no such file",
                    "layer-missing");
}
END_TEST

void exam_17_archive(struct exam *exam);
void exam_17_archive(struct exam *exam)
{
    exam_add(exam, 1, MECHANISM, the_right_file_is_opened,
             "a file of the archive is opened, for reading only");
    exam_add(exam, 1, EFFECT, links_inside_are_followed,
             "a link inside the archive is followed");
    exam_add(exam, 1, HOST, no_way_leads_out,
             "no file of the host is opened, whatever the archive says");
    exam_add(exam, 1, MECHANISM, a_fifo_is_not_waited_for,
             "a fifo is not waited for");
    exam_add(exam, 1, MECHANISM, only_regular_files_are_taken,
             "what is no regular file is refused, and closed again");
    exam_add(exam, 1, VALUE, a_missing_file_is_an_error,
             "a file that is not there gives -1 and ENOENT");
    exam_add(exam, 2, VALUE, a_row_is_read, "a row's three fields are read");
    exam_add(exam, 2, VALUE, null_is_an_empty_list,
             "lists that are null or missing are empty");
    exam_add(exam, 2, VALUE, a_row_needs_a_config,
             "a row without a config is refused");
    exam_add(exam, 2, VALUE, layers_must_be_texts,
             "\"Layers\" that are no list of texts are refused");
    exam_add(exam, 2, VALUE, names_must_be_texts,
             "\"RepoTags\" that are no list of texts are refused");
    exam_add(exam, 3, VALUE, the_id_is_the_digest_of_the_config,
             "the ID is the digest of the config, which says the diff IDs");
    exam_add(exam, 3, VALUE, a_kept_promise_is_fine,
             "a config that is named by its digest is taken");
    exam_add(exam, 3, VALUE, a_broken_promise_is_noticed,
             "a config that has another digest than its name is refused");
    exam_add(exam, 3, VALUE, the_config_must_fit,
             "a config for another number of layers is refused");
    exam_add(exam, 3, VALUE, a_missing_config_is_an_error,
             "a config that is not there gives -1 and ENOENT");
    exam_add(exam, 4, EFFECT, all_layers_come_in,
             "both layers are in the store, and in the manifest");
    exam_add(exam, 4, EFFECT, a_compressed_layer_has_two_digests,
             "a compressed layer keeps the digest of its bytes");
    exam_add(exam, 4, HOST, other_bytes_are_refused,
             "a layer that was changed is refused");
    exam_add(exam, 4, HOST, the_order_counts,
             "layers in another order are refused");
    exam_add(exam, 4, VALUE, a_layers_promise_is_kept,
             "a layer that has another digest than its name is refused");
    exam_add(exam, 4, VALUE, a_missing_layer_is_an_error,
             "a layer that is not there gives -1 and ENOENT");
}
