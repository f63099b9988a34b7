/* SPDX-License-Identifier: MIT */
/*
 * user.c - who a process is
 *
 * Problem   The kernel knows numbers only.  "USER repl" needs the number, and
 *           it is the image that knows it, not the host.
 * Idea      Read the image's own /etc/passwd and /etc/group:
 *
 *             repl:x:1000:1000::/home/repl:/bin/sh     staff:x:50:repl
 *                    uid  gid    home                        gid  members
 *
 * Rules     1. These files are the image's, so they are hostile: bounded in
 *              size, opened inside its root, and no fifo (which would make us
 *              wait for ever).
 *           2. Numbers are 0 to 2^31-1 in plain decimal.  2^32 must not wrap
 *              around to 0, which is root (CVE-2024-40635 in containerd).
 *           3. Become: groups, then gid, then uid.  After the uid is changed
 *              there is no right left to change the others.
 *           4. The primary group is also among the supplementary ones.  A
 *              set-group-ID program takes the primary group away for a while;
 *              a file that shuts out this group (mode 0604) must stay shut
 *              (CVE-2022-36109 in moby).
 * Read      passwd(5), group(5), credentials(7); lessons/09-privileges.md
 */
#include "linux/user.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/explain.h"
#include "base/fs.h"
#include "base/mem.h"
#include "linux/userns.h"

enum { MAX_FILE = 4 << 20, MAX_FIELDS = 7 };

/* Append the file to *out; a file that is not there is an empty one. */
static int read_image_file(int rootfd, const char *path, struct buf *out,
                           struct mb_error *err)
{
    mb_autoclose int fd =
        fs_open_in_root(rootfd, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
    struct stat st;
    char chunk[8192];
    ssize_t n;

    if (fd < 0)
        return 0;
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size > MAX_FILE)
        return mb_failx(err, "%s in the image is no ordinary file of sane size",
                        path);
    while ((n = read(fd, chunk, sizeof chunk)) > 0 && out->len < MAX_FILE)
        buf_add(out, chunk, n);
    return 0;
}

/* Rule 2.  1 when TEXT is such a number, 0 when it is something else. */
static int parse_id(const char *text, unsigned *out)
{
    size_t len = strspn(text, "0123456789");

    if (len == 0 || len > 10 || text[len] != '\0' ||
        (len > 1 && text[0] == '0'))
        return 0;
    unsigned long value = strtoul(text, NULL, 10);
    if (value > INT_MAX)
        return 0;
    *out = value;
    return 1;
}

/* Cut the line at *cursor into its fields and move on to the next line.  The
 * text is changed in place.  Returns the number of fields, -1 at the end. */
static int next_line(char **cursor, char *fields[MAX_FIELDS])
{
    int n = 0;

    if (!*cursor || !**cursor)
        return -1;
    char *line = strsep(cursor, "\n");
    for (char *field; n < MAX_FIELDS && (field = strsep(&line, ":"));)
        fields[n++] = field;
    return n;
}

/* Find the line whose name is KEY or, if KEY is a number, whose number (third
 * field) is that: a name made of digits can't be asked for. */
static int find_line(char *text, const char *key, char *fields[MAX_FIELDS])
{
    unsigned wanted, number;
    int is_number = parse_id(key, &wanted);
    int n;

    for (char *cursor = text; (n = next_line(&cursor, fields)) >= 0;) {
        if (n < 3 || !parse_id(fields[2], &number))
            continue;
        if (is_number ? number == wanted : strcmp(fields[0], key) == 0)
            return n;
    }
    return -1;
}

/* uid, primary gid, home.  Fills *out_name with the user's name, "" if he has
 * none. */
static int lookup_user(int rootfd, const char *user, struct identity *out,
                       struct buf *out_name, struct mb_error *err)
{
    mb_autobuf struct buf text = BUF_INIT;
    char *f[MAX_FIELDS];

