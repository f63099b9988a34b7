/* SPDX-License-Identifier: MIT */
/*
 * cli/build.c - minibox build
 *
 * Problem   The words after `build` say where the files are, what to call the
 *           result, and which variables differ today.
 * Idea      Translate them for engine/build, and say at the end which image
 *           came out.
 * Rules     1. Progress goes to stderr.  With -q it is kept back, and shown
 *              only if the build fails; the ID alone goes to stdout.
 *           2. A file with the ID of a build is removed before the next one:
 *              after a failure nobody shall find the old ID in it.
 * Read      docker-build(1); lessons/22-build.md
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/explain.h"
#include "base/fs.h"
#include "base/mem.h"
#include "cli/checkprint.h"
#include "cli/command.h"
#include "cli/variables.h"
#include "engine/build.h"
#include "image/lookup.h"
#include "image/ref.h"
#include "linux/spawn.h"

struct build_words {
    bool no_cache, quiet, explain, explain_cache, check, json;
    const char *file, *target, *network, *iidfile, *progress, *platform, *call;
    const char *verify;
    struct strv tags, args, labels, secrets;
};
#define FIELD(f) offsetof(struct build_words, f)
const struct option_row build_options_table[] = {
    {'t', "tag", OPTION_LIST, FIELD(tags), "NAME[:TAG]", "Name the image"},
    {'f', "file", OPTION_STRING, FIELD(file), "FILE",
     "The Dockerfile, or - for standard input; without the flag: "
     "DIRECTORY/Dockerfile"},
    {0, "build-arg", OPTION_LIST, FIELD(args), "NAME[=VALUE]",
     "Set an ARG of the Dockerfile"},
    {0, "target", OPTION_STRING, FIELD(target), "STAGE", "End with this stage"},
    {0, "no-cache", OPTION_FLAG, FIELD(no_cache), NULL,
     "Execute every step, even if its result is known"},
    {0, "explain-cache", OPTION_FLAG, FIELD(explain_cache), NULL,
     "Say why each step that makes files is done again, or is not"},
    {0, "network", OPTION_STRING, FIELD(network), "host|none",
     "The network of RUN; without the flag: host"},
    {0, "secret", OPTION_LIST, FIELD(secrets), "id=ID[,src=FILE|,env=NAME]",
     "Lend a secret to those RUNs that ask for it"},
    {0, "label", OPTION_LIST, FIELD(labels), "NAME[=VALUE]",
     "Give the image a label"},
    {0, "iidfile", OPTION_STRING, FIELD(iidfile), "FILE",
     "Write the ID to a file"},
    {0, "progress", OPTION_STRING, FIELD(progress), "plain|quiet",
     "How to tell of the steps"},
    {0, "platform", OPTION_STRING, FIELD(platform), "OS/PROCESSOR",
     "Accepted if it is this machine's"},
    {0, "verify", OPTION_STRING, FIELD(verify), "IMAGE",
     "Build anew, with the times of IMAGE, and say what differs"},
    {'q', "quiet", OPTION_FLAG, FIELD(quiet), NULL, "Print the ID only"},
    {0, "explain", OPTION_FLAG, FIELD(explain), NULL,
     "Tell each step as it happens"},
    {0, "check", OPTION_FLAG, FIELD(check), NULL,
     "Build nothing, warn of what the Dockerfile had better not say"},
    {0, "json", OPTION_FLAG, FIELD(json), NULL, "Print the warnings as JSON"},
    {0, "call", OPTION_STRING, FIELD(call), "build|check[,format=json]",
     "docker's longer form of --check [--json]"},
    {0},
};
static const char docker_only[] =
    "c m o D add-host allow annotation attest build-context builder "
    "cache-from cache-to cgroup-parent compress cpu-quota "
    "force-rm isolation load memory metadata-file output "
    "provenance pull push rm sbom security-opt "
    "shm-size squash ssh ulimit";

/* Bad names are refused before the build, not after it. */
static int check_tags(const struct strv *tags, struct mb_error *err)
{
    struct image_ref ref;

    for (size_t i = 0; i < tags->n; i++) {
        if (ref_parse(tags->v[i], &ref, err) < 0) {
            mb_wrap(err, "invalid tag \"%s\"", tags->v[i]);
            return mb_code(err, EXIT_MINIBOX);
        }
        ref_done(&ref);
    }
    return 0;
}

/* What Docker would also take in place of a directory. */
static int check_context(const char *context, struct mb_error *err)
{
    if (!strstr(context, "://") && !starts_with(context, "git@"))
        return 0;
    mb_failx(err, "a build from a URL is not in minibox: %.200s", context);
    mb_hint(err, "clone or unpack it first");
    return mb_code(err, 1);
}

