/* SPDX-License-Identifier: MIT */
/*
 * suite.c - exercise 20: variables in a Dockerfile, ARG and ENV
 *
 * Words and Dockerfiles are put together around random values, so it is known
 * what must come out before anybody expands them.
 */
#include <string.h>

#include "grader/exam.h"
#include "grader/worker.h"

/* What was told; never NULL. */
static const char *told(const char *part, int i)
{
    const char *value = worker_told(text("%s%d", part, i));

    return value ? value : "";
}

/* VALUE as JSON; it is given up. */
static const char *as_json(json_t *value)
{
    char *dump = json_dumps(value, JSON_COMPACT);

    json_decref(value);
    return dump; /* lives as long as the test, which is a process */
}

/* A list of strings, ended by NULL. */
static json_t *list(const char *const *strings)
{
    json_t *array = json_array();

    for (size_t i = 0; strings && strings[i]; i++)
        json_array_append_new(array, json_string(strings[i]));
    return array;
}

#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})

/* ---- words --------------------------------------------------------------- */

/* A word and what comes out of it.  With .error it must be refused, with words
 * that have that in them. */
struct sample {
    const char *word, *expected, *error;
    const char *why, *hint;
};

static void require_sample(int i, const struct sample *s, const char *ran)
{
    const char *error = worker_told(text("result%d.msg", i));
    bool refused = strcmp(told("result", i), "-1") == 0;
    const char *observed =
        refused ? text("an error: %s", error) : text("[%s]", told("out", i));

    if (s->expected)
        REQUIRE(!refused && strcmp(told("out", i), s->expected) == 0,
                .ran = ran, .expected = text("[%s]", s->expected),
                .observed = observed, .why = s->why, .hint = s->hint);
    else
        REQUIRE(refused && strstr(error, s->error), .ran = ran,
                .expected = text("an error with the words \"%s\"", s->error),
                .observed = observed, .why = s->why, .hint = s->hint);
}

/* Have all SAMPLES expanded, up to one without a word, and compare. */
static void require_words(const char *escape, const char *const *env,
                          const struct sample *samples)
{
    json_t *cases = json_array();

    for (int i = 0; samples[i].word; i++)
        json_array_append_new(cases, json_pack("{s:s, s:s, s:o}", "word",
                                               samples[i].word, "escape",
                                               escape, "env", list(env)));
    worker_start("expand_word()", "words", text("cases=%s", as_json(cases)),
                 NULL);
    worker_end();
    for (int i = 0; samples[i].word; i++)
        require_sample(i, &samples[i],
                       text("expand_word() of %s with the variables %s%s",
                            samples[i].word, as_json(list(env)),
                            *escape == '`' ? ", after # escape=`" : ""));
}

/* ---- step 1 -------------------------------------------------------------- */

#define RULE_ESCAPE                                                            \
    "an escape makes the character behind it plain: in \"...\" only \" $ and " \
    "the escape itself, elsewhere any (rule 1)"

START_TEST(an_escaped_dollar_is_a_letter)
{
    const char *a = pick_word(), *w = pick_word();

    require_words(
        "\\", LIST(text("A=%s", a)),
        (struct sample[]){
            {text("%s\\$A", w), text("%s$A", w), .why = RULE_ESCAPE,
             .hint = "dollar-still-works"},
            {"\"\\$A\"", "$A", .why = RULE_ESCAPE,
             .hint = "dollar-still-works"},
            {"\\${A}", "${A}", .why = RULE_ESCAPE,
             .hint = "dollar-still-works"},
            {"\\$A$A", text("$A%s", a), .why = RULE_ESCAPE,
             .hint = "dollar-still-works"},
            {"\\\\$A", text("\\%s", a),
             .why = "the first escape makes the second one plain, and that is "
                    "used up: the $ behind it is not escaped"},
            {0}});
}
END_TEST

