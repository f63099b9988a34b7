/* SPDX-License-Identifier: MIT */
/*
 * cli/fixes.c - what to do about it
 *
 * Problem   "Check your kernel configuration" helps nobody.
 * Idea      For each cause that a probe can find, the commands that repair it,
 *           ready to be pasted.  Three things differ between machines:
 *
 *             {exe}   where this minibox lies      AppArmor wants its path
 *             {ids}   65536 numbers, still free    two users must not share
 *             {user}  who asks
 *
 * Rules     1. A fix that opens a door for minibox alone comes before one that
 *              opens it for all programs.
 *           2. Each says what it is for, in a line before the command.
 * Read      apparmor.d(5), sysctl.d(5), usermod(8), systemd-run(1)
 */
#include "cli/fixes.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/mem.h"

#define NEW_PLACE                                                              \
    "keep images on a local ext4, xfs or btrfs, not in a shared folder:\n"     \
    "  export MINIBOX_ROOT=/var/tmp/minibox-{user}\n"
#define OWN_SCOPE                                                              \
    "start minibox in a cgroup of its own, which systemd gives to you:\n"      \
    "  systemd-run --user --scope -q -p Delegate=yes minibox run ...\n"        \
    "if that says that there is no bus, do this and log in again:\n"           \
    "  sudo loginctl enable-linger {user}\n"

static const char *const fixes[] = {
    [PROBE_UNKNOWN] = "no reason that minibox knows (are we in a chroot?); "
                      "look for yourself:\n"
                      "  strace -f minibox doctor\n",
    [PROBE_OLD_KERNEL] = "boot your distribution's current kernel (5.11 or "
                         "newer), or use a virtual machine\n",
    [PROBE_USERNS_APPARMOR] =
        "AppArmor wants a profile for each program that does this; minibox's:\n"
        "  printf 'abi <abi/4.0>,\\ninclude <tunables/global>\\n"
        "profile minibox {exe} flags=(unconfined) {\\n  userns,\\n}\\n' |\n"
        "    sudo tee /etc/apparmor.d/minibox\n"
        "  sudo apparmor_parser -r /etc/apparmor.d/minibox\n"
        "or, for all programs and until the next boot:\n"
        "  sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0\n",
    [PROBE_USERNS_CLONE] =
        "a sysctl keeps user namespaces for root; let users have them:\n"
        "  echo kernel.unprivileged_userns_clone=1 |\n"
        "    sudo tee /etc/sysctl.d/90-minibox.conf\n"
        "  sudo sysctl --system\n",
    [PROBE_USERNS_MAX] = "no more user namespaces are allowed; allow some:\n"
                         "  echo user.max_user_namespaces=15000 |\n"
                         "    sudo tee /etc/sysctl.d/90-minibox.conf\n"
                         "  sudo sysctl --system\n",
    [PROBE_USERNS_NONE] =
        "this kernel was built without user namespaces (CONFIG_USER_NS): boot "
        "another,\nor use minibox as root\n",
    [PROBE_OUTER] = "a container around us forbids it (seccomp, AppArmor, a "
                    "masked /proc).\n"
                    "Use minibox outside of it, or start it by\n"
                    "  docker run --security-opt seccomp=unconfined \\\n"
                    "    --security-opt apparmor=unconfined \\\n"
                    "    --security-opt systempaths=unconfined ...\n"
                    "For root in it: docker run --privileged ...\n",
    [PROBE_IDS_MISSING] =
        "without them all files belong to you, and USER does not work:\n"
        "  sudo apt install uidmap\n"
        "  sudo usermod --add-subuids {ids} --add-subgids {ids} {user}\n",
    [PROBE_IDS_BROKEN] =
        "the helpers must be set-uid root, which no_new_privs turns off;\n"
        "lines in /etc/subuid and /etc/subgid look like NAME:100000:65536\n"
        "  sudo apt install --reinstall uidmap\n"
        "  grep NoNewPrivs /proc/self/status\n",
    [PROBE_SECCOMP_NONE] =
        "this kernel was built without filters (CONFIG_SECCOMP_FILTER): boot "
        "another\n",
    [PROBE_OVERLAY_NONE] =
        "load overlayfs, now and at each boot:\n"
        "  sudo modprobe overlay\n"
        "  echo overlay | sudo tee /etc/modules-load.d/overlay.conf\n",
    [PROBE_OVERLAY_OLD] = "overlays of ordinary users need Linux 5.11: boot a "
                          "newer kernel, or use minibox as root\n",
    [PROBE_STORE_KIND] = NEW_PLACE "(a tmpfs serves users since Linux 6.6)\n",
    [PROBE_STORE_UPPER] = NEW_PLACE
    "in a Docker container, use a volume:\n"
    "  docker run -v minibox:/minibox -e MINIBOX_ROOT=/minibox ...\n",
    [PROBE_STORE_NOEXEC] = NEW_PLACE,
    [PROBE_STORE_DENIED] = "choose a place that is yours:\n"
                           "  export MINIBOX_ROOT=/var/tmp/minibox-{user}\n",
    [PROBE_CGROUP_NONE] = "mount them:\n"
                          "  sudo mount -t cgroup2 none /sys/fs/cgroup\n",
    [PROBE_CGROUP_V1] =
        "here only root sets limits, so use minibox as root; or switch to v2:\n"
        "add systemd.unified_cgroup_hierarchy=1 to GRUB_CMDLINE_LINUX in\n"
        "/etc/default/grub (on WSL: wsl --update, on Windows), then\n"
        "  sudo update-grub && sudo reboot\n",
    [PROBE_CGROUP_DENIED] = OWN_SCOPE,
    [PROBE_CGROUP_BUSY] = OWN_SCOPE,
    [PROBE_CGROUP_MISSING] =
        "have systemd pass them down to users, then log out and in again:\n"
        "  sudo mkdir -p /etc/systemd/system/user@.service.d\n"
        "  printf '[Service]\\nDelegate=cpu cpuset io memory pids\\n' |\n"
        "    sudo tee /etc/systemd/system/user@.service.d/delegate.conf\n"
        "  sudo systemctl daemon-reload\n" OWN_SCOPE,
};

