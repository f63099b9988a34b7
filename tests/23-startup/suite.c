/* SPDX-License-Identifier: MIT */
/*
 * suite.c - exercise 23: what finally runs
 *
 * Configs and wishes are put together from random words, so it is known what
 * must come out before anybody resolves them.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/config.h"
#include "grader/exam.h"
#include "grader/worker.h"

/* A config and wishes, both in JSON; one part of what comes out ("argv", "cwd",
 * "user", or "$NAME" for a variable), and what it must be.  NULL: refused. */
struct sample {
    const char *config, *wishes, *part, *expected;
    const char *why, *hint;
};

/* What was told; never NULL. */
static const char *told(const char *part, int i)
{
    const char *value = worker_told(text("%s%d", part, i));

    return value ? value : "";
}

/* The value of the variable NAME in that environment. */
static const char *variable(const char *environment, const char *name)
{
    json_t *list = json_loads(environment, 0, NULL);
    const char *prefix = text("%s=", name), *found = NULL;

    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *s = json_string_value(json_array_get(list, i));
        if (!s || strncmp(s, prefix, strlen(prefix)) != 0)
            continue;
        if (found)
            return "(it is there twice)";
        found = text("%s", s + strlen(prefix));
    }
    json_decref(list);
    return found ? found : "(not set)";
}

/* The value of PART in the case number I, or the error. */
static const char *value_of(const char *part, int i)
{
    const char *result = worker_told(text("result%d", i));

    if (!result)
        return "(nothing: config_resolve() did not come back)";
    if (strcmp(result, "0") != 0)
        return text("(an error: %s)", worker_told(text("result%d.msg", i)));
    return *part == '$' ? variable(told("env", i), part + 1) : told(part, i);
}

static void require_refused(int i, const struct sample *s, const char *ran)
{
    REQUIRE(strcmp(told("result", i), "-1") == 0, .ran = ran,
            .expected = "it is refused",
            .observed = text("%s: %s", s->part, value_of(s->part, i)),
            .why = s->why, .hint = s->hint);
    REQUIRE(strcmp(told("code", i), "125") == 0, .ran = ran,
            .expected = "the error's code is 125, EXIT_MINIBOX",
            .observed = text("the code %s", told("code", i)),
            .why = "125 says that minibox failed, not the command: that is "
                   "the exit code of docker, too",
            .hint = "no-exit-code");
}

static void require_sample(int i, const struct sample *s)
{
    const char *ran = text("config_resolve() of the config %s, with the "
                           "wishes %s",
                           s->config, s->wishes);
    const char *is = value_of(s->part, i);

    if (!s->expected) {
        require_refused(i, s, ran);
        return;
    }
    REQUIRE(strcmp(is, s->expected) == 0, .ran = ran,
            .expected = text("%s: %s", s->part, s->expected),
            .observed = text("%s: %s", s->part, is), .why = s->why,
            .hint = strstr(is, "twice") ? "twice" : s->hint);
}

static const char *join_cases(const struct sample *samples)
{
    const char *cases = "";

    for (int i = 0; samples[i].config; i++)
        cases = text("%s%s[%s,%s]", cases, i ? "," : "", samples[i].config,
                     samples[i].wishes);
    return text("[%s]", cases);
}

/* Have all SAMPLES resolved, up to one without a config, and compare. */
static void require_all(const struct sample *samples)
{
    worker_start("config_resolve()", "resolve",
                 text("cases=%s", join_cases(samples)), NULL);
    worker_end();
    for (int i = 0; samples[i].config; i++)
        require_sample(i, &samples[i]);
}

/* ---- step 1 ------------------------------------------------------------- */

/* A list of one or two words that nobody knows. */
static const char *pick_list(void)
{
    const char *word = pick_word();

    return pick(0, 1) ? text("[\"%s\"]", word)
                      : text("[\"%s\",\"-%s\"]", word, pick_word());
}

