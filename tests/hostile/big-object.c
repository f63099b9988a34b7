/* SPDX-License-Identifier: MIT */
/* an object of 4 GB */
__asm__(".data\n.fill 4000000000, 1, 1\n");
