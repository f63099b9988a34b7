/* SPDX-License-Identifier: MIT */
/*
 * test_check.c - the build checks
 *
 * A table: for every rule Dockerfiles that break it, with the warning they
 * must get, and some that nearly do.
 */
#include "base/mem.h"
#include "build_fixture.h"
#include "engine/check.h"
#include "engine/checkvars.h"

static struct check_report report;

static void setup(void)
{
    build_setup();
    report = (struct check_report){0};
}

static void teardown(void)
{
    check_done(&report);
    build_teardown();
}

/* Check this Dockerfile. */
static int check(const char *dockerfile)
{
    tmp_file("ctx/Dockerfile", dockerfile);
    check_done(&report);
    err = (struct mb_error){0};
    return build_check(&store, &options, &report, &err);
}

/* The warnings as lines "RULE LINE DETAIL"; of RULE only, unless NULL. */
static char *warnings(const char *rule)
{
    struct buf text = BUF_INIT;

    for (size_t i = 0; i < report.n; i++)
        if (!rule || strcmp(report.warnings[i].rule->name, rule) == 0)
            buf_addf(&text, "%s %d %s\n", report.warnings[i].rule->name,
                     report.warnings[i].line, report.warnings[i].detail);
    return buf_take(&text);
}

/* ---- the rules ---------------------------------------------------------- */

#define NONE ""