/* Two such lists, one behind the other. */
static const char *both(const char *a, const char *b)
{
    return text("%.*s,%s", (int)strlen(a) - 1, a, b + 1);
}

static const char *config_of(const char *entrypoint, const char *cmd)
{
    return text("{\"Entrypoint\":%s,\"Cmd\":%s}", entrypoint, cmd);
}

static const char *wish(const char *key, const char *value)
{
    return text("{\"%s\":\"%s\"}", key, value);
}

#define HALVES                                                                 \
    "the command is ENTRYPOINT and, behind it, CMD: either may be missing"
#define REPLACED                                                               \
    "what stands behind the image's name replaces CMD, and only CMD"
#define RULE_1 "words are executed as they are; nothing here knows of shells"
#define RULE_2                                                                 \
    "--entrypoint takes the place of ENTRYPOINT, and drops CMD, which was "    \
    "meant for another program (rule 2)"
#define RULE_3 "an ENTRYPOINT that is the one word \"\" is none (rule 3)"

START_TEST(entrypoint_then_cmd)
{
    const char *ep = pick_list(), *cmd = pick_list();

    require_all((struct sample[]){
        {text("{\"Cmd\":%s}", cmd), "{}", "argv", cmd, HALVES, "cmd-missing"},
        {text("{\"Entrypoint\":%s}", ep), "{}", "argv", ep, HALVES,
         "entrypoint-missing"},
        {config_of(ep, cmd), "{}", "argv", both(ep, cmd), HALVES,
         "halves-not-joined"},
        {config_of(ep, cmd), "{\"argv\":[]}", "argv", both(ep, cmd),
         "a list without words is behind every image's name that has nothing "
         "behind it",
         "empty-list-taken"},
        {0}});
}
END_TEST

START_TEST(arguments_replace_cmd)
{
    const char *ep = pick_list(), *cmd = pick_list(), *args = pick_list();
    const char *wishes = text("{\"argv\":%s}", args);

    require_all((struct sample[]){
        {text("{\"Cmd\":%s}", cmd), wishes, "argv", args, REPLACED,
         "cmd-not-replaced"},
        {config_of(ep, cmd), wishes, "argv", both(ep, args), REPLACED,
         "entrypoint-replaced"},
        {text("{\"Entrypoint\":%s}", ep), wishes, "argv", both(ep, args),
         REPLACED, "entrypoint-replaced"},
        {"{}", wishes, "argv", args, REPLACED, "cmd-not-replaced"},
        {0}});
}
END_TEST

START_TEST(another_entrypoint_drops_cmd)
{
    const char *config = config_of(pick_list(), pick_list());
    const char *word = pick_word(), *args = pick_list();
    const char *program = text("[\"%s\"]", word);

    require_all((struct sample[]){
        {config, text("{\"entrypoint\":\"%s\",\"argv\":%s}", word, args),
         "argv", both(program, args), RULE_2, "entrypoint-not-replaced"},
        {config, wish("entrypoint", word), "argv", program, RULE_2,
         "cmd-of-another"},
        {text("{\"Cmd\":%s}", args), wish("entrypoint", word), "argv", program,
         RULE_2, "cmd-of-another"},
        {0}});
}
END_TEST

START_TEST(an_empty_entrypoint_is_none)
{
    const char *ep = pick_list(), *cmd = pick_list(), *args = pick_list();

    require_all((struct sample[]){
        {config_of(ep, cmd), text("{\"entrypoint\":\"\",\"argv\":%s}", args),
         "argv", args, RULE_3, "empty-program"},
        {config_of("[\"\"]", cmd), "{}", "argv", cmd, RULE_3,
         "empty-in-the-image"},
        {config_of("[\"\"]", cmd), text("{\"argv\":%s}", args), "argv", args,
         RULE_3, "empty-in-the-image"},
        {config_of(ep, cmd), wish("entrypoint", ""), "argv", NULL,
         "--entrypoint \"\" drops CMD as any other --entrypoint does: nothing "
         "is left to run (rules 2 and 3)",
         "cmd-back"},
        {0}});
}
END_TEST

