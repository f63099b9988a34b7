/* SPDX-License-Identifier: MIT */
#ifndef CLI_CHECKPRINT_H
#define CLI_CHECKPRINT_H

#include "engine/check.h"

/* Print what `build --check` found, on stdout: for people, as docker does, but
 * with the lesson in place of a web address; COMPLETE when the walk reached
 * the end of the file.  Or as JSON, in the form of docker's --call=check,
 * format=json. */
void checkprint_text(const struct check_report *report, bool complete);
void checkprint_json(const struct check_report *report);

#endif