static const struct {
    const char *rule, *dockerfile, *expected;
} t[] = {
    {"StageNameCasing", "FROM scratch AS One\n",
     "1 Stage name 'One' should be lowercase\n"},
    {"StageNameCasing", "FROM scratch AS one-2.x_y\n", NONE},
    {"FromAsCasing", "FROM scratch as a\n",
     "1 'as' and 'FROM' keywords' casing do not match\n"},
    {"FromAsCasing", "from scratch As a\n",
     "1 'As' and 'from' keywords' casing do not match\n"},
    {"FromAsCasing",
     "FROM scratch AS a\nfrom scratch as b\nFrom scratch as c\n", NONE},
    {"NoEmptyContinuation", "FROM scratch\nLABEL a=b \\\n\n  c=d\n",
     "4 Empty continuation line\n"},
    {"NoEmptyContinuation", "FROM scratch\nLABEL a=b \\\n \t\n",
     "3 Empty continuation line\n"},
    {"NoEmptyContinuation",
     "FROM scratch\nLABEL a=b \\\n# why\n  c=d\n\n\nLABEL e=f\n", NONE},
    {"NoEmptyContinuation",
     "FROM scratch\nCOPY <<A <<B /x/\n\na\nA\n\nB\nLABEL a=b\n", NONE},
    {"NoEmptyContinuation", "FROM scratch\nCOPY <<A \\\n\n /x\n\nA\n",
     "4 Empty continuation line\n"},
    {"ConsistentInstructionCasing", "FROM scratch\nCopy f /\nCOPY f /g\n",
     "2 Command 'Copy' should match the case of the command majority "
     "(uppercase)\n"},
    {"ConsistentInstructionCasing", "from scratch\nlabel a=b\nLABEL c=d\n",
     "3 Command 'LABEL' should match the case of the command majority "
     "(lowercase)\n"},
    {"ConsistentInstructionCasing", "FROM scratch\nlabel a=b\n",
     "2 Command 'label' should match the case of the command majority "
     "(uppercase)\n"},
    {"ConsistentInstructionCasing", "arg x\narg y\nFROM scratch\n", NONE},
    {"ConsistentInstructionCasing", "FROM scratch\nONBUILD run x\n", NONE},
    {"DuplicateStageName", "FROM scratch AS b\nFROM scratch AS B\n",
     "2 Duplicate stage name \"b\", stage names should be unique\n"},
    {"DuplicateStageName", "FROM scratch AS b\nFROM scratch\nFROM b AS c\n",
     NONE},
    {"ReservedStageName", "FROM scratch AS Context\n",
     "1 Stage name should not use the same name as reserved stage "
     "\"context\"\n"},
    {"ReservedStageName", "FROM scratch\nFROM scratch AS scratchy\n", NONE},
    {"JSONArgsRecommended", "FROM scratch\nCMD run.sh\n",
     "2 JSON arguments recommended for CMD to prevent unintended behavior "
     "related to OS signals\n"},
    {"JSONArgsRecommended", "FROM scratch\nENTRYPOINT ['a']\n",
     "2 JSON arguments recommended for ENTRYPOINT to prevent unintended "
     "behavior related to OS signals\n"},
    {"JSONArgsRecommended", "FROM scratch\nCMD [\"a\"]\nRUN b\n", NONE},
    {"JSONArgsRecommended",
     "FROM scratch AS a\nSHELL [\"/sh\"]\nCMD a\nFROM a\n"
     "ENTRYPOINT b\n",
     NONE},
    {"MaintainerDeprecated", "FROM scratch\nMAINTAINER me\n",
     "2 Maintainer instruction is deprecated in favor of using label\n"},
    {"MaintainerDeprecated", "FROM scratch\nLABEL maintainer=me\n", NONE},
    {"UndefinedArgInFrom", "ARG BASE=scratch\nFROM $BSAE\n",
     "2 FROM argument 'BSAE' is not declared (did you mean BASE?)\n"},
    {"UndefinedArgInFrom", "FROM --platform=$BULIDPLATFORM scratch\n",
     "1 FROM argument 'BULIDPLATFORM' is not declared (did you mean "
     "BUILDPLATFORM?)\n"},
    {"UndefinedArgInFrom", "FROM a:1$version AS b\n",
     "1 FROM argument 'version' is not declared\n"},
    {"UndefinedArgInFrom",
     "ARG A\nFROM --platform=$TARGETPLATFORM scratch$A$TARGETVARIANT\n", NONE},
    {"UndefinedArgInFrom", "FROM scratch\nARG A=b\nFROM scratch$A\n",
     "3 FROM argument 'A' is not declared\n"},
    {"WorkdirRelativePath", "FROM scratch\nWORKDIR app/\n",
     "2 Relative workdir \"app/\" can have unexpected results if the base "
     "image changes\n"},
    {"WorkdirRelativePath", "FROM scratch\nARG D=x\nWORKDIR $D\nWORKDIR y\n",
     "3 Relative workdir \"x\" can have unexpected results if the base image "
     "changes\n"},
    {"WorkdirRelativePath",
     "FROM scratch AS a\nENV D=/d\nWORKDIR $D\nFROM a\nWORKDIR e\n", NONE},
    {"UndefinedVar", "FROM scratch\nENV PATH=$PAHT:/x\n",
     "2 Usage of undefined variable '$PAHT' (did you mean $PATH?)\n"},
    {"UndefinedVar", "FROM scratch\nCOPY $f /\nARG f=x\nCOPY $f /\n",
     "2 Usage of undefined variable '$f'\n"},
    {"UndefinedVar", "FROM scratch\nENV A=b C=$A\n",
     "2 Usage of undefined variable '$A'\n"},
    {"UndefinedVar", "FROM scratch\nLABEL a=${X:-$Y}\n",
     "2 Usage of undefined variable '$X'\n"
     "2 Usage of undefined variable '$Y'\n"},
    {"UndefinedVar", "FROM scratch\nCOPY --chown=$U a $D/\n",
     "2 Usage of undefined variable '$D'\n"
     "2 Usage of undefined variable '$U'\n"},
    {"UndefinedVar", "FROM scratch\nRUN --mount=type=cache,target=$T true\n",
     "2 Usage of undefined variable '$T'\n"},
    {"UndefinedVar", "FROM scratch\nCOPY <<A <<'B' /\n$X 'a\nA\n$Y\nB\n",
     "2 Usage of undefined variable '$X'\n"},
    {"UndefinedVar", "ARG G=1\nFROM scratch\nUSER $G\n",
     "3 Usage of undefined variable '$G'\n"},
    {"UndefinedVar", "FROM scratch\nUSER $TARGETARCH\n",
     "2 Usage of undefined variable '$TARGETARCH'\n"},
    {"UndefinedVar", "FROM scratch\nUSER $path\n",
     "2 Usage of undefined variable '$path'\n"},
    {"UndefinedVar",
     "ARG G=1\nFROM scratch AS a\nARG A\nARG G\nENV E=$PATH\n"
     "LABEL a=$A$G$E b='$X' c=\\$X\nFROM a\nUSER $A$E\nARG TARGETARCH\n"
     "USER $TARGETARCH\n",
     NONE},
    {"UndefinedVar",
     "FROM scratch\nRUN echo $X\nCMD $X\nENTRYPOINT $X\nHEALTHCHECK CMD $X\n"
     "ONBUILD USER $X\nONBUILD RUN <<A\n$X\nA\nEXPOSE $X\nSHELL "
     "[\"$X\"]\nMAINTAINER $X\n",
     NONE},
    {"MultipleInstructionsDisallowed",
     "FROM scratch\nCMD [\"a\"]\nLABEL a=b\nCMD [\"b\"]\nCMD [\"c\"]\n",
     "2 Multiple CMD instructions should not be used in the same stage because "
     "only the last one will be used\n"
     "4 Multiple CMD instructions should not be used in the same stage because "
     "only the last one will be used\n"},
    {"MultipleInstructionsDisallowed",
     "FROM scratch\nHEALTHCHECK NONE\nHEALTHCHECK CMD a\n",
     "2 Multiple HEALTHCHECK instructions should not be used in the same stage "
     "because only the last one will be used\n"},
    {"MultipleInstructionsDisallowed",
     "FROM scratch AS a\nCMD [\"a\"]\nENTRYPOINT [\"a\"]\nFROM a\nCMD [\"b\"]\n"
     "USER a\nUSER b\n",
     NONE},
    {"LegacyKeyValueFormat", "FROM scratch\nENV key a value\n",
     "2 \"ENV key=value\" should be used instead of legacy \"ENV key value\" "
     "format\n"},
    {"LegacyKeyValueFormat", "FROM scratch\nLABEL a b=c\n",
     "2 \"LABEL key=value\" should be used instead of legacy \"LABEL key "
     "value\" format\n"},
    {"LegacyKeyValueFormat", "FROM scratch\nENV key=a\\ b c=\"d e\"\nARG a b\n",
     NONE},
    {"RedundantTargetPlatform", "FROM --platform=${TARGETPLATFORM} scratch\n",
     "1 Setting platform to predefined ${TARGETPLATFORM} in FROM is redundant "
     "as this is the default behavior\n"},
    {"RedundantTargetPlatform",
     "FROM --platform=$BUILDPLATFORM scratch\n"
     "FROM --platform=linux/$TARGETARCH scratch\n",
     NONE},
    {"SecretsUsedInArgOrEnv", "FROM scratch\nENV a=b API_KEY=x password=y\n",
     "2 Do not use ARG or ENV instructions for sensitive data (ENV "
     "\"API_KEY\")\n"
     "2 Do not use ARG or ENV instructions for sensitive data (ENV "
     "\"password\")\n"},
    {"SecretsUsedInArgOrEnv", "FROM scratch\nARG gh_Token\n",
     "2 Do not use ARG or ENV instructions for sensitive data (ARG "
     "\"gh_Token\")\n"},
    {"SecretsUsedInArgOrEnv",
     "FROM scratch\nENV PUBLIC_KEY=x\nARG TOKEN_FILE\nARG KEYBOARD\n"
     "LABEL secret=x\n",
     NONE},
    {"InvalidDefaultArgInFrom", "ARG TAG\nFROM busybox:$TAG\n",
     "2 Default value for ARG busybox:$TAG results in empty or invalid base "
     "image name\n"},
    {"InvalidDefaultArgInFrom", "ARG A=\nFROM x${A}\nFROM x:1$A\n", NONE},
    {"FromPlatformFlagConstDisallowed", "FROM --platform=linux/arm64 scratch\n",
     "1 FROM --platform flag should not use constant value \"linux/arm64\"\n"},
    {"FromPlatformFlagConstDisallowed",
     "FROM --platform=linux/arm64 scratch AS for-arm64\n"
     "FROM --platform=linux/arm64 scratch AS linux\n"
     "FROM --platform=$BUILDPLATFORM scratch\nFROM scratch\n",
     NONE},
    {"CopyIgnoredFile", "FROM scratch\nCOPY a ./hidden/../hidden /x/\n",
     "2 Attempting to Copy file \"hidden\" that is excluded by "
     ".dockerignore\n"},
    {"CopyIgnoredFile", "FROM scratch\nADD dir/sub/f /x\n",
     "2 Attempting to Add file \"dir/sub/f\" that is excluded by "
     ".dockerignore\n"},
    {"CopyIgnoredFile",
     "FROM scratch AS a\nCOPY . /x\nCOPY kept /y\nCOPY part /z\n"
     "ADD https://hidden /\nCOPY <<hidden /\nhidden\nFROM a\n"
     "COPY --from=a hidden /\n",
     NONE},
    {"InvalidDefinitionDescription",
     "# check=experimental=all\n# the base\nFROM scratch AS base\n",
     "3 Comment for FROM should follow the format: `# base <description>`\n"},
    {"InvalidDefinitionDescription",
     "# check=experimental=InvalidDefinitionDescription\n# b is it\nARG a\n"
     "# c is it\nARG a=1 b\nFROM scratch\n",
     "3 Comment for ARG should follow the format: `# a <description>`\n"
     "5 Comment for ARG should follow the format: `# <arg_key> "
     "<description>`\n"},
    {"InvalidDefinitionDescription",
     "# check=experimental=all\n# a is it\nARG a\n# what\n\nARG b\n# what\n#\n"
     "ARG c\n# what\nFROM scratch\n# x\n# base of all\nFROM scratch AS base\n",
     NONE},
    {"InvalidDefinitionDescription", "# what\nARG a\nFROM scratch\n", NONE},
    {"ExposeProtoCasing", "FROM scratch\nARG P=53/uDP\nEXPOSE 80 $P\n",
     "3 Defined protocol '53/uDP' in EXPOSE instruction should be "
     "lowercase\n"},
    {"ExposeProtoCasing", "FROM scratch\nEXPOSE 80/tcp 53/udp\n", NONE},
    {"ExposeInvalidFormat", "FROM scratch\nEXPOSE 127.0.0.1:80:8080 81:81 82\n",
     "2 EXPOSE instruction should not define an IP address or host-port "
     "mapping, found '127.0.0.1:80:8080'\n"
     "2 EXPOSE instruction should not define an IP address or host-port "
     "mapping, found '81:81'\n"},
    {"ExposeInvalidFormat", "FROM scratch\nEXPOSE 80-90 :81\n", NONE},
};

