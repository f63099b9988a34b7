/* SPDX-License-Identifier: MIT */
/*
 * secretfiles.c - files that hold secrets
 *
 * Problem   "password: hunter2" in a manual is nothing, in /root/.netrc it is
 *           somebody's login.
 * Idea      Ask where the file lies, the surest answer first:
 *
 *             /root/.netrc            made to hold logins: believe every word
 *             /usr/lib/python3/...    came in a package, full of examples:
 *                                     only what has an unmistakable shape
 *             /app/settings.yml       somebody configured something: believe
 *                                     the names
 *             /app/main.py            names, if the values look random
 *
 * Rules     1. What tools log in with goes before packages: nobody ships it.
 *           2. /usr/local and /usr/src are no packages.
 * Read      netrc(5), pgpass in PostgreSQL's manual; hier(7);
 *           lessons/24-secrets.md
 */
#include "engine/secretfiles.h"

#include <string.h>

#include "base/buf.h"
#include "engine/match.h"
#include "engine/secretvalue.h"

/* A pattern for the end of a path, with * for any characters but "/". */
static const struct row {
    const char *pattern;
    enum secretwords_mode mode;
    const char *what;
} logins[] = {
    {".netrc", SECRETWORDS_BARE, "login in .netrc"},
    {"_netrc", SECRETWORDS_BARE, "login in .netrc"},
    {"etc/apt/auth.conf", SECRETWORDS_BARE, "login of apt"},
    {"etc/apt/auth.conf.d/*", SECRETWORDS_BARE, "login of apt"},
    {".npmrc", SECRETWORDS_CONFIG, "login of npm"},
    {".yarnrc.yml", SECRETWORDS_CONFIG, "login of yarn"},
    {".pypirc", SECRETWORDS_CONFIG, "login of PyPI"},
    {"pip.conf", SECRETWORDS_CONFIG, "login of pip"},
    {".gem/credentials", SECRETWORDS_CONFIG, "login of RubyGems"},
    {".cargo/credentials*", SECRETWORDS_CONFIG, "login of cargo"},
    {".composer/auth.json", SECRETWORDS_CONFIG, "login of composer"},
    {".m2/settings.xml", SECRETWORDS_CONFIG, "login of Maven"},
    {"settings-security.xml", SECRETWORDS_CONFIG, "login of Maven"},
    {"gradle.properties", SECRETWORDS_CONFIG, "login of Gradle"},
    {".docker/config.json", SECRETWORDS_CONFIG, "login at a registry"},
    {".dockercfg", SECRETWORDS_CONFIG, "login at a registry"},
    {"containers/auth.json", SECRETWORDS_CONFIG, "login at a registry"},
    {".aws/credentials", SECRETWORDS_CONFIG, "AWS secret access key"},
    {".aws/config", SECRETWORDS_CONFIG, "AWS secret access key"},
    {".boto", SECRETWORDS_CONFIG, "login at a cloud"},
    {".s3cfg", SECRETWORDS_CONFIG, "login at a cloud"},
    {"gcloud/*.json", SECRETWORDS_CONFIG, "login at Google Cloud"},
    {".azure/*.json", SECRETWORDS_CONFIG, "login at Azure"},
    {".kube/config", SECRETWORDS_CONFIG, "login at Kubernetes"},
    {"*.tfstate", SECRETWORDS_CONFIG, "password in Terraform's state"},
    {"*.tfvars", SECRETWORDS_CONFIG, "password for Terraform"},
    {".terraformrc", SECRETWORDS_CONFIG, "login of Terraform"},
    {".vault-token", SECRETWORDS_CONFIG, NULL},
    {".git-credentials", SECRETWORDS_CONFIG, "login of git"},
    {"gh/hosts.yml", SECRETWORDS_CONFIG, "login of gh"},
    {".config/hub", SECRETWORDS_CONFIG, "login of hub"},
    {".hgrc", SECRETWORDS_CONFIG, "login of Mercurial"},
    {"wp-config.php", SECRETWORDS_CONFIG, "password of WordPress"},
    {".my.cnf", SECRETWORDS_CONFIG, "password of MySQL"},
    {".pgpass", SECRETWORDS_PGPASS, "password in .pgpass"},
    {"rclone.conf", SECRETWORDS_CONFIG, "login of rclone"},
    {"etc/shadow", SECRETWORDS_HASHES, NULL},
    {"etc/shadow-", SECRETWORDS_HASHES, NULL},
    {"etc/gshadow", SECRETWORDS_HASHES, NULL},
    {".htpasswd", SECRETWORDS_HASHES, NULL},
    {"*.htpasswd", SECRETWORDS_HASHES, NULL},
    {"htpasswd", SECRETWORDS_HASHES, NULL},
    {".*_history", SECRETWORDS_CONFIG, "password in a shell's history"},
    {".history", SECRETWORDS_CONFIG, "password in a shell's history"},
    {"fish_history", SECRETWORDS_CONFIG, "password in a shell's history"},
    {".env", SECRETWORDS_CONFIG, "password in .env"},
    {".env.*", SECRETWORDS_CONFIG, "password in .env"},
    {"*.env", SECRETWORDS_CONFIG, "password in .env"},
};

