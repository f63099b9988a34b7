/* SPDX-License-Identifier: MIT */
/*
 * suite.c - exercise 18: a registry's challenge, and what to fetch from it
 *
 * Headers, hosts and images are made up here, at random.  Where a password went
 * and which blobs were fetched is read in files that the worker's registry, not
 * the student's code, has written.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "grader/exam.h"
#include "grader/see.h"
#include "grader/worker.h"
#include "image/digest.h"

/* ---- steps 1 and 2 ------------------------------------------------------ */

/* TEXT as one would write it in C. */
static const char *in_c(const char *raw)
{
    struct buf out = BUF_INIT;

    for (; *raw; raw++) {
        if (*raw == '"' || *raw == '\\' || *raw == '\t')
            buf_addc(&out, '\\');
        buf_addc(&out, *raw == '\t' ? 't' : *raw);
    }
    return text("%s", out.s);
}

static void parse(const char *header)
{
    worker_start(text("challenge_parse(\"%s\")", in_c(header)), "challenge",
                 text("header=%s", header), NULL);
    worker_end();
}

/* Is the field there?  Its value is the business of step 2. */
static void require_there(const char *field, bool there, const char *why,
                          const char *hint)
{
    const char *value = worker_told(field);
    static const char *const words[] = {"not given", "found"};
    bool is_there = value && strcmp(value, "(null)") != 0;

    REQUIRE(is_there == there,
            .expected = text("%s is %s", field, words[there]),
            .observed = text("%s is %s", field,
                             is_there ? text("\"%s\"", value) : "NULL"),
            .why = why, .hint = hint);
}

START_TEST(parameters_are_found)
{
    const char *word = pick_word();

    parse(text("Bearer realm=%s,x=1,scope=%s", word, pick_word()));
    const char *why = "a word with \"=\" behind it is the name of a parameter";
    require_there("realm", true, why, "parameter-missed");
    require_there("scope", true, why, "parameter-missed");
    require_there("service", false, "it is not in the header", NULL);
    REQUIRE_TEXT("scheme", "Bearer", .why = "the header begins with it");
}
END_TEST

START_TEST(blanks_may_stand_around_the_equals_sign)
{
    static const char *const blanks[] = {" ", "  ", "\t", " \t "};
    const char *why = "RFC 9110 allows blanks on both sides of the \"=\"";

    for (int i = 0; i < 4; i++) {
        parse(text("Bearer realm%s=%s%s , scope =%s", blanks[i],
                   blanks[pick(0, 3)], pick_word(), pick_word()));
        require_there("realm", true, why, "blanks-around-equals");
        require_there("scope", true, why, "blanks-around-equals");
    }
}
END_TEST

START_TEST(the_next_challenge_begins)
{
    const char *header =
        text("Basic realm=%s, Bearer service=%s, Digest scope=%s", pick_word(),
             pick_word(), pick_word());

    parse(header);
    const char *why = "\"Bearer\" has no \"=\" behind it: a new challenge "
                      "begins, and what follows belongs to that one.  It has "
                      "no realm, so it is the Basic one that counts";
    REQUIRE_TEXT("scheme", "Basic", .why = why,
                 .hint = "next-challenge-missed");
    require_there("realm", true, why, "parameter-missed");
    require_there("service", false, why, "next-challenge-missed");
    require_there("scope", false, why, "next-challenge-missed");
    parse(text("Basic realm=%s, Bearer realm=%s", pick_word(), pick_word()));
    REQUIRE_TEXT("scheme", "Bearer",
                 .why = "there are two challenges, each with a realm, and "
                        "challenge.h says that Bearer is the better one",
                 .hint = "next-challenge-missed");
}
END_TEST

START_TEST(a_name_has_a_letter)
{
    parse(text("Bearer realm=%s", pick_word()));
    require_there("realm", true, "it is there, and its name has letters",
                  "parameter-missed");
    parse(text("Bearer =%s, realm=%s", pick_word(), pick_word()));
    REQUIRE_TEXT("scheme", "none",
                 .why = "a \"=\" with no name in front can't be understood, "
                        "and what can't be understood is no challenge",
                 .hint = "name-empty");
}
END_TEST