START_TEST(test_rule)
{
    mb_autobuf struct buf expected = BUF_INIT;
    const char *line = t[_i].expected;

    tmp_file("ctx/.dockerignore", "hidden\ndir\npart\n!part/of-it\n");
    ck_assert_msg(check(t[_i].dockerfile) == 0, "%s", err.msg);
    for (size_t len; *line; line += len) {
        len = strcspn(line, "\n") + 1;
        buf_addf(&expected, "%s %.*s", t[_i].rule, (int)len, line);
    }
    mb_autofree char *is = warnings(t[_i].rule);
    ck_assert_str_eq(is, expected.s);
}
END_TEST

/* Of a context of which nothing is left, not even "." can be copied. */
START_TEST(test_all_ignored)
{
    tmp_file("ctx/.dockerignore", "**\n");
    ck_assert_int_eq(check("FROM scratch\nCOPY . /\n"), 0);
    mb_autofree char *is = warnings(NULL);
    ck_assert_str_eq(is, "CopyIgnoredFile 2 Attempting to Copy file \".\" that "
                         "is excluded by .dockerignore\n");
    tmp_file("ctx/.dockerignore", "**\n!a\n");
    ck_assert_int_eq(check("FROM scratch\nCOPY . /\n"), 0);
    ck_assert_uint_eq(report.n, 0);
}
END_TEST

