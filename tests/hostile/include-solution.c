/* SPDX-License-Identifier: MIT */
/* include the solution */
#include "../../solutions/05-pivot-root/pivot.c"
