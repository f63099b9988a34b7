/* SPDX-License-Identifier: MIT */
/* test_metadata.c - the quiet instructions, ARG among them (engine/arg) */
#include "engine/dfcheck.h"
#include "engine/metadata.h"

#include <string.h>

#include "base/mem.h"
#include "check_main.h"
#include "engine/arg.h"
#include "engine/config.h"

static struct mb_error err;
static struct build_options options;
static struct build b;
static struct stage s;
static struct buf history;
static char *log_text;
static size_t log_size;

static void stage_setup(void)
{
    log_text = NULL;
    options = (struct build_options){0};
    options.progress = open_memstream(&log_text, &log_size);
    b = (struct build){.options = &options, .context = -1, .epoch = -1};
    s = (struct stage){0};
    history = (struct buf)BUF_INIT;
    image_init(&s.image);
    strv_add(&s.shell, "/bin/sh");
    strv_add(&s.shell, "-c");
}

static void stage_teardown(void)
{
    fclose(options.progress);
    free(log_text);
    strv_done(&options.build_args);
    dockerfile_done(&b.file);
    strv_done(&b.globals);
    strv_done(&b.used_args);
    image_done(&s.image);
    strv_done(&s.args);
    strv_done(&s.env);
    strv_done(&s.shell);
    buf_done(&history);
}

/* Apply the instructions of TEXT, in order (FROM is put in front). */
static int apply(const char *text)
{
    mb_autofree char *all = mb_printf("FROM scratch\n%s", text);

    dockerfile_done(&b.file);
    b.file = (struct dockerfile){0};
    if (dfcheck_parse("Dockerfile", all, strlen(all), &b.file, &err) < 0)
        return -1;
    s.first = b.file.instructions;
    s.n = b.file.n;
    for (size_t i = 1; i < b.file.n; i++) {
        buf_clear(&history);
        if (metadata_apply(&b, &s, &b.file.instructions[i], &history, &err) < 0)
            return -1;
    }
    return 0;
}

/* KEY of the config as compact JSON. */
static char *value_of(const char *key)
{
    json_t *value = json_object_get(image_run_config(&s.image), key);
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);

    return text ? text : mb_strdup("null");
}

/* ---- one instruction, its key, its line of history ---------------------- */