START_TEST(test_secret_words)
{
    static const char *const yes[] = {
        "key",         "Key",           "api_key",  "KEY_ID",
        "a__token",    "_auth",         "DB_PWORD", "x_passwd_y",
        "credentials", "MY_CREDENTIAL", "apikey"};
    static const char *const no[] = {
        "",           "keys",        "apikeys",     "monkey",       "TOKENS",
        "AUTHOR",     "secret_file", "key_version", "public_token", "PASSWORDS",
        "DB-PASSWORD"};

    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
        ck_assert_msg(checkvars_sounds_secret(yes[i]), "%s", yes[i]);
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        ck_assert_msg(!checkvars_sounds_secret(no[i]), "%s", no[i]);
}
END_TEST

/* ---- which rules -------------------------------------------------------- */

#define BODY "FROM scratch as a\nMAINTAINER me\n"

static const struct {
    const char *dockerfile;
    size_t n; /* of warnings */
    bool fatal;
} directives[] = {
    {BODY, 2, false},
    {"# check=skip=all\n" BODY, 0, false},
    {"#CHECK = skip=all\n" BODY, 0, false},
    {"# syntax=x\n# check=skip=all\n" BODY, 0, false},
    {"\xef\xbb\xbf# check=skip=all\n" BODY, 0, false},
    {"# check=skip=FromAsCasing, MaintainerDeprecated;error=true\n" BODY, 0,
     false},
    {"# check=skip=FromAsCasing;error=true\n" BODY, 1, true},
    {"# check=error=1\n" BODY, 2, true},
    {"# check=error=0\n" BODY, 2, false},
    {"# check=skip=nosuch\n" BODY, 2, false},
    {"# no directive\n# check=error=true\n\n" BODY, 2, false},
    /* Above an instruction, and with a reason behind it. */
    {"FROM scratch as a\n# x\n# check=skip=all is fine\nMAINTAINER me\n", 1,
     false},
    {"FROM scratch as a\n# check=skip=all\n\nMAINTAINER me\n", 2, false},
    {"FROM scratch as a\n# check=nonsense\nMAINTAINER me\n", 2, false},
    {"FROM scratch as a\n# check=experimental=all\nARG x\nMAINTAINER me\n", 2,
     false},
    {"FROM scratch as a\n# check=error=true\nMAINTAINER me\n", 2, false},
};

