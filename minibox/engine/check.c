/* SPDX-License-Identifier: MIT */
/*
 * check.c - what a Dockerfile had better not say
 *
 * Problem   An error stops the build, so it is found.  But most of what goes
 *           wrong with a Dockerfile is no error: it builds, and much later
 *           somebody wonders why the container does not stop, which of two
 *           CMDs counts, or how the password got out.
 * Idea      A linter, named after what is left when cotton is cleaned: a
 *           program that knows the mistakes of many, and looks for them in a
 *           text that it does not execute.  One table of rules, one walk:
 *
 *             for each instruction     expand its words  (engine/checkstate)
 *               for each rule          is it wanted?  then let it look
 *             then                     let the instruction take effect
 *
 *           It warns and does not forbid, for each rule has its exceptions.
 *           Where one is meant, a comment says so:
 *
 *             # check=skip=JSONArgsRecommended;error=true   first line: file
 *             # check=skip=WorkdirRelativePath         above an instruction
 *             WORKDIR app
 *
 * Rules     1. A rule that cries wolf is switched off, and then it finds
 *              nothing.  In doubt no rule warns.
 *           2. skip= is for the rules that are on, experimental= for those
 *              that are off.
 * Read      docs.docker.com/reference/build-checks; lessons/19-dockerfile.md
 */
#include "engine/check.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "engine/checkform.h"
#include "engine/checkimage.h"
#include "engine/checkvars.h"

static const struct check_rule rules[] = {
    {"NoEmptyContinuation",
     "Empty continuation lines will become errors in a future release",
     checkform_empty_line, 19, CHECK_ALL},
    {"StageNameCasing", "Stage names should be lowercase",
     checkform_stage_casing, 19, CHECK_ALL},
    {"FromAsCasing",
     "The 'as' keyword should match the case of the 'from' keyword",
     checkform_as_casing, 19, CHECK_ALL},
    {"MaintainerDeprecated",
     "The MAINTAINER instruction is deprecated, use a label instead to define "
     "an image author",
     checkform_maintainer, 23, CHECK_ALL},
    {"InvalidDefinitionDescription",
     "Comment for build stage or argument should follow the format: `# "
     "<arg/stage name> <description>`. If this is not intended to be a "
     "description comment, add an empty line or comment between the "
     "instruction and the comment.",
     checkform_description, 19, CHECK_EXPERIMENTAL},
    {"ReservedStageName", "Reserved words should not be used as stage names",
     checkform_reserved_stage, 19, CHECK_ALL},
    {"DuplicateStageName", "Stage names should be unique",
     checkform_duplicate_stage, 19, CHECK_ALL},
    {"ConsistentInstructionCasing",
     "All commands within the Dockerfile should use the same casing (either "
     "upper or lower)",
     checkform_casing, 19, CHECK_ALL},
    {"InvalidDefaultArgInFrom",
     "Default value for global ARG results in an empty or invalid base image "
     "name",
     checkvars_default_from, 20, CHECK_ALL},
    {"UndefinedArgInFrom", "FROM command must use declared ARGs",
     checkvars_undefined_from, 20, CHECK_ALL},
    {"RedundantTargetPlatform",
     "Setting platform to predefined $TARGETPLATFORM in FROM is redundant as "
     "this is the default behavior",
     checkvars_redundant_platform, 20, CHECK_ALL},
    {"FromPlatformFlagConstDisallowed",
     "FROM --platform flag should not use a constant value",
     checkvars_const_platform, 20, CHECK_ALL},
    {"UndefinedVar", "Variables should be defined before their use",
     checkvars_undefined, 20, CHECK_BUILT},
    {"LegacyKeyValueFormat",
     "Legacy key/value format with whitespace separator should not be used",
     checkform_legacy_pair, 19, CHECK_BUILT},
    {"SecretsUsedInArgOrEnv",
     "Sensitive data should not be used in the ARG or ENV commands",
     checkvars_secret, 24, CHECK_BUILT},
    {"JSONArgsRecommended",
     "JSON arguments recommended for ENTRYPOINT/CMD to prevent unintended "
     "behavior related to OS signals",
     checkimage_json_args, 23, CHECK_BUILT},
    {"MultipleInstructionsDisallowed",
     "Multiple instructions of the same type should not be used in the same "
     "stage",
     checkimage_only_last, 23, CHECK_BUILT},
    {"WorkdirRelativePath",
     "Relative workdir without an absolute workdir declared within the build "
     "can have unexpected results if the base image changes",
     checkimage_workdir, 23, CHECK_BUILT},
    {"CopyIgnoredFile",
     "Attempting to Copy file that is excluded by .dockerignore",
     checkimage_ignored_file, 21, CHECK_BUILT},
    {"ExposeProtoCasing", "Protocol in EXPOSE instruction should be lowercase",
     checkimage_port_casing, 23, CHECK_BUILT},
    {"ExposeInvalidFormat",
     "IP address and host-port mapping should not be used in EXPOSE "
     "instruction. This will become an error in a future release",
     checkimage_port_format, 23, CHECK_BUILT},
};
#define N_RULES (sizeof rules / sizeof *rules)

