/* SPDX-License-Identifier: MIT */
/*
 * suite.c - exercise 06: what a container finds in its tree
 *
 * The mount table of the process that plays the container decides, as the
 * kernel shows it: what is mounted where, from where, and with which flags.
 * What that means is tried out by a child of the judge's in the same
 * namespaces.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "grader/exam.h"
#include "grader/see.h"
#include "grader/worker.h"

/* The act's directory, and a word that its files hold. */
static struct {
    const char *dir, *image, *word;
} in;

static void pick_names(void)
{
    in.dir = text("/tmp/%s", pick_word());
    in.image = text("%s/image", in.dir);
    in.word = pick_word();
}

/* The options of a mount, from its line in a mountinfo: "rw,nosuid". */
static const char *options_of(const char *line)
{
    char options[256] = "";

    sscanf(line, "%*s %*s %*s %*s %*s %255s", options);
    char *atime = strstr(options, ",relatime");
    if (atime)
        *atime = '\0';
    return text("%s", options);
}

static bool has_option(const char *line, const char *option)
{
    return strstr(text(",%s,", options_of(line)), text(",%s,", option));
}

/* Which directory of its file system a mount shows. */
static const char *root_of(const char *line)
{
    char root[256] = "";

    sscanf(line, "%*s %*s %*s %255s", root);
    return text("%s", root);
}

/* A mount of the container in the making. */
static const char *mount_at(pid_t pid, const char *path)
{
    return see_mount(see_proc(pid, "mountinfo"), path);
}

/* What the function said of its failure. */
static const char *said(const char *function)
{
    const char *message = worker_told("result.msg");

    return text("%s said: %s", function,
                message && *message ? message : "no error");
}

static void require_no_descriptor_left(void)
{
    REQUIRE_INT("descriptors left open", 0,
                .why = "whoever opens a descriptor closes it on every way out; "
                       "mb_autoclose does that",
                .hint = "descriptor-left-open");
}

/* In a child of ours, in the container: change a file's mode to what it is.
 * Returns the errno. */
static int touch_mode(void *path)
{
    struct stat st;

    if (stat(path, &st) < 0 || chmod(path, st.st_mode & 07777) < 0)
        return errno;
    return 0;
}

/* ---- step 1 -------------------------------------------------------------- */

/* mount_standard() for an image without harm.  Returns who holds still. */
static pid_t start_standard(const char *devices, const char *lacks)
{
    pick_names();
    worker_start(text("mount_standard(%s)", in.image), "standard",
                 text("dir=%s", in.dir), text("devices=%s", devices),
                 text("lacks=%s", lacks), NULL);
    return worker_hold("filled");
}

static const struct {
    const char *target, *options, *type, *super;
} table[] = {
    {"proc", "rw,nosuid,nodev,noexec", "proc proc", ""},
    {"sys", "ro,nosuid,nodev,noexec", "sysfs sysfs", ""},
    {"dev", "rw,nosuid,nodev", "tmpfs tmpfs", "size=65536k,mode=755"},
    {"dev/pts", "rw,nosuid,noexec", "devpts devpts", "mode=620,ptmxmode=666"},
    {"dev/shm", "rw,nosuid,nodev,noexec", "tmpfs shm", "size=65536k"},
    {"dev/mqueue", "rw,nosuid,nodev,noexec", "mqueue mqueue", ""},
};

/* Row I of the table is mounted on its directory in the image. */
static void require_row(pid_t pid, int i)
{
    const char *path = text("%s/%s", in.image, table[i].target);
    const char *mounts = see_proc(pid, "mountinfo");
    const char *line = see_mount(mounts, path);
    bool elsewhere =
        see_lines(mounts) > see_lines(see_proc(worker_pid(), "mountinfo"));

    REQUIRE(*line, .expected = text("a mount on %s", path),
            .observed =
                elsewhere ? "a mount, but on another directory" : "no mount",
            .shows = mounts,
            .why = "the target is a descriptor of a directory in the image; a "
                   "path would be looked up from the host's root (rule 1)",
            .hint = elsewhere ? "mounted-elsewhere" : "not-mounted");
    REQUIRE(
        strstr(line, text(" - %s ", table[i].type)),
        .expected = text("on %s: %s (type and source)", path, table[i].type),
        .observed = text("another file system, or of another name"),
        .shows = line, .why = "type and source are two columns of the table",
        .hint = "wrong-type");
    REQUIRE(strcmp(options_of(line), table[i].options) == 0,
            .expected = text("on %s: %s", path, table[i].options),
            .observed = options_of(line), .shows = line,
            .why = "the flags of the row are what keeps a container from "
                   "making devices, or from changing /sys",
            .hint = "flags-left-out");
    REQUIRE(strstr(line, table[i].super),
            .expected = text("on %s: the options %s", path, table[i].super),
            .observed = "others, or none", .shows = line,
            .why = "without its options a tmpfs takes half of the memory, and "
                   "everybody may write to its top directory",
            .hint = "options-left-out");
}

