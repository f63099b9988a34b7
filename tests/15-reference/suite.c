/* SPDX-License-Identifier: MIT */
/*
 * suite.c - exercise 15: what an image's name means
 *
 * Names are put together here from random parts, so what they mean is known
 * before anybody takes them apart.
 */
#include <string.h>

#include "grader/exam.h"
#include "grader/worker.h"

/* A name, one part of it (a field of struct image_ref), and what that must be;
 * NULL: it is no name, and refused. */
struct sample {
    const char *name, *part, *expected;
    const char *why, *hint;
};

/* What was told; never NULL. */
static const char *told(const char *part, int i)
{
    const char *value = worker_told(text("%s%d", part, i));

    return value ? value : "";
}

/* The value of PART of the name number I, or the error. */
static const char *value_of(const char *part, int i)
{
    const char *result = worker_told(text("result%d", i));

    if (!result)
        return "(nothing: ref_parse() did not come back)";
    if (strcmp(result, "0") == 0)
        return told(part, i);
    return text("(an error: %s)", worker_told(text("result%d.msg", i)));
}

static void require_sample(int i, const struct sample *s)
{
    const char *ran = text("ref_parse(\"%.200s\")", s->name);
    const char *is = value_of(s->part, i);

    if (!s->expected) {
        REQUIRE(strcmp(told("result", i), "-1") == 0, .ran = ran,
                .expected = "it is refused",
                .observed = text("it became %s", told("canonical", i)),
                .why = s->why, .hint = s->hint);
        return;
    }
    REQUIRE(strcmp(is, s->expected) == 0, .ran = ran,
            .expected = text("%s: %s", s->part, s->expected),
            .observed = text("%s: %s", s->part, is), .why = s->why,
            .hint = strstr(is, "bad host name") ? "slash-kept" : s->hint);
}

/* Have all SAMPLES parsed, up to one without a name, and compare. */
static void require_all(const struct sample *samples)
{
    const char *names = "";
    int n = 0;

    for (; samples[n].name; n++)
        names = text("%s%s\n", names, samples[n].name);
    worker_start("ref_parse()", "parse", text("names=%s", names), NULL);
    worker_end();
    for (int i = 0; i < n; i++)
        require_sample(i, &samples[i]);
}

/* ---- random parts -------------------------------------------------------- */

static const char *pick_digest(void)
{
    const char *digits = "";

    for (int i = 0; i < 8; i++)
        digits = text("%s%08x", digits, (unsigned)pick(0, 0x7fffffff));
    return text("sha256:%s", digits);
}

static const char *pick_port(void)
{
    return text("%d", pick(1024, 65535));
}

static const char *pick_tag(void)
{
    return text("%s-%d.%d", pick_word(), pick(1, 99), pick(0, 99));
}

/* A path of two parts, which has no dot. */
static const char *pick_team(void)
{
    const char *team = pick_word();

    return text("%s/%s", team, pick_word());
}

static const char *upper_case(const char *word)
{
    return text("%c%s", word[0] - 'a' + 'A', word + 1);
}

/* ---- step 1 ------------------------------------------------------------- */

#define RULE_1                                                                 \
    "the part before the first \"/\" is a domain if there is a \".\" or a "    \
    "\":\" in it, if it is \"localhost\", or if it has an upper case letter "  \
    "(rule 1)"

START_TEST(dots_and_colons_make_domains)
{
    const char *path = pick_word(), *word = pick_word();
    const char *dots = text("%s.example", word);
    const char *port = text("%s:%s", word, pick_port());
    const char *both = text("%s.example:%s", word, pick_port());
    const char *v6 = text("[2001:db8::%x]:%s", pick(1, 65535), pick_port());

    require_all((struct sample[]){
        {text("%s/%s", dots, path), "domain", dots, RULE_1, "dot-missed"},
        {text("%s/%s", dots, path), "path", path, RULE_1, "slash-kept"},
        {text("%s/%s", port, path), "domain", port, RULE_1, "colon-missed"},
        {text("%s/%s", both, path), "domain", both, RULE_1, "colon-missed"},
        {text("%s/%s", v6, path), "domain", v6, RULE_1, "colon-missed"},
        {text("%s/%s/%s", dots, word, path), "path", text("%s/%s", word, path),
         RULE_1, "slash-kept"},
        {0}});
}
END_TEST

