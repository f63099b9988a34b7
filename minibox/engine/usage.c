/* SPDX-License-Identifier: MIT */
/*
 * usage.c - how much space all of it takes
 *
 * Problem   Ten images of 100 MB each may take 110 MB: they share their base.
 *           So sizes can't be added up, and what one gets back by removing an
 *           image is not its size.
 * Idea      Count pieces, not images.  A piece is what the store keeps under
 *           one digest, and is there once, whoever has it:
 *
 *             owners   image A   image B   container c (of A)
 *                        |  \     /  |          |
 *             pieces     1    [2]    3         [2], 1
 *
 *             size of A = 1 + 2, shared 2       all images = 1 + 2 + 3
 *             free      = 3: no container stands on it
 *
 * Rules     1. A layer is on disk twice, as a tar and unpacked, and both
 *              count.
 *           2. Docker counts a shared layer as free even if all its images are
 *              in use.  We don't: free is what nobody would miss.
 * Read      docker-system-df(1); lessons/16-store.md
 */
#include "engine/usage.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "engine/cache.h"
#include "image/blob.h"
#include "image/index.h"
#include "image/manifest.h"

/* A measurement in progress.  Pieces are called by the digits of their digest;
 * these are all objects with such keys. */
struct measure {
    const struct store *store;
    struct usage *usage;
    json_t *owners; /* piece -> how many images have it */
    json_t *used;   /* piece -> true: it has to stay */
    json_t *users;  /* image ID -> how many containers were made from it */
    json_t *cached; /* piece -> true: only the build cache has it */
};

/* ---- containers --------------------------------------------------------- */

