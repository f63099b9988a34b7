/* SPDX-License-Identifier: MIT */
/*
 * secret.c - secrets: where from, where to, and never on disk
 *
 * Problem   A step needs a password: to fetch a package, say.  Whatever way it
 *           comes in the Dockerfile, it stays: ARG in the history, ENV in the
 *           config, COPY in a layer, even when a later layer deletes it.
 * Idea      It never becomes part of the build.  The user's command names it,
 *           the Dockerfile asks for it, and one container sees it while that
 *           container runs:
 *
 *             --secret id=token,src=FILE     RUN --mount=type=secret,id=token
 *                        |                                |
 *             read into minibox's memory     a file in the container's tmpfs
 *                        `------------------> bound on /run/secrets/token
 *
 *           The tmpfs lives in the container's mount namespace and ends with
 *           it.  Overlayfs never sees the file: it lies on top of the overlay,
 *           not in its upper directory.  So it is in no layer.
 * Rules     1. Its name may go into history and cache keys.  Its value goes
 *              nowhere but into the two places where the step finds it: the
 *              file, and the variable if env=NAME asks for one.
 *           2. It is read once, before the first step: what was checked is
 *              what is used.
 *           3. A step that did not ask for a secret does not get it.  One that
 *              asked can still print it, or copy it: we can't help that.
 * Read      reference.md, "RUN --mount=type=secret"; docker-build(1),
 *           --secret; tmpfs(5); lessons/24-secrets.md
 */
#include "engine/secret.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/explain.h"
#include "base/fs.h"
#include "base/mem.h"
#include "engine/fields.h"
#include "linux/mount.h"

/* ---- where it comes from ------------------------------------------------ */

/* What one --secret says. */
struct source {
    char *id, *file, *env, *type;
};

/* For the cleanup attribute. */
static void source_done(struct source *s)
{
    free(s->id);
    free(s->file);
    free(s->env);
    free(s->type);
}

/* One "key=value" of it. */
static int read_field(const char *field, struct source *out,
                      struct mb_error *err)
{
    const char *value;
    mb_autofree char *key = fields_key(field, &value);
    char **place = strcmp(key, "id") == 0 ? &out->id
                   : strcmp(key, "src") == 0 || strcmp(key, "source") == 0
                       ? &out->file
                   : strcmp(key, "env") == 0  ? &out->env
                   : strcmp(key, "type") == 0 ? &out->type
                                              : NULL;

    if (!value)
        return mb_failx(err, "invalid field '%s' must be a key=value pair",
                        field);
    /* Without the value: it might be the secret itself. */
    if (!place)
        return mb_failx(err, "unexpected key '%s'", key);
    free(*place);
    *place = *value ? mb_strdup(value) : NULL;
    return 0;
}

/* Both of type=env,src=NAME and id=NAME alone can mean a variable. */
static int settle(struct source *s, struct mb_error *err)
{
    if (s->type && strcmp(s->type, "file") != 0 && strcmp(s->type, "env") != 0)
        return mb_failx(err, "unsupported secret type \"%s\"", s->type);
    if (!s->id) {
        mb_failx(err, "the secret has no id");
        return mb_hint(err, "--secret id=NAME,src=FILE");
    }
    if (s->type && strcmp(s->type, "env") == 0 && !s->env)
        s->env = mb_steal(&s->file);
    if (!s->env && !s->file)
        *(getenv(s->id) ? &s->env : &s->file) = mb_strdup(s->id);
    return 0;
}

static int load_variable(const char *name, struct buf *out,
                         struct mb_error *err)
{
    const char *value = getenv(name);

    if (!value) {
        mb_failx(err, "the variable %s is not set", name);
        return mb_hint(err, "export %s, or give src=FILE", name);
    }
    buf_adds(out, value);
    return 0;
}

/* Not only ordinary files: src=<(command) is a pipe. */
static int load_file(const char *path, struct buf *out, struct mb_error *err)
{
    struct stat st;

    if (stat(path, &st) < 0) {
        mb_fail(err, "%s", path);
        return mb_hint(err, "src=FILE is relative to the directory where "
                            "minibox is called, env=NAME takes a variable");
    }
    if (S_ISDIR(st.st_mode))
        return mb_failx(err, "%s is a directory", path);
    if (S_ISREG(st.st_mode) && (st.st_mode & S_IROTH))
        mb_warn("the secret file %s can be read by everybody; chmod 600 keeps "
                "it to you",
                path);
    return fs_read(AT_FDCWD, path, SECRET_MAX, out, err);
}