START_TEST(localhost_is_a_domain)
{
    const char *path = pick_word(), *team = pick_word();

    require_all((struct sample[]){
        {text("localhost/%s", path), "domain", "localhost", RULE_1,
         "localhost-missed"},
        {text("localhost/%s", path), "path", path, RULE_1, "slash-kept"},
        {text("localhost%c/%s", team[0], path), "domain", "docker.io", RULE_1,
         "localhost-in-part"},
        {text("local/%s", path), "domain", "docker.io", RULE_1,
         "localhost-in-part"},
        {text("%s/localhost/%s", team, path), "domain", "docker.io", RULE_1,
         "not-the-first-part"},
        {0}});
}
END_TEST

START_TEST(upper_case_makes_a_domain)
{
    const char *path = pick_word(), *host = upper_case(pick_word());
    const char *late = text("%sZ", pick_word());

    require_all(
        (struct sample[]){{text("%s/%s", host, path), "domain", host, RULE_1,
                           "upper-case-missed"},
                          {text("%s/%s", late, path), "domain", late, RULE_1,
                           "upper-case-missed"},
                          {text("%s/%s", pick_word(), host), "domain", NULL,
                           "only a domain may have upper case letters (rule 3)",
                           "not-the-first-part"},
                          {0}});
}
END_TEST

START_TEST(a_team_is_no_domain)
{
    const char *team = pick_team(), *host = text("%s.example", pick_word());

    require_all((struct sample[]){
        {text("%s/%s", host, team), "domain", host, RULE_1, "dot-missed"},
        {team, "domain", "docker.io", RULE_1, "always-a-domain"},
        {team, "path", team, RULE_1, "always-a-domain"},
        {text("%s.v2", team), "domain", "docker.io", RULE_1,
         "not-the-first-part"},
        {text("%s/a.b/c", team), "domain", "docker.io", RULE_1,
         "not-the-first-part"},
        {0}});
}
END_TEST

START_TEST(without_a_slash_there_is_no_domain)
{
    const char *word = pick_word(), *host = text("%s.example", pick_word());

    require_all((struct sample[]){
        {text("%s/%s", host, word), "domain", host, RULE_1, "dot-missed"},
        {host, "domain", "docker.io",
         "a domain has a path behind it; a name without \"/\" is all path",
         "no-slash-needed"},
        {word, "domain", "docker.io", RULE_1, "always-a-domain"},
        {text("/%s", word), "domain", NULL,
         "there is nothing before the first \"/\"", NULL},
        {text("%s/", host), "domain", NULL, "there is no path", NULL},
        {0}});
}
END_TEST

/* ---- step 2 ------------------------------------------------------------- */

#define RULE_2                                                                 \
    "a \":\" after the last \"/\" starts the tag; one before it belongs to "   \
    "the domain's port (rule 2)"

START_TEST(the_tag_is_cut_off)
{
    const char *team = pick_team(), *tag = pick_tag();
    const char *name = text("%s:%s", team, tag);

    require_all((struct sample[]){
        {name, "tag", tag, RULE_2, "tag-not-cut"},
        {name, "path", team, "the tag is no part of the path", "tag-not-cut"},
        {text("%s.example/%s:A%s", pick_word(), team, tag), "tag",
         text("A%s", tag), RULE_2, "tag-not-cut"},
        {text("%s:", team), "tag", NULL, "a tag is not empty",
         "empty-tag-taken"},
        {text("%s:%s:%s", team, tag, tag), "tag", NULL,
         "there is one tag, and no \":\" in it", NULL},
        {0}});
}
END_TEST