/* The whole way: HEADER has a realm and a scope in it. */
static void require_values(const char *realm, const char *scope,
                           const char *why, const char *hint)
{
    REQUIRE_TEXT("realm", realm, .why = why, .hint = hint);
    REQUIRE_TEXT("scope", scope, .why = why, .hint = hint);
}

START_TEST(values_without_quotes_are_read)
{
    static const char *const ends[] = {",", " ,", "\t,  ", ","};
    const char *realm = text("/%s:%d/", pick_word(), pick(1, 9));
    const char *scope = pick_word();

    parse(text("Bearer realm=%s%sscope=%s", realm, ends[pick(0, 3)], scope));
    require_values(realm, scope,
                   "a value without quotes ends at a blank, a comma or the end "
                   "of the header",
                   "bare-value");
    parse(text("Bearer realm=%s\t scope=%s ", realm, scope));
    require_values(realm, scope,
                   "a value without quotes ends at a blank, even where no "
                   "comma follows",
                   "blank-ends-value");
}
END_TEST

START_TEST(values_in_quotes_are_read)
{
    const char *realm = text("https://%s.example/token", pick_word());
    const char *scope = pick_word();

    parse(text("Bearer realm=\"%s\",scope=\"%s\"", realm, scope));
    bool kept = strchr(worker_told("realm") ? worker_told("realm") : "", '"');
    require_values(realm, scope, "the quotes are no part of the value",
                   kept ? "quotes-kept" : "quoted-value");
    parse("Bearer realm=\"\", scope=\"\"");
    require_values("", "", "between two quotes there may be nothing",
                   "quoted-value");
}
END_TEST

START_TEST(commas_in_quotes_mean_nothing)
{
    const char *realm = text("%s=%s", pick_word(), pick_word());
    const char *scope = text("repository:%s:pull,push delete", pick_word());

    parse(text("Bearer scope=\"%s\", realm=\"%s\"", scope, realm));
    require_values(realm, scope,
                   "commas, blanks and \"=\" in quotes belong to the value: a "
                   "scope is \"pull,push\"",
                   "comma-in-quotes");
}
END_TEST

START_TEST(a_backslash_takes_the_next_character)
{
    const char *a = pick_word(), *b = pick_word(), *c = pick_word();

    parse(text("Bearer realm=\"%s\\\"%s\\\\\", scope=\"\\%s\"", a, b, c));
    const char *realm = worker_told("realm") ? worker_told("realm") : "";
    require_values(text("%s\"%s\\", a, b), c,
                   "in quotes a backslash takes the next character as it is: "
                   "\\\" is a quote that does not end the value, \\\\ is one "
                   "backslash",
                   strlen(realm) <= strlen(a) + 1 ? "escaped-quote-ends"
                                                  : "backslash-kept");
}
END_TEST

START_TEST(a_quote_left_open_is_refused)
{
    static const char *const ends[] = {"", "\\", "\\\"", ", scope=s"};

    const char *word = pick_word();

    parse(text("Bearer realm=\"%s\"", word));
    require_values(word, "(null)", "this quote is closed", "quoted-value");
    for (int i = 0; i < 4; i++) {
        parse(text("Bearer realm=\"%s%s", pick_word(), ends[i]));
        bool beyond = worker_said("beyond") != NULL;
        REQUIRE_TEXT("scheme", "none",
                     .why = "the closing quote is missing, so the header was "
                            "cut off or is broken: return NULL.  Don't look "
                            "behind the end of the string",
                     .hint = i == 1 || beyond ? "runs-past-the-end"
                                              : "quote-left-open");
    }
}
END_TEST

START_TEST(reading_ends_with_the_header)
{
    static const char *const headers[] = {
        "Bearer realm=\"%s\"", "Bearer realm=%s", "Bearer realm=%s,"};

    for (int i = 0; i < 3; i++) {
        const char *word = pick_word(), *format = headers[i];
        const char *hole = strstr(format, "%s");
        parse(text("%.*s%s%s", (int)(hole - format), format, word, hole + 2));
        require_values(word, "(null)",
                       "after the value comes the end of the header.  What "
                       "lies behind it in memory is none of ours",
                       "runs-past-the-end");
    }
}
END_TEST

