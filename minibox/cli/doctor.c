/* SPDX-License-Identifier: MIT */
/*
 * cli/doctor.c - minibox doctor
 *
 * Problem   A container needs a dozen features of the kernel and of the
 *           distribution, and each can be missing for its own reason.
 * Idea      Try each one, and print a line; below what is missing, the fix:
 *
 *             ok    works
 *             no    containers can't run until this is repaired
 *             note  they run, but something can't be had
 *
 * Rules     1. What was not tried is not called good.  Where a user namespace
 *              can't be made, all that happens inside one is not tried.
 *           2. The store is not opened: that would make it.
 *           3. Exit status 1 if there is a "no", 0 else.
 * Read      lessons/00-start.md
 */
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "cli/command.h"
#include "cli/fixes.h"
#include "image/store.h"
#include "linux/ns.h"
#include "linux/probe.h"
#include "linux/probecgroup.h"
#include "linux/probedisk.h"

/* A row of the first part: one of the two functions is there. */
struct check {
    const char *name;
    struct probe (*probe)(void);
    struct probe (*probe_disk)(const char *store);
    bool needed; /* else containers run without it */
};

static const struct check checks[] = {
    {"kernel", probe_kernel, NULL, true},
    {"user namespaces", probe_userns, NULL, true},
    {"subordinate ids", probe_ids, NULL, false},
    {"namespaces", probe_namespaces, NULL, true},
    {"/proc", probe_proc, NULL, true},
    {"seccomp", probe_seccomp, NULL, true},
    {"store", NULL, probedisk_store, true},
    {"overlay", NULL, probedisk_overlay, true},
    {"limits (cgroups)", probecgroup_limits, NULL, false},
};

/* A row of the second part: a program that some commands want. */
struct helper {
    const char *program, *purpose, *package; /* the name in Debian, Ubuntu */
};

static const struct helper helpers[] = {
    {"mmdebstrap", "minibox base debian", "mmdebstrap"},
    {"newuidmap", "subordinate ids", "uidmap"},
    {"newgidmap", "subordinate ids", "uidmap"},
    {"skopeo", "copying images from registries", "skopeo"},
};

/* ---- printing ----------------------------------------------------------- */

/* One row.  Lines of FIX (NULL: none) follow, indented. */
static void print_row(const char *mark, const char *name, const char *found,
                      const char *fix)
{
    printf("  %-5s %-19s %s\n", mark, name, found);
    while (fix && *fix) {
        int len = strcspn(fix, "\n");
        printf("          %.*s\n", len, fix);
        fix += len + (fix[len] == '\n');
    }
}

/* ---- what containers need ----------------------------------------------- */

/* Is the way into a container's world closed?  Then what lies behind it can't
 * be tried (rule 1). */
static bool closes_door(const struct check *check, const struct probe *p)
{
    return p->cause == PROBE_IDS_BROKEN ||
           (check->probe == probe_userns && p->cause != PROBE_OK);
}

/* Does it work without the door?  The kernel's version and the cgroups do. */
static bool is_outside(const struct check *check)
{
    return check->probe == probe_kernel || check->probe == probe_userns ||
           check->probe == probecgroup_limits;
}

/* Try one thing and print it.  Returns whether containers can do with it. */
static bool examine(const struct check *check, const char *store, bool *door)
{
    struct probe p = probe_result(
        PROBE_SKIPPED, "not tried: there is no way in without the above");

    if (*door || is_outside(check))
        p = check->probe ? check->probe() : check->probe_disk(store);
    if (closes_door(check, &p))
        *door = false;
    bool fatal =
        p.cause == PROBE_IDS_BROKEN || (check->needed && p.cause != PROBE_OK);
    bool skipped = p.cause == PROBE_SKIPPED; /* counted where it began */
    mb_autofree char *fix = fixes_for(p.cause);
    print_row(p.cause == PROBE_OK ? "ok"
              : fatal && !skipped ? "no"
                                  : "note",
              check->name, p.found, fix);
    return !fatal || skipped;
}

/* All of them.  Returns how many stand in the way. */
static int examine_all(void)
{
    mb_autofree char *store = store_default_root();
    bool door = true;
    int missing = 0;

    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++)
        missing += !examine(&checks[i], store, &door);
    return missing;
}

/* ---- what some commands want -------------------------------------------- */

/* Where PATH has PROGRAM, or where root's programs are; NULL, or the caller
 * frees. */
