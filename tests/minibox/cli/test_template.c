/* SPDX-License-Identifier: MIT */
/* test_template.c - text with fields in it; every row was run with docker */
#include "cli/template.h"

#include <string.h>

#include "base/mem.h"
#include "check_main.h"

#define N(table) (int)(sizeof(table) / sizeof *(table))

static struct mb_error err;

static const struct format_column columns[] = {
    {"ID", "IMAGE ID", true}, {"Name", "NAMES", false}, {0}};

static const char row[] =
    "{\"Name\":\"web\",\"ID\":\"4e1f\"}"; /* not in the order of letters */

static const char document[] =
    "{\"Id\":\"sha256:4e\",\"Size\":12,\"Big\":1.5,\"On\":true,\"Off\":false,"
    "\"State\":{\"Status\":\"exited\",\"ExitCode\":3,\"Left\":null},"
    "\"Config\":{\"Env\":[\"A=1\",\"B=2\"],\"Cmd\":null,\"Volumes\":null,"
    "\"Labels\":{\"a\":\"b\",\"c\":\"\"}},\"Bare\":{\"Labels\":null}}";

/* Fill TEMPLATE from a text of JSON.  Caller frees; NULL: *err. */
static char *fill(const char *template, const char *json,
                  struct template_data data)
{
    struct buf out = BUF_INIT;
    json_t *object = json_loads(json, 0, NULL);

    ck_assert_ptr_nonnull(object);
    data.row = object;
    err = (struct mb_error){0};
    int result = template_fill(&data, template, &out, &err);
    json_decref(object);
    if (result == 0)
        return buf_take(&out);
    buf_done(&out);
    return NULL;
}

/* ---- documents ---------------------------------------------------------- */

static const struct {
    const char *template, *result;
} good[] = {
    {"", ""},
    {"text", "text"},
    {"{{.Id}}", "sha256:4e"},
    {"{{ .Id }}", "sha256:4e"},
    {"<{{.Id}}> {{.Size}}", "<sha256:4e> 12"},
    {"{{.Id}}{{.Size}}", "sha256:4e12"},
    {"{{.State.Status}}", "exited"},
    {"{{.Big}} {{.On}} {{.Off}}", "1.5 true false"},
    {"{{.Config.Env}}", "[A=1 B=2]"},
    {"{{.Config.Labels}}", "map[a:b c:]"},
    {"{{.Config.Labels.a}}|{{.Config.Labels.c}}", "b|"},
    {"{{json .Config.Env}}", "[\"A=1\",\"B=2\"]"},
    {"{{ json .Id }}", "\"sha256:4e\""},
    {"{{json .State.Left}}", "null"},
    {"{{.State.Left}}", "<nil>"},
    {"{{.Config.Cmd}} {{.Config.Volumes}}", "[] map[]"},
    {"{{json .Config.Cmd}}", "null"},
    /* rule 3 */
    {"{{.Config.Labels.nosuch}}", "<no value>"},
    {"{{.Bare.Labels.nosuch}}", "<no value>"},
    {"{{json .Config.Labels.nosuch}}", "null"},
    /* rule 2: inspect makes no tabs */
    {"{{.Size}}\\t\\n", "12\\t\\n"},
    {"a } b { c }} \\", "a } b { c }} \\"},
};

START_TEST(test_document)
{
    mb_autofree char *is =
        fill(good[_i].template, document, (struct template_data){0});

    ck_assert_msg(is != NULL, "%s", err.msg);
    ck_assert_str_eq(is, good[_i].result);
}
END_TEST

/* The order of a document is docker's. */
START_TEST(test_whole_document)
{
    mb_autofree char *is =
        fill("{{json .}}", "{\"b\":1,\"a\":[2]}", (struct template_data){0});

    ck_assert_str_eq(is, "{\"b\":1,\"a\":[2]}");
}
END_TEST

/* Rule 1.  64: docker doesn't know what to do with it either. */
static const struct {
    const char *template, *words;
    int code;
} bad[] = {
    {"{{.Foo}}", "map has no entry for key \"Foo\"", 1},
    {"{{.State.Foo}}", "map has no entry for key \"Foo\"", 1},
    {"{{json .Foo}}", "map has no entry for key \"Foo\"", 1},
    {"{{.Id.x}}", "no entry for key \"x\"", 1},
    {"{{.Config.Labels.a.b}}", "no entry for key \"b\"", 1},
    {"{{.Id", "unclosed action", 64},
    {"x {{", "unclosed action", 64},
    {"{{}}", "missing value for command", 64},
    {"{{  }}", "missing value for command", 64},
    {"{{foo .Id}}", "function \"foo\" not defined", 64},
    {"{{Id}}", "function \"Id\" not defined", 64},
    {"{{jsonx .Id}}", "function \"jsonx\" not defined", 64},
    {"{{index .Config.Env 0}}", "\"{{index .Config.Env 0}}\" is not in mini",
     1},
    {"{{if .Id}}x{{end}}", "\"{{if .Id}}\" is not in minibox", 1},
    {"{{range .Config.Env}}{{.}}{{end}}", "is not in minibox", 1},
    {"{{.Id | json}}", "is not in minibox", 1},
    {"{{json .Id .Size}}", "is not in minibox", 1},
    {"{{json}}", "is not in minibox", 1},
    {"{{.Config.Env 0}}", "is not in minibox", 1},
    {"{{- .Id -}}", "is not in minibox", 1},
    {"{{\"x\"}}", "is not in minibox", 1},
    {"{{/* */}}", "is not in minibox", 1},
    {"{{$x := .Id}}", "is not in minibox", 1},
    {"{{..Id}}", "is not in minibox", 1},
    {"{{.Id.}}", "is not in minibox", 1},
    {"{{Ü}}", "is not in minibox", 1},
};

