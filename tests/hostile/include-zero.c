/* SPDX-License-Identifier: MIT */
/* an endless file */
#include "/dev/zero"
