/* SPDX-License-Identifier: MIT */
/*
 * test_dockerfile.c - from text to instructions
 *
 * A parsed file is shown in a notation of its own, one instruction a line:
 *
 *     COPY{--from=b}(a)(/x)@3     flags, arguments, line
 *     RUN[sh](-c)@4-6             [] around the first: exec form; to line 6
 *     RUN(cat <<E)<E:a\n>@1-3     a here-document; <E'...> not to be expanded
 */
#include "engine/dockerfile.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "check_main.h"
#include "engine/dfcheck.h"

/* S, with line ends made visible. */
static void show_text(struct buf *out, const char *s)
{
    for (; *s; s++) {
        if (*s == '\n')
            buf_adds(out, "\\n");
        else if (*s == '\r')
            buf_adds(out, "\\r");
        else
            buf_addc(out, *s);
    }
}

static void show(struct buf *out, const struct instruction *in)
{
    buf_adds(out, keyword_name(in->keyword));
    for (size_t i = 0; i < in->flags.n; i++)
        buf_addf(out, "{%s}", in->flags.v[i]);
    for (size_t i = 0; i < in->args.n; i++) {
        buf_addc(out, in->json && i == 0 ? '[' : '(');
        show_text(out, in->args.v[i]);
        buf_addc(out, in->json && i == 0 ? ']' : ')');
    }
    for (size_t i = 0; i < in->n_heredocs; i++) {
        const struct heredoc *doc = &in->heredocs[i];
        buf_addf(out, "<%s%s%s", doc->chomp ? "-" : "", doc->name,
                 doc->expand ? ":" : "'");
        show_text(out, doc->content);
        buf_addc(out, '>');
    }
    buf_addf(out, "@%d", in->line);
    if (in->last_line != in->line)
        buf_addf(out, "-%d", in->last_line);
    buf_addc(out, '\n');
}