static int load_one(const char *word, struct secret *out, struct mb_error *err)
{
    __attribute__((cleanup(source_done))) struct source source = {0};
    mb_autostrv struct strv fields = {0};
    struct buf value = BUF_INIT;
    int result = fields_split(word, &fields, err);

    for (size_t i = 0; result == 0 && i < fields.n; i++)
        result = read_field(fields.v[i], &source, err);
    if (result < 0 || settle(&source, err) < 0)
        return mb_wrap(err, "--secret");
    result = source.env ? load_variable(source.env, &value, err)
                        : load_file(source.file, &value, err);
    if (result == 0 && value.len > SECRET_MAX)
        result = mb_failx(err, "it is larger than %d bytes", SECRET_MAX);
    out->id = mb_strdup(source.id);
    out->size = value.len;
    out->value = buf_take(&value);
    return result < 0 ? mb_wrap(err, "--secret id=%s", out->id) : 0;
}

int secret_load(const struct strv *words, struct secret_list *out,
                struct mb_error *err)
{
    *out = (struct secret_list){.v = mb_alloc((words->n + 1) * sizeof *out->v)};
    for (size_t i = 0; i < words->n; i++)
        if (load_one(words->v[i], &out->v[out->n++], err) < 0)
            return -1;
    return 0;
}

void secret_done(struct secret_list *secrets)
{
    for (size_t i = 0; i < secrets->n; i++) {
        struct secret *s = &secrets->v[i];
        /* Not memset(3), which the compiler may leave out: nobody reads it
         * any more. */
        if (s->value)
            explicit_bzero(s->value, s->size);
        free(s->value);
        free(s->id);
    }
    free(secrets->v);
    *secrets = (struct secret_list){0};
}

/* ---- who gets it -------------------------------------------------------- */

const struct secret *secret_find(const struct secret_list *secrets,
                                 const char *id)
{
    for (size_t i = secrets->n; i-- > 0;)
        if (strcmp(secrets->v[i].id, id) == 0)
            return &secrets->v[i];
    return NULL;
}

int secret_want(const struct secret_list *secrets, const struct mountflag *m,
                const struct secret **out, struct mb_error *err)
{
    *out = secret_find(secrets, m->id);
    if (*out || !m->required)
        return 0;
    mb_failx(err, "the step needs the secret \"%s\", which was not given",
             m->id);
    return mb_hint(err, "minibox build --secret id=%s,src=FILE", m->id);
}

int secret_to_env(const struct secret *secret, const struct mountflag *m,
                  struct strv *env, struct mb_error *err)
{
    if (!m->env)
        return 0;
    if (strlen(secret->value) != secret->size)
        return mb_failx(err,
                        "the secret \"%s\" has a NUL byte in it, which "
                        "no variable can have",
                        secret->id);
    strv_setenv(env, m->env, secret->value);
    return 0;
}

int secret_mount(const struct secret *secret, const struct mountflag *m,
                 int root, struct mb_error *err)
{
    static const char temporary[] = "dev/.secret";
    mb_autoclose int file =
        openat(root, temporary, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
    if (file < 0)
        return mb_fail(err, "make the secret %s", secret->id);
    mb_autoclose int target = mount_open_target(root, m->target, false, err);
    if (target < 0)
        return mb_wrap(err, "secret %s on %s", secret->id, m->target);
    /* STEP 4, 3 points: fill the file, give it owner, group (0 unless M says
     * so) and mode (0400 unless M says so); mount_bind() it on the target; make
     * that mount (mount_set_flags()) read-only, and of no use for programs,
     * devices and set-user-ID; then take the file's first name away */
    if (fs_write_all(file, secret->value, secret->size, err) < 0)
        return -1;
    /* Owner before mode: a change of owner would clear special bits. */
    if (fchown(file, m->uid < 0 ? 0 : m->uid, m->gid < 0 ? 0 : m->gid) < 0 ||
        fchmod(file, m->mode < 0 ? 0400 : m->mode) < 0)
        return mb_fail(err, "set owner and mode of the secret %s", secret->id);
    if (mount_bind(mount_fd_path(file).text, target, err) < 0 ||
        mount_set_flags(root, m->target,
                        MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, err) < 0)
        return mb_wrap(err, "secret %s on %s", secret->id, m->target);
    /* The mount keeps the file, its first name has done its work. */
    (void)unlinkat(root, temporary, 0);
    /* END STEP 4 */
    explain("24", "mount(TMPFS FILE, TARGET, NULL, MS_BIND)",
            "the secret %s is %s, above the overlay, in no layer", secret->id,
            m->target);
    return 0;
}