START_TEST(outside_of_quotes_it_works_before_anything)
{
    const char *w = pick_word(), *v = pick_word();

    require_words(
        "\\", LIST("A=x"),
        (struct sample[]){
            {text("%s\\ %s", w, v), text("%s %s", w, v), .why = RULE_ESCAPE,
             .hint = "escape-left"},
            {text("\\%s", w), w, .why = RULE_ESCAPE, .hint = "escape-left"},
            {text("it\\'s\\\"%s", w), text("it's\"%s", w), .why = RULE_ESCAPE,
             .hint = "escape-left"},
            {text("%s\\\303\251%s", w, v), text("%s\303\251%s", w, v),
             .why = RULE_ESCAPE, .hint = "escape-left"},
            {text("%s\\", w), w,
             .why = "at the end of the word there is nothing behind it: it "
                    "stands for nothing",
             .hint = "escape-left"},
            {0}});
}
END_TEST

START_TEST(in_quotes_it_works_before_three)
{
    const char *w = pick_word();

    require_words(
        "\\", LIST("A=x"),
        (struct sample[]){{text("\"\\n%s\"", w), text("\\n%s", w),
                           .why = RULE_ESCAPE, .hint = "escape-lost-in-quotes"},
                          {text("\"\\ %s\\'\"", w), text("\\ %s\\'", w),
                           .why = RULE_ESCAPE, .hint = "escape-lost-in-quotes"},
                          {text("\"\\\"%s\\\"\"", w), text("\"%s\"", w),
                           .why = RULE_ESCAPE, .hint = "quote-not-escaped"},
                          {text("\"%s\\\\\"", w), text("%s\\", w),
                           .why = RULE_ESCAPE, .hint = "escape-not-escaped"},
                          {text("'\\n%s\\'", w), text("\\n%s\\", w),
                           .why = "in '...' nothing is special"},
                          {0}});
}
END_TEST

START_TEST(it_may_be_another_character)
{
    const char *w = pick_word();

    require_words(
        "`", LIST(text("A=%s", w)),
        (struct sample[]){
            {text("`$A`%s", w), text("$A%s", w), .why = RULE_ESCAPE,
             .hint = "dollar-still-works"},
            {text("\"``%s\"", w), text("`%s", w), .why = RULE_ESCAPE,
             .hint = "always-a-backslash"},
            {text("\"`\\%s\"", w), text("`\\%s", w),
             .why = "after # escape=` a backslash is a letter like any other, "
                    "so there is no need to escape it",
             .hint = "always-a-backslash"},
            {text("c:\\%s", w), text("c:\\%s", w),
             .why = "after # escape=` a backslash is a letter like any other"},
            {0}});
}
END_TEST

/* ---- step 2 -------------------------------------------------------------- */

/* V has a value, E is empty, U is not set. */
#define COLON "with a \":\" an empty value counts as none; without, as a value"

START_TEST(minus_gives_a_default)
{
    const char *v = pick_word(), *w = pick_word();

    require_words(
        "\\", LIST(text("V=%s", v), "E="),
        (struct sample[]){
            {text("${U:-%s}", w), w, .why = "U is not set: the default counts",
             .hint = "no-default"},
            {text("${U-%s}", w), w, .why = "U is not set: the default counts",
             .hint = "no-default"},
            {text("${V:-%s}", w), v, .why = "V has a value: that counts",
             .hint = "always-the-default"},
            {text("${V-%s}", w), v, .why = "V has a value: that counts",
             .hint = "always-the-default"},
            {text("${E:-%s}", w), w, .why = COLON, .hint = "colon-ignored"},
            {text("x${E-%s}", w), "x", .why = COLON, .hint = "always-a-colon"},
            {text("<${U:-}>%s", w), text("<>%s", w),
             .why = "a default may be empty", .hint = "no-default"},
            {0}});
}
END_TEST