START_TEST(the_table_is_mounted)
{
    pid_t pid = start_standard("files", "");

    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        require_row(pid, i);
    require_no_descriptor_left();
}
END_TEST

/* In a child of ours: how many processes has the container's /proc? */
static int count_processes(void *path)
{
    DIR *proc = opendir(path);
    int n = 0;

    for (struct dirent *e; proc && n < 99 && (e = readdir(proc));)
        n += isdigit(e->d_name[0]) != 0;
    return n;
}

/* In a child of ours: the errno of making a file. */
static int make_file(void *path)
{
    return open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600) < 0 ? errno : 0;
}

START_TEST(proc_and_sys_are_the_containers)
{
    pid_t pid = start_standard("files", "");
    int flags = CLONE_NEWUSER | CLONE_NEWNS;
    char *proc = (char *)text("%s/proc", in.image);
    char *file = (char *)text("%s/sys/%s", in.image, in.word);

    int seen = see_inside(pid, flags, count_processes, proc);
    REQUIRE(seen == 1, .expected = text("one process in %s: PID 1", proc),
            .observed = text("%d", seen), .shows = mount_at(pid, proc),
            .why = "a new mount of type proc shows the PID namespace of the "
                   "process that mounts it",
            .hint = "not-mounted");
    int error = see_inside(pid, flags, make_file, file);
    REQUIRE(error == EROFS, .expected = text("%s: %s", file, strerror(EROFS)),
            .observed = strerror(error),
            .shows = mount_at(pid, text("%s/sys", in.image)),
            .why = "files in /sys change the machine, not the container",
            .hint = "flags-left-out");
}
END_TEST

/* An image in which NAME is a symlink to another directory. */
static void spring_trap(const char *name, const char *to)
{
    pick_names();
    const char *victim = text("%s/%s", in.dir, to);
    worker_start(text("mount_standard(%s), where /%s is a symlink to %s",
                      in.image, name, victim),
                 "standard", text("dir=%s", in.dir), "devices=files",
                 text("trap=image/%s", name), text("to=%s", victim), NULL);
    pid_t pid = worker_hold("filled");
    const char *hit = mount_at(pid, victim);
    REQUIRE(!*hit, .expected = text("nothing is mounted on %s", victim),
            .observed = "there is a mount", .shows = hit,
            .why = "an image is a stranger's: its symlinks must not decide "
                   "where we mount (rule 1)",
            .hint = "symlink-followed");
    REQUIRE_INT("result", -1, .hint = "symlink-followed",
                .why = "a target that is a symlink must be refused");
    REQUIRE(atoi(worker_told("result.errno")) == ENOTDIR ||
                atoi(worker_told("result.errno")) == ELOOP,
            .expected = "the error of open_plain_dir(), which says that the "
                        "target is no directory",
            .observed = worker_told("result.msg"),
            .why = "a descriptor of -1 is no target; return at once, and leave "
                   "the error as it is",
            .hint = "error-ignored");
}

START_TEST(symlinks_do_not_lead_out)
{
    static const char *const names[] = {"proc", "sys", "dev"};

    for (int i = 0; i < 3; i++)
        spring_trap(names[i], "canary");
    spring_trap(names[pick(0, 2)], "image/etc");
}
END_TEST

START_TEST(a_refused_mount_is_an_error)
{
    pick_names();
    worker_start("mount_standard() by a root that does not own its PID "
                 "namespace, so it gets no /proc",
                 "powerless", text("dir=%s", in.dir), NULL);
    worker_hold("filled");
    REQUIRE_INT("result", -1, .why = "an error must be reported",
                .hint = "error-ignored");
    REQUIRE_INT("result.errno", EPERM,
                .why = "the reason is in errno until another call fails: use "
                       "mb_fail() at once",
                .hint = "error-ignored");
    REQUIRE(*worker_told("result.hint"),
            .expected = "errno is still EPERM when mount_entry_apply() returns",
            .observed = "it is not: mount_standard() finds no advice to give",
            .why = "its callers decide by errno what to try next",
            .hint = "errno-lost");
}
END_TEST

/* ---- step 2 -------------------------------------------------------------- */