static const struct row configs[] = {
    {"*.conf", SECRETWORDS_SETTINGS, NULL},
    {"*.config", SECRETWORDS_SETTINGS, NULL},
    {"*.cnf", SECRETWORDS_SETTINGS, NULL},
    {"*.cfg", SECRETWORDS_SETTINGS, NULL},
    {"*.ini", SECRETWORDS_SETTINGS, NULL},
    {"*.yml", SECRETWORDS_SETTINGS, NULL},
    {"*.yaml", SECRETWORDS_SETTINGS, NULL},
    {"*.toml", SECRETWORDS_SETTINGS, NULL},
    {"*.json", SECRETWORDS_SETTINGS, NULL},
    {"*.xml", SECRETWORDS_SETTINGS, NULL},
    {"*.properties", SECRETWORDS_SETTINGS, NULL},
};

/* Where packages put their files (rule 2). */
static const char *const package_dirs[] = {
    "/usr/bin/",     "/usr/sbin/",      "/usr/lib",        "/usr/share/",
    "/usr/include/", "/usr/libexec/",   "/bin/",           "/sbin/",
    "/lib",          "/var/lib/dpkg/",  "/var/lib/apt/",   "/var/lib/rpm/",
    "/lib/apk/",     "/etc/ssl/certs/", "/var/cache/apt/",
};

/* Does the pattern match the end of PATH, from the beginning of a name on? */
static bool ends_like(const char *path, const char *pattern)
{
    size_t depth = 1;
    const char *from = path + strlen(path);

    for (const char *c = pattern; *c; c++)
        depth += *c == '/';
    while (from > path && depth > 0)
        depth -= *--from == '/';
    return depth == 0 && match_glob(pattern, from + 1) == 1;
}

static const struct row *find_row(const struct row *rows, size_t n,
                                  const char *path)
{
    for (size_t i = 0; i < n; i++)
        if (ends_like(path, rows[i].pattern))
            return &rows[i];
    return NULL;
}

static bool is_packaged(const char *path)
{
    for (size_t i = 0; i < sizeof package_dirs / sizeof *package_dirs; i++)
        if (starts_with(path, package_dirs[i]))
            return true;
    return strstr(path, "/node_modules/") || strstr(path, "-packages/");
}

#define FIND(rows, path) find_row(rows, sizeof(rows) / sizeof *(rows), path)

struct secretfiles_kind secretfiles_kind_of(const char *path)
{
    const struct row *login = FIND(logins, path); /* rule 1 */

    if (login)
        return (struct secretfiles_kind){login->mode, login->what};
    if (is_packaged(path))
        return (struct secretfiles_kind){SECRETWORDS_SHAPES, NULL};
    if (FIND(configs, path))
        return (struct secretfiles_kind){SECRETWORDS_SETTINGS, NULL};
    return (struct secretfiles_kind){SECRETWORDS_TEXT, NULL};
}

/* ---- files that are a secret --------------------------------------------- */

static const struct {
    const char *pattern, *what, *magic;
} stores[] = {
    {"*.jks", "keystore (Java)", "\xfe\xed\xfe\xed"},
    {"*.keystore", "keystore (Java)", "\xfe\xed\xfe\xed"},
    {"*.jceks", "keystore (Java)", "\xce\xce\xce\xce"},
    {"*.kdbx", "password store (KeePass)", "\x03\xd9\xa2\x9a"},
};
/* Nothing but the secret is in it. */
static const struct {
    const char *pattern, *what;
} bare[] = {
    {"config/master.key", "master key of Rails"},
    {"run/secrets/*", "secret that was mounted"},
    {".vault_pass*", "password of Ansible"},
};
/* In ASN.1: a sequence whose first member is a version. */
static const char *const sequences[] = {"*.p12", "*.pfx",      "*.key",
                                        "*.jks", "*.keystore", "*.der"};

/* The version that a sequence begins with; -1: it begins otherwise, as
 * certificates do.  30, a length, 02 01, the version; the length is a byte, or
 * 8N and N bytes. */
static int version_of(const unsigned char *data, size_t size)
{
    size_t n = size > 1 && data[1] > 0x80 ? data[1] - 0x80 : 0;

    if (size < n + 5 || data[0] != 0x30 || data[n + 2] != 2 || data[n + 3] != 1)
        return -1;
    return data[n + 4];
}

/* Is it one word that can be a secret? */
static bool is_word(const char *data, size_t size)
{
    size_t n = 0;

    while (n < size && data[n] > ' ' && data[n] != 127)
        n++;
    return n + 1 >= size && secretvalue_possible(data, n);
}

const char *secretfiles_whole(const char *path, const void *data, size_t size)
{
    for (size_t i = 0; i < sizeof stores / sizeof *stores; i++)
        if (ends_like(path, stores[i].pattern) && size >= 4 &&
            memcmp(data, stores[i].magic, 4) == 0)
            return stores[i].what;
    for (size_t i = 0; i < sizeof bare / sizeof *bare; i++)
        if (ends_like(path, bare[i].pattern) && is_word(data, size))
            return bare[i].what;
    for (size_t i = 0; i < sizeof sequences / sizeof *sequences; i++) {
        if (!ends_like(path, sequences[i]))
            continue;
        int version = version_of(data, size);
        return version == 3                   ? "keystore (PKCS#12)"
               : version == 0 || version == 1 ? "private key (DER)"
                                              : NULL;
    }
    return NULL;
}