/* ---- which rules -------------------------------------------------------- */

/* What a check directive says. */
struct wishes {
    struct strv skip, experimental; /* names, or "all" */
    bool error;
};

static void wishes_done(struct wishes *w)
{
    strv_done(&w->skip);
    strv_done(&w->experimental);
}

/* The LEN bytes at S without the blanks around them.  The caller frees. */
static char *trimmed(const char *s, size_t len)
{
    while (len && isspace((unsigned char)*s))
        s++, len--;
    while (len && isspace((unsigned char)s[len - 1]))
        len--;
    return mb_strndup(s, len);
}

/* NAME,NAME... */
static void parse_names(const char *text, struct strv *out)
{
    for (size_t len; *text; text += len + (text[len] == ',')) {
        len = strcspn(text, ",");
        strv_take(out, trimmed(text, len));
    }
}

/* What Go's strconv.ParseBool takes. */
static int parse_bool(const char *text, bool *out)
{
    static const char *const words[] = {"0",     "1",    "f",     "t",
                                        "F",     "T",    "false", "true",
                                        "FALSE", "TRUE", "False", "True"};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(text, words[i]) == 0)
            return *out = i % 2, 0;
    return -1;
}

/* KEY=VALUE: one part of a directive. */
static int parse_wish(const char *part, struct wishes *out,
                      struct mb_error *err)
{
    const char *equals = strchr(part, '=');

    if (!equals)
        return mb_failx(err, "invalid check option \"%.100s\"", part);
    mb_autofree char *key = trimmed(part, equals - part);
    mb_autofree char *value = trimmed(equals + 1, strlen(equals + 1));
    if (strcmp(key, "skip") == 0)
        parse_names(value, &out->skip);
    else if (strcmp(key, "experimental") == 0)
        parse_names(value, &out->experimental);
    else if (strcmp(key, "error") != 0)
        return mb_failx(err, "invalid check option \"%.100s\"", key);
    else if (parse_bool(value, &out->error) < 0)
        return mb_failx(err, "failed to parse check option \"%.100s\"", part);
    return 0;
}

/* skip=A,B;error=true;experimental=C */
static int parse_wishes(const char *text, struct wishes *out,
                        struct mb_error *err)
{
    mb_autofree char *all = trimmed(text, strlen(text));

    for (char *part = all, *next; part && *part; part = next) {
        next = strchr(part, ';');
        if (next)
            *next++ = '\0';
        if (parse_wish(part, out, err) < 0) {
            mb_wrap(err, "failed to parse check options");
            return mb_hint(err, "# check=skip=RULE,RULE;error=true;"
                                "experimental=RULE");
        }
    }
    return 0;
}

/* The directive for the whole file: --build-arg's, else one at its top. */
static int read_directive(const struct build *b, struct wishes *out,
                          struct mb_error *err)
{
    const char *text =
        strv_getenv(&b->options->build_args, "BUILDKIT_DOCKERFILE_CHECK");

    for (size_t i = 0; !text && i < b->file.lines.n; i++) {
        const char *line = b->file.lines.v[i];
        if (i == 0 && starts_with(line, "\xef\xbb\xbf"))
            line += 3; /* the byte order mark */
        text = checkform_directive(line, "check");
        if (!text && !checkform_directive(line, "escape") &&
            !checkform_directive(line, "syntax"))
            break;
    }
    return text ? parse_wishes(text, out, err) : 0;
}