static pid_t start_bind(const char *source)
{
    pick_names();
    worker_start(text("mount_bind(\"%s/%s\", TARGET), TARGET: a descriptor of "
                      "%s/target",
                      in.dir, source, in.dir),
                 "bind", text("dir=%s", in.dir), text("word=%s", in.word),
                 text("source=%s", source), NULL);
    return worker_hold("bound");
}

START_TEST(the_target_shows_the_source)
{
    pid_t pid = start_bind("source/dir");
    const char *target = text("%s/target", in.dir);
    const char *mounts = see_proc(pid, "mountinfo");
    const char *line = see_mount(mounts, target);
    bool reversed = *see_mount(mounts, text("%s/source/dir", in.dir));

    REQUIRE(strcmp(root_of(line), "/dir") == 0,
            .expected = text("a mount on %s that shows /dir of the file system "
                             "on %s/source",
                             target, in.dir),
            .observed = reversed ? "a mount on the source"
                        : *line  ? text("a mount that shows %s", root_of(line))
                                 : "no mount",
            .shows = reversed ? mounts : line,
            .why = "mount(2) takes the source first, the target second",
            .hint = reversed ? "bound-backwards" : "not-bound");
    REQUIRE_INT("result", 0, .hint = "not-bound");
    require_no_descriptor_left();
}
END_TEST

START_TEST(a_volume_comes_with_its_mounts)
{
    pick_names();
    const char *target = text("/%s", pick_word());
    worker_start(text("mount_volume(%s/source/dir:%s)", in.dir, target),
                 "volume", text("dir=%s", in.dir), text("word=%s", in.word),
                 text("target=%s", target), NULL);
    pid_t pid = worker_hold("mounted");
    const char *path = text("%s%s", in.image, target);
    const char *below = text("%s/sub/below", path);

    REQUIRE(strcmp(see_file(pid, text("%s/inside", path)), in.word) == 0,
            .expected = text("the host's file %s/inside", path),
            .observed = "it is not there", .shows = see_proc(pid, "mountinfo"),
            .why = "a volume is a directory of the host, bound into the image",
            .hint = "not-bound");
    REQUIRE(strcmp(see_file(pid, below), in.word) == 0,
            .expected =
                text("%s, on a file system mounted in the volume", below),
            .observed = "an empty directory", .shows = mount_at(pid, path),
            .why = "a bind mount shows one mount, unless it is told to take "
                   "those below along",
            .hint = "bind-not-recursive");
}
END_TEST

START_TEST(a_missing_source_is_an_error)
{
    start_bind(pick_word());
    REQUIRE_INT("result", -1, .why = "an error must be reported",
                .hint = "error-ignored");
    REQUIRE_INT("result.errno", ENOENT,
                .why = "the reason is in errno until another call fails: use "
                       "mb_fail() at once",
                .hint = "error-ignored");
}
END_TEST

/* ---- step 3 -------------------------------------------------------------- */

static const char *const flag_words[] = {"ro", "nosuid", "nodev", "noexec"};

/* Add the flags ADD (bits, as in mount(2)) to a mount that has HAS. */
static pid_t start_flags(int has, int add, const char *more)
{
    const char *words = "";

    pick_names();
    for (int i = 0; i < 4; i++)
        if (has & 1 << i)
            words = text("%s %s", words, flag_words[i]);
    worker_start(text("mount_set_flags(%s, \"m\", %d), m has:%s", in.image, add,
                      *words ? words : " no flags"),
                 "flags", text("dir=%s", in.dir), text("word=%s", in.word),
                 text("has=%d", has), text("add=%d", add), more, NULL);
    worker_hold("before");
    worker_go("before");
    return worker_hold("set");
}

/* After it: FLAGS, each a bit, are those of the mount. */
static void require_flags(pid_t pid, int has, int add)
{
    const char *line = mount_at(pid, text("%s/m", in.image));

    for (int i = 0; i < 4; i++)
        REQUIRE(!!(add & 1 << i) <= has_option(line, flag_words[i]),
                .expected = text("the option %s is added", flag_words[i]),
                .observed = options_of(line), .shows = line,
                .why = said("mount_set_flags()"),
                .hint = atoi(worker_told("result.errno")) == EPERM
                            ? "flags-lost"
                            : "flags-not-set");
    for (int i = 0; i < 4; i++)
        REQUIRE(!!((has | add) & 1 << i) == has_option(line, flag_words[i]),
                .expected = text("\"%s\" stays as it was", flag_words[i]),
                .observed = options_of(line), .shows = line,
                .why = "a remount replaces all flags: those that shall stay "
                       "must be passed again",
                .hint = "flags-lost");
    REQUIRE_INT("result", 0);
}

