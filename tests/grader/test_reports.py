#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""test_reports.py - every report of every kind of result.

    tests/grader/test_reports.py [REPORT-PROGRAM]     (default: build/report)

Prints TAP.  The results are those in fixtures/, a class made from them, and
some that a dying grader could leave behind.  Each report is read back with a
reader of its format, and compared with the result.
"""
import copy
import csv
import io
import json
import os
import pathlib
import pty
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "fixtures"))
sys.dont_write_bytecode = True
import make_class  # noqa: E402

PROGRAM = (sys.argv[1:] or [str(HERE.parent.parent / "build/report")])[0]
FORMATS = ["terminal", "json", "junit", "tap", "gradescope", "csv", "html",
           "progress"]
LINES = {"details", "expected", "observed", "shows", "output", "why", "ran",
         "hint_text"}
# Characters that no report may hold: they do something instead of being seen.
HARMFUL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e"
                     "\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
                     "\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f]")


# ---- helpers ----------------------------------------------------------------

def run(fmt, document, **options):
    text = document if isinstance(document, bytes) else \
        json.dumps(document).encode()
    return subprocess.run([PROGRAM, fmt], input=text, timeout=60,
                          stderr=subprocess.PIPE,
                          **{"stdout": subprocess.PIPE, **options})


def report(fmt, document):
    """The report as text.  It must be there, and say nothing else."""
    done = run(fmt, document)
    assert done.returncode == 0 and not done.stderr, (done.returncode,
                                                      done.stderr)
    return done.stdout.decode("utf-8")


def clean(value, key=""):
    """The document as the reports see it: what is harmful is spelled out."""
    if isinstance(value, dict):
        return {k: clean(v, k) for k, v in value.items()}
    if isinstance(value, list):
        return [clean(v, key) for v in value]
    if not isinstance(value, str):
        return value

    def spell(match):
        c = ord(match.group())
        return "\\x%02x" % c if c < 0x100 else "\\u%04x" % c
    value = HARMFUL.sub(spell, value)
    if key not in LINES:
        value = re.sub("[\n\t]", spell, value)
    return value


def students(document):
    return document.get("students", [document])


def exercises(document):
    return [(s, e) for s in students(document) for e in s["exercises"]]


def cases(document):
    """What JUnit and TAP report: (student, exercise, test or None)."""
    for student, exercise in exercises(document):
        if exercise["reason"] or not exercise["tests"]:
            yield student, exercise, None
        for test in exercise["tests"]:
            yield student, exercise, test


def status(exercise, test):
    return (test or exercise)["status"]


def fixture(name):
    return make_class.load(name)


def documents():
    names = sorted(p.stem for p in (HERE / "fixtures").glob("*.json"))
    found = {name: fixture(name) for name in names}
    found["class"] = make_class.make_class(30)
    found["hostile class"] = {"format": "minibox-class-1", "students": [
        dict(fixture("hostile"), student=name) for name in
        ["+1", "-1", "@x", "=1+1", "a,b", 'a"b', "a\nok 2 - b", "\t=1", ""]]}
    found["empty class"] = {"format": "minibox-class-1", "students": []}
    return found


# ---- the schema -------------------------------------------------------------

class Skip(Exception):
    pass


def validator():
    try:
        import jsonschema
    except ImportError:
        raise Skip("python3-jsonschema is not installed")
    schema = json.loads((HERE / "schema.json").read_text())
    jsonschema.Draft7Validator.check_schema(schema)
    return jsonschema.Draft7Validator(schema)


def test_schema_accepts(name, document):
    validator().validate(json.loads(report("json", document)))


def test_schema_refuses():
    good, check = fixture("causes"), validator()
    exercise, test = good["exercises"][0], good["exercises"][0]["tests"][0]
    for where, key, value in [
            (good, "extra", 1), (good, "format", "minibox-grade-2"),
            (good, "seed", "; rm -rf"), (good, "points", -1),
            (exercise, "extra", 1), (exercise, "status", "done"),
            (exercise, "lab", None), (exercise, "reason", "two\nlines"),
            (exercise["steps"][0], "status", "half"),
            (exercise["steps"][1], "points", 1),
            (test, "extra", 1), (test, "cause", "bad luck"),
            (test, "status", "failed"), (test, "id", "a/b")]:
        assert check.is_valid(good)
        had, old = key in where, where.get(key)
        where[key] = value
        assert not check.is_valid(good), (key, value)
        where[key] = old
        if not had:
            del where[key]


# ---- all formats ------------------------------------------------------------

def test_harmless(name, document):
    for fmt in FORMATS:
        text = report(fmt, document)
        text = text.replace("\r\n", "\n") if fmt == "csv" else text
        found = HARMFUL.search(text)
        assert not found, (fmt, found)


def test_json(name, document):
    text = report("json", document)
    assert json.loads(text) == document
    assert text.isascii()


def test_junit(name, document):
    root = ElementTree.fromstring(report("junit", document))
    assert root.tag == "testsuites"
    suites, wanted = list(root), exercises(document)
    assert len(suites) == len(wanted)
    for suite in suites:
        for attribute, path in [("tests", "testcase"), ("skipped", ".//skipped"),
                                ("failures", ".//failure"),
                                ("errors", ".//error")]:
            assert int(suite.get(attribute)) == len(suite.findall(path))
    for case, (_, e, t) in zip(root.iter("testcase"), cases(document)):
        assert case.get("classname") == e["exercise"]
        assert case.get("name") == (t["id"] if t else "exercise")
        child = {"passed": None, "failed": "failure", "skipped": "skipped"}
        tag = child[status(e, t)]
        if tag and t and t["cause"] == "grader":
            tag = "error"
        assert [c.tag for c in case] == ([tag] if tag else [])
        if tag in ("failure", "error"):
            title = t["title"] if t else e["reason"]
            assert case[0].get("message") == clean(title)
            number = e["exercise"][:2]
            assert "make grade EX=" + number in case[0].text
    assert len(list(root.iter("testcase"))) == len(list(cases(document)))


def parse_yaml(lines):
    """As much YAML as our diagnostics need: quoted strings."""
    pairs = [re.fullmatch(r"  (\w+): (\".*\")", line) for line in lines]
    return {pair[1]: json.loads(pair[2]) for pair in pairs}


def parse_tap(text):
    """[(ok, description, directive, diagnostics)]; refuses what is not TAP."""
    lines = text.split("\n")
    assert lines.pop() == "" and lines.pop(0) == "TAP version 14"
    plan = int(re.fullmatch(r"1\.\.(\d+)", lines.pop(0))[1])
    points = []
    while lines:
        match = re.fullmatch(
            r"(not )?ok (\d+) - ((?:[^#\\]|\\.)*?)(?: # (SKIP .*))?",
            lines.pop(0))
        assert match and int(match[2]) == len(points) + 1, match
        yaml = None
        if lines and lines[0] == "  ---":
            end = lines.index("  ...")
            yaml, lines = lines[1:end], lines[end + 1:]
        points.append((not match[1], re.sub(r"\\(.)", r"\1", match[3]),
                       match[4], yaml and parse_yaml(yaml)))
    assert plan == len(points)
    return points


def test_tap(name, document):
    points, wanted = parse_tap(report("tap", document)), list(cases(document))
    assert len(points) == len(wanted)
    for (ok, text, directive, yaml), (s, e, t) in zip(points, wanted):
        path = e["exercise"] + "/" + (t["id"] if t else "exercise")
        if s["student"]:
            path = clean(s["student"]) + "/" + path
        assert text == path
        assert ok == (status(e, t) != "failed")
        assert bool(directive) == (status(e, t) == "skipped")
        assert bool(yaml) == (not ok)
        for key in ("ran", "expected", "observed", "shows", "output", "why"):
            if yaml and t and t[key]:
                assert yaml[key] == clean(t[key], key), (key, yaml[key])


def test_gradescope(name, document):
    made = json.loads(report("gradescope", document))
    if "students" in document:
        assert [m["student"] for m in made] == \
            [clean(s["student"]) for s in students(document)]
        made = [m["results"] for m in made]
    else:
        made = [made]
    for results, student in zip(made, students(document)):
        assert results["score"] == student["points"]
        assert results["execution_time"] == student["seconds"]
        assert results["score"] == sum(t["score"] for t in results["tests"])
        steps = [s for e in student["exercises"] for s in e["steps"]]
        assert len(results["tests"]) == len(steps)
        for test, step in zip(results["tests"], steps):
            assert test["visibility"] == "visible"
            assert test.get("status") == {
                "passed": "passed", "skipped": None}.get(step["status"],
                                                         "failed")
            assert bool(test["output"]) == (step["status"] != "passed")
            assert test["max_score"] == (
                0 if step["status"] == "skipped" else step["max_points"])


def test_gradescope_without_steps():
    document = fixture("compile")
    document["exercises"][0]["steps"] = []
    tests = json.loads(report("gradescope", document))["tests"]
    assert len(tests) == 1 and tests[0]["number"] == "05"
    assert tests[0]["max_score"] == 8 and "pivot_rot" in tests[0]["output"]


def test_csv(name, document):
    text = report("csv", document)
    assert text.count("\n") == text.count("\r\n")
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert rows[0][:3] == ["student", "points", "max_points"]
    assert len(rows) == len(students(document)) + 1
    for row, student in zip(rows[1:], students(document)):
        assert len(row) == len(rows[0])
        assert not any(cell[:1] in tuple("=+-@\t\r") for cell in row if cell)
        assert row[0].lstrip("'") == clean(student["student"] or "")
        assert float(row[1]) == student["points"]
        assert sum(float(c) for c in row[3:] if c) == student["points"]
        for e in student["exercises"]:
            cell = row[rows[0].index(e["exercise"])]
            assert (cell == "") == (e["status"] == "skipped")


def test_html(name, document):
    text = report("html", document)
    assert len(re.findall("<script", text)) == 2
    assert len(re.findall("</script", text)) == 2
    # Nothing is loaded from anywhere.
    assert not re.search(r"\b(src|href)\s*=", text) and "@import" not in text
    data = re.search(r'<script type="application/json" id="data">(.*?)'
                     "</script>", text, re.S)[1]
    assert not re.search("[<>&]", data) and data.isascii()
    shown = json.loads(data)
    assert len(shown) == len(students(document))
    for mine, theirs in zip(shown, students(document)):
        assert mine["student"] == clean(theirs["student"])
        for e, f in zip(mine["exercises"], theirs["exercises"]):
            todo = {s["step"] for s in f["steps"] if s["status"] == "todo"}
            failed = [t for t in clean(f["tests"]) if t["status"] == "failed"
                      and t["step"] not in todo]
            assert e["tests"] == failed


def test_dying_grader():
    whole = fixture("causes")
    for document in [{}, {"exercises": None}, {"exercises": []},
                     {"exercises": [{}]}, {"students": [{}, {}]},
                     {"exercises": [{"exercise": "05-pivot-root"}]},
                     {"exercises": [{"tests": [{}], "steps": [{}]}]},
                     dict(whole, exercises=[
                         dict(e, tests=[{k: None for k in t}
                                        for t in e["tests"]])
                         for e in whole["exercises"]]),
                     dict(whole, points=None, seed=None)]:
        for fmt in FORMATS:
            report(fmt, document)


def test_writing_fails():
    for fmt in FORMATS[:-1]:
        with open("/dev/full", "wb") as full:
            done = run(fmt, fixture("pass"), stdout=full)
        assert done.returncode == 1 and b"No space left" in done.stderr, fmt


def test_usage():
    for fmt, text in [("pdf", b"{}"), ("json", b"{"), ("json", b""),
                      ("html", b'{"student": "\xff"}')]:
        assert run(fmt, text).returncode == 125


# ---- the terminal -----------------------------------------------------------

def block_of(text, title):
    """The lines of the failure whose title that is."""
    return text[text.index("FAIL  " + title):].split("\n\n")[0]


def test_message_is_whole():
    text = block_of(report("terminal", fixture("causes")),
                    "05-pivot-root / step 4: nothing")
    order = ["[hint: old-root-stays]", "old_root_is_gone", "ran  ",
             'pivot_into("/tmp/q7/rootfs")', "expected  1 mount",
             "observed  2 mounts", "seen from outside",
             "      /proc/48213/mountinfo", "printed by your code",
             "      pivot: swapped", "why  ", "read ",
             "lessons/05-pivot-root.md", "known ", "next ",
             "make hint EX=05", "make grade EX=05 SEED=7f3a91c2",
             "also failing  step 4: the classic breakout"]
    places = [text.index(part) for part in order]
    assert places == sorted(places)
    assert text.count("FAIL") == 1


def test_causes_have_sentences():
    text = report("terminal", fixture("causes"))
    for words in ["exit() or _exit()", "killed by a signal",
                  "not come back when its time was up",
                  "What your code wrote", "The test could not be carried out",
                  "still as shipped"]:
        assert words in text, words
    leaked = fixture("causes")
    for exercise in leaked["exercises"]:
        exercise["tests"] = [t for t in exercise["tests"]
                             if t["cause"] == "leaked-child"]
    assert "A child process" in report("terminal", leaked)


def test_grader_fault_has_no_hint():
    text = block_of(report("terminal", fixture("causes")), "17-archive /")
    assert "make hint" not in text and "make grade EX=17" in text


def test_invisible_difference():
    exercise = next(e for e in fixture("causes")["exercises"]
                    if e["exercise"] == "15-ref")
    exercise["tests"] = exercise["tests"][1:]
    text = report("terminal", dict(fixture("causes"), exercises=[exercise]))
    assert "in line 2, character 16: expected a line end, " \
        "observed a blank" in text


def with_values(expected, observed):
    """A result in which one test fails, with these values."""
    document = fixture("causes")
    document["exercises"] = document["exercises"][:1]
    test = next(t for t in document["exercises"][0]["tests"]
                if t["status"] == "failed")
    test.update(expected=expected, observed=observed)
    return report("terminal", document)


def test_difference_is_never_cut():
    many = ["line %d" % i for i in range(1, 5001)]
    for at in (0, 1, 7, 8, 23, 24, 1000, 4990, 4999):
        other = list(many)
        other[at] = "other here"
        text = with_values("\n".join(many), "\n".join(other))
        assert "\n      line %d\n" % (at + 1) in text, at
        assert "\n      other here\n" in text, at
        assert at == 0 or "in line %d, character 1:" % (at + 1) in text, at
        assert len(text.split("\n")) < 80
    for at in (0, 1, 99, 100, 101, 199, 200, 201, 399, 400, 401, 5000, 9999):
        long = "é" * 10000
        text = with_values(long, long[:at] + "X" + long[at + 1:])
        assert "X" in text.split("observed")[1] and len(text) < 3000, at
        assert at == 0 or "character %d:" % (at + 1) in text, at


def test_values_that_end_early():
    assert "expected a line end, observed the end" in with_values("a\n", "a")
    assert 'expected "é", observed "è"' in with_values("\né", "\nè")
    assert "observed  (nothing)" in with_values("1", "")
    assert "differ" not in with_values("1", "2")


def test_compiler_speaks():
    text = report("terminal", fixture("compile"))
    assert "exercises/05-pivot-root/pivot.c:31:9: error:" in text
    lines = text.split("\n")
    at = next(i for i, l in enumerate(lines) if 'pivot_rot(".", ".")' in l)
    assert lines[at].index("pivot_rot") == lines[at + 1].index("^")
    assert lines[-2] == "next: mend that, then make grade EX=05"


def test_todo_is_quiet():
    document = fixture("shipped")
    text = report("terminal", document)
    assert "FAIL" not in text
    assert "step 2 is not written yet: turn a wait status" in text
    assert "swap the roots" not in text  # nobody has begun that exercise
    document["exercises"] = document["exercises"][1:2]
    text = report("terminal", document)
    assert "FAIL" not in text and "step 3 is not written yet: swap" in text


def test_prose_is_wrapped():
    for name in ("causes", "compile", "skipped", "shipped", "pass"):
        for fmt in ("terminal", "progress"):
            for line in report(fmt, fixture(name)).split("\n"):
                assert len(line) <= 80, (fmt, name, line)


def test_last_line():
    for name, last in [("pass", "make progress"), ("causes", "make hint EX=01"),
                       ("skipped", "make progress"),
                       ("shipped", "write in exercises/01-spawn/spawn.c, then "
                                   "make grade EX=01")]:
        lines = report("terminal", fixture(name)).rstrip("\n").split("\n")
        assert lines[-1] == "next: " + last
        assert re.match(r"\d+ of \d+ points", lines[-2])


def test_colour():
    for name in ("causes", "hostile", "shipped"):
        plain = report("terminal", fixture(name))
        master, slave = pty.openpty()
        process = subprocess.Popen([PROGRAM, "terminal"], stdout=slave,
                                   stdin=subprocess.PIPE)
        process.stdin.write(json.dumps(fixture(name)).encode())
        process.stdin.close()
        os.close(slave)
        seen = b""
        try:
            while True:
                part = os.read(master, 65536)
                if not part:
                    break
                seen += part
        except OSError:  # EIO: nobody has the terminal open any more
            pass
        os.close(master)
        assert process.wait(timeout=20) == 0
        text = seen.decode().replace("\r\n", "\n")
        assert "\x1b[1;31mFAIL" in text or name == "shipped"
        assert re.sub(r"\x1b\[[0-9;]*m", "", text) == plain


def test_progress_page():
    text = report("progress", fixture("causes"))
    assert re.search(r"05-pivot-root +\[###x\] +6/8", text)
    text = report("progress", fixture("shipped"))
    assert re.search(r"01-spawn +\[#\.\] +3/6", text)
    assert "3 of 20 points" in text
    end = text[text.index("next: 01-spawn"):]
    for part in ("turn a wait status", "lessons/01-spawn.md",
                 "exercises/01-spawn/spawn.c", "make grade EX=01"):
        assert part in end
    assert "make mybox" in report("progress", fixture("pass"))
    assert "doctor" in report("progress", dict(
        fixture("skipped"), exercises=fixture("skipped")["exercises"][1:2]))


def test_class_at_the_terminal():
    text = report("terminal", make_class.make_class(30))
    lines = text.rstrip("\n").split("\n")
    assert len(lines) == 31 and lines[-1].startswith("30 students")


# ---- the runner -------------------------------------------------------------

EACH = [test_schema_accepts, test_harmless, test_json, test_junit, test_tap,
        test_gradescope, test_csv, test_html]
ONCE = [test_schema_refuses, test_gradescope_without_steps, test_dying_grader,
        test_writing_fails, test_usage,
        test_message_is_whole, test_causes_have_sentences,
        test_grader_fault_has_no_hint, test_invisible_difference,
        test_difference_is_never_cut, test_values_that_end_early,
        test_compiler_speaks, test_todo_is_quiet, test_prose_is_wrapped,
        test_last_line, test_colour, test_progress_page,
        test_class_at_the_terminal]


def attempt(number, name, function, *arguments):
    """Run one test and print its line.  Did it pass?"""
    must_run = os.environ.get("MINIBOX_MUST_RUN") == "1"
    try:
        function(*copy.deepcopy(arguments))
    except Skip as why:
        print("%sok %d - %s%s" % ("not " if must_run else "", number, name,
                                  "" if must_run else " # SKIP %s" % why))
        return not must_run
    except Exception as error:  # a failure, of whatever kind
        print("not ok %d - %s" % (number, name))
        print("  ---\n  message: %s\n  ..." %
              json.dumps("%s: %s" % (type(error).__name__, error)))
        return False
    print("ok %d - %s" % (number, name))
    return True


def main():
    tests = [(f.__name__[5:] + ", " + name, f, name, document)
             for f in EACH for name, document in documents().items()]
    tests += [(f.__name__[5:], f) for f in ONCE]
    print("TAP version 14\n1..%d" % len(tests))
    passed = [attempt(i + 1, *test) for i, test in enumerate(tests)]
    sys.exit(not all(passed))


if __name__ == "__main__":
    main()
