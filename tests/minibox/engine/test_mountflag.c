/* SPDX-License-Identifier: MIT */
/* test_mountflag.c - RUN --mount: every key, every mistake, every default */
#include "engine/mountflag.h"

#include <string.h>

#include "base/mem.h"
#include "check_main.h"
#include "engine/fields.h"

static struct mb_error err;
static struct strv env;
static struct mountflag m;

static void setup(void)
{
    err = (struct mb_error){0};
    strv_setenv(&env, "T", "cache");
    strv_setenv(&env, "DIR", "/from/env");
    strv_setenv(&env, "EMPTY", "");
}

static void teardown(void)
{
    mountflag_done(&m);
    strv_done(&env);
}

/* All of M in one line, for comparing. */
static char *describe(void)
{
    static const char *const sharings[] = {"shared", "private", "locked"};
    const char *const texts[] = {m.target, m.source, m.from, m.id, m.env};
    struct buf out = BUF_INIT;

    buf_adds(&out, mountflag_type_name(m.type));
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        buf_addf(&out, " %s", texts[i] ? texts[i] : "-");
    buf_addf(&out, " %s %s%s %d:%d:%o %llu", sharings[m.sharing],
             m.read_only ? "ro" : "rw", m.required ? " required" : "",
             (int)m.uid, (int)m.gid, m.mode < 0 ? 0 : m.mode,
             (unsigned long long)m.size);
    return buf_take(&out);
}

/* ---- fields ------------------------------------------------------------- */

static const struct {
    const char *text, *fields; /* with "|" between them */
} lists[] = {
    {"", ""},
    {"a", "a"},
    {"a,b", "a|b"},
    {"a,,b,", "a||b|"},
    {"\"a,b\",c", "a,b|c"},
    {"\"a\"\"b\"", "a\"b"},
    {"\"\",x", "|x"},
    {" a , b", " a | b"},
    {"a,\"b\nc\"", "a|b\nc"},
};

START_TEST(test_fields)
{
    mb_autostrv struct strv fields = {0};
    mb_autobuf struct buf joined = BUF_INIT;

    ck_assert_int_eq(fields_split(lists[_i].text, &fields, &err), 0);
    for (size_t i = 0; i < fields.n; i++)
        buf_addf(&joined, "%s%s", i ? "|" : "", fields.v[i]);
    ck_assert_str_eq(joined.s, lists[_i].fields);
}
END_TEST

static const char *const bad_lists[] = {"\"a", "\"a\"b", "a\"b", "a,b\"", "\""};

START_TEST(test_bad_fields)
{
    mb_autostrv struct strv fields = {0};

    ck_assert_int_eq(fields_split(bad_lists[_i], &fields, &err), -1);
    ck_assert_str_ne(err.msg, "");
}
END_TEST

START_TEST(test_key)
{
    const char *value;
    mb_autofree char *key = fields_key("SouRce=A=b", &value);

    ck_assert_str_eq(key, "source");
    ck_assert_str_eq(value, "A=b");
    mb_autofree char *alone = fields_key("RO", &value);
    ck_assert_str_eq(alone, "ro");
    ck_assert_ptr_null(value);
}
END_TEST

/* ---- what is read ------------------------------------------------------- */