static const struct {
    const char *in, *out;
} good[] = {
    /* lines */
    {"FROM a", "FROM(a)@1\n"},
    {"FROM a\n", "FROM(a)@1\n"},
    {"\n\n  from a  \n", "FROM(a)@3\n"},
    {"\xef\xbb\xbf"
     "FROM a\n",
     "FROM(a)@1\n"},
    {"FROM a\r\nRUN x\r\n", "FROM(a)@1\nRUN(x)@2\n"},
    {"# c\nFROM a\n  # c\nRUN x # y\n", "FROM(a)@2\nRUN(x # y)@4\n"},
    {"RUN a \\\n  b\n", "RUN(a   b)@1-2\n"},
    {"RUN a \\  \n  b\n", "RUN(a   b)@1-2\n"},
    {"RUN a \\\r\n  b\r\n", "RUN(a   b)@1-2\n"},
    {"RUN a \\\n# c \\\n\n \t\n  # d\n  b \\\nc\nRUN d",
     "RUN(a   b c)@1-7\nRUN(d)@8\n"},
    {"RUN a\\\nb", "RUN(ab)@1-2\n"},
    {"RUN a \\\\\nRUN b", "RUN(a \\\\)@1\nRUN(b)@2\n"},
    {"RUN a \\", "RUN(a)@1\n"},
    {"RUN a \\\n\n\n", "RUN(a)@1-3\n"},
    {"\\\nRUN a", "RUN(a)@1-2\n"},
    {"R\\\nU\\\nN a", "RUN(a)@1-3\n"},
    {"RUN a `\nRUN b", "RUN(a `)@1\nRUN(b)@2\n"},
    /* directives */
    {"# escape=`\nRUN a `\n b\\\nRUN c", "RUN(a  b\\)@2-3\nRUN(c)@4\n"},
    {"#ESCAPE = ` \r\nRUN a `\n b", "RUN(a  b)@2-3\n"},
    {"# syntax=x/y:1\n#check=skip=all\n# escape=`\nRUN a`\nb", "RUN(ab)@4-5\n"},
    {"\xef\xbb\xbf# escape=`\nRUN a`\nb", "RUN(ab)@2-3\n"},
    {"\n# escape=`\nRUN a\\\nb", "RUN(ab)@3-4\n"},
    {"# hi\n# escape=`\nRUN a\\\nb", "RUN(ab)@3-4\n"},
    {"# other=1\n# escape=`\nRUN a\\\nb", "RUN(ab)@3-4\n"},
    {"RUN x\n# escape=nonsense\nRUN y", "RUN(x)@1\nRUN(y)@3\n"},
    {"# escape=\nRUN a\\\nb", "RUN(ab)@2-3\n"},
    {"# hi\n# escape=nonsense\nRUN y", "RUN(y)@3\n"},
    /* shell and exec form */
    {"RUN [\"a\", \"b c\"]", "RUN[a](b c)@1\n"},
    {"CMD [ ]", "CMD@1\n"},
    {"CMD", "CMD()@1\n"},
    {"RUN ['a']", "RUN(['a'])@1\n"},
    {"RUN [\"a\",]", "RUN([\"a\",])@1\n"},
    {"RUN [\"a\"] b", "RUN([\"a\"] b)@1\n"},
    {"RUN [ -f x ] && y", "RUN([ -f x ] && y)@1\n"},
    {"RUN [\"a\\u00e9\\n\"]", "RUN[a\xc3\xa9\\n]@1\n"},
    {"RUN {\"a\": 1}", "RUN({\"a\": 1})@1\n"},
    {"ENTRYPOINT [\"a\"]\nENTRYPOINT a  b", "ENTRYPOINT[a]@1\n"
                                            "ENTRYPOINT(a  b)@2\n"},
    {"SHELL [\"/bin/bash\", \"-c\"]", "SHELL[/bin/bash](-c)@1\n"},
    {"COPY [\"a b\", \"/c/\"]", "COPY[a b](/c/)@1\n"},
    {"COPY \"a b\" /c/", "COPY(\"a)(b\")(/c/)@1\n"},
    {"VOLUME [\"/a\"]\nVOLUME /a\t/b", "VOLUME[/a]@1\nVOLUME(/a)(/b)@2\n"},
    /* flags */
    {"COPY --from=b --link a /x", "COPY{--from=b}{--link}(a)(/x)@1\n"},
    {"COPY --link=FALSE a /x", "COPY{--link=FALSE}(a)(/x)@1\n"},
    {"COPY --chown=\"a b\" a /x", "COPY{--chown=a b}(a)(/x)@1\n"},
    {"COPY --chown=a\\ b a /x", "COPY{--chown=a b}(a)(/x)@1\n"},
    {"COPY --exclude=a --exclude=b . /", "COPY{--exclude=a}{--exclude=b}(.)"
                                         "(/)@1\n"},
    {"RUN --mount=type=secret,id=x --mount=type=cache a --b",
     "RUN{--mount=type=secret,id=x}{--mount=type=cache}(a --b)@1\n"},
    {"RUN -- --x", "RUN(--x)@1\n"},
    {"FROM --platform=$P a AS b", "FROM{--platform=$P}(a)(AS)(b)@1\n"},
    {"ADD --chmod=755 a b /", "ADD{--chmod=755}(a)(b)(/)@1\n"},
    /* pairs and names */
    {"ENV A=1 B=\"x y\" C='$Z' D=\\ e", "ENV(A)(1)(B)(\"x y\")(C)('$Z')(D)"
                                        "(\\ e)@1\n"},
    {"ENV A=", "ENV(A)()@1\n"},
    {"ENV A=b=c#d", "ENV(A)(b=c#d)@1\n"},
    {"ENV A one \"two\"   three", "ENV(A)(one \"two\"   three)@1\n"},
    {"ENV A \t b=c", "ENV(A)(b=c)@1\n"},
    {"ENV A=\"x\\\"y z\"", "ENV(A)(\"x\\\"y z\")@1\n"},
    {"ENV A='x\\' B=2", "ENV(A)('x\\')(B)(2)@1\n"},
    {"# escape=`\nENV A=a` b\nENV P C:\\x", "ENV(A)(a` b)@2\n"
                                            "ENV(P)(C:\\x)@3\n"},
    {"LABEL \"a.b\"=\"c d\" e=f", "LABEL(\"a.b\")(\"c d\")(e)(f)@1\n"},
    {"LABEL a b c", "LABEL(a)(b c)@1\n"},
    {"ARG A\nARG B=1 C \"D=x y\"", "ARG(A)@1\nARG(B=1)(C)(\"D=x y\")@2\n"},
    {"ENV A=1 \\\n    B=2 \\\n    # c\n    C=3", "ENV(A)(1)(B)(2)(C)(3)@1-4\n"},
    /* the rest */
    {"FROM a as B1-x_y.z", "FROM(a)(as)(B1-x_y.z)@1\n"},
    {"EXPOSE 80 443/udp $P", "EXPOSE(80)(443/udp)($P)@1\n"},
    {"USER a:b # c", "USER(a:b # c)@1\n"},
    {"WORKDIR /a b", "WORKDIR(/a b)@1\n"},
    {"STOPSIGNAL 9", "STOPSIGNAL(9)@1\n"},
    {"MAINTAINER A B <c>", "MAINTAINER(A B <c>)@1\n"},
    {"HEALTHCHECK none", "HEALTHCHECK(NONE)@1\n"},
    {"HEALTHCHECK --interval=5s --retries=3 cmd a  b || exit 1",
     "HEALTHCHECK{--interval=5s}{--retries=3}(CMD)(a  b || exit 1)@1\n"},
    {"HEALTHCHECK CMD [\"a\", \"b\"]", "HEALTHCHECK[CMD](a)(b)@1\n"},
    {"ONBUILD run  a b", "ONBUILD(run  a b)@1\n"},
    {"ONBUILD COPY --from=x [\"a\",\"b\"]", "ONBUILD(COPY --from=x "
                                            "[\"a\",\"b\"])@1\n"},
    {"ONBUILD RUN <<E\na\nE\nUSER b", "ONBUILD(RUN <<E\\na\\nE)<E:a\\n>"
                                      "@1-3\nUSER(b)@4\n"},
    /* here-documents */
    {"RUN <<EOF\na $b\n\n# c\n c\\\nEOF\nUSER x",
     "RUN(<<EOF)<EOF:a $b\\n\\n# c\\n c\\\\n>@1-6\nUSER(x)@7\n"},
    {"RUN cat <<EOF | sh\na\nEOF", "RUN(cat <<EOF | sh)<EOF:a\\n>@1-3\n"},
    {"RUN <<\"EOF\"\n$a\nEOF\n", "RUN(<<\"EOF\")<EOF'$a\\n>@1-3\n"},
    {"RUN <<'A B'\n$a\nA B\n", "RUN(<<'A B')<A B'$a\\n>@1-3\n"},
    {"RUN <<E'O'F\n$a\nEOF\n", "RUN(<<E'O'F)<EOF'$a\\n>@1-3\n"},
    {"RUN <<-EOF\n\t\ta\n\tb\tc\n\tEOF\n", "RUN(<<-EOF)<-EOF:a\\nb\tc\\n>"
                                           "@1-4\n"},
    {"RUN <<EOF\nEOF", "RUN(<<EOF)<EOF:>@1-2\n"},
    {"RUN 3<<EOF x\nEOF", "RUN(3<<EOF x)<EOF:>@1-2\n"},
    {"RUN <<EOF\r\na\r\nEOF\r\nUSER x\r\n", "RUN(<<EOF)<EOF:a\\r\\n>@1-3\n"
                                            "USER(x)@4\n"},
    {"COPY <<a <<b /x/\n1\na\n2\nb\nUSER c",
     "COPY(<<a)(<<b)(/x/)<a:1\\n><b:2\\n>@1-5\nUSER(c)@6\n"},
    {"ADD --chmod=1 <<a /x\n1\na\n", "ADD{--chmod=1}(<<a)(/x)<a:1\\n>@1-3\n"},
    {"RUN a \\\n <<E \\\n b\nc\nE", "RUN(a  <<E  b)<E:c\\n>@1-5\n"},
    {"CMD <<EOF\nUSER a", "CMD(<<EOF)@1\nUSER(a)@2\n"},
    {"RUN [\"<<EOF\"]\nUSER a", "RUN[<<EOF]@1\nUSER(a)@2\n"},
    {"RUN '<<EOF'\nUSER a", "RUN('<<EOF')@1\nUSER(a)@2\n"},
    {"RUN x <<<EOF\nUSER a", "RUN(x <<<EOF)@1\nUSER(a)@2\n"},
    {"RUN x << EOF\na\nEOF", "RUN(x << EOF)<EOF:a\\n>@1-3\n"},
    {"RUN x <<\t-EOF\n-EOF", "RUN(x <<\t-EOF)<-EOF:>@1-2\n"},
    {"RUN x ${y <<EOF\nUSER a", "RUN(x ${y <<EOF)@1\nUSER(a)@2\n"},
    {"RUN <<${y:-\\}}\n${y:-}}", "RUN(<<${y:-\\}})<${y:-}}:>@1-2\n"},
    {"RUN echo $((1<<2)) a<<b\nUSER a", "RUN(echo $((1<<2)) a<<b)@1\n"
                                        "USER(a)@2\n"},
    {"RUN <<EOF it's\nUSER a", "RUN(<<EOF it's)@1\nUSER(a)@2\n"},
    {"RUN <<\"\"\nUSER a", "RUN(<<\"\")@1\nUSER(a)@2\n"},
};

