/* SPDX-License-Identifier: MIT */
/*
 * ports.c - the words of EXPOSE
 *
 * Problem   EXPOSE 8000-8002 80/TCP is short for the writer.  Whoever reads the
 *           image looks for "8001/tcp".
 * Idea      Take a word apart from behind, and write out each port:
 *
 *             127.0.0.1:80:8000-8002/TCP
 *                          |       | `---- in lower case; tcp if missing
 *                          first   last    8000/tcp 8001/tcp 8002/tcp
 *
 * Rules     1. EXPOSE opens nothing, it tells what the program listens on.  So
 *              an address and a port of the host mean nothing here.  A builder
 *              takes them all the same, and a check warns.
 * Read      reference.md, "EXPOSE"; lessons/23-startup.md
 */
#include "engine/ports.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* The number that TEXT is, or -1. */
static int port_number(const char *text)
{
    size_t len = strlen(text);

    if (len == 0 || len > 5 || strspn(text, "0123456789") != len)
        return -1;
    int port = atoi(text);
    return port <= 65535 ? port : -1;
}

/* FIRST, or FIRST-LAST. */
static int parse_range(const char *text, int *first, int *last)
{
    const char *minus = strchr(text, '-');
    mb_autofree char *start = mb_strndup(text, strcspn(text, "-"));

    *first = port_number(start);
    *last = minus ? port_number(minus + 1) : *first;
    return *first >= 0 && *last >= *first ? 0 : -1;
}

/* The protocol in lower case, "tcp" if TEXT is empty; NULL if it is none.  The
 * caller frees. */
static char *parse_protocol(const char *text)
{
    mb_autofree char *name = mb_strdup(*text ? text : "tcp");

    for (char *c = name; *c; c++)
        *c = tolower((unsigned char)*c);
    if (strcmp(name, "tcp") != 0 && strcmp(name, "udp") != 0 &&
        strcmp(name, "sctp") != 0)
        return NULL;
    return mb_steal(&name);
}

int ports_parse(const char *word, struct strv *out, struct mb_error *err)
{
    const char *colon = strrchr(word, ':'); /* rule 1 */
    const char *text = colon ? colon + 1 : word;
    size_t len = strcspn(text, "/");
    mb_autofree char *range = mb_strndup(text, len);
    mb_autofree char *protocol =
        parse_protocol(text + len + (text[len] == '/'));
    int first, last;

    if (!len)
        return mb_failx(err, "invalid port: \"%s\": no port specified", word);
    if (!protocol)
        return mb_failx(err, "invalid port: \"%s\": invalid proto: %s", word,
                        text + len + 1);
    if (parse_range(range, &first, &last) < 0)
        return mb_failx(err, "invalid containerPort: %s", range);
    for (; first <= last; first++)
        strv_addf(out, "%d/%s", first, protocol);
    return 0;
}