static const struct {
    const char *text, *key, *value, *history; /* of the last instruction */
} cases[] = {
    {"ENV A=b", "Env", "[\"A=b\"]", "ENV A=b"},
    {"ENV A b c", "Env", "[\"A=b c\"]", "ENV A=b c"},
    {"ENV A=1 B=2\nENV A=3", "Env", "[\"A=3\",\"B=2\"]", "ENV A=3"},
    /* Rule 1: words see the values from before. */
    {"ENV A=1\nENV A=2 B=$A", "Env", "[\"A=2\",\"B=1\"]", "ENV A=2 B=1"},
    {"ENV A=\"x y\" B='$A'", "Env", "[\"A=x y\",\"B=$A\"]", "ENV A=x y B=$A"},
    {"ENV A=${B:-d}", "Env", "[\"A=d\"]", "ENV A=d"},
    {"ENV A=x=y", "Env", "[\"A=x=y\"]", "ENV A=x=y"},
    {"LABEL a=1 b=\"2 3\"\nLABEL a=4", "Labels", "{\"a\":\"4\",\"b\":\"2 3\"}",
     "LABEL a=4"},
    {"USER ann:staff", "User", "\"ann:staff\"", "USER ann:staff"},
    {"ENV U=bob\nUSER $U", "User", "\"bob\"", "USER bob"},
    {"STOPSIGNAL SIGINT", "StopSignal", "\"SIGINT\"", "STOPSIGNAL SIGINT"},
    {"STOPSIGNAL usr1", "StopSignal", "\"usr1\"", "STOPSIGNAL usr1"},
    {"STOPSIGNAL SigRtMin+15", "StopSignal", "\"SigRtMin+15\"",
     "STOPSIGNAL SigRtMin+15"},
    {"STOPSIGNAL RTMAX-14", "StopSignal", "\"RTMAX-14\"",
     "STOPSIGNAL RTMAX-14"},
    {"STOPSIGNAL 9", "StopSignal", "\"9\"", "STOPSIGNAL 9"},
    {"STOPSIGNAL 99", "StopSignal", "\"99\"", "STOPSIGNAL 99"},
    {"ENV S=INT\nSTOPSIGNAL SIG$S", "StopSignal", "\"SIGINT\"",
     "STOPSIGNAL SIGINT"},
    {"CMD ls -l $X", "Cmd", "[\"/bin/sh\",\"-c\",\"ls -l $X\"]",
     "CMD [\"/bin/sh\" \"-c\" \"ls -l $X\"]"},
    {"CMD [\"ls\",\"$X\"]", "Cmd", "[\"ls\",\"$X\"]", "CMD [\"ls\" \"$X\"]"},
    {"CMD []", "Cmd", "[]", "CMD []"},
    {"CMD a\nCMD b", "Cmd", "[\"/bin/sh\",\"-c\",\"b\"]",
     "CMD [\"/bin/sh\" \"-c\" \"b\"]"}, /* rule 2 */
    {"ENTRYPOINT [\"git\"]", "Entrypoint", "[\"git\"]", "ENTRYPOINT [\"git\"]"},
    {"SHELL [\"/bin/bash\",\"-ec\"]\nCMD x", "Cmd",
     "[\"/bin/bash\",\"-ec\",\"x\"]", "CMD [\"/bin/bash\" \"-ec\" \"x\"]"},
    {"SHELL [\"a\"]", "Shell", "[\"a\"]", "SHELL [a]"},
    {"EXPOSE 80 443/udp", "ExposedPorts", "{\"80/tcp\":{},\"443/udp\":{}}",
     "EXPOSE [80/tcp 443/udp]"},
    {"ENV P=80\nEXPOSE $P", "ExposedPorts", "{\"80/tcp\":{}}",
     "EXPOSE [80/tcp]"},
    {"EXPOSE 8000-8002/UDP 1.2.3.4:80:81", "ExposedPorts",
     "{\"8000/udp\":{},\"8001/udp\":{},\"8002/udp\":{},\"81/tcp\":{}}",
     "EXPOSE [8000/udp 8001/udp 8002/udp 81/tcp]"},
    {"VOLUME /a /b", "Volumes", "{\"/a\":{},\"/b\":{}}", "VOLUME [/a /b]"},
    {"VOLUME [\"/a b\"]", "Volumes", "{\"/a b\":{}}", "VOLUME [/a b]"},
    {"ONBUILD RUN x", "OnBuild", "[\"RUN x\"]", "ONBUILD RUN x"},
    {"HEALTHCHECK NONE", "Healthcheck", "{\"Test\":[\"NONE\"]}", NULL},
    {"HEALTHCHECK CMD curl x", "Healthcheck",
     "{\"Test\":[\"CMD-SHELL\",\"curl x\"]}", NULL},
    {"HEALTHCHECK CMD [\"curl\",\"x\"]", "Healthcheck",
     "{\"Test\":[\"CMD\",\"curl\",\"x\"]}", NULL},
    {"HEALTHCHECK --interval=1h1m1.5s --timeout=1ms --start-period=0 "
     "--start-interval=250ms --retries=4 CMD x",
     "Healthcheck",
     "{\"Test\":[\"CMD-SHELL\",\"x\"],\"Interval\":3661500000000,"
     "\"Timeout\":1000000,\"StartInterval\":250000000,\"Retries\":4}",
     NULL},
};

START_TEST(test_case)
{
    ck_assert_msg(apply(cases[_i].text) == 0, "%s", err.msg);
    mb_autofree char *value = value_of(cases[_i].key);
    ck_assert_str_eq(value, cases[_i].value);
    if (cases[_i].history)
        ck_assert_str_eq(history.s, cases[_i].history);
}
END_TEST

