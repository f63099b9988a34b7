/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_FILEMODE_H
#define ENGINE_FILEMODE_H

#include <sys/types.h>

#include "base/error.h"

/* What --chmod=TEXT makes of a file whose st_mode is OLD: the new permissions,
 * 0 to 07777, or -1 when TEXT is neither an octal number nor of the form that
 * chmod(1) takes. */
int filemode_apply(const char *text, mode_t old, struct mb_error *err);

#endif