START_TEST(test_good)
{
    mb_autobuf struct buf shown = BUF_INIT;
    struct dockerfile file;
    struct mb_error err = {0};
    const char *in = good[_i].in;

    ck_assert_msg(dfcheck_parse("F", in, strlen(in), &file, &err) == 0,
                  "%s: %s", in, err.msg);
    for (size_t i = 0; i < file.n; i++)
        show(&shown, &file.instructions[i]);
    ck_assert_msg(strcmp(shown.s, good[_i].out) == 0,
                  "%s:\n%s, but expected\n%s", in, shown.s, good[_i].out);
    dockerfile_done(&file);
    dockerfile_done(&file); /* twice is fine */
}
END_TEST

static const struct {
    const char *in, *message, *hint;
} bad[] = {
    {"", "F:1: the Dockerfile cannot be empty", ""},
    {"# c\n\n", "F:2: file with no instructions", ""},
    {"FROM a\n\nFOO bar\n",
     "F:3:1: unknown instruction: FOO (did you mean FROM?)\n    3 | FOO bar\n"
     "      | ^",
     ""},
    {"RUN a\n\\\n\\\n", "F:3:1: unknown instruction: \n", "line before"},
    {"RUN a \\\n # c\nFROM a\n\xc3\xa9t\xc3\xa9 x",
     "unknown instruction: \xc3\xa9t\xc3\xa9\n    4 |", "line before"},
    {"form a", "unknown instruction: form (did you mean FROM?)", ""},
    {"apt-get update", "unknown instruction: apt-get\n", "line before"},
    {"&& x", "unknown instruction: &&\n", "needs a \\"},
    {"RUNN x", "did you mean RUN?", ""},
    {"FROM", "FROM requires either one or three arguments", ""},
    {"FROM a b", "FROM requires either one or three arguments", ""},
    {"FROM a b c", "FROM requires either one or three arguments", ""},
    {"FROM a # small",
     "F:1:1: FROM requires either one or three arguments\n"
     "    1 | FROM a # small",
     "# starts a comment only at the beginning of a line"},
    {"FROM a AS 1b", "invalid name for build stage: \"1b\"", ""},
    {"FROM a AS b/c", "name can't start with a number or contain symbols", ""},
    {"USER", "USER requires exactly one argument", ""},
    {"WORKDIR", "WORKDIR requires exactly one argument", ""},
    {"STOPSIGNAL", "STOPSIGNAL requires exactly one argument", ""},
    {"MAINTAINER", "MAINTAINER requires exactly one argument", ""},
    {"EXPOSE", "EXPOSE requires at least one argument", ""},
    {"ENV", "ENV requires at least one argument", ""},
    {"ENV A", "ENV must have two arguments", ""},
    {"LABEL A", "LABEL must have two arguments", ""},
    {"ENV =a", "ENV names can not be blank", ""},
    {"ARG", "ARG requires at least one argument", ""},
    {"ARG A =b", "ARG names can not be blank", ""},
    {"ENV A=b # c",
     "Syntax error - can't find = in \"#\". Must be of the form: name=value",
     "beginning of a line"},
    {"LABEL a=b c", "can't find = in \"c\"", ""},
    {"COPY a",
     "COPY requires at least two arguments, but only one was provided. "
     "Destination could not be determined",
     "COPY a.txt /srv/"},
    {"ADD [\"a\"]", "ADD requires at least two arguments", "where to"},
    {"COPY a <<E\nE", "COPY cannot accept a heredoc as a destination", ""},
    {"VOLUME", "VOLUME requires at least one argument", ""},
    {"VOLUME [\"/a\", \" \"]", "VOLUME specified can not be an empty string",
     ""},
    {"SHELL /bin/sh", "SHELL requires the arguments to be in JSON form",
     "SHELL [\"/bin/sh\", \"-c\"]"},
    {"SHELL []", "SHELL requires at least one argument", ""},
    {"RUN [\"a\", 1]", "arrays must be comprised of strings only", ""},
    {"COPY [1, 2]", "arrays must be comprised of strings only", ""},
    {"HEALTHCHECK", "HEALTHCHECK requires at least one argument", ""},
    {"HEALTHCHECK NONE x", "HEALTHCHECK NONE takes no arguments", ""},
    {"HEALTHCHECK CMD", "Missing command after HEALTHCHECK CMD", ""},
    {"HEALTHCHECK CMD []", "Missing command after HEALTHCHECK CMD", ""},
    {"HEALTHCHECK curl x", "Unknown type \"CURL\" in HEALTHCHECK (try CMD)",
     ""},
    {"ONBUILD", "ONBUILD requires at least one argument", ""},
    {"ONBUILD ONBUILD RUN x",
     "Chaining ONBUILD via `ONBUILD ONBUILD` isn't "
     "allowed",
     ""},
    {"ONBUILD from a", "FROM isn't allowed as an ONBUILD trigger", ""},
    {"ONBUILD MAINTAINER a", "MAINTAINER isn't allowed as an ONBUILD trigger",
     ""},
    {"ONBUILD FOO", "unknown instruction: FOO", ""},
    {"ONBUILD COPY a", "COPY requires at least two arguments", "where to"},
    {"RUN a\nCOPY --foo=1 a b",
     "F:2:6: unknown flag: --foo\n    2 | COPY --foo=1 a b\n"
     "      |      ^",
     ""},
    {"COPY --from=a \\\n  --lnk a b",
     "F:2:3: unknown flag: --lnk\n    2 |   --lnk a b\n      |   ^",
     "did you mean --link?"},
    {"ONBUILD COPY --from=\"a b\" --lnk a b", "F:1:27: unknown flag: --lnk",
     "did you mean --link?"},
    {"ENV \xc3\xa9=b \\\n\n c", "F:3:2: Syntax error", ""},
    {"ENV \xc3\xa9=b c", "F:1:9: Syntax error", ""},
    {"RUN [\"\\u0000\"]", "F:1:6: \\u0000 in an argument", ""},
    {"ONBUILD RUN [\"a\", {}]", "F:1:19: when using", ""},
    {"HEALTHCHECK CMD [\"a\", 1]", "F:1:23: when using", ""},
    {"COPY --From=x a b", "unknown flag: --From", "did you mean --from?"},
    {"COPY --chwon=x a b", "unknown flag: --chwon", "did you mean --chown?"},
    {"RUN --mout=type=cache a", "unknown flag: --mout", "--mount?"},
    {"RNU a", "unknown instruction: RNU (did you mean RUN?)", ""},
    {"RUN --from=x a", "unknown flag: --from", ""},
    {"CMD --version", "unknown flag: --version", "CMD [\"--version\"]"},
    {"USER --x=y a", "unknown flag: --x", ""},
    {"COPY --=x a b", "unknown flag: --\n", ""},
    {"COPY --from=a --from=b x y", "duplicate flag specified: --from", ""},
    {"COPY --from a b", "missing a value on flag: --from", ""},
    {"COPY --link= a b", "missing a value on flag: --link", ""},
    {"COPY --link=x a b", "expecting boolean value for flag --link, not: x",
     ""},
    {"# escape=x\nFROM a",
     "F:1:10: invalid escape token 'x' does not match ` or \\\n    1 | # "
     "escape=x",
     ""},
    {"# escape=`\n# Escape=`\nFROM a",
     "F:2:3: only one escape parser directive can be used", ""},
    {"# syntax=a\n# syntax=b", "only one syntax parser directive", ""},
    {"USER a\nRUN <<EOF\na\n EOF\n", "F:2:1: unterminated heredoc\n    2 | RUN",
     "a line that holds EOF and nothing else"},
    {"RUN <<A <<B\nA\nA", "unterminated heredoc", "holds B"},
    {"RUN a \\\n  b\nFOO \\\n x", "F:3:1: unknown", ""},
};