START_TEST(test_maintainer)
{
    ck_assert_int_eq(apply("MAINTAINER Ann <a@b>"), 0);
    ck_assert_str_eq(config_string(s.image.config, "author"), "Ann <a@b>");
}
END_TEST

/* The base's CMD was meant for the base's ENTRYPOINT; ours stays. */
START_TEST(test_entrypoint_and_inherited_cmd)
{
    json_object_set_new(image_run_config(&s.image), "Cmd",
                        json_pack("[s]", "base"));
    ck_assert_int_eq(apply("ENTRYPOINT [\"x\"]"), 0);
    mb_autofree char *gone = value_of("Cmd");
    ck_assert_str_eq(gone, "null");
    ck_assert_int_eq(apply("CMD [\"mine\"]\nENTRYPOINT [\"x\"]"), 0);
    mb_autofree char *kept = value_of("Cmd");
    ck_assert_str_eq(kept, "[\"mine\"]");
}
END_TEST

/* "USER repl # comment" is a user called "repl # comment": we say so. */
START_TEST(test_comment_that_is_none)
{
    ck_assert_int_eq(apply("USER repl # the user"), 0);
    fflush(options.progress);
    ck_assert_ptr_nonnull(strstr(log_text, "warning"));
    ck_assert_ptr_nonnull(strstr(log_text, "USER"));
    mb_autofree char *value = value_of("User");
    ck_assert_str_eq(value, "\"repl # the user\"");
}
END_TEST

/* A config of an image may hold anything at these keys. */
START_TEST(test_odd_base_config)
{
    json_t *config = image_run_config(&s.image);
    static const char *const keys[] = {"Env",     "Labels",  "ExposedPorts",
                                       "Volumes", "OnBuild", "Cmd"};

    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        json_object_set_new(config, keys[i], json_integer(7));
    ck_assert_int_eq(apply("ENV A=1\nLABEL a=1\nEXPOSE 1\nVOLUME /v\n"
                           "ONBUILD RUN x\nCMD x"),
                     0);
    mb_autofree char *env = value_of("Env");
    ck_assert_str_eq(env, "[\"A=1\"]");
}
END_TEST

START_TEST(test_bad_words)
{
    ck_assert_int_eq(apply("ENV A=${B"), -1);
    ck_assert_int_eq(apply("USER ${X:?who}"), -1);
    ck_assert_ptr_nonnull(strstr(err.msg, "who"));
}
END_TEST

static const struct {
    const char *text, *message;
} refused[] = {
    {"EXPOSE x", "invalid containerPort: x"},
    {"EXPOSE 65536", "invalid containerPort: 65536"},
    {"EXPOSE 9-8", "invalid containerPort: 9-8"},
    {"EXPOSE 1-", "invalid containerPort: 1-"},
    {"EXPOSE -1", "invalid containerPort: -1"},
    {"EXPOSE /tcp", "invalid port: \"/tcp\": no port specified"},
    {"EXPOSE 80/icmp", "invalid port: \"80/icmp\": invalid proto: icmp"},
    {"STOPSIGNAL FOO", "invalid signal: FOO"},
    {"STOPSIGNAL SIGSIGINT", "invalid signal: SIGSIGINT"},
    {"STOPSIGNAL SIG", "invalid signal: SIG"},
    {"STOPSIGNAL 0", "invalid signal: 0"},
    {"STOPSIGNAL SIG9", "invalid signal: SIG9"},
    {"STOPSIGNAL 9x", "invalid signal: 9x"},
    {"STOPSIGNAL 99999999999999999999", "invalid signal: 99999999999999999999"},
    {"STOPSIGNAL RTMIN+16", "invalid signal: RTMIN+16"},
    {"STOPSIGNAL RTMAX-15", "invalid signal: RTMAX-15"},
    {"STOPSIGNAL RTMIN+01", "invalid signal: RTMIN+01"},
    {"STOPSIGNAL RTMIN-1", "invalid signal: RTMIN-1"},
    {"ARG S\nSTOPSIGNAL \"$S\"", "invalid signal: "},
    {"HEALTHCHECK --interval=5 CMD x", "invalid duration \"5\""},
    {"HEALTHCHECK --interval= CMD x", "invalid duration \"\""},
    {"HEALTHCHECK --interval=-5s CMD x", "invalid duration \"-5s\""},
    {"HEALTHCHECK --interval=s CMD x", "invalid duration \"s\""},
    {"HEALTHCHECK --timeout=1us CMD x", "\"timeout\" cannot be less than 1ms"},
    {"HEALTHCHECK --timeout=99999999h CMD x", "invalid duration"},
    {"HEALTHCHECK --retries=-1 CMD x", "--retries=-1 is no number"},
    {"HEALTHCHECK --retries=x CMD x", "--retries=x is no number"},
};