START_TEST(test_bad_document)
{
    mb_autofree char *is =
        fill(bad[_i].template, document, (struct template_data){0});

    ck_assert_ptr_null(is);
    ck_assert_msg(strstr(err.msg, bad[_i].words) != NULL, "%s", err.msg);
    ck_assert_int_eq(err.code, bad[_i].code);
    ck_assert_ptr_null(strchr(err.msg, '\n'));
}
END_TEST

/* Whatever stands in it, the message is short. */
START_TEST(test_long_nonsense)
{
    mb_autobuf struct buf template = BUF_INIT;

    buf_adds(&template, "{{");
    for (int i = 0; i < 5000; i++)
        buf_addc(&template, 'x');
    buf_adds(&template, "}}");
    ck_assert_ptr_null(fill(template.s, document, (struct template_data){0}));
    template.s[2] = '.';
    ck_assert_ptr_null(fill(template.s, document, (struct template_data){0}));
    ck_assert_uint_lt(strlen(err.msg), 300);
    template.s[2] = '$';
    ck_assert_ptr_null(fill(template.s, document, (struct template_data){0}));
    ck_assert_uint_lt(strlen(err.msg), 300);
}
END_TEST

/* ---- rows --------------------------------------------------------------- */

static const struct {
    const char *template, *result;
} rows[] = {
    {"{{.ID}}", "4e1f"},
    {"{{.ID}}\\t{{.Name}}\\n", "4e1f\tweb\n"},
    {"\\x\\", "\\x\\"},
    {"{{json .}}", "{\"ID\":\"4e1f\",\"Name\":\"web\"}"}, /* sorted */
    {"{{json .Name}}", "\"web\""},
};

START_TEST(test_row)
{
    mb_autofree char *is = fill(rows[_i].template, row,
                                (struct template_data){.columns = columns});

    ck_assert_msg(is != NULL, "%s", err.msg);
    ck_assert_str_eq(is, rows[_i].result);
}
END_TEST

START_TEST(test_headers)
{
    mb_autofree char *is =
        fill("{{.ID}}|{{json .Name}}|{{json .}}", row,
             (struct template_data){.columns = columns, .headers = true});

    ck_assert_str_eq(is, "IMAGE ID|NAMES|");
}
END_TEST

/* An unknown field is named, and so are those that there are; in the rows of
 * a list every error is a 1. */
START_TEST(test_bad_row)
{
    static const char *const templates[] = {"{{.Foo}}", "{{.ID.x}}", "{{.ID",
                                            "{{foo}}", "{{if .ID}}"};

    for (int i = 0; i < N(templates); i++) {
        ck_assert_ptr_null(fill(templates[i], row,
                                (struct template_data){.columns = columns}));
        ck_assert_int_eq(err.code, 1);
    }
    ck_assert_ptr_null(
        fill("{{.Foo}}", row, (struct template_data){.columns = columns}));
    ck_assert_ptr_nonnull(strstr(err.msg, "can't evaluate field Foo"));
    ck_assert_ptr_nonnull(strstr(err.hint, "ID, Name"));
}
END_TEST

/* Rule 4: nothing in a cell breaks the table or moves the cursor. */
START_TEST(test_cell)
{
    static const char wild[] = "{\"ID\":\"a\\tb\\nc\\u001b[2Jd\\u007fé\"}";
    mb_autofree char *cell =
        fill("{{.ID}}\\t.", wild,
             (struct template_data){.columns = columns, .table = true});
    mb_autofree char *plain =
        fill("{{.ID}}", wild, (struct template_data){.columns = columns});

    ck_assert_str_eq(cell, "a b c [2Jd é\t.");
    ck_assert_str_eq(plain, "a\tb\nc\033[2Jd\177é");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("template");
    TCase *tc = tcase_create("template");

    tcase_add_loop_test(tc, test_document, 0, N(good));
    tcase_add_test(tc, test_whole_document);
    tcase_add_loop_test(tc, test_bad_document, 0, N(bad));
    tcase_add_test(tc, test_long_nonsense);
    tcase_add_loop_test(tc, test_row, 0, N(rows));
    tcase_add_test(tc, test_headers);
    tcase_add_test(tc, test_bad_row);
    tcase_add_test(tc, test_cell);
    suite_add_tcase(suite, tc);
    return check_main(suite);
}