START_TEST(test_directive)
{
    ck_assert_msg(check(directives[_i].dockerfile) == 0, "%s", err.msg);
    ck_assert_uint_eq(report.n, directives[_i].n);
    ck_assert(report.fatal == directives[_i].fatal);
}
END_TEST

START_TEST(test_bad_directive)
{
    ck_assert_int_eq(check("# check=skip\nFROM scratch\n"), -1);
    ck_assert_str_eq(err.msg, "failed to parse check options: invalid check "
                              "option \"skip\"");
    ck_assert_int_eq(err.code, 1);
    ck_assert_int_eq(check("# check=error=maybe\nFROM scratch\n"), -1);
    ck_assert_int_eq(check("# check=a=b;skip=all\nFROM scratch\n"), -1);
}
END_TEST

/* A build argument goes before the file's own directive. */
START_TEST(test_argument)
{
    strv_add(&options.build_args, "BUILDKIT_DOCKERFILE_CHECK=skip=all");
    ck_assert_int_eq(check("# check=error=true\n" BODY), 0);
    ck_assert_uint_eq(report.n, 0);
}
END_TEST

/* ---- the walk ----------------------------------------------------------- */

/* What a base image sets is known when it is here. */
START_TEST(test_base_image)
{
    if (!make_base())
        return skip(NO_BASE);
    must_build("FROM base\nENV MINE=1\nSHELL [\"/bin/ash\"]\n");
    ck_assert_int_eq(check("FROM test\nUSER $MINE\nCMD x\n"), 0);
    ck_assert_uint_eq(report.n, 0);
    ck_assert_int_eq(check("FROM nosuch\nUSER $MINE$PATH\nCMD x\n"), 0);
    ck_assert_uint_eq(report.n, 2);
}
END_TEST