START_TEST(plus_is_the_other_way_round)
{
    const char *v = pick_word(), *w = pick_word();
    const char *why = "+ gives the word if there is a value, and never the "
                      "value itself";

    require_words(
        "\\", LIST(text("V=%s", v), "E="),
        (struct sample[]){
            {text("${V:+%s}", w), w, .why = why, .hint = "plus-is-minus"},
            {text("${V+%s}", w), w, .why = why, .hint = "plus-is-minus"},
            {text("x${U:+%s}", w), "x", .why = why, .hint = "always-the-word"},
            {text("x${U+%s}", w), "x", .why = why, .hint = "always-the-word"},
            {text("x${E:+%s}", w), "x", .why = COLON,
             .hint = "plus-without-colon"},
            {text("${E+%s}", w), w, .why = COLON, .hint = "plus-with-colon"},
            {0}});
}
END_TEST

START_TEST(question_mark_insists)
{
    const char *v = pick_word(), *w = pick_word();

    require_words(
        "\\", LIST(text("V=%s", v), "E="),
        (struct sample[]){
            {text("${V:?%s}", w), v, .why = "V has a value: that counts",
             .hint = "always-an-error"},
            {text("${V?%s}", w), v, .why = "V has a value: that counts",
             .hint = "always-an-error"},
            {text("${U:?%s}", w), .error = w,
             .why = "? wants a value, and the word says why",
             .hint = "no-error"},
            {text("${U?%s}", w), .error = w,
             .why = "? wants a value, and the word says why",
             .hint = "no-error"},
            {text("${E:?%s}", w), .error = w, .why = COLON,
             .hint = "empty-is-enough"},
            {text("x${E?%s}", w), "x", .why = COLON,
             .hint = "empty-is-not-enough"},
            {0}});
}
END_TEST

START_TEST(the_error_says_which_and_why)
{
    const char *name = pick_word(), *w = pick_word();
    const char *env = text("%s=", name);
    const char *why = "who reads it must find the variable, and know what is "
                      "wrong with it";

    require_words(
        "\\", LIST(env),
        (struct sample[]){
            {text("${%s:?%s}", name, w), .error = text("%s: %s", name, w),
             .why = why, .hint = "error-without-name"},
            {text("${%s:?}", name),
             .error = text("%s: is not allowed to be empty", name), .why = why,
             .hint = "error-without-reason"},
            {text("${U%s:?}", w),
             .error = text("U%s: is not allowed to be unset", w), .why = why,
             .hint = "error-without-reason"},
            {text("${U%s?}", w),
             .error = text("U%s: is not allowed to be unset", w), .why = why,
             .hint = "error-without-reason"},
            {0}});
}
END_TEST

/* ---- Dockerfiles --------------------------------------------------------- */

/* What is there behind LINE of a Dockerfile: "$V", a variable as a RUN has it;
 * "@V", one of the image; "from", "history"; or "error". */
struct sight {
    int line;
    const char *part, *expected;
    const char *why, *hint;
};

/* A build, with --build-arg GIVEN, on an image that has the variables BASE. */
struct
try {
    const char *file;
    const char *const *given, *const *base;
};

/* The value of the variable NAME in a JSON list. */
static const char *variable(const char *environment, const char *name)
{
    json_t *env = json_loads(environment, 0, NULL);
    const char *prefix = text("%s=", name), *found = NULL;

    for (size_t i = 0; i < json_array_size(env); i++) {
        const char *s = json_string_value(json_array_get(env, i));
        if (!s || strncmp(s, prefix, strlen(prefix)) != 0)
            continue;
        if (found)
            return "(it is there twice)";
        found = text("%s", s + strlen(prefix));
    }
    json_decref(env);
    return found ? found : "(not set)";
}

/* The line that failed, or 0. */
static int failed_line(const char **error)
{
    for (int line = 1; line < 20; line++)
        if (strcmp(told("result", line), "-1") == 0) {
            *error = worker_told(text("result%d.msg", line));
            return line;
        }
    return 0;
}

