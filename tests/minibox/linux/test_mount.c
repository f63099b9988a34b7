/* SPDX-License-Identifier: MIT */
/* test_mount.c - /proc, /sys, /dev, volumes; in images that mean harm */
#include "linux/mount.h"

#include <dirent.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>

#include "linux/net.h"
#include "sandbox.h"

/* An image, as good as empty, with a canary beside it. */
static void image_setup(void)
{
    tmp_setup();
    tmp_mkdir("image");
    tmp_mkdir("canary");
    tmp_file("canary/f", "alive");
}

/* Nothing of what a test did may have come to the canary. */
static void image_teardown(void)
{
    mb_autofree char *dir = mb_printf("%s/canary", tmp_dir);
    mb_autofree char *file = mb_printf("%s/canary/f", tmp_dir);
    mb_autofree char *text = text_of(file);
    mb_autodir DIR *d = opendir(dir);
    int n = 0;

    while (readdir(d))
        n++;
    ck_assert_int_eq(n, 3); /* ".", "..", "f" */
    ck_assert_str_eq(text, "alive");
    tmp_teardown();
}

/* The image's root.  By its path, not from tmp_fd: that is a descriptor of
 * another mount namespace, and nothing can be mounted below it (EINVAL). */
static int open_image(void)
{
    mb_autofree char *path = mb_printf("%s/image", tmp_dir);

    return fs_open_dir(AT_FDCWD, path, &err);
}

enum { CONTAINER = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC };

/* FN in a child that is PID 1 of a container in the making. */
static struct child start_container(void (*fn)(void))
{
    unsigned long long flags = CONTAINER;

    if (geteuid() != 0)
        be_root(); /* the test process is root from here on */
    return child_start(fn, flags);
}

static void in_container(void (*fn)(void))
{
    struct child c = start_container(fn);
    int status = child_end(&c);

    ck_assert_msg(status == 0, "the child ended with status %#x", status);
}

/* The standard mounts, then into the image. */
static void mount_and_enter(void)
{
    mb_autofree char *path = mb_printf("%s/image", tmp_dir);

    ck_assert_ok(pivot_make_private(&err));
    ck_assert_int_eq(mount(path, path, NULL, MS_BIND, NULL), 0);
    mb_autoclose int root = open_image();
    ck_assert_ok(mount_standard(root, &err));
    ck_assert_ok(pivot_into(path, &err));
}

/* ---- what is there ------------------------------------------------------ */

static void standard_and_pause(void)
{
    mount_and_enter();
    child_pause();
}

static const struct {
    const char *point, *options, *type;
} expected_mounts[] = {
    {"/proc", "rw,nosuid,nodev,noexec", " - proc "},
    {"/sys", "ro,nosuid,nodev,noexec", " - sysfs "},
    {"/dev", "rw,nosuid,nodev", " - tmpfs "},
    {"/dev/pts", "rw,nosuid,noexec", " - devpts "},
    {"/dev/shm", "rw,nosuid,nodev,noexec", " - tmpfs "},
    {"/dev/mqueue", "rw,nosuid,nodev,noexec", " - mqueue "},
    {"/dev/null", "ro,nosuid,noexec", NULL},
    {"/dev/zero", "ro,nosuid,noexec", NULL},
    {"/dev/full", "ro,nosuid,noexec", NULL},
    {"/dev/random", "ro,nosuid,noexec", NULL},
    {"/dev/urandom", "ro,nosuid,noexec", NULL},
    {"/dev/tty", "ro,nosuid,noexec", NULL},
};

START_TEST(test_standard)
{
    if (!can_be_root())
        return skip("no user namespaces");
    struct child c = start_container(standard_and_pause);
    child_ready(&c);
    mb_autofree char *mounts = proc_text(c.pid, "mountinfo");
    for (size_t i = 0; i < sizeof expected_mounts / sizeof *expected_mounts;
         i++) {
        mb_autofree char *line = mount_line(mounts, expected_mounts[i].point);
        mb_autofree char *options = mb_printf(
            " %s %s", expected_mounts[i].point, expected_mounts[i].options);
        ck_assert_msg(strstr(line, options) != NULL, "%s", line);
        if (expected_mounts[i].type)
            ck_assert_msg(strstr(line, expected_mounts[i].type) != NULL, "%s",
                          line);
    }
    ck_assert_ptr_nonnull(strstr(mounts, "size=65536k"));
    ck_assert_int_eq(child_end(&c), 0);
}
END_TEST

