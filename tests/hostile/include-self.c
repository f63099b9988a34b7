/* SPDX-License-Identifier: MIT */
/* a file that includes itself */
#include __FILE__