static const char *seen(const struct sight *s)
{
    const char *error = "";
    int line = failed_line(&error);

    if (strcmp(s->part, "error") == 0)
        return line == s->line ? error : "no error";
    if (line)
        return text("line %d fails: %s", line, error);
    if (*s->part == '$')
        return variable(told("env", s->line), s->part + 1);
    if (*s->part == '@')
        return variable(told("image", s->line), s->part + 1);
    return told(s->part, s->line);
}

/* What PART of the line is called in a message. */
static const char *called(const struct sight *s)
{
    if (*s->part == '$')
        return text("%s, as a RUN behind line %d sees it", s->part, s->line);
    if (*s->part == '@')
        return text("%s in the image, behind line %d", s->part + 1, s->line);
    return text("%s of line %d",
                strcmp(s->part, "from") == 0 ? "the image's name" : s->part,
                s->line);
}

/* The command and the Dockerfile. */
static const char *in_words(const struct try *t)
{
    const char *words = "minibox build";

    for (size_t i = 0; t->given && t->given[i]; i++)
        words = text("%s --build-arg %s", words, t->given[i]);
    if (t->base)
        words = text("%s, on an image with %s", words, as_json(list(t->base)));
    return words;
}

static const char *with_numbers(const char *file)
{
    const char *result = "";
    int line = 0;

    for (; *file; file += strcspn(file, "\n") + 1)
        result = text("%s%2d | %.*s\n", result, ++line,
                      (int)strcspn(file, "\n"), file);
    return result;
}

/* Go through the Dockerfile, and look, up to a sight without a line. */
static void require_build(struct try t, const struct sight *sights)
{
    json_t *given = json_pack("{s:o}", "args", list(t.given));
    json_t *base = json_pack("{s:o}", "Env", list(t.base));

    worker_start(in_words(&t), "build", text("file=%s", t.file),
                 text("given=%s", as_json(given)),
                 text("base=%s", as_json(base)), NULL);
    worker_end();
    for (const struct sight *s = sights; s->line; s++) {
        const char *is = seen(s);
        bool good = strcmp(s->part, "error") == 0
                        ? strstr(is, s->expected) != NULL
                        : strcmp(is, s->expected) == 0;
        REQUIRE(good, .expected = text("%s: %s", called(s), s->expected),
                .observed = text("%s: %s", called(s), is),
                .shows = with_numbers(t.file), .why = s->why,
                .hint = strstr(is, "there twice") ? "twice" : s->hint);
    }
}

/* ---- step 3 -------------------------------------------------------------- */

#define VOICES                                                                 \
    "of --build-arg, the default in this line, and a global ARG, the first "   \
    "that there is counts (rule 1)"

START_TEST(a_default_is_for_who_gives_nothing)
{
    const char *v = pick_word(), *w = pick_word();

    require_build(
        (struct try){.file = text("FROM scratch\n"
                                  "ARG V=%s\n"
                                  "ARG W=$V-%s X=\"$W $V\"\n"
                                  "ARG E=\n"
                                  "RUN it\n",
                                  v, w)},
        (struct sight[]){
            {5, "$V", v, VOICES, "default-not-taken"},
            {5, "$W", text("%s-%s", v, w),
             "a default may use the variables from before it",
             "default-not-expanded"},
            {5, "$X", text("%s-%s %s", v, w, v),
             "in ARG, unlike in ENV, the next word sees the last one",
             "default-not-expanded"},
            {5, "$E", "", "an empty default is one", "empty-is-none"},
            {2, "history", text(" V=%s", v), "history tells the value", NULL},
            {0}});
}
END_TEST

START_TEST(build_arg_is_heard_first)
{
    const char *v = pick_word(), *g = pick_word();
    const char *wish = text("V=%s", v);

    require_build(
        (struct try){.file = text("FROM scratch\n"
                                  "ARG V=%s\n"
                                  "ARG L=%s\n"
                                  "RUN it\n",
                                  g, g),
                     .given = LIST(wish, "L=$V")},
        (struct sight[]){
            {4, "$V", v, VOICES, "given-ignored"},
            {4, "$L", "$V",
             "what is given is a value already: it is not expanded once more",
             "given-expanded"},
            {2, "history", text(" V=%s", v), "history tells the value", NULL},
            {0}});
    require_build(
        (struct try){.file = text("ARG V=%s\n"
                                  "FROM a-$V\n"
                                  "ARG V\n"
                                  "RUN it\n",
                                  g),
                     .given = LIST(wish)},
        (struct sight[]){{2, "from", text("a-%s", v), VOICES, "given-ignored"},
                         {4, "$V", v, VOICES, "given-ignored"},
                         {0}});
}
END_TEST