/* ---- step 3 ------------------------------------------------------------- */

/* Ask for a token at the registry's own host, and then at HOST.  Returns what
 * was sent: a line for each, "URL Basic ...". */
static const char *ask(const char *registry, const char *host)
{
    const char *realm = text("https://%s/%s", host, pick_word());

    worker_start(text("token_answer() for the registry \"%s\", whose challenge "
                      "names the realm \"%s\"",
                      registry, realm),
                 "token", text("base=https://%s", registry),
                 text("realm=%s", realm), text("password=%s", pick_word()),
                 NULL);
    pid_t pid = worker_hold("asked");
    const char *asked = see_file(pid, "tmp/asked");
    worker_go("asked");
    worker_end();
    const char *first = text("%.*s", (int)strcspn(asked, "\n"), asked);
    REQUIRE(strstr(first, text("https://%s/token", registry)) &&
                strstr(first, " Basic "),
            .expected = "the registry's own host is asked for a token, with "
                        "the password",
            .observed = "without the password", .shows = asked,
            .why = "a host is kin to itself, and needs the password to know "
                   "who asks",
            .hint = "own-host-refused");
    return asked;
}

/* Is the password in the second line? */
static bool got_password(const char *asked)
{
    const char *second = strchr(asked, '\n');

    return second && strstr(second, " Basic ");
}

static void require_kin(const char *registry, const char *host)
{
    const char *asked = ask(registry, host);

    REQUIRE(got_password(asked), .expected = text("%s gets the password", host),
            .observed = "it is asked without", .shows = asked,
            .why = "both lie in one domain: who runs the one can give names to "
                   "the other",
            .hint = "kin-refused");
}

START_TEST(kin_get_the_password)
{
    const char *domain = text("%s.%s", pick_word(), pick_word());

    require_kin(domain, text("%s.%s", pick_word(), domain));
    require_kin(text("%s.%s", pick_word(), domain), domain);
    require_kin("registry-1.docker.io", "auth.docker.io");
}
END_TEST

static void require_stranger(const char *registry, const char *host,
                             const char *why, const char *hint)
{
    const char *asked = ask(registry, host);

    REQUIRE(!got_password(asked),
            .expected = text("%s is asked without the password", host),
            .observed = "it gets the password", .shows = asked, .why = why,
            .hint = hint);
}

START_TEST(strangers_do_not)
{
    const char *a = pick_word(), *b = pick_word(), *c = pick_word();

    require_stranger(text("%s.%s", a, b), text("%s.%s", c, a),
                     "the realm is only what the registry says: another "
                     "domain gets no password",
                     "password-to-anyone");
    require_stranger(text("%s.%s", a, b), text("%s.%s.%s", a, b, c),
                     "names are read from the right: the end says whose it is. "
                     "Whoever owns the end may put any name in front",
                     "name-somewhere");
    require_stranger(text("%s.%s.%s", a, b, c), text("%s.%s.%s", b, b, c),
                     "two machines of one domain, neither below the other.  "
                     "It may be a domain in which anybody gets a name",
                     "siblings");
}
END_TEST

START_TEST(the_end_of_a_name_begins_at_a_dot)
{
    const char *domain = text("%s.%s", pick_word(), pick_word());

    require_stranger(domain, text("%s%s", pick_word(), domain),
                     "the names end with the same letters, but there is no dot "
                     "in front of them: it is another domain, which anybody "
                     "may buy",
                     "suffix-without-dot");
    require_stranger(domain, text("%s-%s", pick_word(), domain),
                     "a \"-\" is part of a name.  Only a dot divides names",
                     "suffix-without-dot");
}
END_TEST