START_TEST(test_bad)
{
    struct dockerfile file = {.n = 4711};
    struct mb_error err = {0};
    const char *in = bad[_i].in;
    size_t len = strlen(in);

    ck_assert_int_eq(dfcheck_parse("F", in, len, &file, &err), -1);
    ck_assert_msg(strstr(err.msg, bad[_i].message) != NULL, "%s: %s, not %s",
                  in, err.msg, bad[_i].message);
    ck_assert_msg(strstr(err.hint, bad[_i].hint) != NULL, "%s: hint %s", in,
                  err.hint);
    ck_assert_msg(*bad[_i].hint || !*err.hint, "%s: hint %s", in, err.hint);
    ck_assert_uint_eq(file.n, 4711);
    ck_assert_int_eq(dfcheck_parse("F", in, len, &file, NULL), -1);
}
END_TEST

/* Parse what may hold NULs. */
static int parse(const char *text, size_t len, struct mb_error *err)
{
    struct dockerfile file;

    if (dfcheck_parse("Dockerfile", text, len, &file, err) < 0)
        return -1;
    dockerfile_done(&file);
    return 0;
}

START_TEST(test_bytes)
{
    struct mb_error err = {0};
    static const char nul[] = "FROM a\nRUN a\0b\n";
    const char *evil = "FOO\x1b[2J\x07 x\x1b]0;y\n";

    ck_assert_int_eq(parse(nul, sizeof nul - 1, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.msg, "Dockerfile:2:6: NUL byte"));
    ck_assert_int_eq(parse(evil, strlen(evil), &err), -1);
    for (const char *c = err.msg; *c; c++)
        ck_assert((unsigned char)*c >= ' ' || *c == '\n');
    ck_assert_ptr_nonnull(strstr(err.msg, "FOO?[2J? x?]0;y\n"));
}
END_TEST

