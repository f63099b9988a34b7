/* SPDX-License-Identifier: MIT */
/* include the module by every path that it may have */
#if __has_include("linux/pivot.c")
#include "linux/pivot.c"
#elif __has_include("/include/linux/pivot.c")
#include "/include/linux/pivot.c"
#elif __has_include("/parts/pivot.c")
#include "/parts/pivot.c"
#else
#error "not there"
#endif
