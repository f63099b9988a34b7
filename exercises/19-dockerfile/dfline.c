/* SPDX-License-Identifier: MIT */
/* Exercise 19-dockerfile: fill in the blanks (grep TODO).
 * The lesson: lessons/19-dockerfile.md.  Try it: make grade EX=19 */
/*
 * dfline.c - the logical lines of a Dockerfile
 *
 * Problem   One instruction may span many lines, with comments and blank
 *           lines in between, and the character that continues a line may be
 *           another one in each file.
 * Idea      Join first, and let nobody else know that lines were ever split:
 *
 *             # escape=`              directive: ` continues lines here
 *             FROM alpine             -> "FROM alpine"
 *             RUN apk add `           \
 *                 # for the build      > "RUN apk add     make"
 *                 make                /
 *             RUN <<EOF               -> "RUN <<EOF", and whoever finds the
 *             echo hi                    mark asks for the body, which is cut
 *             EOF                        from the text as it stands
 *
 * Rules     1. Directives stand at the very top.  The first line that is none,
 *              were it blank, ends them; later ones are plain comments.
 *           2. "#" starts a comment only as a line's first visible character.
 *              A comment is never continued, and inside a continued line it
 *              vanishes, as a blank line does.
 *           3. A line goes on when its last visible character is the escape
 *              and the one before is not.  Later lines keep their indentation.
 *           4. Each byte is looked at a fixed number of times: a file made to
 *              hurt takes no longer than an honest one of its size.
 * Read      docs.docker.com/reference/dockerfile (Parser directives,
 *           Here-documents); lessons/19-dockerfile.md
 */
#include "engine/dfline.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/utf8.h"

/* Docker's limit, that of the scanner it is written with. */
#define LINE_MAX_BYTES 65535

static const char byte_order_mark[] = "\xef\xbb\xbf";

/* A piece of the text: nothing is copied before it has to be. */
struct span {
    const char *s;
    size_t len;
};

/* S without its first N bytes. */
static struct span skip(struct span s, size_t n)
{
    return (struct span){s.s + n, s.len - n};
}

/* S without the white space in front. */
static struct span trim_left(struct span s)
{
    uint32_t c;

    while (s.len) {
        size_t width = utf8_decode(s.s, &c);
        if (!utf8_is_space(c))
            break;
        s = skip(s, width);
    }
    return s;
}

/* The next line of the file without its "\n", and without the "\r"s that
 * editors on Windows put before it; false at the end. */
static bool take_line(struct dfline_reader *r, struct span *out)
{
    size_t left = r->end - r->at;

    if (!left)
        return false;
    const char *newline = memchr(r->at, '\n', left);
    *out = (struct span){r->at, newline ? (size_t)(newline - r->at) : left};
    r->at += out->len + (newline != NULL);
    r->line++;
    while (out->len && out->s[out->len - 1] == '\r')
        out->len--;
    return true;
}

/* ---- directives -------------------------------------------------------- */

/* How many blanks of those that a directive may have inside S begins with. */
static size_t blanks(struct span s)
{
    size_t n = 0;

    while (n < s.len && strchr(" \t\f\r", s.s[n]))
        n++;
    return n;
}

/* "#" NAME "=" VALUE, with white space anywhere between.  False for whatever
 * else a line may be. */
static bool split_directive(struct span line, struct span *name,
                            struct span *value)
{
    line = trim_left(line);
    if (!line.len || *line.s != '#')
        return false;
    *name = trim_left(skip(line, 1));
    size_t n = 0;
    while (n < name->len && isalnum((unsigned char)name->s[n]))
        n++;
    if (!n || !isalpha((unsigned char)*name->s))
        return false;
    *value = skip(*name, n);
    name->len = n;
    *value = skip(*value, blanks(*value));
    if (value->len < 2 || *value->s != '=')
        return false;
    *value = skip(*value, 1);
    /* One character is left in any case, were it a blank: BuildKit takes "# x="
     * for a comment, and "# x= " for a directive. */
    size_t white = blanks(*value);
    *value = skip(*value, white < value->len ? white : value->len - 1);
    while (value->len > 1 && strchr(" \t\f\r", value->s[value->len - 1]))
        value->len--;
    return true;
}

static const char *const directives[] = {"check", "escape", "syntax"};
#define N_DIRECTIVES (sizeof directives / sizeof *directives)

/* The place of NAME in the table, upper or lower case; N_DIRECTIVES if it is
 * no directive. */
static size_t find_directive(struct span name)
{
    size_t i = 0;

    while (i < N_DIRECTIVES &&
           (strlen(directives[i]) != name.len ||
            strncasecmp(directives[i], name.s, name.len) != 0))
        i++;
    return i;
}

/* Only the two characters that Docker knows can be the escape character: any
 * other would make some plain text unwritable. */
static int set_escape(struct dfline_reader *r, struct span value,
                      struct mb_error *err)
{
    if (value.len == 1 && (*value.s == '\\' || *value.s == '`')) {
        r->escape = *value.s;
        return 0;
    }
    r->wrong = value.s;
    return mb_failx(err, "invalid escape token '%.*s' does not match ` or \\",
                    value.len > 40 ? 40 : (int)value.len, value.s);
}