START_TEST(test_flag_values)
{
    const char *text = "COPY --from=b --link --chown=x=y a /";
    struct dockerfile file;

    ck_assert_int_eq(dfcheck_parse("F", text, strlen(text), &file, NULL), 0);
    const struct instruction *in = file.instructions;
    ck_assert_str_eq(instruction_flag(in, "from"), "b");
    ck_assert_str_eq(instruction_flag(in, "link"), "true");
    ck_assert_str_eq(instruction_flag(in, "chown"), "x=y");
    ck_assert_ptr_null(instruction_flag(in, "fro"));
    ck_assert_ptr_null(instruction_flag(in, "chmod"));
    dockerfile_done(&file);
}
END_TEST

START_TEST(test_source)
{
    const char *text = "# escape=`\r\nRUN a `\r\n  # c\r\n  b  \r\n";
    struct dockerfile file;

    ck_assert_int_eq(dfcheck_parse("F", text, strlen(text), &file, NULL), 0);
    ck_assert_int_eq(file.escape, '`');
    ck_assert_uint_eq(file.lines.n, 4);
    ck_assert_str_eq(file.lines.v[1], "RUN a `");
    ck_assert_str_eq(file.instructions[0].original, "RUN a   b");
    dockerfile_done(&file);
}
END_TEST

