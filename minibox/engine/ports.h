/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_PORTS_H
#define ENGINE_PORTS_H

#include "base/buf.h"
#include "base/error.h"

/* WORD of an EXPOSE, variables put in: [[ADDRESS:]HOST-PORTS:]PORTS[/PROTOCOL]
 * where PORTS is one or FIRST-LAST.  Appends "8080/tcp" for each port to *out;
 * what is before the ports is for `run -p`, and does not count. */
int ports_parse(const char *word, struct strv *out, struct mb_error *err);

#endif