START_TEST(not_everything_is_a_domain)
{
    const char *word = pick_word();

    require_stranger(text("%s.%s", pick_word(), word), word,
                     "a name without a dot is a whole top-level domain, or one "
                     "machine: nothing below it belongs to it",
                     "no-domain");
    require_stranger(text("%d.%d.3.4", pick(1, 99), pick(0, 99)), "3.4",
                     "addresses are no names: 3.4 is short for 3.0.0.4, which "
                     "is another machine",
                     "no-domain");
}
END_TEST

/* ---- step 4 ------------------------------------------------------------- */

/* What of a layer is in the store before. */
enum have { NOTHING, ALL, ONLY_BLOB, ONLY_UNPACKED };

static struct {
    json_t *layers, *diff_ids; /* of the manifest, of the config */
    json_t *blobs;             /* digest: content */
    json_t *have_blobs, *have_layers;
} in;

static void begin_image(void)
{
    in.layers = json_array();
    in.diff_ids = json_array();
    in.blobs = json_object();
    in.have_blobs = json_object();
    in.have_layers = json_object();
}

static const char *hex_of(const char *content)
{
    struct digest d = digest_of(content, strlen(content));

    return text("%s", d.hex);
}

/* The digest of CONTENT, as documents write it. */
static json_t *digest_json(const char *content)
{
    return json_string(text("sha256:%s", hex_of(content)));
}

/* A layer whose bytes are WORD.  Returns the digest of its blob. */
static const char *add_layer(const char *word, enum have have)
{
    const char *hex = hex_of(word), *plain = text("%s, unpacked", word);

    json_array_append_new(
        in.layers,
        json_pack("{s:s, s:o, s:i}", "mediaType",
                  "application/vnd.oci.image.layer.v1.tar+gzip", "digest",
                  digest_json(word), "size", (int)strlen(word)));
    json_array_append_new(in.diff_ids, digest_json(plain));
    json_object_set_new(in.blobs, hex, json_string(word));
    if (have == ALL || have == ONLY_BLOB)
        json_object_set_new(in.have_blobs, hex, json_true());
    if (have == ALL || have == ONLY_UNPACKED)
        json_object_set_new(in.have_layers, hex_of(plain), json_true());
    return hex;
}

static const char *config_text(void)
{
    return text("%s", json_dumps(json_pack("{s:s, s:s, s:{}, s:{s:s, s:O}}",
                                           "architecture", "amd64", "os",
                                           "linux", "config", "rootfs", "type",
                                           "layers", "diff_ids", in.diff_ids),
                                 0));
}

static const char *manifest_text(const char *config)
{
    return text(
        "%s", json_dumps(json_pack("{s:i, s:s, s:{s:s, s:o, s:i}, s:O}",
                                   "schemaVersion", 2, "mediaType",
                                   "application/vnd.oci.image.manifest.v1+json",
                                   "config", "mediaType",
                                   "application/vnd.oci.image.config.v1+json",
                                   "digest", digest_json(config), "size",
                                   (int)strlen(config), "layers", in.layers),
                         0));
}

static const char *as_argument(const char *name, const json_t *what)
{
    return text("%s=%s", name, json_dumps(what, 0));
}

/* What the image's layers are, in the student's terms. */
static pid_t pull(const char *layers)
{
    const char *config = config_text();

    worker_start(text("pull_image() of an image with %s", layers), "pull",
                 text("config=%s", config),
                 text("manifest=%s", manifest_text(config)),
                 as_argument("blobs", in.blobs),
                 as_argument("have-blobs", in.have_blobs),
                 as_argument("have-layers", in.have_layers), NULL);
    return worker_hold("pulled");
}

/* How often a text is in another. */
static int count(const char *in_text, const char *word)
{
    int n = 0;

    for (; (in_text = strstr(in_text, word)); in_text += strlen(word))
        n++;
    return n;
}

static void require_fetched(pid_t pid, const char *hex, int times,
                            const char *why, const char *hint)
{
    const char *fetched = see_file(pid, "tmp/fetched");

    REQUIRE(count(fetched, hex) == times,
            .expected = text("blob %.12s is fetched %d times", hex, times),
            .observed = text("%d times", count(fetched, hex)),
            .shows = *fetched ? fetched : "no blob was fetched", .why = why,
            .hint = hint);
}