static void devices_work(void)
{
    struct stat st;
    char text[10], link[50] = "";

    mount_and_enter();
    ck_assert_int_eq(stat("/dev/null", &st), 0);
    ck_assert(S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3));
    mb_autoclose int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    ck_assert_int_eq(write(null, "x", 1), 1); /* read-only is its file system */
    mb_autoclose int zero = open("/dev/zero", O_RDONLY | O_CLOEXEC);
    ck_assert_int_eq(read(zero, text, 10), 10);
    mb_autoclose int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    ck_assert_errno(write(full, "x", 1), ENOSPC);
    ck_assert_int_eq(readlink("/dev/stdin", link, sizeof link), 15);
    ck_assert_int_eq(access("/dev/fd/0", F_OK), 0);
    mb_autoclose int ptmx = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
    ck_assert_int_ge(ptmx, 0);
    ck_assert_int_eq(access("/dev/pts/0", F_OK), 0); /* a devpts of its own */
    ck_assert_int_eq(access("/dev/vda", F_OK), -1);
    ck_assert_int_eq(stat("/dev/shm", &st), 0);
    ck_assert_uint_eq(st.st_mode & 07777, 01777);
}

START_TEST(test_devices)
{
    if (!can_be_root())
        return skip("no user namespaces");
    in_container(devices_work);
}
END_TEST

/* Rule 2: the host's nodes can't be changed from inside. */
static void devices_are_locked(void)
{
    mount_and_enter();
    ck_assert_errno(chmod("/dev/null", 0), EROFS);
    ck_assert_errno(chown("/dev/null", 0, 0), EROFS);
    ck_assert_errno(unlink("/dev/null"), EBUSY);
    ck_assert_errno(rename("/dev/null", "/dev/n"), EBUSY);
}

/* Rule 2: and a node of one's own opens nothing, as it does not rootless. */
static void own_nodes(void)
{
    mount_and_enter();
    if (mknod("/dev/mine", S_IFCHR | 0666, makedev(1, 3)) < 0) {
        ck_assert_int_eq(errno, EPERM); /* in a user namespace */
        return;
    }
    ck_assert_errno(open("/dev/mine", O_RDONLY | O_CLOEXEC), EACCES);
}

START_TEST(test_rule_2_devices)
{
    if (!can_be_root())
        return skip("no user namespaces");
    in_container(devices_are_locked);
    in_container(own_nodes);
}
END_TEST

/* /proc shows this PID namespace alone. */
static void proc_is_ours(void)
{
    mb_autodir DIR *dir = NULL;
    int processes = 0;

    mount_and_enter();
    dir = opendir("/proc");
    for (struct dirent *e; (e = readdir(dir));)
        processes += e->d_name[0] >= '1' && e->d_name[0] <= '9';
    ck_assert_int_eq(processes, 1);
    mb_autofree char *status = text_of("/proc/1/status");
    mb_autofree char *pid = field_of(status, "Pid");
    ck_assert_str_eq(pid, "1");
    ck_assert_errno(open("/sys/x", O_CREAT | O_WRONLY | O_CLOEXEC, 0600),
                    EROFS);
}

START_TEST(test_proc)
{
    if (!can_be_root())
        return skip("no user namespaces");
    in_container(proc_is_ours);
}
END_TEST

/* ---- where the kernel refuses ------------------------------------------- */

/* sysfs of a network namespace that is not ours: EPERM; then it is bound. */
static void sys_with_hosts_network(void)
{
    mb_autofree char *path = mb_printf("%s/image", tmp_dir);

    be_ordinary();
    be_single_root();
    ck_assert_int_eq(unshare(CLONE_NEWNS | CLONE_NEWIPC), 0);
    ck_assert_errno(mount("sysfs", path, "sysfs", MS_RDONLY, NULL), EPERM);
    ck_assert_int_eq(unshare(CLONE_NEWPID), 0);
    pid_t pid = fork();
    if (pid == 0) {
        mount_and_enter();
        ck_assert_int_eq(access("/sys/kernel", F_OK), 0);
        struct statvfs fs;
        ck_assert_int_eq(statvfs("/sys", &fs), 0);
        ck_assert(fs.f_flag & ST_RDONLY);
        child_pause();
        _exit(0);
    }
    int status;
    waitpid(pid, &status, 0);
    ck_assert_int_eq(status, 0);
}