START_TEST(words_are_left_alone)
{
    const char *word = pick_word();
    const char *shell =
        text("[\"/bin/sh\",\"-c\",\"%s  $HOME | wc\"]", pick_word());
    const char *one = text("[\"%s $HOME *\"]", word);

    require_all((struct sample[]){
        {text("{\"Cmd\":%s}", shell), "{}", "argv", shell, RULE_1, "a-shell"},
        {text("{\"Cmd\":%s}", shell), text("{\"argv\":%s}", one), "argv", one,
         RULE_1, "a-shell"},
        {text("{\"Cmd\":%s}", shell), "{\"argv\":[\"\"]}", "argv", "[\"\"]",
         "rule 3 is about ENTRYPOINT; the user's empty word is a word",
         "empty-argument-lost"},
        {"{\"Cmd\":[\"\"]}", "{}", "argv", "[\"\"]",
         "rule 3 is about ENTRYPOINT; an empty word in CMD is a word",
         "empty-argument-lost"},
        {config_of(text("[\"%s\",\"\"]", word), "[\"\"]"), "{}", "argv",
         text("[\"%s\",\"\",\"\"]", word),
         "an empty word among others is an argument", "empty-among-others"},
        {config_of(text("[\"\",\"%s\"]", word), "[]"), "{}", "argv",
         text("[\"\",\"%s\"]", word),
         "only an ENTRYPOINT that is the one word \"\" is none",
         "empty-among-others"},
        {0}});
}
END_TEST

START_TEST(nothing_is_lost)
{
    const char *cases = text(
        "[[{\"Entrypoint\":[\"\"],\"Cmd\":[\"%s\"]},{}],"
        "[{\"Entrypoint\":[\"%s\"],\"Cmd\":[\"x\"]},{\"entrypoint\":\"\"}]]",
        pick_word(), pick_word());

    worker_start("config_resolve() and process_done(), again and again",
                 "memory", text("cases=%s", cases), NULL);
    worker_end();
    REQUIRE(strncmp(value_of("argv", 0), "[\"", 2) == 0,
            .expected = "a command",
            .observed = text("argv: %s", value_of("argv", 0)), .why = RULE_3,
            .hint = "empty-in-the-image");
    REQUIRE_TEXT("after", cases,
                 .expected = "the image's config is as it was before",
                 .why = "the next container of the image needs it, too");
    REQUIRE_INT("lost", 0, .expected = "all memory is given back",
                .why = "the words of a list belong to it, and strv_done() "
                       "frees them",
                .hint = "word-not-freed");
}
END_TEST

/* ---- step 2 ------------------------------------------------------------- */

/* A config with those variables, as JSON strings with commas between. */
static const char *with_env(const char *variables)
{
    return text("{\"Cmd\":[\"x\"],\"Env\":[%s]}", variables);
}

#define RULE_4                                                                 \
    "the defaults come first, then the image's variables, then the command "   \
    "line's: of the same name the later wins (rule 4)"

START_TEST(the_defaults)
{
    const char *host = pick_word();

    require_all((struct sample[]){
        {with_env(""), "{}", "$PATH", CONFIG_DEFAULT_PATH,
         "without PATH no program is found by its name", "no-path"},
        {with_env(""), wish("hostname", host), "$HOSTNAME", host,
         "a container knows its host name", "no-hostname"},
        {with_env(""), "{}", "$HOSTNAME", "(not set)",
         "while an image is built there is no host name", "hostname-always"},
        {with_env(""), "{\"tty\":true}", "$TERM", "xterm",
         "who has a terminal wants to know of which kind it is", "no-term"},
        {with_env(""), "{}", "$TERM", "(not set)", "there is no terminal",
         "term-always"},
        {0}});
}
END_TEST

