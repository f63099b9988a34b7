/* SPDX-License-Identifier: MIT */
/* name the functions otherwise, and hope for ours */
int my_pivot_into(const char *rootfs);
int my_pivot_into(const char *rootfs)
{
    return rootfs != 0;
}