START_TEST(an_empty_build_arg_is_given)
{
    require_build(
        (struct try){.file = text("FROM scratch\n"
                                  "ARG V=%s\n"
                                  "RUN it\n",
                                  pick_word()),
                     .given = LIST("V=")},
        (struct sight[]){{3, "$V", "",
                          "--build-arg V= says that V is empty, and that is "
                          "an answer (rule 1)",
                          "empty-is-none"},
                         {0}});
}
END_TEST

START_TEST(a_default_that_is_not_needed_is_not_looked_at)
{
    const char *v = pick_word(), *m = pick_word();
    const char *file = text("FROM scratch\n"
                            "ARG V=${V:?%s}\n"
                            "RUN it\n",
                            m);

    require_build((struct try){.file = file, .given = LIST(text("V=%s", v))},
                  (struct sight[]){{3, "$V", v,
                                    "with a value given, nobody asks (rule 1)",
                                    "default-always-expanded"},
                                   {0}});
    require_build(
        (struct try){.file = file},
        (struct sight[]){
            {2, "error", m, "without one, the default is needed", "error-lost"},
            {0}});
}
END_TEST

START_TEST(a_stage_has_to_ask)
{
    const char *g = pick_word(), *h = pick_word(), *l = pick_word();

    require_build(
        (struct try){.file = text("ARG G=%s\n"
                                  "ARG H=$G-%s\n"
                                  "FROM a-$H\n"
                                  "ARG X=<$G>\n"
                                  "ARG G\n"
                                  "ARG H=%s\n"
                                  "ARG Y=<$G>\n"
                                  "FROM b-$G\n"
                                  "RUN it\n",
                                  g, h, l)},
        (struct sight[]){
            {3, "from", text("a-%s-%s", g, h),
             "a global default may use the global variables",
             "default-not-expanded"},
            {4, "$G", "(not set)", "a stage sees what it has asked for", NULL},
            {4, "$X", "<>",
             "the default sees the variables of the stage, and the stage has "
             "not asked for G yet",
             "globals-everywhere"},
            {5, "$G", g, "ARG without a default asks for the global one",
             "global-not-asked"},
            {6, "$H", l, VOICES, "global-first"},
            {7, "$Y", text("<%s>", g), "now it has asked", "global-not-asked"},
            {8, "from", text("b-%s", g), "a FROM sees what is global", NULL},
            {9, "$G", "(not set)", "another stage has to ask again", NULL},
            {0}});
}
END_TEST

START_TEST(who_has_no_answer_changes_nothing)
{
    const char *v = pick_word(), *g = pick_word();

    require_build(
        (struct try){.file = text("ARG G=%s\n"
                                  "FROM scratch\n"
                                  "ARG U\n"
                                  "ARG V\n"
                                  "ARG G\n"
                                  "ARG TARGETOS\n"
                                  "RUN it\n",
                                  g),
                     .base = LIST(text("V=%s", v))},
        (struct sight[]){
            {7, "$G", g, "ARG without a default asks for the global one",
             "global-not-asked"},
            {7, "$U", "(not set)",
             "nobody has a value for U: it is not even empty",
             "unset-is-empty"},
            {3, "history", " U", "there is no value to tell", "unset-is-empty"},
            {7, "$V", v, "V has a value from the image, and ARG has none",
             "unset-is-empty"},
            {7, "$TARGETOS", "linux",
             "what is predefined is among the global ones", "global-not-asked"},
            {0}});
}
END_TEST

