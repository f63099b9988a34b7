/* SPDX-License-Identifier: MIT */
/*
 * caps.c - root cut into pieces
 *
 * Problem   Root in a container needs some of root's powers (to change file
 *           owners, to bind port 80), and must not have the others (to mount,
 *           to load kernel modules, to set the clock).
 * Idea      The kernel checks capabilities, not "is it root?".  A process has
 *           sets of them; two count here:
 *
 *             permitted/effective   what it can do now
 *             bounding              the most that any exec can give it back
 *
 * Rules     1. Bounding first: dropping from it needs CAP_SETPCAP.
 *           2. Inheritable and ambient stay empty, else they come back at the
 *              next exec (that was CVE-2022-29162 in runc).
 *           3. When the user changes from 0 to another, the kernel clears
 *              permitted and effective by itself; the bounding set stays.
 * Read      capabilities(7), cap_from_name(3); lessons/09-privileges.md
 */
#include "linux/caps.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <strings.h>
#include <sys/capability.h>
#include <sys/prctl.h>

#include "base/explain.h"
#include "base/mem.h"

#define BIT(cap) (UINT64_C(1) << (cap))

const uint64_t caps_docker_default =
    BIT(CAP_CHOWN) | BIT(CAP_DAC_OVERRIDE) | BIT(CAP_FSETID) | BIT(CAP_FOWNER) |
    BIT(CAP_MKNOD) | BIT(CAP_NET_RAW) | BIT(CAP_SETGID) | BIT(CAP_SETUID) |
    BIT(CAP_SETFCAP) | BIT(CAP_SETPCAP) | BIT(CAP_NET_BIND_SERVICE) |
    BIT(CAP_SYS_CHROOT) | BIT(CAP_KILL) | BIT(CAP_AUDIT_WRITE);

/* Every capability that this kernel knows. */
static uint64_t all_known(void)
{
    uint64_t set = 0;

    for (int cap = 0; CAP_IS_SUPPORTED(cap); cap++)
        set |= BIT(cap);
    return set;
}

/* One name, with or without CAP_, as a set; ALL is the set of all. */
static int parse_name(const char *name, uint64_t *out, struct mb_error *err)
{
    bool odd = false;
    cap_value_t value;
    mb_autofree char *full = strncasecmp(name, "CAP_", 4) == 0
                                 ? mb_strdup(name)
                                 : mb_printf("cap_%s", name);

    if (strcasecmp(name, "ALL") == 0) {
        *out = all_known();
        return 0;
    }
    /* libcap stops at the first odd letter: NET_RAW,CHOWN is no name. */
    for (const char *p = full; *p; p++)
        odd |= !isalnum((unsigned char)*p) && *p != '_';
    if (odd || cap_from_name(full, &value) < 0) {
        mb_failx(err, "unknown capability \"%s\"", name);
        return mb_hint(err, "names are those of capabilities(7), such as "
                            "NET_ADMIN");
    }
    *out = BIT(value);
    return 0;
}

/* The union of the named sets. */
static int parse_names(const struct strv *names, uint64_t *out,
                       struct mb_error *err)
{
    uint64_t one = 0;

    *out = 0;
    for (size_t i = 0; i < names->n; i++) {
        if (parse_name(names->v[i], &one, err) < 0)
            return -1;
        *out |= one;
    }
    return 0;
}

int caps_resolve(const struct strv *add, const struct strv *drop,
                 uint64_t *out_set, struct mb_error *err)
{
    uint64_t added, dropped;

    if (parse_names(add, &added, err) < 0 ||
        parse_names(drop, &dropped, err) < 0)
        return -1;
    if (dropped == all_known())
        *out_set = added;
    else
        *out_set = (caps_docker_default | added) & ~dropped;
    *out_set &= all_known();
    return 0;
}

int caps_bound(uint64_t keep, struct mb_error *err)
{
    /* STEP 1, 2 points: take all that are not in KEEP from the bounding set, by
     * prctl(2); EINVAL says that the kernel knows no such capability */
    for (int cap = 0; cap < 64; cap++) {
        if (keep & BIT(cap))
            continue;
        if (prctl(PR_CAPBSET_DROP, cap) == 0)
            continue;
        if (errno == EINVAL) /* beyond the last one this kernel knows */
            break;
        return mb_fail(err, "drop capability %d from the bounding set", cap);
    }
    explain("09", "prctl(PR_CAPBSET_DROP, ...)",
            "no program in here can gain more than %d capabilities",
            __builtin_popcountll(keep));
    /* END STEP 1 */
    return 0;
}

/* Put the capability into both sets, if NOW holds it: not even root can give
 * itself one that was taken from the whole machine (EPERM). */
static void keep_one(cap_t sets, cap_t now, cap_value_t value)
{
    cap_flag_value_t held;

    /* None of these calls can fail for a number below 64. */
    if (cap_get_flag(now, value, CAP_PERMITTED, &held) < 0 || held != CAP_SET)
        return;
    (void)cap_set_flag(sets, CAP_PERMITTED, 1, &value, CAP_SET);
    (void)cap_set_flag(sets, CAP_EFFECTIVE, 1, &value, CAP_SET);
}

/* Hold each of KEEP that NOW holds, and nothing else.  SETS comes with all
 * three sets empty, and the inheritable one stays so: rule 2. */
static int take_on(uint64_t keep, cap_t sets, cap_t now, struct mb_error *err)
{
    /* STEP 2, 2 points: put each of KEEP into SETS with keep_one(), then make
     * SETS ours with cap_set_proc(3) */
    for (int cap = 0; cap < 64; cap++)
        if (keep & BIT(cap))
            keep_one(sets, now, cap);
    if (cap_set_proc(sets) < 0)
        return mb_fail(err, "set the capabilities");
    /* END STEP 2 */
    return 0;
}

int caps_limit(uint64_t keep, struct mb_error *err)
{
    cap_t sets = cap_init();
    cap_t now = cap_get_proc();
    int result = sets && now ? take_on(keep, sets, now, err)
                             : mb_fail(err, "read the capabilities");

    cap_free(sets);
    cap_free(now);
    return result;
}