START_TEST(the_image_has_variables)
{
    const char *value = pick_word(), *host = pick_word();
    const char *config = with_env(
        text("\"A=%s\",\"B=x=%s=y\",\"C=\",\"PATH=/%s\"", value, value, value));

    require_all((struct sample[]){
        {config, "{}", "$A", value, RULE_4, "image-env-missing"},
        {config, "{}", "$B", text("x=%s=y", value),
         "a name ends at the first \"=\"", "image-env-missing"},
        {config, "{}", "$C", "", "an empty value is a value",
         "image-env-missing"},
        {config, "{}", "$PATH", text("/%s", value), RULE_4, "default-wins"},
        {with_env(text("\"HOSTNAME=%s\"", value)), wish("hostname", host),
         "$HOSTNAME", value, RULE_4, "default-wins"},
        {with_env(text("\"TERM=%s\"", value)), "{\"tty\":true}", "$TERM", value,
         RULE_4, "default-wins"},
        {config, "{\"env\":[\"D=1\"]}", "$A", value,
         "the command line says nothing about this one", "image-env-dropped"},
        {0}});
}
END_TEST

START_TEST(the_command_line_wins)
{
    const char *value = pick_word(), *host = pick_word();
    const char *config = with_env("\"A=image\",\"AB=image\",\"PATH=/image\"");
    const char *env = text("{\"env\":[\"A=%s\",\"PATH=/%s\",\"NEW=%s\","
                           "\"HOSTNAME=%s\",\"TERM=%s\",\"E=\"],\"tty\":true,"
                           "\"hostname\":\"%s\"}",
                           value, value, value, value, value, host);

    require_all((struct sample[]){
        {with_env(""), env, "$NEW", value, RULE_4, "cli-env-missing"},
        {config, env, "$A", value, RULE_4, "image-wins"},
        {config, env, "$AB", "image", "that is another name", NULL},
        {config, env, "$PATH", text("/%s", value), RULE_4, "image-wins"},
        {config, env, "$HOSTNAME", value, RULE_4, "default-wins"},
        {config, env, "$TERM", value, RULE_4, "default-wins"},
        {config, env, "$E", "", "an empty value is a value", "cli-env-missing"},
        {config, "{\"env\":[\"A=\"]}", "$A", "", "an empty value is a value",
         "image-wins"},
        {config, text("{\"env\":[\"A=x\",\"A=%s\"]}", value), "$A", value,
         "of two of the same name the later wins", "twice"},
        {0}});
}
END_TEST

/* ---- step 3 ------------------------------------------------------------- */

static const char *with(const char *key, const char *value)
{
    return text("{\"Cmd\":[\"x\"],\"%s\":\"%s\"}", key, value);
}

#define RULE_5                                                                 \
    "an empty -w or -u says nothing, as if it were not there (rule 5)"

START_TEST(the_user_is_chosen)
{
    const char *image = pick_word(), *mine = pick_word();

    require_all((struct sample[]){
        {with("User", image), "{}", "user", image,
         "without -u the image's USER holds", "image-forgotten"},
        {with("User", image), wish("user", mine), "user", mine,
         "-u is stronger than the image's USER", "wish-forgotten"},
        {with("X", image), wish("user", mine), "user", mine,
         "-u needs no USER in the image", "wish-forgotten"},
        {with("X", image), "{}", "user", "",
         "nobody says anything: \"\", which means root", NULL},
        {with("User", image), wish("user", ""), "user", image, RULE_5,
         "empty-wish"},
        {0}});
}
END_TEST

