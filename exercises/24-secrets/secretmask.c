/* SPDX-License-Identifier: MIT */
/* Exercise 24-secrets: fill in the blanks (grep TODO).
 * The lesson: lessons/24-secrets.md.  Try it: make grade EX=24 */
/*
 * secretmask.c - what of a secret may be shown
 *
 * Problem   A report that says which secret has leaked is kept, mailed, and
 *           printed by a CI.  With the secret in it, it is a leak itself.
 * Idea      Show enough to know which one it is, and nothing to try out:
 *
 *             RUN wget https://me:k7Zr2LxVb7Kp4Tn@host/x
 *                                 `-- begin      `-- end
 *             RUN wget https://me:k7Z****@host/x
 *
 * Rules     1. Four characters at most, and a quarter of it at most: of a short
 *              one nothing.
 *           2. What has four stars in it is taken for no secret: who masks a
 *              text twice does no harm.
 *           3. The text around it stays, so that one sees where it stands.
 * Read      lessons/24-secrets.md
 */
#include "engine/secretmask.h"

#include <ctype.h>
#include <string.h>
#include <sys/param.h>

#include "base/buf.h"
#include "base/mem.h"
#include "engine/secretwords.h"

char *secretmask_of(const char *value, size_t len)
{
    struct buf out = BUF_INIT;

    for (size_t i = 0; i < MIN(len / 4, 4) && isgraph((unsigned char)value[i]);
         i++)
        buf_addc(&out, value[i]);
    buf_adds(&out, "****");
    return buf_take(&out);
}

/* Where a hit in TEXT ends, also when its value was too long for us to see its
 * end. */
static size_t end_of_hit(const char *text, const struct secretwords_hit *hit)
{
    bool cut = hit->end - hit->begin >= SECRETWORDS_VALUE;

    return hit->end + (cut ? strcspn(text + hit->end, " \t\r\n\"'") : 0);
}

char *secretmask_text(const char *text)
{
    const struct secretwords_text t = {text, strlen(text), strlen(text),
                                       SECRETWORDS_CONFIG};
    struct secretwords_hit hit;
    struct buf out = BUF_INIT;
    size_t done = 0;

    // TODO step 3: append TEXT to *out, in the place of each secret its mask
    //   (secretmask_of()). secretwords_next() finds the next one from a place
    //   on, end_of_hit() says where the text goes on behind it
    (void)t, (void)hit, (void)done, (void)end_of_hit;
    return buf_take(&out);
}
