/* SPDX-License-Identifier: MIT */
#ifndef GRADER_SEE_H
#define GRADER_SEE_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * What the kernel shows of a process, from outside.  PIDs are the judge's.
 * Texts live as long as the test; a process that is gone gives "".
 */

/* /proc/PID/FILE as it is: mountinfo, uid_map, status, net/dev, ... */
const char *see_proc(pid_t pid, const char *file);
/* The value of a line of /proc/PID/status: see_status(pid, "CapBnd"). */
const char *see_status(pid_t pid, const char *name);
/* Where a link of /proc/PID leads: "root", "cwd", "exe", "ns/pid". */
const char *see_link(pid_t pid, const char *name);

/* Do both have the same namespace "mnt", "pid", ...? */
bool see_same_ns(pid_t a, pid_t b, const char *name);

/* The namespaces that PID is in, a line for each. */
const char *see_namespaces(pid_t pid);
/* Is NAME the host name in the UTS namespace of PID? */
bool see_host_name(pid_t pid, const char *name);

/* How many lines has the text? */
int see_lines(const char *text);
/* The line of a mountinfo whose mount point is TARGET (the last of them, which
 * is the visible one), or "". */
const char *see_mount(const char *mountinfo, const char *target);

/* The file PATH as PID sees it: below its root directory.  "" if there is
 * none. */
const char *see_file(pid_t pid, const char *path);
/* Are two processes' root directories ("root") or working directories ("cwd")
 * the same directory as PATH seen from PID's root? */
bool see_same_dir(pid_t a, const char *link_a, pid_t b, const char *link_b);

/* Living processes below PID but EXCEPT, as "PID (name) state" lines. */
const char *see_children(pid_t pid, pid_t except);

/* A list of words, "cmdline" or "environ": each between two line ends. */
const char *see_words(pid_t pid, const char *file);

/* Run FN in a child of ours that has joined the namespaces FLAGS of PID (its
 * user namespace first).  Returns FN's result, 0 to 255; -1 if that failed. */
int see_inside(pid_t pid, int flags, int (*fn)(void *), void *argument);

/* The mounts of PID's mount namespace, as a process sees them that joins it:
 * from the namespace's own root, wherever PID's root is (chroot(2) changes what
 * PID sees in its own mountinfo; not this). */
const char *see_ns_mounts(pid_t pid);

/* The state of the processes of a cage, for who waits for them in vain: running
 * or sleeping, and in which system call. */
const char *see_stuck(pid_t cage_pid);

#endif