/* With a target: rules of form look at all, the others at what is built. */
START_TEST(test_target)
{
    options.target = "one";
    ck_assert_int_eq(check("FROM scratch AS one\nUSER $A\n"
                           "FROM scratch AS Two\nUSER ${B\n"),
                     0);
    mb_autofree char *is = warnings(NULL);
    ck_assert_str_eq(is, "UndefinedVar 2 Usage of undefined variable '$A'\n"
                         "StageNameCasing 3 Stage name 'Two' should be "
                         "lowercase\n");
}
END_TEST

/* The warnings up to an error are there. */
START_TEST(test_error)
{
    ck_assert_int_eq(check("FROM scratch\nUSER $A\nUSER ${B\nUSER $C\n"), -1);
    ck_assert_ptr_nonnull(strstr(err.msg, "Dockerfile:3"));
    ck_assert_uint_eq(report.n, 1);
    ck_assert_int_eq(err.code, 1);
    ck_assert_int_eq(check("FROM scratch\nEXPOSE 1:2 1:x\n"), -1);
    ck_assert_ptr_nonnull(strstr(err.msg, "invalid containerPort: x"));
    ck_assert_uint_eq(report.n, 2);
    ck_assert_int_eq(check("FROM scratch\nENV S=X\nSTOPSIGNAL SIG$S\n"), -1);
    ck_assert_ptr_nonnull(strstr(err.msg, "invalid signal: SIGX"));
    ck_assert_int_eq(check("FROM scratch\nNOSUCH\n"), -1);
    ck_assert_int_eq(check("RUN x\n"), -1);
    ck_assert_int_eq(check("FROM ${\n"), -1);
    options.target = "nosuch";
    ck_assert_int_eq(check("FROM scratch\n"), -1);
}
END_TEST

/* Nothing that a terminal would obey gets into a warning. */
START_TEST(test_controls)
{
    ck_assert_int_eq(check("FROM scratch\nWORKDIR \x1b[31mx\n"), 0);
    ck_assert_uint_eq(report.n, 1);
    ck_assert_ptr_null(strchr(report.warnings[0].detail, '\x1b'));
}
END_TEST

/* A build says how many there are, and is forbidden by error=true. */
START_TEST(test_build)
{
    must_build("FROM scratch AS A\nMAINTAINER me\n");
    ck_assert_int_eq(said(" 2 warnings found (use --check to expand):\n"
                          " - StageNameCasing: Stage name 'A' should be "
                          "lowercase (line 1)\n"
                          " - MaintainerDeprecated: "),
                     1);
    must_build("FROM scratch\nLABEL a=b\n");
    ck_assert_int_eq(said("warning"), 0);
    must_fail("# check=error=true\nFROM scratch AS A\nLABEL a=b\n",
              "lint violation found for rules: StageNameCasing");
    ck_assert_int_eq(said("Step"), 0);
    ck_assert_int_eq(said(" 1 warning found"), 1);
}
END_TEST

int main(int argc, char **argv)
{
    (void)argc;
    with_programs(argv);
    Suite *suite = suite_create("check");
    TCase *tc = tcase_create("check");

    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_loop_test(tc, test_rule, 0, sizeof t / sizeof *t);
    tcase_add_test(tc, test_all_ignored);
    tcase_add_test(tc, test_secret_words);
    tcase_add_loop_test(tc, test_directive, 0,
                        sizeof directives / sizeof *directives);
    tcase_add_test(tc, test_bad_directive);
    tcase_add_test(tc, test_argument);
    tcase_add_test(tc, test_base_image);
    tcase_add_test(tc, test_target);
    tcase_add_test(tc, test_error);
    tcase_add_test(tc, test_controls);
    tcase_add_test(tc, test_build);
    suite_add_tcase(suite, tc);
    return check_main(suite);
}