static char *find_program(const char *program)
{
    const char *path = getenv("PATH");
    mb_autofree char *places =
        mb_printf("%s:/usr/bin:/bin:/usr/sbin:/sbin", path ? path : "");

    for (char *rest = places, *dir; (dir = strsep(&rest, ":"));) {
        mb_autofree char *file = mb_printf("%s/%s", dir, program);
        if (*dir == '/' && access(file, X_OK) == 0)
            return mb_steal(&file);
    }
    return NULL;
}

/* Needs the program FILE no libraries?  An ELF file for the dynamic linker
 * names it in a segment of type PT_INTERP. */
static bool is_static(const char *file)
{
    mb_autobuf struct buf text = BUF_INIT;

    if (fs_read(AT_FDCWD, file, 64 << 20, &text, NULL) < 0 ||
        text.len < sizeof(ElfW(Ehdr)) || !starts_with(text.s, ELFMAG))
        return false;
    const ElfW(Ehdr) *header = (const void *)text.s;
    const ElfW(Phdr) *segment = (const void *)(text.s + header->e_phoff);
    if (header->e_phoff > text.len ||
        header->e_phnum * sizeof *segment > text.len - header->e_phoff)
        return false;
    for (int i = 0; i < header->e_phnum; i++)
        if (segment[i].p_type == PT_INTERP)
            return false;
    return true;
}

/* busybox goes into an image alone, without libraries: it must be static. */
static void look_for_busybox(void)
{
    static const char fix[] = "  sudo apt install busybox-static\n";
    mb_autofree char *file = find_program("busybox");
    bool good = file && is_static(file);
    mb_autofree char *found =
        mb_printf("%s (for minibox base busybox)",
                  good   ? file
                  : file ? "needs libraries: a static one is wanted"
                         : "not found");

    print_row(good ? "ok" : "note", "busybox", found, good ? NULL : fix);
}

/* One row for a program that is there or not. */
static void look_for(const struct helper *h)
{
    mb_autofree char *file = find_program(h->program);
    mb_autofree char *found = file
                                  ? mb_printf("%s (for %s)", file, h->purpose)
                                  : mb_printf("not found (for %s)", h->purpose);
    mb_autofree char *fix = mb_printf("  sudo apt install %s\n", h->package);

    print_row(file ? "ok" : "note", h->program, found, file ? NULL : fix);
}

/* QEMU for this machine's own processor. */
static void look_for_qemu(void)
{
    struct utsname u;

    (void)uname(&u); /* fails for a bad pointer only */
    mb_autofree char *program = mb_printf("qemu-system-%s", u.machine);
    bool arm = strcmp(u.machine, "aarch64") == 0;
    const struct helper qemu = {program, "the lessons on virtual machines",
                                arm ? "qemu-system-arm" : "qemu-system-x86"};
    look_for(&qemu);
}

/* Opening it says that we may, not that it is fast: it may be emulated by
 * the machine around this one. */
static void look_for_kvm(void)
{
    mb_autoclose int fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
    const char *fix = "without it QEMU emulates: slower, but it works\n";

    if (fd >= 0 && ioctl(fd, KVM_GET_API_VERSION, 0) == KVM_API_VERSION) {
        print_row("ok", "/dev/kvm", "opens (for fast virtual machines)", NULL);
        return;
    }
    mb_autofree char *found =
        mb_printf("%s (for fast virtual machines)", strerror(errno));
    if (fd < 0 && errno == EACCES)
        fix = "  sudo usermod -aG kvm $(id -un)    (and log in again)\n"
              "without it QEMU emulates: slower, but it works\n";
    print_row("note", "/dev/kvm", found, fix);
}

int command_doctor(struct call *call, struct mb_error *err)
{
    mb_autostrv struct strv words = {0};

    if (call_parse(call, NULL, NULL, &words, err) < 0 ||
        call_need_words(call, &words, 0, 0, err) < 0)
        return -1;
    puts("To run containers:");
    int missing = examine_all();
    puts("\nFor some commands and lessons:");
    look_for_busybox();
    for (size_t i = 0; i < sizeof helpers / sizeof *helpers; i++)
        look_for(&helpers[i]);
    look_for_qemu();
    look_for_kvm();
    if (missing == 0)
        printf("\nContainers run here, for %s.\n",
               geteuid() == 0 ? "root" : "this user");
    else
        printf("\nContainers can't run yet: %d thing%s to repair.\n", missing,
               missing == 1 ? "" : "s");
    return missing ? 1 : 0;
}