/* Look at one line after the other, and consume those that are directives.
 * Obey them (rule 1) and leave the reader at the first other line.
 * "syntax" and "check" are for other programs; here they only have to be
 * unique. */
static int read_directives(struct dfline_reader *r, struct mb_error *err)
{
    /* Two escapes in one file: nobody could tell which one holds where. */
    bool seen[N_DIRECTIVES] = {false};
    struct span line, name, value;

    for (struct dfline_reader ahead = *r; take_line(&ahead, &line);) {
        if (!split_directive(line, &name, &value))
            return 0;
        size_t which = find_directive(name);
        if (which == N_DIRECTIVES)
            return 0;
        r->line = ahead.line;
        r->at = ahead.at;
        r->wrong = name.s;
        if (seen[which])
            return mb_failx(err, "only one %s parser directive can be used",
                            directives[which]);
        seen[which] = true;
        if (strcmp(directives[which], "escape") == 0 &&
            set_escape(r, value, err) < 0)
            return -1;
    }
    return 0;
}

/* Refuse what no editor writes.  BuildKit takes a NUL, but no program could
 * ever get it as an argument; and our strings end there, so that a check and
 * its deed would see different texts. */
static int check_lines(struct dfline_reader *r, struct mb_error *err)
{
    const char *nul = memchr(r->at, '\0', r->end - r->at);

    for (const char *p = r->at; p < r->end;) {
        const char *newline = memchr(p, '\n', r->end - p);
        const char *end = newline ? newline : r->end;
        r->wrong = nul && nul < end ? nul : p;
        if (r->wrong == nul)
            return mb_failx(err, "NUL byte: this is not a text file");
        if (end - p > LINE_MAX_BYTES)
            return mb_failx(err,
                            "dockerfile line greater than max allowed size "
                            "of %d",
                            LINE_MAX_BYTES);
        p = end + 1;
    }
    return 0;
}

int dfline_open(struct dfline_reader *reader, const char *text, size_t len,
                struct mb_error *err)
{
    *reader =
        (struct dfline_reader){.at = text, .end = text + len, .escape = '\\'};
    if (check_lines(reader, err) < 0)
        return -1;
    if (starts_with(text, byte_order_mark))
        reader->at += strlen(byte_order_mark);
    return read_directives(reader, err);
}

/* ---- joining ----------------------------------------------------------- */

/* A piece of a logical line: the next line that is neither blank nor a comment
 * (rule 2), without the continuation mark at its end.  *more: there was such a
 * mark, and the next piece belongs to the same logical line (rule 3).  false:
 * there is no such line any more. */
static bool take_piece(struct dfline_reader *r, struct span *out, bool *more)
{
    // TODO step 1: read on to a line that counts (rule 2). Say in *more whether
    //   it ends in a mark (rule 3); if so, cut the mark off, with the blanks
    //   behind it
    *more = false; return take_line(r, out);
}

bool dfline_next(struct dfline_reader *reader, struct buf *out, int *out_first)
{
    struct span piece;
    bool more;

    buf_clear(out);
    if (!take_piece(reader, &piece, &more))
        return false;
    *out_first = reader->line;
    piece = trim_left(piece); /* of the first line only: rule 3 */
    buf_add(out, piece.s, piece.len);
    /* After a mark there may be nothing to go on with: the file has ended. */
    while (more && take_piece(reader, &piece, &more))
        buf_add(out, piece.s, piece.len);
    return true;
}

const char *dfline_locate(struct dfline_reader reader, size_t offset)
{
    struct span piece = {reader.at, 0};
    bool more;

    if (!take_piece(&reader, &piece, &more))
        return piece.s;
    piece = trim_left(piece);
    while (more && offset >= piece.len) {
        offset -= piece.len;
        if (!take_piece(&reader, &piece, &more))
            return piece.s + piece.len;
    }
    return piece.s + (offset < piece.len ? offset : piece.len);
}

struct dfline_reader dfline_after(const char *text, size_t len, int n)
{
    struct dfline_reader r = {.at = text, .end = text + len};
    struct span line;

    if (n == 0 && starts_with(text, byte_order_mark))
        r.at += strlen(byte_order_mark);
    while (r.line < n && take_line(&r, &line))
        continue;
    return r;
}

void dfline_split(const char *text, size_t len, struct strv *out)
{
    struct dfline_reader r = {.at = text, .end = text + len};
    struct span line;

    while (take_line(&r, &line))
        strv_take(out, mb_strndup(line.s, line.len));
}

/* ---- here-documents ---------------------------------------------------- */

char *dfline_heredoc(struct dfline_reader *reader, const char *name, bool chomp)
{
    // TODO step 2: find the line that is NAME (with CHOMP it may have tabs
    //   before it). Return all that stands before it, as it is, and let the
    //   reader go on behind it; if there is none, read nothing
    (void)reader, (void)name, (void)chomp; return NULL;
}