START_TEST(test_refused)
{
    ck_assert_int_eq(apply(refused[_i].text), -1);
    ck_assert_msg(strstr(err.msg, refused[_i].message) != NULL, "%s", err.msg);
}
END_TEST

/* ---- ARG ---------------------------------------------------------------- */

/* A value from the command line. */
static void give(const char *word)
{
    strv_add(&options.build_args, word);
}

/* The variable NAME as RUN would see it; NULL: not set. */
static const char *seen(const char *name)
{
    return strv_getenv(&s.env, name);
}

START_TEST(test_arg)
{
    give("B=given");
    ck_assert_int_eq(apply("ARG A=default\nARG B=default\nARG C"), 0);
    ck_assert_str_eq(seen("A"), "default");
    ck_assert_str_eq(seen("B"), "given");
    ck_assert_ptr_null(seen("C"));
    ck_assert_uint_eq(s.args.n, 3);
    ck_assert(strv_has(&b.used_args, "B"));
    mb_autofree char *env = value_of("Env");
    ck_assert_str_eq(env, "null"); /* the image does not get it */
    ck_assert_str_eq(history.s, "ARG C");
}
END_TEST

/* Rule 2: everybody can read it there. */
START_TEST(test_arg_is_told)
{
    give("TOKEN=secret");
    ck_assert_int_eq(apply("ARG TOKEN"), 0);
    ck_assert_str_eq(history.s, "ARG TOKEN=secret");
}
END_TEST

/* Rule 1: the later of the two wins. */
START_TEST(test_arg_and_env)
{
    ck_assert_int_eq(apply("ARG V=1\nENV V=2"), 0);
    ck_assert_str_eq(seen("V"), "2");
    stage_teardown();
    stage_setup();
    ck_assert_int_eq(apply("ENV V=2\nARG V=1"), 0);
    ck_assert_str_eq(seen("V"), "1");
    mb_autofree char *env = value_of("Env");
    ck_assert_str_eq(env, "[\"V=2\"]");
}
END_TEST

START_TEST(test_arg_default_is_expanded)
{
    ck_assert_int_eq(apply("ARG A=1\nARG B=${A}2\nENV C=$B"), 0);
    ck_assert_str_eq(seen("B"), "12");
    mb_autofree char *env = value_of("Env");
    ck_assert_str_eq(env, "[\"C=12\"]");
}
END_TEST

/* The ARG before FROM is seen inside only when it is declared again. */
START_TEST(test_global_arg)
{
    strv_setenv(&b.globals, "G", "global");
    ck_assert_int_eq(apply("ENV X=<$G>\nARG G\nENV Y=<$G>"), 0);
    mb_autofree char *env = value_of("Env");
    ck_assert_str_eq(env, "[\"X=<>\",\"Y=<global>\"]");
}
END_TEST

START_TEST(test_args_in_one_line)
{
    ck_assert_int_eq(apply("ARG A=1 B=$A C\nENV X=$B Y=2 Z=<$Y>"), 0);
    ck_assert_str_eq(seen("B"), "1"); /* unlike in ENV */
    ck_assert_str_eq(seen("Z"), "<>");
    ck_assert_uint_eq(s.args.n, 3);
}
END_TEST