START_TEST(latest_is_the_default)
{
    const char *team = pick_team(), *digest = pick_digest();

    require_all((struct sample[]){
        {team, "tag", "latest", "who says nothing means latest", "no-latest"},
        {team, "digest", "(none)", "there is no digest in it", NULL},
        {text("%s@%s", team, digest), "tag", "(none)",
         "a digest says exactly which image: no tag is needed, and \"latest\" "
         "would be a lie",
         "latest-beside-digest"},
        {0}});
}
END_TEST

START_TEST(a_port_is_no_tag)
{
    const char *path = pick_word(), *tag = pick_tag();
    const char *host = text("%s:%s", pick_word(), pick_port());
    const char *deep = text("%s/%s", pick_team(), path);

    require_all((struct sample[]){
        {text("%s/%s", host, path), "tag", "latest", RULE_2, "port-is-tag"},
        {text("%s/%s", host, path), "domain", host, RULE_2, "port-is-tag"},
        {text("%s/%s:%s", host, path, tag), "tag", tag, RULE_2, "port-is-tag"},
        {text("%s/%s:%s", host, deep, tag), "tag", tag, RULE_2, "port-is-tag"},
        {text("%s/%s:%s", host, deep, tag), "path", deep, RULE_2,
         "port-is-tag"},
        {text("[::1]/%s", path), "tag", "latest", RULE_2, "port-is-tag"},
        {0}});
}
END_TEST

START_TEST(the_digest_is_cut_off)
{
    const char *team = pick_team(), *tag = pick_tag();
    const char *digest = pick_digest();
    const char *only = text("%s@%s", team, digest);
    const char *both = text("%s:%s@%s", team, tag, digest);
    const char *host = text("%s:%s", pick_word(), pick_port());
    const char *all = text("%s/%s:%s@%s", host, team, tag, digest);

    require_all((struct sample[]){
        {only, "digest", digest, "what is behind \"@\" is the digest",
         "digest-not-cut"},
        {only, "path", team, "the digest is no part of the path",
         "digest-not-cut"},
        {both, "digest", digest, "a name may have a tag and a digest",
         "tag-beside-digest"},
        {both, "tag", tag, "a name may have a tag and a digest",
         "tag-beside-digest"},
        {both, "path", team, "neither is a part of the path",
         "tag-beside-digest"},
        {all, "domain", host, RULE_2, "tag-beside-digest"},
        {all, "tag", tag, RULE_2, "tag-beside-digest"},
        {text("%s@", team), "digest", NULL, "a digest is not empty",
         "digest-not-cut"},
        {text("%s@%s@%s", team, digest, digest), "digest", NULL,
         "there is one digest", NULL},
        {0}});
}
END_TEST

/* ---- step 3 ------------------------------------------------------------- */

#define RULE_4                                                                 \
    "at docker.io, and nowhere else, a path of one part stands for library/ "  \
    "and that part (rule 4)"

START_TEST(one_part_is_in_the_library)
{
    const char *word = pick_word(), *tag = pick_tag();
    const char *path = text("library/%s", word);

    require_all((struct sample[]){
        {word, "path", path, RULE_4, "library-missing"},
        {word, "domain", "docker.io", "that is where all short names are",
         NULL},
        {text("docker.io/%s:%s", word, tag), "path", path, RULE_4,
         "library-missing"},
        {text("%s.x:%s", word, tag), "path", text("%s.x", path), RULE_4,
         "library-missing"},
        {text("%s:%s", word, tag), "canonical",
         text("docker.io/%s:%s", path, tag), RULE_4, "library-missing"},
        {0}});
}
END_TEST

START_TEST(other_paths_are_as_they_are)
{
    const char *team = pick_team(), *word = pick_word();
    const char *host = text("%s.example", pick_word());

    require_all((struct sample[]){
        {word, "path", text("library/%s", word), RULE_4, "library-missing"},
        {team, "path", team, RULE_4, "library-everywhere"},
        {text("library/%s", word), "path", text("library/%s", word), RULE_4,
         "library-everywhere"},
        {text("%s/%s", host, word), "path", word, RULE_4, "library-elsewhere"},
        {text("localhost/%s", word), "path", word, RULE_4, "library-elsewhere"},
        {0}});
}
END_TEST