/* ---- step 4 -------------------------------------------------------------- */

#define BOTH "ENV is for the instructions after it, and for the image"

START_TEST(env_is_seen_and_kept)
{
    const char *v = pick_word(), *w = pick_word(), *b = pick_word();

    require_build(
        (struct try){.file = text("FROM scratch\n"
                                  "ENV V=%s W=\"%s  $B=\" E=\n"
                                  "ENV N$V=1 B=%s\n"
                                  "RUN it\n",
                                  v, w, v),
                     .base = LIST(text("B=%s", b), text("C=%s", b))},
        (struct sight[]){
            {2, "$V", v, BOTH, "not-for-run"},
            {2, "$W", text("%s  %s=", w, b), BOTH, "not-expanded"},
            {2, "@V", v, BOTH, "not-kept"},
            {2, "@W", text("%s  %s=", w, b), BOTH, "not-expanded"},
            {2, "@B", b, "what is in the image already stays", "base-lost"},
            {2, "@E", "", "an empty value is a value", "not-kept"},
            {2, "history", text(" V=%s W=%s  %s= E=", v, w, b),
             "history tells the values", "no-history"},
            {4, text("@N%s", v), "1", "the name is expanded, too",
             "name-not-expanded"},
            {4, text("$N%s", v), "1", "the name is expanded, too",
             "name-not-expanded"},
            {4, "@B", v, "a later value replaces the old one", "twice"},
            {4, "$B", v, "a later value replaces the old one", "twice"},
            {4, "@C", b, "what is in the image already stays", "base-lost"},
            {4, "@V", v, "what is in the image already stays", "base-lost"},
            {0}});
}
END_TEST

START_TEST(its_own_values_come_too_late)
{
    const char *old = pick_word(), *new = pick_word();
    const char *why = "all words of one instruction see the values from before "
                      "it (rule 1)";

    require_build((struct try){.file = text("FROM scratch\n"
                                            "ENV A=%s\n"
                                            "ENV A=%s B=$A C=<$D> D=%s\n"
                                            "ENV N$C=$A\n"
                                            "ENV A=$A-2 A=$A-3\n"
                                            "RUN it\n",
                                            old, new, new)},
                  (struct sight[]){
                      {3, "$A", new, BOTH, "not-for-run"},
                      {3, "$B", old, why, "own-value-seen"},
                      {3, "@B", old, why, "own-value-seen"},
                      {3, "$C", "<>", why, "own-value-seen"},
                      {4, "$N<>", new, "the next instruction sees them", NULL},
                      {6, "$A", text("%s-3", new), why, "own-value-seen"},
                      {6, "@A", text("%s-3", new), why, "own-value-seen"},
                      {0}});
}
END_TEST

START_TEST(arg_stays_out_of_the_image)
{
    const char *s = pick_word(), *v = pick_word(), *b = pick_word();

    require_build(
        (struct try){.file = text("FROM scratch\n"
                                  "ARG SECRET=none\n"
                                  "ARG V=%s\n"
                                  "ARG B=%s\n"
                                  "ENV W=$V\n"
                                  "ENV V=$V\n"
                                  "RUN it\n",
                                  v, v),
                     .given = LIST(text("SECRET=%s", s)),
                     .base = LIST(text("B=%s", b))},
        (struct sight[]){
            {7, "$SECRET", s, "a RUN sees it", NULL},
            {7, "@SECRET", "(not set)",
             "the image gets what ENV names, and nothing else (rule 2)",
             "arg-in-the-image"},
            {5, "@V", "(not set)",
             "the image gets what ENV names, and nothing else (rule 2)",
             "arg-in-the-image"},
            {5, "@W", v, "ENV may hand on what ARG has", "not-kept"},
            {6, "@V", v, "ENV may hand on what ARG has", "not-kept"},
            {7, "$B", v, "for a RUN the later of both counts", NULL},
            {7, "@B", b, "no ENV has changed it", "arg-in-the-image"},
            {0}});
}
END_TEST