START_TEST(test_every_keyword)
{
    for (int k = DF_ADD; k <= DF_WORKDIR; k++)
        ck_assert_ptr_nonnull(keyword_name(k));
    ck_assert_str_eq(keyword_name(DF_RUN), "RUN");
    ck_assert_str_eq(keyword_name(DF_ADD), "ADD");
    ck_assert_str_eq(keyword_name(DF_WORKDIR), "WORKDIR");
}
END_TEST

/* HEAD, then UNIT N times, then TAIL. */
static void pile(struct buf *out, const char *head, const char *unit, size_t n,
                 const char *tail)
{
    buf_clear(out);
    buf_adds(out, head);
    while (n--)
        buf_adds(out, unit);
    buf_adds(out, tail);
}

START_TEST(test_large)
{
    static const struct {
        const char *head, *unit, *tail;
        size_t n;
        int rc;
    } t[] = {
        {"RUN ", "x", "", 10 << 20, -1},          /* one line of 10 MB */
        {"RUN ", "x", "\n", 65531, 0},            /* as long as a line may be */
        {"RUN ", "x", "\n", 65532, -1},           /* and one more */
        {"RUN a", "b \\\n", "c", 100000, 0},      /* continuations */
        {"RUN a \\\n", "# c\n", "c", 1000000, 0}, /* comments in one */
        {"RUN a", " \\\n\n", "c", 100000, 0},     /* blank lines in one */
        {"", "\n", "RUN a", 2000000, 0},          /* nothing */
        {"", "\\\n", "RUN a", 1000000, 0},        /* nothing, continued */
        {"", "RUN a\n", "", 200000, 0},           /* many instructions */
        {"RUN ", "[", "", 60000, 0},              /* deep JSON: shell form */
        {"RUN [", "\"a\",\\\n", "\"b\"]", 20000, 0},
        {"EXPOSE", " 1\\\n", "", 20000, 0}, /* many words */
        {"ENV", " a=\"b c\" \\\n", "", 10000, 0},
        {"ENV a=", "\"", "", 60001, 0},        /* quotes */
        {"ENV a=\"", "\\\\", "\"", 30000, 0},  /* escapes */
        {"RUN", " <<A", "\n", 10000, -1},      /* here-documents, no end */
        {"RUN <<A\n", "x\n", "A", 1000000, 0}, /* a long one */
        {"", "RUN <<A\nA\n", "", 100000, 0},   /* and many of them */
        {"COPY", " --exclude=a \\\n", " a b", 10000, 0},
        {"", "ONBUILD ", "RUN a", 8000, -1}, /* checked, not nested */
        {"", "ONBUILD \\\n", "RUN a", 400000, -1},
        {"RUN <<", "${a:-", "", 10000, -1}, /* deep variables: an error */
        {"RUN <<E \"", "${a:-", "", 10000, -1},
        {"RUN $(a) ", "${a:-", "", 10000, 0}, /* but who asks? */
        {"", "RUN a\n", "", 1000001, -1},
        {"", "x", " a", 65000, -1}, /* a long keyword */
        {"#", " ", "escape=x\nRUN a", 60000, -1},
        {"#", " ", "x\nRUN a", 60000, 0},
    };
    mb_autobuf struct buf text = BUF_INIT;

    for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
        struct mb_error err = {0};
        clock_t start = clock();
        pile(&text, t[i].head, t[i].unit, t[i].n, t[i].tail);
        ck_assert_msg(parse(text.s, text.len, &err) == t[i].rc, "%s%s...: %s",
                      t[i].head, t[i].unit, err.msg);
        double took = (double)(clock() - start) / CLOCKS_PER_SEC;
        ck_assert_msg(took < 8, "%s%s...: %.1f s", t[i].head, t[i].unit, took);
    }
    ck_assert_int_eq(parse("RUN a", 5, NULL), 0);
}
END_TEST

