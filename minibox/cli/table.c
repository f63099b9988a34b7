/* SPDX-License-Identifier: MIT */
/*
 * table.c - columns, durations and sizes as docker prints them
 *
 * Problem   People read docker's tables every day; scripts cut them up.
 * Idea      The same rules: Go's tabwriter for columns, go-units for numbers.
 * Rules     1. A cell's width is counted in characters, not bytes: "…" is one.
 * Read      docker-image-ls(1), docker-container-ls(1)
 */
#include "cli/table.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"

/* Characters of a UTF-8 string: all bytes but the continuation bytes. */
static size_t characters(const char *text)
{
    size_t n = 0;

    for (; *text; text++)
        n += (*text & 0xc0) != 0x80;
    return n;
}

static size_t column_width(const struct strv *cells, size_t n_columns,
                           size_t column)
{
    size_t width = 10;

    for (size_t i = column; i < cells->n; i += n_columns) {
        size_t wanted = characters(cells->v[i]) + 3;
        if (wanted > width)
            width = wanted;
    }
    return width;
}

void table_print(const struct strv *cells, size_t n_columns)
{
    mb_autofree size_t *widths = mb_alloc((n_columns + 1) * sizeof *widths);

    for (size_t i = 0; i < n_columns; i++)
        widths[i] = column_width(cells, n_columns, i);
    for (size_t i = 0; i < cells->n; i++) {
        size_t column = i % n_columns;
        int last = column == n_columns - 1;
        int padding = last ? 0 : widths[column] - characters(cells->v[i]);
        printf("%s%*s%s", cells->v[i], padding, "", last ? "\n" : "");
    }
}

/* The units of time with their limits, as go-units has them. */
char *table_duration(int64_t seconds)
{
    int64_t minutes = seconds / 60, hours = (seconds + 1800) / 3600;

    if (seconds < 1)
        return mb_strdup("Less than a second");
    if (seconds == 1)
        return mb_strdup("1 second");
    if (seconds < 60)
        return mb_printf("%lld seconds", (long long)seconds);
    if (minutes == 1)
        return mb_strdup("About a minute");
    if (minutes < 60)
        return mb_printf("%lld minutes", (long long)minutes);
    if (hours == 1)
        return mb_strdup("About an hour");
    if (hours < 48)
        return mb_printf("%lld hours", (long long)hours);
    if (hours < 24 * 14)
        return mb_printf("%lld days", (long long)hours / 24);
    if (hours < 24 * 60)
        return mb_printf("%lld weeks", (long long)hours / 24 / 7);
    if (hours < 24 * 365 * 2)
        return mb_printf("%lld months", (long long)hours / 24 / 30);
    return mb_printf("%lld years", (long long)hours / 24 / 365);
}

char *table_ago(int64_t then)
{
    int64_t now = time(NULL);

    if (then <= 0)
        return mb_strdup("N/A");
    mb_autofree char *duration = table_duration(now > then ? now - then : 0);

    return mb_printf("%s ago", duration);
}

char *table_date(int64_t then)
{
    time_t t = then;
    struct tm tm;
    char text[64];

    if (then < 0 || !localtime_r(&t, &tm) ||
        strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S %z %Z", &tm) == 0)
        return mb_strdup("N/A");
    return mb_strdup(text);
}

/* BYTES in the largest unit that leaves at least one, with DIGITS of them. */
static char *show_size(uint64_t bytes, int digits)
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB"};
    double size = bytes;
    size_t i = 0;

    for (; size >= 1000 && i + 1 < sizeof units / sizeof *units; i++)
        size /= 1000;
    return mb_printf("%.*g%s", digits, size, units[i]);
}

char *table_size(uint64_t bytes)
{
    return show_size(bytes, 3);
}

char *table_size_exactly(uint64_t bytes)
{
    return show_size(bytes, 4);
}

char *table_cut(const char *text, size_t width)
{
    struct buf out = BUF_INIT;
    size_t n = 0;

    if (characters(text) <= width)
        return mb_strdup(text);
    for (; *text; text++) {
        n += (*text & 0xc0) != 0x80;
        if (n == width)
            break;
        buf_addc(&out, *text);
    }
    buf_adds(&out, "…");
    return buf_take(&out);
}