START_TEST(env_after_arg_wins)
{
    const char *e = pick_word(), *a = pick_word();
    const char *why = "ARG and ENV write to the same variables: the later of "
                      "two counts, also over --build-arg";

    require_build((struct try){.file = text("FROM scratch\n"
                                            "ARG V=default\n"
                                            "ENV V=%s\n"
                                            "ENV W=%s\n"
                                            "ARG W=default\n"
                                            "RUN it\n",
                                            e, e),
                               .given = LIST(text("V=%s", a), text("W=%s", a))},
                  (struct sight[]){{6, "$V", e, why, "not-for-run"},
                                   {6, "@V", e, BOTH, "not-kept"},
                                   {6, "$W", a, why, NULL},
                                   {6, "@W", e, BOTH, "not-kept"},
                                   {0}});
}
END_TEST

START_TEST(a_bad_word_ends_the_build)
{
    const char *m = pick_word(), *v = pick_word();

    require_build(
        (struct try){.file = text("FROM scratch\n"
                                  "ENV A=%s\n"
                                  "ENV B=$A C=${U:?%s}\n"
                                  "RUN it\n",
                                  v, m)},
        (struct sight[]){{3, "error", m,
                          "an error in a word is an error of the instruction",
                          "error-ignored"},
                         {0}});
    require_build((struct try){.file = text("FROM scratch\n"
                                            "ENV A=%s\n"
                                            "RUN it\n",
                                            v)},
                  (struct sight[]){{3, "$A", v, BOTH, "not-for-run"}, {0}});
}
END_TEST

void exam_20_arg_and_env(struct exam *exam);
void exam_20_arg_and_env(struct exam *exam)
{
    exam_add(exam, 1, VALUE, an_escaped_dollar_is_a_letter,
             "an escaped $ is a letter");
    exam_add(exam, 1, VALUE, outside_of_quotes_it_works_before_anything,
             "outside of quotes an escape works before anything");
    exam_add(exam, 1, VALUE, in_quotes_it_works_before_three,
             "in \"...\" it works before \" $ and itself");
    exam_add(exam, 1, VALUE, it_may_be_another_character,
             "the escape may be a backquote");
    exam_add(exam, 2, VALUE, minus_gives_a_default, "${V:-w} is V, or else w");
    exam_add(exam, 2, VALUE, plus_is_the_other_way_round,
             "${V:+w} is w if there is a V");
    exam_add(exam, 2, VALUE, question_mark_insists,
             "${V:?w} is V, or an error");
    exam_add(exam, 2, VALUE, the_error_says_which_and_why,
             "the error says which variable, and why");
    exam_add(exam, 3, VALUE, a_default_is_for_who_gives_nothing,
             "without a --build-arg an ARG has its default");
    exam_add(exam, 3, VALUE, build_arg_is_heard_first,
             "--build-arg is stronger than any default");
    exam_add(exam, 3, VALUE, an_empty_build_arg_is_given,
             "an empty --build-arg is one");
    exam_add(exam, 3, VALUE, a_default_that_is_not_needed_is_not_looked_at,
             "a default that is not needed is not looked at");
    exam_add(exam, 3, VALUE, a_stage_has_to_ask,
             "a stage sees a global ARG when it has asked for it");
    exam_add(exam, 3, VALUE, who_has_no_answer_changes_nothing,
             "an ARG without any value sets nothing");
    exam_add(exam, 4, VALUE, env_is_seen_and_kept,
             "ENV is for the next instructions and for the image");
    exam_add(exam, 4, VALUE, its_own_values_come_too_late,
             "an ENV does not see its own values");
    exam_add(exam, 4, EFFECT, arg_stays_out_of_the_image,
             "what ARG sets stays out of the image");
    exam_add(exam, 4, VALUE, env_after_arg_wins,
             "the later of ARG and ENV counts");
    exam_add(exam, 4, VALUE, a_bad_word_ends_the_build,
             "a word with an error ends the build");
}