/* The parts of /sys are read-only as well. */
START_TEST(test_sys_with_hosts_network)
{
    if (!can_be_root())
        return skip("no user namespaces");
    tmp_mkdir("image/proc"); /* nobody can't make them */
    tmp_mkdir("image/sys");
    tmp_mkdir("image/dev");
    struct child c = child_start(sys_with_hosts_network, 0);
    mb_autofree char *file =
        mb_printf("/proc/%d/task/%d/children", (int)c.pid, (int)c.pid);
    child_ready(&c);
    mb_autofree char *children = text_of(file);
    mb_autofree char *mounts = proc_text(atoi(children), "mountinfo");
    for (char *rest = mounts, *line; (line = strsep(&rest, "\n"));) {
        char point[200] = "", options[200] = "";
        sscanf(line, "%*s %*s %*s %*s %199s %199s", point, options);
        if (starts_with(point, "/sys"))
            ck_assert_msg(starts_with(options, "ro,"), "%s", line);
    }
    ck_assert_int_eq(child_end(&c), 0);
}
END_TEST

/* devpts: the group 5 must be mapped (EINVAL), else it gets another one. */
static void pts_without_group(void)
{
    mb_autofree char *path = mb_printf("%s/image", tmp_dir);

    be_ordinary();
    be_single_root();
    ck_assert_int_eq(unshare(CLONE_NEWNS), 0);
    ck_assert_errno(mount("devpts", path, "devpts", 0, "newinstance,gid=5"),
                    EINVAL);
    ck_assert_int_eq(mount("devpts", path, "devpts", 0, "newinstance"), 0);
}

START_TEST(test_devpts_group)
{
    if (!can_be_root())
        return skip("no user namespaces");
    in_child(pts_without_group, 0);
}
END_TEST

/* No new /proc for who sees only a masked one. */
static void proc_over_masked(void)
{
    mb_autofree char *path = mb_printf("%s/image", tmp_dir);

    be_root_in(CLONE_NEWNS);
    ck_assert_int_eq(mount("tmpfs", "/proc/fs", "tmpfs", MS_RDONLY, NULL), 0);
    ck_assert_int_eq(
        unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET), 0);
    pid_t pid = fork();
    if (pid == 0) {
        mb_autoclose int root = open_image();
        ck_assert_errno(mount("proc", path, "proc", 0, NULL), EPERM);
        ck_assert_int_eq(mount_standard(root, &err), -1);
        ck_assert_ptr_nonnull(strstr(err.hint, "masked"));
        _exit(0);
    }
    int status;
    waitpid(pid, &status, 0);
    ck_assert_int_eq(status, 0);
}

START_TEST(test_proc_over_masked)
{
    if (!can_be_root())
        return skip("no user namespaces");
    in_child(proc_over_masked, 0);
}
END_TEST

/* ---- rule 1: hostile images --------------------------------------------- */

/* What the image has instead of a directory. */
static const struct {
    const char *name, *target; /* NULL: a file */
} traps[] = {
    {"dev", "/canary"}, {"dev", "../canary"}, {"dev", "dev"},
    {"dev", NULL},      {"proc", "/canary"},  {"proc", "../canary"},
    {"sys", "/canary"}, {"sys", "../canary"}, {"sys", NULL},
};
static int trap;

static void spring_trap(void)
{
    ck_assert_ok(pivot_make_private(&err));
    mb_autoclose int root = open_image();
    ck_assert_int_eq(mount_standard(root, &err), -1);
    mb_autofree char *name = mb_printf("/%s", traps[trap].name);
    ck_assert_msg(strstr(err.msg, name) != NULL, "%s", err.msg);
    ck_assert_ptr_nonnull(strstr(err.hint, "ordinary directory"));
}

START_TEST(test_rule_1_traps)
{
    mb_autofree char *name = mb_printf("image/%s", traps[_i].name);
    const char *target = traps[_i].target;
    mb_autofree char *host = mb_printf("%s/canary", tmp_dir);

    if (!can_be_root())
        return skip("no user namespaces");
    if (!target)
        tmp_file(name, "");
    else
        ck_assert_int_eq(
            symlinkat(target[0] == '/' ? host : target, tmp_fd, name), 0);
    trap = _i;
    in_container(spring_trap);
}
END_TEST

/* ---- /etc/hosts and its like -------------------------------------------- */