START_TEST(the_old_name_of_the_hub)
{
    const char *team = pick_team(), *word = pick_word();

    require_all((struct sample[]){
        {text("index.docker.io/%s", team), "domain", "docker.io",
         "index.docker.io is docker.io's old name (rule 4)", "index-kept"},
        {text("index.docker.io/%s", team), "path", team, RULE_4,
         "library-everywhere"},
        {text("index.docker.io/%s", word), "path", text("library/%s", word),
         "what holds for docker.io holds under its old name (rule 4)",
         "index-too-late"},
        {text("www.docker.io/%s", word), "domain", "www.docker.io",
         "that is another host", "index-guessed"},
        {text("index.docker.iox/%s", word), "domain", "index.docker.iox",
         "that is another host", "index-guessed"},
        {0}});
}
END_TEST

/* Each name alone: a hundred times, and what is left of them. */
START_TEST(what_is_replaced_is_freed)
{
    const char *word = pick_word();
    const char *names[] = {text("index.docker.io/%s", word), word};

    for (int i = 0; i < 2; i++) {
        worker_start(
            text("ref_parse(\"%s\") and ref_done(), 100 times", names[i]),
            "memory", text("names=%s", names[i]), NULL);
        worker_end();
        require_sample(
            0, &(struct sample){names[i], "canonical",
                                text("docker.io/library/%s:latest", word),
                                RULE_4, "library-missing"});
        REQUIRE_INT("lost", 0, .expected = "no memory lost",
                    .observed = text("%s bytes lost", worker_told("lost")),
                    .why = "domain and path are strings of their own: who puts "
                           "another one in their place frees the old one",
                    .hint = "old-one-kept");
    }
}
END_TEST

/* ---- step 4 ------------------------------------------------------------- */

START_TEST(short_names_are_short)
{
    const char *team = pick_team(), *word = pick_word(), *tag = pick_tag();

    require_all((struct sample[]){
        {text("docker.io/library/%s:%s", word, tag), "familiar",
         text("%s:%s", word, tag), "docker.io and library/ are understood",
         "library-kept"},
        {word, "name", word, "docker.io and library/ are understood",
         "library-kept"},
        {text("docker.io/%s:%s", team, tag), "familiar",
         text("%s:%s", team, tag), "docker.io is understood", "hub-kept"},
        {0}});
}
END_TEST

START_TEST(other_hosts_are_named)
{
    const char *word = pick_word(), *tag = pick_tag();
    const char *host = text("%s.example:%s", pick_word(), pick_port());

    require_all((struct sample[]){
        {text("%s/%s:%s", host, word, tag), "familiar",
         text("%s/%s:%s", host, word, tag),
         "without its domain it would be a name at docker.io", "host-lost"},
        {text("%s/library/%s", host, word), "name",
         text("%s/library/%s", host, word),
         "library/ means something at docker.io only", "library-lost"},
        {text("library/%s/%s", word, word), "name",
         text("library/%s/%s", word, word),
         "library/ was put before paths of one part only: this one has two "
         "behind it",
         "library-cut-off-two"},
        {text("library%s/%s", word, word), "name",
         text("library%s/%s", word, word), "library/ is a whole part of a path",
         "library-in-part"},
        {0}});
}
END_TEST

START_TEST(what_looks_like_a_host_stays_long)
{
    const char *a = pick_word(), *b = pick_word();

    require_all((struct sample[]){
        {text("docker.io/%s.x/%s", a, b), "name",
         text("docker.io/%s.x/%s", a, b),
         "without docker.io in front, its first part would be taken for a "
         "domain (rule 5)",
         "another-hosts-name"},
        {text("docker.io/localhost/%s", a), "name",
         text("docker.io/localhost/%s", a),
         "without docker.io in front, its first part would be taken for a "
         "domain (rule 5)",
         "another-hosts-name"},
        {text("docker.io/library/%s.x", a), "name", text("%s.x", a),
         "a name without \"/\" is never a domain", "too-careful"},
        {0}});
}
END_TEST