START_TEST(flags_are_added)
{
    int shift = pick(1, 3);

    for (int i = 0; i < 4; i++) {
        int has = 1 << i, add = 1 << (i + shift) % 4;
        pid_t pid = start_flags(has, add, NULL);
        require_flags(pid, has, add);
    }
    int missing = 1 << pick(0, 3), all = 15; /* and some that it has already */
    pid_t pid = start_flags(all ^ missing, all, NULL);
    require_flags(pid, all ^ missing, all);
    require_no_descriptor_left();
}
END_TEST

START_TEST(locked_flags_stay)
{
    int has = MS_NOSUID | MS_NODEV | MS_NOEXEC;
    has ^= 1 << pick(1, 3);
    pid_t pid = start_flags(has, MS_RDONLY, "who=user");
    char *file = (char *)text("%s/m/inside", in.image);

    require_flags(pid, has, MS_RDONLY);
    int error = see_inside(pid, CLONE_NEWUSER | CLONE_NEWNS, touch_mode, file);
    REQUIRE(error == EROFS, .expected = text("%s: %s", file, strerror(EROFS)),
            .observed = strerror(error),
            .why = "a read-only mount keeps whoever is in the container from "
                   "changing its files",
            .hint = "flags-not-set");
}
END_TEST

START_TEST(the_host_can_still_write)
{
    int has = 1 << pick(1, 3);
    pid_t pid = start_flags(has, MS_RDONLY, NULL);
    char *file = (char *)text("%s/source/inside", in.dir);
    const char *line = mount_at(worker_pid(), text("%s/source", in.dir));

    int error =
        see_inside(worker_pid(), CLONE_NEWUSER | CLONE_NEWNS, touch_mode, file);
    REQUIRE(error == 0, .expected = text("the host can still change %s", file),
            .observed = strerror(error), .shows = line,
            .why = "MS_REMOUNT alone changes the file system, in every place "
                   "where it is mounted; with MS_BIND it changes one mount",
            .hint = "whole-file-system");
    require_flags(pid, has, MS_RDONLY);
}
END_TEST

START_TEST(a_plain_directory_has_no_flags)
{
    start_flags(0, 1 << pick(0, 3), "mounted=no");
    REQUIRE_INT("result", -1, .why = "an error must be reported",
                .hint = "error-ignored");
    REQUIRE_INT("result.errno", EINVAL,
                .why = "only a mount has flags, and the kernel says EINVAL of "
                       "anything else",
                .hint = "error-ignored");
}
END_TEST

/* ---- step 4 -------------------------------------------------------------- */

static const char *const devices[] = {"null",   "zero",    "full",
                                      "random", "urandom", "tty"};

/* What is wrong with the flags of the mount at LINE; NULL: nothing. */
static const char *wrong_flags(const char *line)
{
    bool ro = has_option(line, "ro"), nosuid = has_option(line, "nosuid"),
         noexec = has_option(line, "noexec");

    if (has_option(line, "nodev"))
        return "device-is-nodev";
    if (!ro && !nosuid && !noexec)
        return "flags-in-one-call";
    return !ro ? "device-writable" : !nosuid || !noexec ? "device-flags" : NULL;
}

/* Was it mknod(2)?  A user namespace's root may not. */
static const char *not_bound(void)
{
    bool mknod = atoi(worker_told("result.errno")) == EPERM;

    return mknod ? "mknod" : "device-not-bound";
}

static void require_device(pid_t pid, const char *name)
{
    const char *path = text("%s/dev/%s", in.image, name);
    const char *line = mount_at(pid, path);

    REQUIRE(strcmp(root_of(line), text("/%s", name)) == 0,
            .expected = text("the host's /dev/%s, bound on %s", name, path),
            .observed = *line ? "a mount of something else" : "no mount",
            .shows = line, .why = said("mount_standard()"),
            .hint = not_bound());
    REQUIRE(!wrong_flags(line),
            .expected = text("on %s: ro, nosuid, noexec, and not nodev", path),
            .observed = options_of(line), .shows = line,
            .why = "the host's node must not be changed from inside; and a "
                   "bind mount ignores the flags of the call that makes it "
                   "(rules 2 and 3)",
            .hint = wrong_flags(line));
}

START_TEST(six_devices_of_the_host)
{
    pid_t pid = start_standard("files", "");

    for (size_t i = 0; i < sizeof devices / sizeof *devices; i++)
        require_device(pid, devices[i]);
    REQUIRE_INT("result", 0);
    require_no_descriptor_left();
}
END_TEST