static bool is_quiet(const struct build_words *w)
{
    return w->quiet || (w->progress && strcmp(w->progress, "quiet") == 0);
}

/* --progress and --platform: what is not here is refused by its name. */
static int check_choices(const struct build_words *w, struct mb_error *err)
{
    static const char *const known[] = {"auto", "plain", "quiet"};
    mb_autofree char *here = mb_printf("linux/%s", image_architecture());
    bool good = !w->progress;

    for (size_t i = 0; !good && i < sizeof known / sizeof *known; i++)
        good = strcmp(w->progress, known[i]) == 0;
    if (!good) {
        mb_failx(err, "--progress=%s is not in minibox", w->progress);
        mb_hint(err, "plain and quiet are");
        return mb_code(err, EXIT_MINIBOX);
    }
    if (!w->platform || strcmp(w->platform, here) == 0 ||
        strcmp(w->platform, "local") == 0)
        return 0;
    mb_failx(err, "--platform=%s: minibox builds for this machine only, %s",
             w->platform, here);
    return mb_code(err, EXIT_MINIBOX);
}

/* Of two flags that want different things, neither is silently ignored. */
static int check_pairs(const struct build_words *w, struct mb_error *err)
{
    const struct {
        bool both;
        const char *why;
    } pairs[] = {
        {w->verify && w->check,
         "--check builds nothing, so --verify can't go with it"},
        {w->verify && w->explain_cache,
         "--verify asks no cache, so --explain-cache can't go with it"},
        {w->explain_cache && is_quiet(w),
         "--explain-cache tells of the steps, and -q tells nothing of them"},
    };

    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        if (pairs[i].both) {
            mb_failx(err, "%s", pairs[i].why);
            mb_hint(err, "leave one of them out");
            return mb_code(err, EXIT_MINIBOX);
        }
    return 0;
}

static int translate(const struct build_words *w, struct build_options *out,
                     struct mb_error *err)
{
    static const struct strv no_files;
    const char *network = w->network ? w->network : "host";

    if (strcmp(network, "none") != 0 && strcmp(network, "host") != 0 &&
        strcmp(network, "default") != 0) {
        mb_failx(err, "--network %s is not in minibox", network);
        mb_hint(err, "none and host are");
        return mb_code(err, EXIT_MINIBOX);
    }
    out->dockerfile = w->file;
    /* As in Docker, `--target "$STAGE"` of a variable that is not set means
     * the last stage. */
    out->target = w->target && *w->target ? w->target : NULL;
    out->no_cache = w->no_cache;
    out->explain_cache = w->explain_cache;
    out->no_network = strcmp(network, "none") == 0;
    strv_add_all(&out->tags, w->tags.v);
    strv_add_all(&out->labels, w->labels.v);
    strv_add_all(&out->secrets, w->secrets.v);
    if (check_tags(&w->tags, err) < 0 || check_choices(w, err) < 0 ||
        check_pairs(w, err) < 0)
        return -1;
    return variables_collect(&no_files, &w->args, &out->build_args, err);
}

/* ---- what is told, and where --------------------------------------------- */

/* Rule 1: a file without a name, for what may never be read. */
static FILE *open_quiet(struct mb_error *err)
{
    const char *tmp = getenv("TMPDIR");
    mb_autofree char *path =
        mb_printf("%s/minibox-build-XXXXXX", tmp ? tmp : "/tmp");
    int fd = mkostemp(path, O_CLOEXEC);

    if (fd < 0) {
        mb_fail(err, "make %s", path);
        return NULL;
    }
    (void)unlink(path);
    return fdopen(fd, "w+");
}

/* Rule 1: the build has failed, so its steps are of interest. */
static void show_steps(FILE *steps)
{
    char chunk[4096];
    size_t n;

    rewind(steps);
    while ((n = fread(chunk, 1, sizeof chunk, steps)) > 0)
        fwrite(chunk, 1, n, stderr);
}

/* Rule 2.  Only a file is removed: it may be /dev/stdout. */
static void remove_iidfile(const char *path)
{
    struct stat st;

    if (path && lstat(path, &st) == 0 && S_ISREG(st.st_mode))
        (void)unlink(path);
}

/* As Docker, without a newline. */
static int write_iidfile(const char *path, const struct digest *id,
                         struct mb_error *err)
{
    mb_autofree char *text = mb_printf(DIGEST_FMT, id->hex);
    mb_autoclose int fd =
        open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

    if (fd < 0)
        return mb_fail(err, "--iidfile %s", path);
    return fs_write_all(fd, text, strlen(text), err);
}