/* A default that nobody needs may be wrong. */
START_TEST(test_default_not_needed)
{
    ck_assert_int_eq(apply("ARG A=${U:?none}"), -1);
    ck_assert_ptr_nonnull(strstr(err.msg, "U: none"));
    give("A=1");
    ck_assert_int_eq(apply("ARG A=${U:?none}"), 0);
    ck_assert_str_eq(seen("A"), "1");
}
END_TEST

START_TEST(test_predefined)
{
    mb_autostrv struct strv names = {0};
    const char *arch = image_architecture();
    mb_autofree char *platform = mb_printf("linux/%s", arch);

    give("TARGETOS=plan9");
    options.target = "last";
    arg_predefined(&b, &names);
    ck_assert_str_eq(strv_getenv(&names, "TARGETARCH"), arch);
    ck_assert_str_eq(strv_getenv(&names, "BUILDARCH"), arch);
    ck_assert_str_eq(strv_getenv(&names, "TARGETPLATFORM"), platform);
    ck_assert_str_eq(strv_getenv(&names, "BUILDPLATFORM"), platform);
    ck_assert_str_eq(strv_getenv(&names, "BUILDVARIANT"), "");
    ck_assert_str_eq(strv_getenv(&names, "BUILDOS"), "linux");
    ck_assert_str_eq(strv_getenv(&names, "TARGETOS"), "plan9");
    ck_assert_str_eq(strv_getenv(&names, "TARGETSTAGE"), "last");
}
END_TEST

START_TEST(test_proxies)
{
    mb_autostrv struct strv env = {0};

    give("https_Proxy=p:1");
    give("no_proxy=");
    give("OTHER=x");
    strv_setenv(&env, "https_proxy", "mine:2");
    arg_proxies(&b, &env);
    ck_assert_uint_eq(env.n, 2);
    ck_assert_str_eq(strv_getenv(&env, "HTTPS_PROXY"), "p:1");
    ck_assert_str_eq(strv_getenv(&env, "https_proxy"), "p:1");
}
END_TEST

START_TEST(test_unused)
{
    mb_autobuf struct buf names = BUF_INIT;

    give("USED=1");
    give("U=1");
    give("http_proxy=x");
    give("TARGETARCH=x");
    give("BUILDKIT_INLINE_CACHE=1");
    give("SOURCE_DATE_EPOCH=0");
    give("V=1");
    ck_assert_int_eq(apply("ARG USED\nARG W"), 0);
    arg_unused(&b, &names);
    ck_assert_str_eq(names.s, "U V");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("metadata");
    TCase *tc = tcase_create("metadata"), *arg = tcase_create("arg");

    tcase_add_checked_fixture(tc, stage_setup, stage_teardown);
    tcase_add_loop_test(tc, test_case, 0, sizeof cases / sizeof *cases);
    tcase_add_test(tc, test_maintainer);
    tcase_add_test(tc, test_entrypoint_and_inherited_cmd);
    tcase_add_test(tc, test_comment_that_is_none);
    tcase_add_test(tc, test_odd_base_config);
    tcase_add_test(tc, test_bad_words);
    tcase_add_loop_test(tc, test_refused, 0, sizeof refused / sizeof *refused);
    tcase_add_checked_fixture(arg, stage_setup, stage_teardown);
    tcase_add_test(arg, test_arg);
    tcase_add_test(arg, test_arg_is_told);
    tcase_add_test(arg, test_arg_and_env);
    tcase_add_test(arg, test_arg_default_is_expanded);
    tcase_add_test(arg, test_global_arg);
    tcase_add_test(arg, test_args_in_one_line);
    tcase_add_test(arg, test_default_not_needed);
    tcase_add_test(arg, test_predefined);
    tcase_add_test(arg, test_proxies);
    tcase_add_test(arg, test_unused);
    suite_add_tcase(suite, tc);
    suite_add_tcase(suite, arg);
    return check_main(suite);
}