static const struct etc_files etc_texts = {
    .hosts = "127.0.0.1 localhost\n",
    .hostname = "me\n",
    .resolv_conf = "nameserver 192.0.2.1\n",
};

/* In the image: the mounts, the files; then look at them from inside. */
static void mount_etc(void)
{
    mb_autofree char *path = mb_printf("%s/image", tmp_dir);

    ck_assert_ok(pivot_make_private(&err));
    ck_assert_int_eq(mount(path, path, NULL, MS_BIND, NULL), 0);
    mb_autoclose int root = open_image();
    ck_assert_ok(mount_standard(root, &err));
    ck_assert_ok(mount_etc_files(root, &etc_texts, &err));
    ck_assert_ok(pivot_into(path, &err));
}

static void etc_is_there(void)
{
    mount_etc();
    mb_autofree char *hosts = text_of("/etc/hosts");
    mb_autofree char *name = text_of("/etc/hostname");
    mb_autofree char *resolv = text_of("/etc/resolv.conf");
    ck_assert_str_eq(hosts, etc_texts.hosts);
    ck_assert_str_eq(name, etc_texts.hostname);
    ck_assert_str_eq(resolv, etc_texts.resolv_conf);
    /* It can be written to, and has no second name. */
    mb_autoclose int fd = open("/etc/hosts", O_WRONLY | O_APPEND | O_CLOEXEC);
    ck_assert_int_eq(write(fd, "x", 1), 1);
    ck_assert_int_eq(access("/dev/.text", F_OK), -1);
}

START_TEST(test_etc_files)
{
    if (!can_be_root())
        return skip("no user namespaces");
    tmp_mkdir("image/etc");
    tmp_file("image/etc/hosts", "the image's");
    in_container(etc_is_there);
    mb_autofree char *path = mb_printf("%s/image/etc/hosts", tmp_dir);
    mb_autofree char *hosts = text_of(path);
    ck_assert_str_eq(hosts, "the image's");
}
END_TEST

/* Links instead of the file: into a loop, to nowhere, to the host. */
static const char *const resolv_links[] = {
    "/etc/resolv.conf", "../run/systemd/resolve/stub-resolv.conf",
    "/canary/f",        "../../canary/f",
    "/proc/self/fd/0",  "/proc/1/root/etc/resolv.conf",
};

static void resolv_is_there(void)
{
    mount_etc();
    mb_autofree char *resolv = text_of("/etc/resolv.conf");
    ck_assert_str_eq(resolv, etc_texts.resolv_conf);
}

START_TEST(test_etc_links)
{
    if (!can_be_root())
        return skip("no user namespaces");
    tmp_mkdir("image/etc");
    ck_assert_int_eq(
        symlinkat(resolv_links[_i], tmp_fd, "image/etc/resolv.conf"), 0);
    in_container(resolv_is_there);
}
END_TEST

static void etc_leads_out(void)
{
    ck_assert_ok(pivot_make_private(&err));
    mb_autoclose int root = open_image();
    ck_assert_ok(mount_standard(root, &err));
    (void)mount_etc_files(root, &etc_texts, &err);
}

START_TEST(test_etc_is_a_link)
{
    if (!can_be_root())
        return skip("no user namespaces");
    mb_autofree char *host = mb_printf("%s/canary", tmp_dir);
    ck_assert_int_eq(symlinkat(host, tmp_fd, "image/etc"), 0);
    in_container(etc_leads_out);
}
END_TEST

/* ---- volumes ------------------------------------------------------------ */

static struct volume volume;

static void mount_one_volume(void)
{
    mb_autofree char *path = mb_printf("%s/image", tmp_dir);

    ck_assert_ok(pivot_make_private(&err));
    ck_assert_int_eq(mount(path, path, NULL, MS_BIND, NULL), 0);
    mb_autoclose int root = open_image();
    ck_assert_ok(mount_volume(root, &volume, &err));
    ck_assert_ok(pivot_into(path, &err));
}

