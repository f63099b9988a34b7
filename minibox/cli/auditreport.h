/* SPDX-License-Identifier: MIT */
#ifndef CLI_AUDITREPORT_H
#define CLI_AUDITREPORT_H

#include <jansson.h>

#include "cli/audittext.h"

/* Tell on standard output what was found, in lines of 80 characters. */
void auditreport_print(const struct audit *audit);

/* The same as JSON; auditreport_help says what is in it.  json_decref(). */
json_t *auditreport_json(const struct audit *audit);

/* What minibox audit --help says in the end. */
#define AUDITREPORT_HELP                                                       \
    "Exit code: 0 no secrets, 1 secrets, 125 it could not be told.\n"          \
    "\n"                                                                       \
    "ARCHIVE is a file that docker save or minibox save has written, or an\n"  \
    "OCI archive; - is standard input.  It is not loaded.\n"                   \
    "\n"                                                                       \
    "--json gives one object: secrets (different ones), images (a list):\n"    \
    "  image, id                 its name, \"sha256:...\"\n"                   \
    "  secrets                   a list; of each:\n"                           \
    "    place                   history, env, label, command, file\n"         \
    "    where                   in words\n"                                   \
    "    kind, masked, length    its first characters only, and of how many\n" \
    "    name                    variable, label, Cmd...; a file: its path\n"  \
    "    line                    of the history or the file, or null\n"        \
    "    again                   so many times more in that place\n"           \
    "    others                  more in that file, which are not listed\n"    \
    "    layer, hidden_by        numbers from 1, or null\n"                    \
    "    how                     deleted, overwritten, or null\n"              \
    "    why, fix, lesson\n"                                                   \
    "  size, wasted              bytes in all layers; hidden by later ones\n"  \
    "  waste                     brought_by, hidden_by, how, bytes, advice\n"  \
    "  leftovers                 directory, what, layer, files, bytes, fix\n"  \
    "  unsearched                files of which only 64 MiB were searched\n"

#endif