START_TEST(test_line_limit_text)
{
    mb_autobuf struct buf text = BUF_INIT;
    struct mb_error err = {0};

    pile(&text, "FROM a\nRUN ", "x", 70000, "\n");
    ck_assert_int_eq(parse(text.s, text.len, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.msg, "Dockerfile:2:1: dockerfile line "
                                          "greater than max allowed size of "
                                          "65535\n    2 | RUN xxx"));
}
END_TEST

START_TEST(test_prefixes)
{
    /* Every beginning of every good file, and with one byte changed, has to
     * parse or fail, and to leave nothing behind (ASan looks). */
    srand(19);
    for (size_t g = 0; g < sizeof good / sizeof *good; g++) {
        size_t len = strlen(good[g].in);
        for (size_t cut = 0; cut <= len; cut++) {
            mb_autofree char *text = mb_strndup(good[g].in, cut);
            (void)parse(text, cut, NULL);
            if (!cut)
                continue;
            text[(size_t)rand() % cut] = "\\`\"'<-[ \n#$=A\xc3"[rand() % 14];
            (void)parse(text, cut, NULL);
        }
    }
    ck_assert_int_eq(parse("RUN a", 5, NULL), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("dockerfile");
    TCase *tc = tcase_create("dockerfile");

    tcase_set_timeout(tc, 120);
    tcase_add_loop_test(tc, test_good, 0, sizeof good / sizeof *good);
    tcase_add_loop_test(tc, test_bad, 0, sizeof bad / sizeof *bad);
    tcase_add_test(tc, test_bytes);
    tcase_add_test(tc, test_flag_values);
    tcase_add_test(tc, test_source);
    tcase_add_test(tc, test_every_keyword);
    tcase_add_test(tc, test_large);
    tcase_add_test(tc, test_line_limit_text);
    tcase_add_test(tc, test_prefixes);
    suite_add_tcase(suite, tc);
    return check_main(suite);
}