/* The directive for IN alone: the first one in the comments above it, up to a
 * blank, behind which the reason may stand.  A bad one says nothing. */
static void read_comment(const struct build *b, const struct instruction *in,
                         struct wishes *out)
{
    mb_autostrv struct strv comments = {0};

    checkform_comments(&b->file, in, &comments);
    for (size_t i = 0; i < comments.n; i++) {
        mb_autofree char *line = mb_printf("#%s", comments.v[i]);
        const char *text = checkform_directive(line, "check");
        if (!text)
            continue;
        mb_autofree char *word = mb_strndup(text, strcspn(text, " "));
        (void)parse_wishes(word, out, NULL);
        return;
    }
}

/* Does W name the rule? */
static bool is_named(const struct strv *names, const struct check_rule *rule)
{
    return strv_has(names, "all") || strv_has(names, rule->name);
}

/* Rule 2. */
static bool is_wanted(const struct check_rule *rule, const struct wishes *file,
                      const struct wishes *here)
{
    if (rule->kind == CHECK_EXPERIMENTAL)
        return is_named(&file->experimental, rule) ||
               is_named(&here->experimental, rule);
    return !is_named(&file->skip, rule) && !is_named(&here->skip, rule);
}

/* ---- the walk ----------------------------------------------------------- */

/* Is IN outside of all stages that the target needs?  Only those are built. */
static bool is_unneeded(const struct check *c, const struct instruction *in)
{
    return c->stage && in->keyword != DF_FROM &&
           !c->build->stages[c->stage - c->stages].needed;
}

static int check_instruction(struct check *c, const struct instruction *in,
                             const struct wishes *file, struct mb_error *err)
{
    bool unneeded = is_unneeded(c, in);
    struct wishes here = {0};

    if (!unneeded && checkstate_before(c, in, err) < 0)
        return -1;
    read_comment(c->build, in, &here);
    for (c->rule = rules; c->rule < rules + N_RULES; c->rule++)
        if ((!unneeded || c->rule->kind != CHECK_BUILT) &&
            is_wanted(c->rule, file, &here))
            c->rule->look(c, in);
    wishes_done(&here);
    return unneeded ? 0 : checkstate_after(c, in, err);
}

/* Everything that the report keeps. */
static void take_report(struct check *c, bool fatal, struct check_report *out)
{
    *out = (struct check_report){.warnings = c->warnings, .n = c->n_warnings};
    out->fatal = fatal && out->n;
    out->name = mb_strdup(stage_dockerfile_name(c->build));
    strv_add_all(&out->lines, c->build->file.lines.v);
    c->warnings = NULL;
    c->n_warnings = 0;
}

int check_run(struct build *build, struct check_report *out,
              struct mb_error *err)
{
    const struct dockerfile *file = &build->file;
    struct wishes wishes = {0};
    struct check c;
    int result = read_directive(build, &wishes, err);

    checkstate_init(&c, build);
    for (size_t i = 0; result == 0 && i < file->n; i++) {
        const struct instruction *in = &file->instructions[i];
        result = check_instruction(&c, in, &wishes, err);
        if (result < 0)
            stage_point_at(build, in, err);
    }
    take_report(&c, wishes.error, out);
    checkstate_done(&c);
    wishes_done(&wishes);
    return result;
}

void check_done(struct check_report *report)
{
    for (size_t i = 0; i < report->n; i++)
        free(report->warnings[i].detail);
    free(report->warnings);
    free(report->name);
    strv_done(&report->lines);
    *report = (struct check_report){0};
}

int check_fail(const struct check_report *report, struct mb_error *err)
{
    mb_autostrv struct strv names = {0};
    mb_autobuf struct buf text = BUF_INIT;

    for (size_t i = 0; i < report->n; i++)
        if (!strv_has(&names, report->warnings[i].rule->name))
            strv_add(&names, report->warnings[i].rule->name);
    for (size_t i = 0; i < names.n; i++)
        buf_addf(&text, "%s%s", i ? ", " : "", names.v[i]);
    mb_failx(err, "lint violation found for rules: %s", text.s);
    return mb_hint(err, "the Dockerfile says # check=error=true");
}