static const struct {
    const char *text, *is;
} good[] = {
    {"target=/x", "bind /x - - - - shared ro -1:-1:0 0"},
    {"dst=/x", "bind /x - - - - shared ro -1:-1:0 0"},
    {"destination=/x,src=a", "bind /x a - - - shared ro -1:-1:0 0"},
    {"type=bind,source=a,target=b,from=c,rw",
     "bind b a c - - shared rw -1:-1:0 0"},
    {"Type=BIND,RW=true,target=b", "bind b - - - - shared rw -1:-1:0 0"},
    {"target=b,readwrite=false", "bind b - - - - shared ro -1:-1:0 0"},
    {"target=b,readonly=0", "bind b - - - - shared rw -1:-1:0 0"},
    {"type=cache,target=/c", "cache /c - - - - shared rw -1:-1:0 0"},
    {"type=cache,target=/c,ro,sharing=locked,id=i",
     "cache /c - - i - locked ro -1:-1:0 0"},
    {"type=cache,target=/c,mode=0700,uid=1,gid=2,sharing=PRIVATE",
     "cache /c - - - - private rw 1:2:700 0"},
    {"type=tmpfs,target=/t,size=64m",
     "tmpfs /t - - - - shared rw -1:-1:0 67108864"},
    {"type=secret,id=a", "secret - - - a - shared ro -1:-1:0 0"},
    {"type=secret,id=a,required,env=A",
     "secret - - - a A shared ro required -1:-1:0 0"},
    {"type=secret,id=a,required=false,mode=440",
     "secret - - - a - shared ro -1:-1:440 0"},
    {"type=$T,target=$DIR/x", "cache /from/env/x - - - - shared rw -1:-1:0 0"},
    {"type=cache,target=${NONE:-/d},id=$EMPTY",
     "cache /d - - - - shared rw -1:-1:0 0"},
    {"target='/a b'", "bind /a b - - - - shared ro -1:-1:0 0"},
    {"\"target=/a,b\"", "bind /a,b - - - - shared ro -1:-1:0 0"},
    {"target=/a,target=/b", "bind /b - - - - shared ro -1:-1:0 0"},
};

START_TEST(test_good)
{
    ck_assert_msg(mountflag_parse(good[_i].text, '\\', &env, &m, &err) == 0,
                  "%s: %s", good[_i].text, err.msg);
    mb_autofree char *is = describe();
    ck_assert_str_eq(is, good[_i].is);
}
END_TEST

static const struct {
    const char *text, *words;
} bad[] = {
    {"", "unexpected key ''"},
    {"target", "invalid field 'target' must be a key=value pair"},
    {"type=ssh", "type=ssh is not in minibox"},
    {"type=npipe", "unsupported mount type \"npipe\""},
    {"typ=bind", "unexpected key 'typ' in 'typ=bind'"},
    {"target=/x,noexec", "unexpected key 'noexec'"},
    {"target=/x,ro=maybe", "invalid value for ro: maybe"},
    {"target=/x,rw=", "invalid value for rw: "},
    {"target=/x,required", "unexpected key 'required' for mount type 'bind'"},
    {"required,type=secret,id=a", "unexpected key 'required'"},
    {"target=/x,size=1m", "unexpected key 'size' for mount type 'bind'"},
    {"type=tmpfs,target=/x,size=big", "invalid value for size: big"},
    {"type=tmpfs,target=/x,mode=7", "mode not allowed for \"tmpfs\" type"},
    {"target=/x,uid=1", "uid not allowed for \"bind\" type"},
    {"target=/x,gid=1", "gid not allowed for \"bind\" type"},
    {"target=/x,env=A", "env not allowed for \"bind\" type"},
    {"type=cache,target=/x,mode=8", "invalid value 8 for mode"},
    {"type=cache,target=/x,uid=root", "invalid value root for uid"},
    {"type=cache,target=/x,uid=-1", "invalid value -1 for uid"},
    {"type=cache,target=/x,gid=4294967296", "invalid value 4294967296"},
    {"type=cache,target=/x,sharing=all", "unsupported sharing value \"all\""},
    {"target=/x,sharing=locked", "invalid cache sharing set for bind mount"},
    {"type=secret", "invalid secret mount. one of source, target required"},
    {"type=secret,id=", "invalid secret mount"},
    {"type=secret,id=a,source=b", "both source and id can't be set"},
    {"type=secret,id=a,from=b", "secret mount should not have a from"},
    {"type=secret,id=a,env=A=B", "env=A=B is no name of a variable"},
    {"type=secret,id=a,sharing=locked", "invalid cache sharing set"},
    {"type=cache,target=/x,from=a", "a cache with a from"},
    {"target=\"/x", "a quote"},
    {"target=${T:?no}${NONE:?no}", "no"},
};

