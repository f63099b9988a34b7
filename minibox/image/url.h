/* SPDX-License-Identifier: MIT */
#ifndef IMAGE_URL_H
#define IMAGE_URL_H

#include <stdbool.h>

#include "base/buf.h"

/* "https://host:port", in lower case and with the port spelled out: two URLs
 * of the same origin are one server.  NULL for anything but http and https,
 * and for a URL with a user name in it.  Caller frees. */
char *url_origin(const char *url);
bool url_same_origin(const char *a, const char *b);

/* The host alone; caller frees.  "" when there is none. */
char *url_host(const char *url);

/* Where LOCATION, from an answer to a request for BASE, leads.  Caller
 * frees. */
char *url_resolve(const char *base, const char *location);

/* Append TEXT as a part of a query: "a b" as "a%20b". */
void url_escape(struct buf *out, const char *text);

/* Is the host (with or without a port) this machine itself? */
bool url_is_loopback(const char *host);

#endif
