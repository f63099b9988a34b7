/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_FETCH_H
#define ENGINE_FETCH_H

#include "base/error.h"
#include "image/digest.h"

/* Fetch URL, http or https, into the new directory DIR.  The file is called as
 * the last part of the URL's path, has mode 0600 and the time that the server
 * tells (or 0).  CHECKSUM: what its bytes must be; "" for anything.  Caller
 * frees *out_path. */
int fetch_url(const char *url, const struct digest *checksum, const char *dir,
              char **out_path, struct mb_error *err);

/* The digest of a fetched file: its bytes, its name and its time. */
int fetch_digest(const char *path, struct digest *out, struct mb_error *err);

#endif