#define SAME "both spellings mean the same image (rule 5)"

/* One name of each kind, for the round trip. */
START_TEST(both_spellings_mean_the_same)
{
    const char *team = pick_team(), *word = pick_word(), *tag = pick_tag();
    const char *digest = pick_digest();
    const char *names[] = {
        word,
        text("%s:%s", team, tag),
        text("index.docker.io/%s@%s", word, digest),
        text("docker.io/%s.x/%s:%s@%s", word, word, tag, digest),
        text("library/%s/%s", word, word),
        text("%s:%s/%s", word, pick_port(), team),
        text("%s/%s:%s", upper_case(word), team, tag),
    };
    const char *all = "";
    int n = sizeof names / sizeof *names;

    for (int i = 0; i < n; i++)
        all = text("%s%s\n", all, names[i]);
    worker_start("ref_parse(), and again with its two spellings", "parse",
                 text("names=%s", all), NULL);
    worker_end();
    for (int i = 0; i < n; i++) {
        const char *is = value_of("canonical", i);
        REQUIRE(strcmp(told("short-again", i), is) == 0,
                .ran = text("ref_parse(\"%s\"), then again with the short "
                            "spelling: \"%s\"",
                            names[i], told("familiar", i)),
                .expected = "the same long spelling both times",
                .observed = text("%s, then %s", is, told("short-again", i)),
                .why = SAME);
        REQUIRE(strcmp(told("long-again", i), is) == 0,
                .ran = text("ref_parse(\"%s\"), then again with the long "
                            "spelling",
                            names[i]),
                .expected = "the same long spelling both times",
                .observed = text("%s, then %s", is, told("long-again", i)),
                .why = SAME);
    }
}
END_TEST

void exam_15_reference(struct exam *exam);
void exam_15_reference(struct exam *exam)
{
    exam_add(exam, 1, VALUE, dots_and_colons_make_domains,
             "a dot or a colon makes the first part a domain");
    exam_add(exam, 1, VALUE, localhost_is_a_domain, "localhost is a domain");
    exam_add(exam, 1, VALUE, upper_case_makes_a_domain,
             "an upper case letter makes the first part a domain");
    exam_add(exam, 1, VALUE, a_team_is_no_domain,
             "any other first part is a part of the path");
    exam_add(exam, 1, VALUE, without_a_slash_there_is_no_domain,
             "a name without a slash has no domain");
    exam_add(exam, 2, VALUE, the_tag_is_cut_off, "the tag is cut off");
    exam_add(exam, 2, VALUE, latest_is_the_default,
             "the tag is latest if there is none, and no digest");
    exam_add(exam, 2, VALUE, a_port_is_no_tag, "a port is no tag");
    exam_add(exam, 2, VALUE, the_digest_is_cut_off,
             "the digest is cut off, and the tag before it");
    exam_add(exam, 3, VALUE, one_part_is_in_the_library,
             "a path of one part is in the library");
    exam_add(exam, 3, VALUE, other_paths_are_as_they_are,
             "other paths are as they are");
    exam_add(exam, 3, VALUE, the_old_name_of_the_hub,
             "index.docker.io is docker.io");
    exam_add(exam, 3, EFFECT, what_is_replaced_is_freed,
             "what is replaced is freed");
    exam_add(exam, 4, VALUE, short_names_are_short,
             "the short spelling leaves out what is understood");
    exam_add(exam, 4, VALUE, other_hosts_are_named,
             "it leaves out nothing else");
    exam_add(exam, 4, VALUE, what_looks_like_a_host_stays_long,
             "what would look like a host stays long");
    exam_add(exam, 4, VALUE, both_spellings_mean_the_same,
             "both spellings mean the same");
}
