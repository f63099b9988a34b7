/* SPDX-License-Identifier: MIT */
/*
 * cli/layers.c - layers
 *
 * Problem   `history` shows how big each layer is, and not what is in it: what
 *           came, what went, and what only went out of sight.
 * Idea      One picture (engine/picture), and three ways to look at it:
 *
 *             picture, history, waste --+-->  boxes in the terminal
 *                                       +-->  --json   for programs
 *                                       `-->  --html   for a browser
 *
 * Rules     1. Only reading, under the lock that keeps others from removing
 *              layers in the meantime.
 *           2. A page is a file for others to open: its mode is what umask(2)
 *              leaves, and not the 0600 of an archive.
 * Read      lessons/13-layers.md, lessons/22-build.md
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "cli/command.h"
#include "cli/layersdraw.h"
#include "cli/layerspage.h"
#include "cli/output.h"
#include "image/lookup.h"

struct layers_words {
    bool json, no_trunc;
    const char *html;
};
#define FIELD(f) offsetof(struct layers_words, f)
const struct option_row layers_options[] = {
    {0, "html", OPTION_STRING, FIELD(html), "FILE",
     "Write a web page with all files (- for standard output)"},
    {0, "json", OPTION_FLAG, FIELD(json), NULL, "Show all that is known"},
    {0, "no-trunc", OPTION_FLAG, FIELD(no_trunc), NULL,
     "Show instructions, IDs and lists in full"},
    {0},
};
#undef FIELD

static int check_words(const struct layers_words *w, struct mb_error *err)
{
    bool to_terminal = w->html && strcmp(w->html, "-") == 0 && isatty(1);

    if (w->json && w->html)
        mb_failx(err, "--json and --html are two answers: ask for one");
    else if (to_terminal)
        mb_failx(err, "a web page is no use on a terminal: give --html FILE");
    else
        return 0;
    return mb_code(err, 125);
}

/* Write the page to where it is wanted. */
static int write_page(const struct layerspage *page, struct output *output,
                      struct mb_error *err)
{
    mb_autobuf struct buf text = BUF_INIT;
    mode_t mask = umask(0);

    umask(mask);
    if (output->temporary)
        (void)fchmod(output->fd, 0666 & ~mask); /* rule 2 */
    layerspage_html(page, &text);
    return fs_write_all(output->fd, text.s, text.len, err);
}

/* OUTPUT: for --html only. */
static int show(const struct layerspage *page, const struct layers_words *w,
                struct output *output, struct mb_error *err)
{
    mb_autobuf struct buf text = BUF_INIT;

    if (w->html)
        return write_page(page, output, err);
    if (w->json) {
        layerspage_json(page, &text);
        (void)!fwrite(text.s, 1, text.len, stdout); /* main() checks stdout */
    } else if (page->image->n_layers == 0) {
        printf("%s has no layers: there is no file in it\n", page->name);
    } else {
        layersdraw_print(page, w->no_trunc);
    }
    return 0;
}

/* Look at the image called NAME, and show what is seen. */
static int show_image(const struct store *store, const char *name,
                      const struct layers_words *w, struct output *output,
                      struct mb_error *err)
{
    mb_autoclose int hold = store_hold(store, false, err); /* rule 1 */
    struct image image;

    if (hold < 0 || lookup_image(store, name, &image, err) < 0)
        return -1;
    struct layerspage page = {.name = name, .image = &image};
    int result = picture_take(store, &image, &page.picture, err);
    if (result == 0) {
        waste_find(&page.picture, &page.waste);
        layerstext_read(&image, &page.history);
        result = show(&page, w, output, err);
        waste_done(&page.waste);
        layerstext_done(&page.history);
    }
    picture_done(&page.picture);
    image_done(&image);
    return result;
}

int command_layers(struct call *call, struct mb_error *err)
{
    mb_autostrv struct strv words = {0};
    struct layers_words w = {0};
    struct output output = {.fd = -1};

    if (call_parse(call, NULL, &w, &words, err) < 0 ||
        call_need_words(call, &words, 1, 1, err) < 0 ||
        check_words(&w, err) < 0)
        return -1;
    if (w.html && output_open(&output, strcmp(w.html, "-") ? w.html : NULL,
                              "write the page", err) < 0)
        return -1;
    int result = call_open_store(call, err);
    if (result == 0)
        result = show_image(&call->store, words.v[0], &w, &output, err);
    return w.html ? output_close(&output, result, err) : result;
}