/* In a child of ours, in the container's /dev: 0 if null, zero and full do what
 * they should, else the number of the first that does not. */
static int try_devices(void *dir)
{
    char bytes[4] = "xxx";

    if (chdir(dir) < 0)
        return 99;
    int null = open("null", O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    if (write(null, "x", 1) != 1)
        return 1;
    int zero = open("zero", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (read(zero, bytes, 3) != 3 || bytes[0])
        return 2;
    int full = open("full", O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    return write(full, "x", 1) < 0 && errno == ENOSPC ? 0 : 3;
}

START_TEST(devices_work_and_cannot_be_changed)
{
    pid_t pid = start_standard("real", "");
    int flags = CLONE_NEWUSER | CLONE_NEWNS;
    char *dev = (char *)text("%s/dev", in.image);
    char *null = (char *)text("%s/null", dev);
    int broken = see_inside(pid, flags, try_devices, dev);

    REQUIRE(broken == 0,
            .expected = text("%s/null, zero and full work as devices", dev),
            .observed = text("%s does not", broken >= 1 && broken <= 3
                                                ? devices[broken - 1]
                                                : "any of them"),
            .shows = mount_at(pid, null), .why = said("mount_standard()"),
            .hint = has_option(mount_at(pid, null), "nodev") ? "device-is-nodev"
                                                             : not_bound());
    int error = see_inside(pid, flags, touch_mode, null);
    REQUIRE(error == EROFS,
            .expected = text("chmod of %s: %s", null, strerror(EROFS)),
            .observed = strerror(error), .shows = mount_at(pid, null),
            .why = "it is the host's own node: chmod in the container would "
                   "change it for all (rule 2)",
            .hint = "device-writable");
}
END_TEST

START_TEST(a_failed_device_is_an_error)
{
    const char *lacks = devices[pick(0, 5)];
    int error = pick(100, 113);

    start_standard("files", lacks);
    REQUIRE_INT("result", -1, .hint = "error-ignored",
                .why = text("this host has no /dev/%s", lacks));
    REQUIRE_INT("result.errno", ENOENT, .hint = "error-ignored",
                .why = text("this host has no /dev/%s", lacks));
    worker_start(
        text("mount_standard() where a remount fails: %s", strerror(error)),
        "no-remount", text("dir=%s", in.dir), text("error=%d", error), NULL);
    worker_hold("filled");
    REQUIRE_INT("result", -1, .hint = "error-ignored",
                .why = "a device that stays writable must not go unnoticed");
    REQUIRE_INT("result.errno", error, .hint = "error-ignored",
                .why = "the error is that of the call which failed");
}
END_TEST

void exam_06_mounts(struct exam *exam);
void exam_06_mounts(struct exam *exam)
{
    exam_add(exam, 1, MECHANISM, the_table_is_mounted,
             "every row of the table is mounted in the image, as it says");
    exam_add(exam, 1, EFFECT, proc_and_sys_are_the_containers,
             "/proc shows the container's processes, and /sys is read-only");
    exam_add(exam, 1, HOST, symlinks_do_not_lead_out,
             "an image's symlinks do not lead a mount somewhere else");
    exam_add(exam, 1, VALUE, a_refused_mount_is_an_error,
             "a mount that the kernel refuses gives -1 and its errno");
    exam_add(exam, 2, MECHANISM, the_target_shows_the_source,
             "the target is a bind mount of the source");
    exam_add(exam, 2, EFFECT, a_volume_comes_with_its_mounts,
             "a volume shows the host's files, also those on mounts in it");
    exam_add(exam, 2, VALUE, a_missing_source_is_an_error,
             "a source that does not exist gives -1 and ENOENT");
    exam_add(exam, 3, MECHANISM, flags_are_added,
             "flags are added to those that the mount has");
    exam_add(exam, 3, EFFECT, locked_flags_stay,
             "in a user namespace, too, where the old flags are locked");
    exam_add(exam, 3, HOST, the_host_can_still_write,
             "read-only in the container is not read-only on the host");
    exam_add(exam, 3, VALUE, a_plain_directory_has_no_flags,
             "a directory that is no mount gives -1 and EINVAL");
    exam_add(exam, 4, MECHANISM, six_devices_of_the_host,
             "six devices are bound from the host, read-only");
    exam_add(exam, 4, EFFECT, devices_work_and_cannot_be_changed,
             "the devices work, and can't be changed from inside");
    exam_add(exam, 4, VALUE, a_failed_device_is_an_error,
             "a device that can't be bound or locked gives -1");
}