START_TEST(test_bad)
{
    ck_assert_msg(mountflag_parse(bad[_i].text, '\\', &env, &m, &err) < 0,
                  "taken: %s", bad[_i].text);
    ck_assert_msg(strstr(err.msg, bad[_i].words) != NULL, "%s", err.msg);
}
END_TEST

/* Before the first step no variable has a value: what has one must wait, what
 * has none can be judged. */
START_TEST(test_before_the_first_step)
{
    ck_assert_int_eq(
        mountflag_parse("type=$T,from=a,size=$S", '\\', NULL, &m, &err), 0);
    ck_assert_str_eq(m.from, "a");
    mountflag_done(&m);
    ck_assert_int_eq(
        mountflag_parse("target=$T,nonsense=1", '\\', NULL, &m, &err), -1);
    mountflag_done(&m);
    ck_assert_int_eq(mountflag_parse("type=ssh", '\\', NULL, &m, &err), -1);
    mountflag_done(&m);
    ck_assert_int_eq(mountflag_parse("target=/x,from=$T", '\\', NULL, &m, &err),
                     -1);
    ck_assert_ptr_nonnull(strstr(err.msg, "doesn't support variable"));
}
END_TEST

/* ---- what was not said -------------------------------------------------- */

static const struct {
    const char *text, *target, *id;
} completed[] = {
    {"target=x", "/w/x", NULL},
    {"target=../../x/.", "/x", NULL},
    {"source=a", "/w", NULL}, /* no target: the working directory */
    {"type=cache,target=/c/../d/", "/d", "/d"},
    {"type=cache,target=/c,id=../../x", "/c", "../../x"},
    {"type=secret,id=a", "/run/secrets/a", "a"},
    {"type=secret,id=a/b", "/run/secrets/b", "a/b"},
    {"type=secret,source=s", "/run/secrets/s", "s"},
    {"type=secret,target=/a/b", "/a/b", "b"},
    {"type=secret,id=a,target=t", "/w/t", "a"},
    {"type=secret,id=a,env=A", NULL, "a"},
    {"type=secret,id=a,env=A,target=/t", "/t", "a"},
};

START_TEST(test_complete)
{
    ck_assert_int_eq(mountflag_parse(completed[_i].text, '\\', &env, &m, &err),
                     0);
    ck_assert_int_eq(mountflag_complete(&m, "/w", &err), 0);
    ck_assert_pstr_eq(m.target, completed[_i].target);
    ck_assert_pstr_eq(m.id, completed[_i].id);
}
END_TEST

START_TEST(test_not_on_the_root)
{
    ck_assert_int_eq(mountflag_parse("source=a", '\\', &env, &m, &err), 0);
    ck_assert_int_eq(mountflag_complete(&m, "/", &err), -1);
    ck_assert_str_eq(err.msg, "invalid mount target \"/\"");
}
END_TEST

#define N(table) (int)(sizeof(table) / sizeof *(table))

int main(void)
{
    Suite *suite = suite_create("mountflag");
    TCase *tc = tcase_create("mountflag");

    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_loop_test(tc, test_fields, 0, N(lists));
    tcase_add_loop_test(tc, test_bad_fields, 0, N(bad_lists));
    tcase_add_test(tc, test_key);
    tcase_add_loop_test(tc, test_good, 0, N(good));
    tcase_add_loop_test(tc, test_bad, 0, N(bad));
    tcase_add_test(tc, test_before_the_first_step);
    tcase_add_loop_test(tc, test_complete, 0, N(completed));
    tcase_add_test(tc, test_not_on_the_root);
    suite_add_tcase(suite, tc);
    return check_main(suite);
}