/* ---- the command --------------------------------------------------------- */

static int build_now(struct call *call, const struct build_words *w,
                     struct build_options *options, struct mb_error *err)
{
    bool quiet = is_quiet(w);
    mb_autofile FILE *kept = quiet ? open_quiet(err) : NULL;
    struct digest id;

    if (quiet && !kept)
        return -1;
    options->progress = quiet ? kept : stderr;
    if (w->explain)
        explain_enable();
    remove_iidfile(w->iidfile);
    if (call_open_store(call, err) < 0 ||
        build_image(&call->store, options, &id, err) < 0) {
        if (quiet)
            show_steps(kept);
        return -1;
    }
    if (w->iidfile && write_iidfile(w->iidfile, &id, err) < 0)
        return -1;
    if (quiet)
        printf(DIGEST_FMT "\n", id.hex);
    return 0;
}

/* --call, in the words of --check and --json. */
static int translate_call(struct build_words *w, struct mb_error *err)
{
    const char *call = w->call ? w->call : "build";

    if (strcmp(call, "check,format=json") == 0)
        w->json = true;
    else if (strcmp(call, "build") != 0 && strcmp(call, "check") != 0) {
        mb_failx(err, "--call %s is not in minibox", call);
        mb_hint(err, "build, check and check,format=json are");
        return mb_code(err, EXIT_MINIBOX);
    }
    w->check |= starts_with(call, "check");
    if (!w->json || w->check)
        return 0;
    mb_failx(err, "--json is for --check");
    return mb_code(err, EXIT_MINIBOX);
}

/* Warnings are a result, not an error: on stdout, and the status is 1. */
static int check_now(struct call *call, const struct build_words *w,
                     const struct build_options *options, struct mb_error *err)
{
    struct check_report report = {0};

    if (call_open_store(call, err) < 0)
        return -1;
    int result = build_check(&call->store, options, &report, err);
    if (w->json)
        checkprint_json(&report);
    else
        checkprint_text(&report, result == 0);
    if (result == 0 && report.n)
        result = 1;
    check_done(&report);
    return result;
}

/* What came out of a comparison, on stdout. */
static void print_verify(const char *name, const struct image *wanted,
                         const struct verify *verify)
{
    if (verify->same) {
        printf("%s is what these files build: " DIGEST_FMT "\n", name,
               wanted->id.hex);
        return;
    }
    printf("%s is not what these files build%s\n", name,
           verify->only_times ? ", but only times differ" : "");
    for (size_t i = 0; i < verify->report.n; i++)
        printf("%s\n", verify->report.v[i]);
    if (verify->only_times)
        printf("(set SOURCE_DATE_EPOCH when you build, and they will not)\n");
}

/* Like warnings, a difference is a result: on stdout, and the status is 1. */
static int verify_now(struct call *call, const struct build_words *w,
                      struct build_options *options, struct mb_error *err)
{
    struct image wanted;
    struct verify verify = {0};

    if (options->tags.n || w->iidfile) {
        mb_failx(err, "--verify keeps no image, so it takes no -t and no "
                      "--iidfile");
        return mb_code(err, EXIT_MINIBOX);
    }
    options->no_cache = true;
    options->progress = w->quiet ? NULL : stderr;
    if (call_open_store(call, err) < 0 ||
        lookup_image(&call->store, w->verify, &wanted, err) < 0)
        return -1;
    int result = build_verify(&call->store, options, &wanted, &verify, err);
    if (result == 0) {
        print_verify(w->verify, &wanted, &verify);
        result = verify.same ? 0 : 1;
    }
    verify_done(&verify);
    image_done(&wanted);
    return result;
}

int command_build(struct call *call, struct mb_error *err)
{
    mb_autostrv struct strv words = {0};
    struct build_words w = {0};
    struct build_options options = {0};
    int status = -1;

    if (call_parse(call, docker_only, &w, &words, err) == 0 &&
        call_need_words(call, &words, 1, 1, err) == 0 &&
        check_context(words.v[0], err) == 0 && translate_call(&w, err) == 0 &&
        translate(&w, &options, err) == 0) {
        options.context = words.v[0];
        status = w.check    ? check_now(call, &w, &options, err)
                 : w.verify ? verify_now(call, &w, &options, err)
                            : build_now(call, &w, &options, err);
    }
    strv_done(&options.tags);
    strv_done(&options.build_args);
    strv_done(&options.labels);
    strv_done(&options.secrets);
    strv_done(&w.tags);
    strv_done(&w.args);
    strv_done(&w.labels);
    strv_done(&w.secrets);
    return status;
}