static void finish_pull(void)
{
    REQUIRE_INT("result", 0, .why = "everything is as it should be");
    worker_go("pulled");
    worker_end();
}

/* Some layers that are there and some that are not, in any order. */
enum { LAYERS = 6 };
static struct {
    const char *hex[LAYERS];
    bool there[LAYERS];
} some;

static pid_t pull_some(void)
{
    int first = pick(0, 1);

    begin_image();
    for (int i = 0; i < LAYERS; i++) {
        some.there[i] = i == 2 + first || i == 4 || (i < 2 && i == first);
        some.hex[i] = add_layer(pick_word(), some.there[i] ? ALL : NOTHING);
    }
    return pull("six layers, three of which are in the store");
}

START_TEST(what_is_missing_is_fetched)
{
    pid_t pid = pull_some();

    for (int i = 0; i < LAYERS; i++)
        if (!some.there[i])
            require_fetched(pid, some.hex[i], 1,
                            "without this layer the image can't be used",
                            "not-fetched");
    finish_pull();
}
END_TEST

START_TEST(what_is_there_is_not_fetched)
{
    pid_t pid = pull_some();

    require_fetched(pid, some.hex[5], 1,
                    "without this layer the image can't be used",
                    "not-fetched");
    for (int i = 0; i < LAYERS; i++)
        if (some.there[i])
            require_fetched(pid, some.hex[i], 0,
                            "the store has it: same digest, same bytes.  Most "
                            "of an image is its base, which one has long had",
                            "fetched-anyway");
    finish_pull();
}
END_TEST

START_TEST(half_a_layer_is_none)
{
    begin_image();
    const char *a = add_layer(pick_word(), ONLY_BLOB);
    const char *b = add_layer(pick_word(), ONLY_UNPACKED);
    pid_t pid = pull("a layer of which only the blob is in the store, and one "
                     "that is only there unpacked");
    const char *why = "a layer is needed unpacked, to start containers, and as "
                      "a blob, to push it again.  receive_needs() looks for "
                      "both";
    require_fetched(pid, a, 1, why, "half-there");
    require_fetched(pid, b, 1, why, "half-there");
    finish_pull();
}
END_TEST

START_TEST(twins_are_fetched_once)
{
    const char *word = pick_word();

    begin_image();
    const char *twin = add_layer(word, NOTHING);
    const char *between = add_layer(pick_word(), NOTHING);
    add_layer(word, NOTHING);
    add_layer(word, NOTHING);
    const char *last = add_layer(pick_word(), NOTHING);
    pid_t pid = pull("five layers: the first, third and fourth are the same");
    require_fetched(pid, between, 1, "it is a layer like any other",
                    "not-fetched");
    require_fetched(pid, twin, 1,
                    "the same digest is the same blob: it has been asked for, "
                    "and need not come a second time",
                    "fetched-twice");
    require_fetched(pid, last, 1,
                    "the layers behind one that comes twice are needed, too",
                    "stops-at-twin");
    finish_pull();
}
END_TEST

START_TEST(the_user_is_told)
{
    static const char *const words[] = {"waiting", "exists"};
    pid_t pid = pull_some();
    const char *told = see_file(pid, "tmp/told");

    for (int i = 0; i < LAYERS; i++) {
        bool there = some.there[i];
        const char *line = text("%.12s %s\n", some.hex[i], words[there]);
        const char *other = text("%.12s %s\n", some.hex[i], words[!there]);
        REQUIRE(strstr(told, line) && !strstr(told, other),
                .expected =
                    text("layer %d is told of as \"%s\"", i, words[there]),
                .observed = *told ? told : "nobody is told of anything",
                .why = "the list that the user sees has a line for each layer, "
                       "also for those that need not come",
                .hint = strstr(told, other) ? "told-wrongly" : "not-told");
    }
    finish_pull();
}
END_TEST

