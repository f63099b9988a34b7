/* SPDX-License-Identifier: MIT */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* A table as docker prints it: each column as wide as its longest cell plus
 * three, ten at least; the last one unpadded.  CELLS holds the cells of all
 * rows, N_COLUMNS to a row, the header first. */
void table_print(const struct strv *cells, size_t n_columns);

/* "3 minutes ago"; THEN: seconds since 1970.  Caller frees. */
char *table_ago(int64_t then);
/* The same without "ago". */
char *table_duration(int64_t seconds);
/* "2026-11-25 08:28:14 +0000 UTC", in the time zone of the user.  Caller frees.
 */
char *table_date(int64_t then);
/* "1.99MB": decimal, three significant digits.  Caller frees. */
char *table_size(uint64_t bytes);
/* The same with four: "1.987MB". */
char *table_size_exactly(uint64_t bytes);
/* TEXT cut to WIDTH characters, the last of them "…" if it was longer. */
char *table_cut(const char *text, size_t width);

#endif
