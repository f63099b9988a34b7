/* SPDX-License-Identifier: MIT */
/*
 * cli/audit.c - audit
 *
 * Problem   Before an image goes out, somebody should look for what must not go
 *           along.  Nobody opens each layer for that by hand.
 * Idea      One look at an image in the store.  An archive becomes one first,
 *           in a store of its own that is gone afterwards:
 *
 *             store/
 *               index.json  layers/  ...       the user's: left alone
 *               tmp/4711-x/                    locked while we live
 *                 index.json  layers/  ...     the archive's images
 *
 * Rules     1. After kill -9 the lock is free, and the next command that needs
 *              tmp/ sweeps it.
 *           2. "app" is an image before it is a file; "./app" is a file.
 *           3. Exit code 1 means secrets, so nothing else may end with it.
 * Read      lessons/24-secrets.md
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/auditreport.h"
#include "cli/command.h"
#include "image/archive.h"
#include "image/index.h"
#include "image/lookup.h"
#include "linux/spawn.h"

struct audit_words {
    bool json;
};
const struct option_row audit_options[] = {
    {0, "json", OPTION_FLAG, offsetof(struct audit_words, json), NULL,
     "Show all that is known"},
    {.help = AUDITREPORT_HELP},
};

/* One run. */
struct auditor {
    bool json;
    json_t *images; /* --json: what was found so far */
    size_t secrets; /* so many different ones so far */
};

/* Audit one image, called NAME. */
static int audit_image(struct auditor *auditor, const struct store *store,
                       const struct image *image, const char *name,
                       struct mb_error *err)
{
    struct audit audit;
    int result = audittext_read(store, image, name, &audit, err);
    size_t places;

    if (result == 0 && auditor->json)
        json_array_append_new(auditor->images, auditreport_json(&audit));
    else if (result == 0)
        auditreport_print(&audit);
    auditor->secrets += secrets_count(&audit.secrets, &places);
    audittext_done(&audit);
    return result;
}

/* The same for the manifest of an entry of an archive's index. */
static int audit_entry(struct auditor *auditor, const struct store *store,
                       const struct index_entry *entry, struct mb_error *err)
{
    struct image image;
    struct image_ref ref = {0};

    if (image_load(store, &entry->manifest, &image, err) < 0)
        return -1;
    if (entry->name)
        (void)ref_parse(entry->name, &ref, NULL);
    mb_autofree char *name = ref.familiar ? mb_strdup(ref.familiar)
                                          : mb_printf("%.12s", image.id.hex);
    int result = audit_image(auditor, store, &image, name, err);
    ref_done(&ref);
    image_done(&image);
    return result;
}

/* Audit all images of an archive that has been loaded into STORE; those with
 * several names once. */
static int audit_all(struct auditor *auditor, const struct store *store,
                     struct mb_error *err)
{
    json_t *index = index_load(store, err);
    struct index_entry entry, other;
    int result = index ? 0 : -1;

    for (size_t at = 0; result == 0 && index_next(index, &at, &entry);) {
        size_t before = 0;
        while (index_next(index, &before, &other) && before < at &&
               !digest_equal(&other.manifest, &entry.manifest))
            continue;
        if (before == at)
            result = audit_entry(auditor, store, &entry, err);
    }
    json_decref(index);
    return result;
}

/* Audit the archive in FD, in a store below the user's. */
static int audit_archive(struct auditor *auditor, const struct store *users,
                         int fd, struct mb_error *err)
{
    struct reader reader = reader_from_fd(fd);
    struct stat st;
    mb_autostrv struct strv lines = {0};
    mb_autofree char *dir = NULL;
    mb_autoclose int lock = -1;
    struct store store;
    int result = -1;

    if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
        mb_failx(err, "it is a directory, not an archive");
        return mb_hint(err, "tar -C DIR -c . | minibox audit -");
    }
    if (store_make_temporary(users, &dir, &lock, err) < 0)
        return -1;
    if (store_open_at(dir, &store, err) == 0) {
        if (archive_load(&store, &reader, &lines, err) == 0)
            result = audit_all(auditor, &store, err);
        store_close(&store);
    }
    store_remove_temporary(users, dir);
    return result;
}

/* Audit the image called NAME.  1: there is none. */
static int audit_named(struct auditor *auditor, const struct store *store,
                       const char *name, struct mb_error *err)
{
    mb_autoclose int hold = store_hold(store, false, err);
    struct image image;

    if (hold < 0)
        return -1;
    if (lookup_image(store, name, &image, err) < 0)
        return 1;
    int result = audit_image(auditor, store, &image, name, err);
    image_done(&image);
    return result;
}

/* Is NAME that of a file, and never of an image (rule 2)? */
static bool is_path(const char *name)
{
    return name[0] == '.' || name[0] == '/' || strcmp(name, "-") == 0;
}

/* Audit what the user calls NAME.  FD: the file of that name, or -1. */
static int audit_what(struct auditor *auditor, const struct store *store,
                      const char *name, int fd, struct mb_error *err)
{
    int result = is_path(name) ? 1 : audit_named(auditor, store, name, err);

    if (result <= 0)
        return result;
    if (fd < 0)
        return -1; /* there is no such image: *err says so */
    return audit_archive(auditor, store, fd, err) < 0
               ? mb_wrap(err, "audit %s", name)
               : 0;
}

/* Print what --json asks for. */
static void print_json(const struct auditor *auditor)
{
    json_t *all =
        json_pack("{s:I, s:O}", "secrets", (json_int_t)auditor->secrets,
                  "images", auditor->images);

    json_dumpf(all, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII);
    putchar('\n');
    json_decref(all);
}

/* Open the file NAME, while we are still the user who may read it. */
static int open_archive(const char *name)
{
    return strcmp(name, "-") == 0 ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
                                  : open(name, O_RDONLY | O_CLOEXEC);
}

int command_audit(struct call *call, struct mb_error *err)
{
    mb_autostrv struct strv words = {0};
    struct audit_words w = {0};

    if (call_parse(call, NULL, &w, &words, err) < 0 ||
        call_need_words(call, &words, 1, 1, err) < 0)
        return mb_code(err, EXIT_MINIBOX); /* rule 3 */
    mb_autoclose int fd = open_archive(words.v[0]);
    if (fd < 0 && is_path(words.v[0])) {
        mb_fail(err, "open %s", words.v[0]);
        return mb_code(err, EXIT_MINIBOX);
    }
    struct auditor auditor = {.json = w.json, .images = json_array()};
    int result = call_open_store(call, err);
    if (result == 0)
        result = audit_what(&auditor, &call->store, words.v[0], fd, err);
    if (result == 0 && w.json)
        print_json(&auditor);
    json_decref(auditor.images);
    return result < 0 ? mb_code(err, EXIT_MINIBOX) : auditor.secrets > 0;
}
