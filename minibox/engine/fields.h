/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_FIELDS_H
#define ENGINE_FIELDS_H

#include "base/buf.h"
#include "base/error.h"

/* Split "a=1,b,c=x" at its commas and append the fields to *out.  A field in
 * double quotes may hold commas; two double quotes in it are one. */
int fields_split(const char *text, struct strv *out, struct mb_error *err);

/* Take a field apart: its key in small letters (caller frees), and where its
 * value starts, or NULL when there is no "=". */
char *fields_key(const char *field, const char **out_value);

#endif
