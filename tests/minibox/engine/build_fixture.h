/* SPDX-License-Identifier: MIT */
#ifndef BUILD_FIXTURE_H
#define BUILD_FIXTURE_H

/*
 * Builds in a store of the test's own.  TMP/ctx is the context; "base" is an
 * image of this machine's static busybox, made for each test that needs it.
 */

#include "engine/build.h"
#include "engine/config.h"
#include "engine/import.h"
#include "image/lookup.h"
#include "programs.h"
#include "store_fixture.h"

static struct build_options options;
static struct digest built; /* the ID of the last image */
static char *log_text;      /* what the last build said */

static inline void build_setup(void)
{
    unsetenv("SOURCE_DATE_EPOCH");
    root_store_setup();
    tmp_mkdir("ctx");
    options = (struct build_options){.context = mb_printf("%s/ctx", tmp_dir)};
    strv_add(&options.tags, "test");
}

static inline void build_teardown(void)
{
    strv_done(&options.tags);
    strv_done(&options.build_args);
    free((char *)options.context);
    free(log_text);
    log_text = NULL;
    store_teardown();
}

/* Make the image "base"; false where no container can run. */
static inline bool make_base(void)
{
    struct image_ref ref = make_ref("base");
    struct digest id;
    int result = geteuid() == 0
                     ? import_busybox(&store, "/bin/busybox", &ref, &id, &err)
                     : -1;

    ref_done(&ref);
    return result == 0;
}

/* What the Env of each image begins with that begins with nothing. */
#define ENV_PATH "\"PATH=" CONFIG_DEFAULT_PATH "\""

#define NO_BASE "no static busybox, or no user namespaces"

/* Build this Dockerfile: 0 or -1 with `err`. */
static inline int build(const char *dockerfile)
{
    size_t size;

    tmp_file("ctx/Dockerfile", dockerfile);
    free(log_text);
    log_text = NULL;
    options.progress = open_memstream(&log_text, &size);
    err = (struct mb_error){0};
    int result = build_image(&store, &options, &built, &err);
    fclose(options.progress);
    return result;
}

/* It must work. */
static inline void must_build(const char *dockerfile)
{
    int result = build(dockerfile);

    ck_assert_msg(result == 0, "%s\n%s", err.msg, log_text);
}

/* It must fail, with WORDS. */
static inline void must_fail(const char *dockerfile, const char *words)
{
    int result = build(dockerfile);

    ck_assert_msg(result < 0, "it was built: %s", log_text);
    ck_assert_msg(strstr(err.msg, words) != NULL, "%s", err.msg);
}

/* How often does the log say this? */
static inline int said(const char *words)
{
    int n = 0;

    for (const char *p = log_text; (p = strstr(p, words)); p++)
        n++;
    return n;
}

/* The image that was built last.  image_done(). */
static inline struct image load_built(void)
{
    struct image image;

    ck_assert_ok(lookup_image(&store, built.hex, &image, &err));
    return image;
}

/* KEY of its run config, as compact JSON ("null" if it is not there). */
static inline char *config_of_built(const char *key)
{
    struct image image = load_built();
    json_t *value = json_object_get(image_run_config(&image), key);
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);

    image_done(&image);
    return text ? text : mb_strdup("null");
}

static inline void expect_config(const char *key, const char *expected)
{
    mb_autofree char *is = config_of_built(key);

    ck_assert_str_eq(is, expected);
}

/* The text of a file of the last image, from the topmost layer that has it;
 * "" if there is none. */
static inline char *file_of_built(const char *name)
{
    struct image image = load_built();
    mb_autostrv struct strv dirs = {0};
    char *text = NULL;

    image_layer_dirs(&store, &image, &dirs);
    for (size_t i = 0; i < dirs.n && !text; i++) {
        mb_autofree char *path = mb_printf("%s/%s", dirs.v[i], name);
        if (access(path, F_OK) == 0)
            text = text_of(path);
    }
    image_done(&image);
    return text ? text : mb_strdup("");
}

#endif