/* Bytes of the files below a directory. */
static uint64_t tree_size(int parent, const char *name)
{
    int fd = fs_open_dir(parent, name, NULL);
    mb_autodir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    struct dirent *entry;
    struct stat st;
    uint64_t sum = 0;

    while (dir && (entry = readdir(dir))) {
        if (strcmp(entry->d_name, ".") == 0 ||
            strcmp(entry->d_name, "..") == 0 ||
            fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
            continue;
        sum += S_ISDIR(st.st_mode)   ? tree_size(fd, entry->d_name)
               : S_ISREG(st.st_mode) ? (uint64_t)st.st_size
                                     : 0;
    }
    return sum;
}

uint64_t usage_of_container(const struct container *c)
{
    mb_autofree char *upper = mb_printf("%s/upper", c->dir);

    return tree_size(AT_FDCWD, upper);
}

uint64_t usage_of_layers(const struct store *store, const json_t *layers)
{
    uint64_t sum = 0;
    const json_t *layer;
    size_t i;

    json_array_foreach(layers, i, layer)
    {
        const char *hex = json_string_value(layer);
        mb_autofree char *text = mb_printf(DIGEST_FMT, hex ? hex : "");
        struct digest diff_id;
        if (digest_parse(text, &diff_id, NULL) == 0)
            sum += store_layer_size(store, &diff_id);
    }
    return sum;
}

/* One more at KEY. */
static void count(json_t *object, const char *key)
{
    json_int_t before = json_integer_value(json_object_get(object, key));

    json_object_set_new(object, key, json_integer(before + 1));
}

static int measure_container(const struct container *c, void *argument)
{
    struct measure *m = argument;
    json_t *config = state_read(c, "config.json");
    const char *id = json_string_value(json_object_get(config, "imageId"));
    uint64_t size = usage_of_container(c);
    bool running = state_is_running(c);
    json_t *layer;
    size_t i;

    m->usage->n_containers++;
    m->usage->n_running += running;
    m->usage->containers_size += size;
    m->usage->containers_free += running ? 0 : size;
    if (id && starts_with(id, "sha256:"))
        count(m->users, id + strlen("sha256:"));
    json_array_foreach(json_object_get(config, "layers"), i, layer)
    {
        if (json_is_string(layer))
            count(m->used, json_string_value(layer));
    }
    json_decref(config);
    return 0;
}

/* ---- images ------------------------------------------------------------- */

/* All that the store has under these digits (rule 1). */
static uint64_t piece_size(const struct store *store, const char *hex)
{
    struct digest digest = {0};

    memcpy(digest.hex, hex, strlen(hex));
    return blob_size(store, &digest) + store_layer_size(store, &digest);
}

/* The image's pieces, each once, as the keys of a new object. */
static json_t *list_pieces(const struct image *image)
{
    json_t *pieces = json_object();

    count(pieces, image->manifest.hex);
    count(pieces, image->id.hex);
    for (size_t i = 0; i < image->n_layers; i++) {
        count(pieces, image->layers[i].diff_id.hex);
        count(pieces, image->layers[i].blob.hex);
    }
    return pieces;
}

/* An image that we have not seen under another name. */
static void add_image(struct measure *m, const struct index_entry *entry)
{
    struct usage *u = m->usage;
    struct usage_image one = {0};
    struct mb_error why = {0};
    struct image_ref ref;

    for (size_t i = 0; i < u->n_images; i++)
        if (digest_equal(&u->images[i].image.manifest, &entry->manifest))
            return;
    if (image_load(m->store, &entry->manifest, &one.image, &why) < 0) {
        mb_warn("%s can't be read: %s", entry->name ? entry->name : "<none>",
                why.msg);
        return;
    }
    if (entry->name && ref_parse(entry->name, &ref, NULL) == 0) {
        one.name = mb_steal(&ref.familiar);
        ref_done(&ref);
    }
    one.containers =
        json_integer_value(json_object_get(m->users, one.image.id.hex));
    u->images = mb_realloc(u->images, (u->n_images + 1) * sizeof *u->images);
    u->images[u->n_images++] = one;
}

/* Note who has the pieces of each image. */
static void count_owners(struct measure *m)
{
    const char *hex;
    json_t *one;

    for (size_t i = 0; i < m->usage->n_images; i++) {
        const struct usage_image *image = &m->usage->images[i];
        json_t *pieces = list_pieces(&image->image);
        m->usage->n_used += image->containers > 0;
        json_object_foreach(pieces, hex, one)
        {
            count(m->owners, hex);
            if (image->containers)
                count(m->used, hex);
        }
        json_decref(pieces);
    }
}

/* Now that the owners are known: the size of each image, and of all. */
static void add_sizes(struct measure *m)
{
    const char *hex;
    json_t *one;

    for (size_t i = 0; i < m->usage->n_images; i++) {
        struct usage_image *image = &m->usage->images[i];
        json_t *pieces = list_pieces(&image->image);
        json_object_foreach(pieces, hex, one)
        {
            uint64_t size = piece_size(m->store, hex);
            json_t *owners = json_object_get(m->owners, hex);
            image->size += size;
            if (json_integer_value(owners) > 1)
                image->shared += size;
        }
        json_decref(pieces);
    }
    json_object_foreach(m->owners, hex, one)
    {
        uint64_t size = piece_size(m->store, hex);
        m->usage->images_size += size;
        if (!json_object_get(m->used, hex))
            m->usage->images_free += size;
    }
}

static int measure_images(struct measure *m, struct mb_error *err)
{
    json_t *index = index_load(m->store, err);
    struct index_entry entry;

    if (!index)
        return -1;
    for (size_t cursor = 0; index_next(index, &cursor, &entry);)
        add_image(m, &entry);
    json_decref(index);
    count_owners(m);
    add_sizes(m);
    return 0;
}

/* ---- build cache -------------------------------------------------------- */

/* A record, and the layer that it leads to: images may have that, too. */
static void measure_record(struct measure *m, const struct digest *key)
{
    struct cache_record record;

    if (!cache_get(m->store, key, &record))
        return;
    const char *hex = record.diff_id.hex;
    m->usage->n_records++;
    if (!record.has_layer || json_object_get(m->cached, hex))
        return;
    if (json_object_get(m->owners, hex) || json_object_get(m->used, hex)) {
        m->usage->n_records_used++;
        return;
    }
    m->usage->cache_size += piece_size(m->store, hex);
    count(m->cached, hex);
}

uint64_t usage_of_cachemounts(const struct store *store, size_t *out_n)
{
    int fd = fs_open_dir(store->fd, "mounts", NULL);
    mb_autodir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    struct dirent *entry;
    uint64_t sum = 0;

    *out_n = 0;
    while (dir && (entry = readdir(dir))) {
        if (entry->d_name[0] == '.' || strcmp(entry->d_name, "lock") == 0)
            continue;
        sum += tree_size(fd, entry->d_name);
        (*out_n)++;
    }
    return sum;
}

static void measure_cache(struct measure *m)
{
    int fd = fs_open_dir(m->store->fd, "cache", NULL);
    mb_autodir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    struct dirent *entry;

    while (dir && (entry = readdir(dir))) {
        mb_autofree char *text = mb_printf("sha256:%.64s", entry->d_name);
        struct digest key;
        if (digest_parse(text, &key, NULL) == 0)
            measure_record(m, &key);
    }
    size_t n;
    m->usage->cache_size += usage_of_cachemounts(m->store, &n);
    m->usage->n_records += n;
}

/* ---- all ---------------------------------------------------------------- */

int usage_measure(const struct store *store, struct usage *out,
                  struct mb_error *err)
{
    struct measure m = {.store = store,
                        .usage = out,
                        .owners = json_object(),
                        .used = json_object(),
                        .users = json_object(),
                        .cached = json_object()};

    *out = (struct usage){0};
    int result = state_for_each(store->root, measure_container, &m, err);
    if (result == 0)
        result = measure_images(&m, err);
    if (result == 0)
        measure_cache(&m);
    json_decref(m.owners);
    json_decref(m.used);
    json_decref(m.users);
    json_decref(m.cached);
    return result;
}

void usage_done(struct usage *usage)
{
    for (size_t i = 0; i < usage->n_images; i++) {
        image_done(&usage->images[i].image);
        free(usage->images[i].name);
    }
    free(usage->images);
    *usage = (struct usage){0};
}
