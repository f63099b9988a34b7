/* SPDX-License-Identifier: MIT */
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

/* Docker's limit, that of the scanner it is written with. */
#define LINE_MAX_BYTES 65535

/* A piece of the text: nothing is copied before it has to be. */
struct span {
    const char *s;
    size_t len;
};

/* S without the white space in front. */
static struct span trim_left(struct span s)
{
    while (s.len && isspace((unsigned char)*s.s)) {
        s.s++;
        s.len--;
    }
    return s;
}

/* S without the white space behind. */
static struct span trim_right(struct span s)
{
    while (s.len && isspace((unsigned char)s.s[s.len - 1]))
        s.len--;
    return s;
}

/* S without the line end that Windows editors leave: "\r" before the "\n". */
static struct span trim_cr(struct span s)
{
    while (s.len && s.s[s.len - 1] == '\r')
        s.len--;
    return s;
}

/* The next line of the file without its "\n"; false at the end. */
static bool take_line(struct dfline_reader *r, struct span *out)
{
    size_t left = r->end - r->at;

    if (!left)
        return false;
    const char *newline = memchr(r->at, '\n', left);
    *out = (struct span){r->at, newline ? (size_t)(newline - r->at) : left};
    r->at += out->len + (newline != NULL);
    r->line++;
    return true;
}

/* ---- directives -------------------------------------------------------- */

/* `#` NAME `=` VALUE, with white space anywhere between.  False for whatever
 * else a line may be. */
static bool split_directive(struct span line, struct span *name,
                            struct span *value)
{
    line = trim_right(trim_left(line));
    if (!line.len || *line.s != '#')
        return false;
    line = trim_left((struct span){line.s + 1, line.len - 1});
    size_t n = 0;
    while (n < line.len && isalnum((unsigned char)line.s[n]))
        n++;
    if (!n || !isalpha((unsigned char)*line.s))
        return false;
    *name = (struct span){line.s, n};
    *value = trim_left((struct span){line.s + n, line.len - n});
    if (!value->len || *value->s != '=')
        return false;
    *value = trim_left((struct span){value->s + 1, value->len - 1});
    return value->len > 0;
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

/* Refuse what no editor writes.  A NUL would end our strings early, so that
 * a check and its deed could see different texts. */
static int check_lines(struct dfline_reader *r, struct mb_error *err)
{
    struct dfline_reader ahead = *r;
    struct span line;

    while (take_line(&ahead, &line)) {
        r->line = ahead.line;
        if (memchr(line.s, '\0', line.len))
            return mb_failx(err, "NUL byte: this is not a text file");
        if (line.len > LINE_MAX_BYTES)
            return mb_failx(err,
                            "dockerfile line greater than max allowed size "
                            "of %d",
                            LINE_MAX_BYTES);
    }
    r->line = 0;
    return 0;
}

int dfline_open(struct dfline_reader *reader, const char *text, size_t len,
                struct mb_error *err)
{
    static const char byte_order_mark[] = "\xef\xbb\xbf";

    *reader =
        (struct dfline_reader){.at = text, .end = text + len, .escape = '\\'};
    if (len >= 3 && memcmp(text, byte_order_mark, 3) == 0)
        reader->at += 3;
    if (check_lines(reader, err) < 0)
        return -1;
    return read_directives(reader, err);
}

/* ---- joining ----------------------------------------------------------- */

/* The next line that is neither blank nor a comment (rule 2). */
static bool take_visible_line(struct dfline_reader *r, struct span *out)
{
    while (take_line(r, out)) {
        struct span text = trim_left(*out);
        if (text.len && *text.s != '#')
            return true;
    }
    return false;
}

/* Append LINE; true when it ends in a continuation mark (rule 3), which is
 * then left out together with the blanks behind it. */
static bool append_line(struct span line, char escape, struct buf *out)
{
    struct span text = trim_cr(line);

    while (text.len && strchr(" \t", text.s[text.len - 1]))
        text.len--;
    /* "\\" at the end is an escaped backslash, the last letter of a path on
     * Windows for example. */
    bool marked = text.len && text.s[text.len - 1] == escape &&
                  (text.len < 2 || text.s[text.len - 2] != escape);
    if (marked)
        text.len--;
    else /* not ours: the blanks behind it are part of it, too */
        text = trim_cr(line);
    buf_add(out, text.s, text.len);
    return marked;
}

bool dfline_next(struct dfline_reader *reader, struct buf *out, int *out_first)
{
    struct span line;

    buf_clear(out);
    if (!take_visible_line(reader, &line))
        return false;
    *out_first = reader->line;
    line = trim_left(line); /* of the first line only: rule 3 */
    while (append_line(line, reader->escape, out))
        if (!take_visible_line(reader, &line))
            break;
    /* Nothing but continuation marks, and then the file ended. */
    return out->len > 0;
}

/* ---- here-documents ---------------------------------------------------- */

/* LINE, "\n" included, without the tabs in front if CHOMP. */
static struct span chomped(struct span line, bool chomp)
{
    while (chomp && line.len && *line.s == '\t') {
        line.s++;
        line.len--;
    }
    return line;
}

char *dfline_heredoc(struct dfline_reader *reader, const char *name, bool chomp)
{
    mb_autobuf struct buf body = BUF_INIT;
    struct dfline_reader ahead = *reader;
    size_t len = strlen(name);
    struct span line;

    /* Comments, blank lines and backslashes are plain text in here: the body
     * belongs to somebody else's language. */
    while (take_line(&ahead, &line)) {
        line = chomped(line, chomp);
        struct span text = trim_cr(line);
        if (text.len == len && memcmp(text.s, name, len) == 0) {
            *reader = ahead;
            return buf_take(&body);
        }
        buf_add(&body, line.s, ahead.at - line.s);
    }
    return NULL;
}

void dfline_split(const char *text, size_t len, struct strv *out)
{
    struct dfline_reader r = {.at = text, .end = text + len};
    struct span line;
    size_t n = 0;

    /* Count before filling: a list that grows by one at a time copies itself
     * over and over (rule 4), and a file may be all newlines. */
    while (take_line(&r, &line))
        n++;
    *out = (struct strv){.v = mb_alloc((n + 1) * sizeof *out->v)};
    r.at = text;
    while (take_line(&r, &line)) {
        line = trim_cr(line);
        out->v[out->n++] = mb_strndup(line.s, line.len);
    }
}