START_TEST(a_twin_is_told_of_once)
{
    const char *word = pick_word();

    begin_image();
    const char *twin = add_layer(word, NOTHING);
    add_layer(pick_word(), NOTHING);
    add_layer(word, NOTHING);
    pid_t pid = pull("three layers: the first and the third are the same");
    const char *told = see_file(pid, "tmp/told");
    int times = count(told, text("%.12s waiting\n", twin));
    REQUIRE(times == 1,
            .expected =
                text("blob %.12s is told of once, as \"waiting\"", twin),
            .observed = text("%d times:\n%s", times, told),
            .why = "a line of the list stands for a blob, and this one comes "
                   "once: only what is in p->wanted is waiting",
            .hint = times ? "told-twice" : "not-told");
    finish_pull();
}
END_TEST

START_TEST(the_image_is_whole)
{
    pid_t pid = pull_some();
    const char *index = see_file(pid, "tmp/store/index.json");

    REQUIRE_INT("result", 0, .why = "everything is as it should be");
    REQUIRE(count(index, "registry.example/spam:v1") > 0,
            .expected = "the store's index.json names the image",
            .observed = "it does not", .shows = index,
            .why = "the caller names the image when all layers are there");
    for (int i = 0; i < LAYERS; i++)
        REQUIRE(*see_file(pid, text("tmp/store/blobs/sha256/%s", some.hex[i])),
                .expected = text("layer %d is in the store", i),
                .observed = "it is not there",
                .why = "an image with a layer missing can't be started",
                .hint = "not-fetched");
    finish_pull();
}
END_TEST

void exam_18_registry(struct exam *exam);
void exam_18_registry(struct exam *exam)
{
    exam_add(exam, 1, VALUE, parameters_are_found,
             "a word with \"=\" behind it is a parameter");
    exam_add(exam, 1, VALUE, blanks_may_stand_around_the_equals_sign,
             "blanks may stand around the \"=\"");
    exam_add(exam, 1, VALUE, the_next_challenge_begins,
             "a word without \"=\" is the scheme of the next challenge");
    exam_add(exam, 1, VALUE, a_name_has_a_letter,
             "a \"=\" without a name is refused");
    exam_add(exam, 2, VALUE, values_without_quotes_are_read,
             "a value without quotes ends at a blank or a comma");
    exam_add(exam, 2, VALUE, values_in_quotes_are_read,
             "a value in quotes is read without them");
    exam_add(exam, 2, VALUE, commas_in_quotes_mean_nothing,
             "a comma, a blank or a \"=\" in quotes means nothing");
    exam_add(exam, 2, VALUE, a_backslash_takes_the_next_character,
             "a backslash takes the next character as it is");
    exam_add(exam, 2, VALUE, a_quote_left_open_is_refused,
             "a header that ends between quotes is refused");
    exam_add(exam, 2, VALUE, reading_ends_with_the_header,
             "nothing is read behind the end of the header");
    exam_add(exam, 3, EFFECT, kin_get_the_password,
             "the registry's own host and its kin get the password");
    exam_add(exam, 3, HOST, strangers_do_not,
             "no other host gets the password");
    exam_add(exam, 3, HOST, the_end_of_a_name_begins_at_a_dot,
             "nor does one whose name only ends with the same letters");
    exam_add(exam, 3, HOST, not_everything_is_a_domain,
             "nothing lies below a bare word, or below an address");
    exam_add(exam, 4, MECHANISM, what_is_missing_is_fetched,
             "each layer that is missing is fetched, once");
    exam_add(exam, 4, MECHANISM, what_is_there_is_not_fetched,
             "no layer that is in the store is fetched");
    exam_add(exam, 4, MECHANISM, half_a_layer_is_none,
             "a layer that is there in part is fetched");
    exam_add(exam, 4, MECHANISM, twins_are_fetched_once,
             "a layer that the image has several times is fetched once");
    exam_add(exam, 4, EFFECT, the_image_is_whole,
             "at the end all layers are there, and the image has its name");
    exam_add(exam, 4, VALUE, the_user_is_told,
             "the user is told of each layer, whether it comes or is there");
    exam_add(exam, 4, VALUE, a_twin_is_told_of_once,
             "the user is told once of a layer that the image has twice");
}