unsigned long fixes_free_ids(const char *text)
{
    unsigned long free_from = 100000, first, count;

    for (const char *line = text; *line; line += strspn(line, "\n")) {
        if (sscanf(line, "%*[^:\n]:%lu:%lu", &first, &count) == 2 &&
            first + count > free_from)
            free_from = first + count;
        line += strcspn(line, "\n");
    }
    return free_from;
}

/* "165536-231071"; caller frees. */
static char *free_ids(void)
{
    mb_autobuf struct buf text = BUF_INIT;

    (void)fs_read(AT_FDCWD, "/etc/subuid", 1 << 20, &text, NULL);
    buf_addc(&text, '\n');
    (void)fs_read(AT_FDCWD, "/etc/subgid", 1 << 20, &text, NULL);
    unsigned long first = fixes_free_ids(text.s);
    return mb_printf("%lu-%lu", first, first + 65535);
}

/* What {NAME} stands for here; caller frees. */
static char *value_of(const char *name)
{
    char exe[PATH_MAX] = "";

    if (starts_with(name, "exe"))
        return readlink("/proc/self/exe", exe, sizeof exe - 1) < 0
                   ? mb_strdup("/usr/local/bin/minibox")
                   : mb_strdup(exe);
    if (starts_with(name, "ids"))
        return free_ids();
    return mb_strdup("$(id -un)"); /* the shell knows, by any name service */
}

/* Is there one of our three names at P, "{exe}" for one? */
static bool is_name(const char *p)
{
    return starts_with(p, "{exe}") || starts_with(p, "{ids}") ||
           starts_with(p, "{user}");
}

char *fixes_for(enum probe_cause cause)
{
    const char *text =
        cause < sizeof fixes / sizeof *fixes ? fixes[cause] : NULL;
    struct buf out = BUF_INIT;

    if (!text)
        return NULL;
    for (const char *p = text; *p; p++) {
        if (!is_name(p)) {
            buf_addc(&out, *p);
            continue;
        }
        mb_autofree char *value = value_of(p + 1);
        buf_adds(&out, value);
        p = strchr(p, '}');
    }
    return buf_take(&out);
}