static void volume_is_there(void)
{
    mount_one_volume();
    mb_autofree char *text = text_of("/mnt/deep/down/f");
    ck_assert_str_eq(text, "alive");
    int fd = open("/mnt/deep/down/new", O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
    if (volume.read_only)
        ck_assert(fd < 0 && errno == EROFS);
    else
        ck_assert_int_ge(fd, 0);
    (void)unlink("/mnt/deep/down/new");
}

START_TEST(test_volume)
{
    if (!can_be_root())
        return skip("no user namespaces");
    mb_autofree char *source = mb_printf("%s/canary", tmp_dir);
    volume = (struct volume){source, "/mnt/deep/down", _i};
    if (geteuid() == 0)
        in_container(volume_is_there);
    else
        in_container(volume_is_there);
}
END_TEST

static void volume_file_is_there(void)
{
    mount_one_volume();
    mb_autofree char *text = text_of("/etc/new/file");
    ck_assert_str_eq(text, "alive");
    ck_assert_errno(open("/etc/new/file", O_WRONLY | O_CLOEXEC), EROFS);
}

START_TEST(test_volume_file)
{
    if (!can_be_root())
        return skip("no user namespaces");
    mb_autofree char *source = mb_printf("%s/canary/f", tmp_dir);
    volume = (struct volume){source, "/etc/new/file", true};
    in_container(volume_file_is_there);
}
END_TEST

/* The image's link decides nothing: the volume lands inside the image. */
static void volume_through_link(void)
{
    mount_one_volume();
    mb_autofree char *text = text_of("/real/sub/f");
    ck_assert_str_eq(text, "alive");
}

START_TEST(test_volume_through_link)
{
    if (!can_be_root())
        return skip("no user namespaces");
    mb_autofree char *source = mb_printf("%s/canary", tmp_dir);
    tmp_mkdir("image/real");
    ck_assert_int_eq(symlinkat("../../../real", tmp_fd, "image/link"), 0);
    volume = (struct volume){source, "/link/sub", false};
    in_container(volume_through_link);
}
END_TEST

/* Targets through which a path would leave the image (CVE-2024-45310). */
static const char *const volume_traps[] = {
    "/out/new",   /* out -> the canary's path, which the image lacks */
    "/magic/new", /* magic -> /proc/self/cwd */
    "/loop/new",
};

static void volume_refused(void)
{
    ck_assert_int_eq(chdir(tmp_dir), 0);
    ck_assert_ok(pivot_make_private(&err));
    mb_autoclose int root = open_image();
    (void)mount_volume(root, &volume, &err);
}

START_TEST(test_volume_traps)
{
    if (!can_be_root())
        return skip("no user namespaces");
    mb_autofree char *canary = mb_printf("%s/canary", tmp_dir);
    mb_autofree char *source = mb_printf("%s/image", tmp_dir);
    ck_assert_int_eq(symlinkat(canary, tmp_fd, "image/out"), 0);
    ck_assert_int_eq(symlinkat("loop", tmp_fd, "image/loop"), 0);
    ck_assert_int_eq(symlinkat("/proc/self/cwd/canary", tmp_fd, "image/magic"),
                     0);
    volume = (struct volume){source, (char *)volume_traps[_i], false};
    in_container(volume_refused);
    ck_assert_int_eq(faccessat(tmp_fd, "new", F_OK, 0), -1);
}
END_TEST

static void volume_missing(void)
{
    ck_assert_ok(pivot_make_private(&err));
    mb_autoclose int root = open_image();
    ck_assert_int_eq(mount_volume(root, &volume, &err), -1);
    ck_assert_int_eq(err.errnum, ENOENT);
    ck_assert_ptr_nonnull(strstr(err.msg, "/no/such/source"));
}

START_TEST(test_volume_missing)
{
    if (!can_be_root())
        return skip("no user namespaces");
    volume = (struct volume){"/no/such/source", "/mnt", false};
    in_container(volume_missing);
}
END_TEST

static void tmpfs_is_there(void)
{
    mb_autofree char *path = mb_printf("%s/image", tmp_dir);
    struct stat st;

    ck_assert_ok(pivot_make_private(&err));
    ck_assert_int_eq(mount(path, path, NULL, MS_BIND, NULL), 0);
    mb_autoclose int root = open_image();
    ck_assert_ok(mount_tmpfs(root, "/run/x", &err));
    ck_assert_ok(pivot_into(path, &err));
    ck_assert_int_eq(stat("/run/x", &st), 0);
    ck_assert_uint_eq(st.st_mode & 07777, 01777);
    ck_assert_ok(fs_write(AT_FDCWD, "/run/x/f", "x", 1, &err));
}

START_TEST(test_tmpfs)
{
    if (!can_be_root())
        return skip("no user namespaces");
    in_container(tmpfs_is_there);
    ck_assert_int_eq(faccessat(tmp_fd, "image/run/x/f", F_OK, 0), -1);
}
END_TEST

/* ---- rule 3: flags of bind mounts --------------------------------------- */

/* Can a file be made in it? */
static int writable(const char *dir)
{
    mb_autofree char *path = mb_printf("%s/probe", dir);
    mb_autoclose int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

    if (fd >= 0)
        unlink(path);
    return fd >= 0 ? 1 : 0;
}

static void bind_flags(void)
{
    mb_autofree char *path = mb_printf("%s/image", tmp_dir);

    be_root_in(CLONE_NEWNS);
    ck_assert_int_eq(mount(path, path, NULL, MS_BIND | MS_RDONLY, NULL), 0);
    ck_assert(writable(path)); /* the flag was ignored */
    ck_assert_int_eq(
        mount(NULL, path, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL), 0);
    ck_assert(!writable(path));
}

START_TEST(test_rule_3_bind_flags)
{
    if (!can_be_root())
        return skip("no user namespaces");
    in_child(bind_flags, 0);
}
END_TEST

/* Flags from outside a user namespace are locked: leaving one out is EPERM. */
static void locked_flags(void)
{
    mb_autofree char *path = mb_printf("%s/image", tmp_dir);

    be_root_in(CLONE_NEWNS);
    ck_assert_int_eq(
        mount("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL),
        0);
    ck_assert_int_eq(unshare(CLONE_NEWUSER | CLONE_NEWNS), 0);
    ck_assert_errno(
        mount(NULL, path, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL), EPERM);
    mb_autoclose int root = open(tmp_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ck_assert_ok(mount_set_flags(root, "image", MS_RDONLY, &err));
    struct statvfs fs;
    ck_assert_int_eq(statvfs(path, &fs), 0);
    ck_assert_uint_eq(fs.f_flag & (ST_RDONLY | ST_NOSUID | ST_NODEV),
                      ST_RDONLY | ST_NOSUID | ST_NODEV);
}

START_TEST(test_locked_flags)
{
    if (!can_be_root())
        return skip("no user namespaces");
    in_child(locked_flags, 0);
}
END_TEST

static void root_read_only(void)
{
    mount_and_enter();
    ck_assert(writable("/"));
    ck_assert_ok(mount_root_read_only(&err));
    ck_assert(!writable("/"));
    ck_assert(writable("/dev/shm")); /* other mounts stay as they are */
}

START_TEST(test_root_read_only)
{
    if (!can_be_root())
        return skip("no user namespaces");
    in_container(root_read_only);
}
END_TEST

#define N(table) (int)(sizeof(table) / sizeof *(table))

static TCase *volumes_case(void)
{
    TCase *tc = tcase_create("volumes");

    tcase_add_checked_fixture(tc, image_setup, image_teardown);
    tcase_add_loop_test(tc, test_volume, 0, 2);
    tcase_add_test(tc, test_volume_file);
    tcase_add_test(tc, test_volume_through_link);
    tcase_add_loop_test(tc, test_volume_traps, 0, N(volume_traps));
    tcase_add_test(tc, test_volume_missing);
    tcase_add_test(tc, test_tmpfs);
    tcase_add_test(tc, test_rule_3_bind_flags);
    tcase_add_test(tc, test_locked_flags);
    tcase_add_test(tc, test_root_read_only);
    return tc;
}

int main(void)
{
    Suite *suite = suite_create("mount");
    TCase *tc = tcase_create("standard"), *etc = tcase_create("etc");

    tcase_add_checked_fixture(tc, image_setup, image_teardown);
    tcase_add_test(tc, test_standard);
    tcase_add_test(tc, test_devices);
    tcase_add_test(tc, test_rule_2_devices);
    tcase_add_test(tc, test_proc);
    tcase_add_test(tc, test_sys_with_hosts_network);
    tcase_add_test(tc, test_devpts_group);
    tcase_add_test(tc, test_proc_over_masked);
    tcase_add_loop_test(tc, test_rule_1_traps, 0, N(traps));
    tcase_add_checked_fixture(etc, image_setup, image_teardown);
    tcase_add_test(etc, test_etc_files);
    tcase_add_loop_test(etc, test_etc_links, 0, N(resolv_links));
    tcase_add_test(etc, test_etc_is_a_link);
    suite_add_tcase(suite, tc);
    suite_add_tcase(suite, etc);
    suite_add_tcase(suite, volumes_case());
    return check_main(suite);
}