START_TEST(the_directory_is_chosen)
{
    const char *image = text("/%s", pick_word()), *word = pick_word();
    const char *mine = text("/%s/../%s/", word, pick_word());

    require_all((struct sample[]){
        {with("WorkingDir", image), "{}", "cwd", image,
         "without -w the image's WORKDIR holds", "image-forgotten"},
        {with("WorkingDir", image), wish("cwd", mine), "cwd", mine,
         "-w is stronger than the image's WORKDIR", "wish-forgotten"},
        {with("WorkingDir", image), wish("cwd", ""), "cwd", image, RULE_5,
         "empty-wish"},
        {with("WorkingDir", image), wish("user", word), "cwd", image,
         "-u says nothing about the directory", NULL},
        {0}});
}
END_TEST

/* ---- step 4 ------------------------------------------------------------- */

START_TEST(the_root_is_the_default)
{
    const char *word = pick_word();
    const char *why = "a process is always in some directory: without any "
                      "other it starts in /";

    require_all((struct sample[]){
        {with("User", word), "{}", "cwd", "/", why, "no-default"},
        {with("WorkingDir", ""), "{}", "cwd", "/", why, "no-default"},
        {with("WorkingDir", ""), wish("cwd", ""), "cwd", "/", why,
         "no-default"},
        {with("WorkingDir", text("/%s", word)), "{}", "cwd", text("/%s", word),
         "it is absolute", "always-the-root"},
        {0}});
}
END_TEST

START_TEST(a_relative_directory_is_refused)
{
    const char *word = pick_word(), *path = text("%s/%s", word, pick_word());
    const char *why = "relative to what?  Only while an image is built is "
                      "there a directory to start from";
    const char *good = text("/%s", path);

    require_all((struct sample[]){
        {with("WorkingDir", good), "{}", "cwd", good, "it is absolute",
         "absolute-refused"},
        {with("WorkingDir", good), wish("cwd", path), "cwd", NULL, why,
         "relative-taken"},
        {with("X", ""), wish("cwd", word), "cwd", NULL, why, "relative-taken"},
        {with("X", ""), wish("cwd", "."), "cwd", NULL, why, "relative-taken"},
        {with("X", ""), wish("cwd", text("../%s", word)), "cwd", NULL, why,
         "relative-taken"},
        {with("WorkingDir", path), "{}", "cwd", NULL, why,
         "relative-in-the-image"},
        {0}});
    REQUIRE(strstr(worker_told("result1.msg"), path),
            .expected = text("an error that names the directory, %s", path),
            .observed = worker_told("result1.msg"),
            .why = "who reads the error wants to know which of them it is");
}
END_TEST

void exam_23_startup(struct exam *exam);
void exam_23_startup(struct exam *exam)
{
    exam_add(exam, 1, VALUE, entrypoint_then_cmd,
             "the command is ENTRYPOINT, then CMD");
    exam_add(exam, 1, VALUE, arguments_replace_cmd,
             "arguments replace CMD, and nothing else");
    exam_add(exam, 1, VALUE, another_entrypoint_drops_cmd,
             "--entrypoint replaces ENTRYPOINT, and drops CMD");
    exam_add(exam, 1, VALUE, an_empty_entrypoint_is_none,
             "an ENTRYPOINT of one empty word is none");
    exam_add(exam, 1, VALUE, words_are_left_alone,
             "no shell comes in, and no word is lost");
    exam_add(exam, 1, EFFECT, nothing_is_lost,
             "memory is given back, the config is left alone");
    exam_add(exam, 2, VALUE, the_defaults, "PATH, HOSTNAME and TERM are there");
    exam_add(exam, 2, VALUE, the_image_has_variables,
             "the image's variables are set, over the defaults");
    exam_add(exam, 2, VALUE, the_command_line_wins,
             "the command line's variables win");
    exam_add(exam, 3, VALUE, the_user_is_chosen,
             "-u, or else the image's USER");
    exam_add(exam, 3, VALUE, the_directory_is_chosen,
             "-w, or else the image's WORKDIR");
    exam_add(exam, 4, VALUE, the_root_is_the_default,
             "without a directory it is /");
    exam_add(exam, 4, VALUE, a_relative_directory_is_refused,
             "a relative directory is refused");
}