    if (read_image_file(rootfd, "/etc/passwd", &text, err) < 0)
        return -1;
    int n = find_line(text.s, user, f);
    if (n < 0 && !parse_id(user, &out->uid)) {
        mb_failx(err,
                 "unable to find user %s: no matching entries in passwd "
                 "file",
                 user);
        if (strchr("-0123456789", user[0]))
            return mb_hint(err, "a number is from 0 to 2147483647, without "
                                "leading zeros");
        return mb_hint(err,
                       "RUN useradd %s (or adduser) in the Dockerfile "
                       "makes one; a number needs none",
                       user);
    }
    if (n < 0)
        return 0;
    (void)parse_id(f[2], &out->uid);
    /* Not taken for 0, which would be root's group. */
    if (n > 3 && *f[3] && !parse_id(f[3], &out->gid))
        return mb_failx(err, "user %s has no valid group in passwd", user);
    if (n > 5 && f[5][0] == '/')
        snprintf(out->home, sizeof out->home, "%s", f[5]);
    buf_adds(out_name, f[0]);
    return 0;
}

static int lookup_group(int rootfd, const char *group, gid_t *out,
                        struct mb_error *err)
{
    mb_autobuf struct buf text = BUF_INIT;
    char *f[MAX_FIELDS];

    if (read_image_file(rootfd, "/etc/group", &text, err) < 0)
        return -1;
    if (find_line(text.s, group, f) >= 0)
        return parse_id(f[2], out) ? 0 : -1;
    if (parse_id(group, out))
        return 0;
    return mb_failx(err,
                    "unable to find group %s: no matching entries in "
                    "group file",
                    group);
}

/* Is NAME one of the comma-separated MEMBERS? */
static bool is_member(const char *members, const char *name)
{
    size_t len = strlen(name);

    for (const char *p = members; *p; p += *p == ',') {
        size_t n = strcspn(p, ",");
        if (n == len && strncmp(p, name, n) == 0)
            return true;
        p += n;
    }
    return false;
}

static int lookup_supplementary(int rootfd, const char *name,
                                struct identity *out, struct mb_error *err)
{
    mb_autobuf struct buf text = BUF_INIT;
    char *f[MAX_FIELDS];
    gid_t gid;
    int n;

    if (read_image_file(rootfd, "/etc/group", &text, err) < 0)
        return -1;
    for (char *cursor = text.s; (n = next_line(&cursor, f)) >= 0;)
        if (n > 3 && parse_id(f[2], &gid) && is_member(f[3], name) &&
            out->n_groups < USER_MAX_GROUPS)
            out->groups[out->n_groups++] = gid;
    return 0;
}

/* Rule 4. */
static void add_primary(struct identity *who)
{
    for (int i = 0; i < who->n_groups; i++)
        if (who->groups[i] == who->gid)
            return;
    if (who->n_groups < USER_MAX_GROUPS)
        who->groups[who->n_groups++] = who->gid;
}

int user_lookup(int rootfd, const char *user, struct identity *out,
                struct mb_error *err)
{
    mb_autofree char *copy = mb_strdup(user ? user : "");
    mb_autobuf struct buf name = BUF_INIT;
    char *group = strchr(copy, ':');
    int result = 0;

    *out = (struct identity){.home = "/"};
    if (group)
        *group++ = '\0';
    if (lookup_user(rootfd, *copy ? copy : "0", out, &name, err) < 0)
        return -1;
    if (group && *group)
        result = lookup_group(rootfd, group, &out->gid, err);
    else if (name.len)
        result = lookup_supplementary(rootfd, name.s, out, err);
    add_primary(out);
    return result;
}

int user_become(const struct identity *who, struct mb_error *err)
{
    /* With a single mapped id the kernel denies setgroups: there, and only
     * there, the groups of the caller stay. */
    if (setgroups(who->n_groups, who->groups) < 0 && !userns_is_single_id())
        return mb_fail(err, "set %d supplementary groups", who->n_groups);
    if (setresgid(who->gid, who->gid, who->gid) < 0 ||
        setresuid(who->uid, who->uid, who->uid) < 0) {
        mb_fail(err, "become user %u:%u", who->uid, who->gid);
        if (errno == EINVAL)
            mb_hint(err, "this number is not mapped here: /proc/self/uid_map "
                         "in a container says which are");
        return -1;
    }
    explain("09", "setgroups(), setresgid(), setresuid()", "uid %u, gid %u",
            who->uid, who->gid);
    return 0;
}
