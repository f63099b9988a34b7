/* SPDX-License-Identifier: MIT */
/*
 * url.c - who is behind a URL?
 *
 * Problem   A password is meant for one server.  A registry may send us
 *           elsewhere, for a token or for the bytes of a layer, and the address
 *           is in words that it has chosen.
 * Idea      Compare origins, that is scheme, host and port:
 *
 *             https://Host.example/v2/x      https://host.example:443
 *             https://host.example:5000/     https://host.example:5000
 *             http://host.example/           http://host.example:80
 *
 * Rules     1. "https://trusted@evil.example/" leads to evil.example.  Nobody
 *              needs this form, so it is no URL here.
 * Read      RFC 3986, RFC 6454; lessons/18-registry.md
 */
#include "image/url.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"

/* Where the host begins; NULL if the scheme is neither of the two. */
static const char *authority(const char *url)
{
    if (strncasecmp(url, "https://", 8) == 0)
        return url + 8;
    if (strncasecmp(url, "http://", 7) == 0)
        return url + 7;
    return NULL;
}

/* The length of a host without its port: "[::1]" has colons of its own. */
static size_t host_length(const char *host)
{
    if (*host == '[')
        return strcspn(host, "]/?#") + (strpbrk(host, "]") != NULL);
    return strcspn(host, ":/?#");
}

static void lower(char *text)
{
    for (; *text; text++)
        if (*text >= 'A' && *text <= 'Z')
            *text += 'a' - 'A';
}

char *url_host(const char *url)
{
    const char *host = authority(url);
    char *out = host ? mb_strndup(host, host_length(host)) : mb_strdup("");

    lower(out);
    return out;
}

/* A host and maybe a port, and nothing else (rule 1). */
static bool is_place(const char *place)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
    bool address = place[0] == '[';
    size_t host = address ? 1 + strspn(place + 1, "0123456789abcdefABCDEF:.")
                          : strspn(place, plain);

    if (host == address || (address && place[host++] != ']'))
        return false;
    if (place[host] == '\0')
        return true;
    const char *port = place + host + 1;
    return place[host] == ':' && *port &&
           strspn(port, "0123456789") == strlen(port);
}

char *url_origin(const char *url)
{
    const char *host = authority(url);
    size_t len = host ? strcspn(host, "/?#") : 0;

    mb_autofree char *place = mb_strndup(host ? host : "", len);
    bool secure = host && host - url == 8;

    if (!is_place(place))
        return NULL;
    bool has_port = place[host_length(place)] == ':';
    char *out = mb_printf("%s://%s%s", secure ? "https" : "http", place,
                          has_port ? ""
                          : secure ? ":443"
                                   : ":80");
    lower(out);
    return out;
}

bool url_same_origin(const char *a, const char *b)
{
    mb_autofree char *x = url_origin(a), *y = url_origin(b);

    return x && y && strcmp(x, y) == 0;
}

char *url_resolve(const char *base, const char *location)
{
    const char *host = authority(base);
    size_t root = host ? host - base + strcspn(host, "/?#") : 0;

    if (strstr(location, "://") && strcspn(location, "/?#") > 0 &&
        strstr(location, "://") < location + strcspn(location, "/?#"))
        return mb_strdup(location);
    if (starts_with(location, "//")) /* another host, the same scheme */
        return mb_printf("%.*s:%s", (int)strcspn(base, ":"), base, location);
    if (location[0] == '/')
        return mb_printf("%.*s%s", (int)root, base, location);
    /* Beside the last part of the path. */
    size_t path = root + strcspn(base + root, "?#");
    while (path > root && base[path - 1] != '/')
        path--;
    return mb_printf("%.*s%s%s", (int)path, base, path == root ? "/" : "",
                     location);
}

void url_escape(struct buf *out, const char *text)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/:,";

    for (; *text; text++)
        if (strchr(plain, *text))
            buf_addc(out, *text);
        else
            buf_addf(out, "%%%02X", (unsigned char)*text);
}

bool url_is_loopback(const char *host)
{
    size_t len = host_length(host);
    mb_autofree char *name = mb_strndup(host, len);

    /* "127.evil.example" is a name, and not an address. */
    return strcmp(name, "localhost") == 0 || strcmp(name, "[::1]") == 0 ||
           (starts_with(name, "127.") && strspn(name, "0123456789.") == len);
}
