#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""layers_page.py - does the page of `minibox layers --html` work in a browser?

    layers_page.py PAGE.html

PAGE is of an image whose layer BAD has files with hostile names, one of which,
"hidden-later", the layer above deletes (layers.bats builds it).  A copy of the
page gets a script that plays a reader: it clicks, types and looks.  What it has
seen comes back in the page itself.  Exit status 0: all is well, else each
failure is a line.
"""
import html
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

BROWSERS = ["chromium", "chromium-browser", "google-chrome"]
SIZES = [(390, 800), (1280, 900), (1920, 1080)]
HOSTILE = ["<img src=x onerror=document.title=\"owned\">", "bad\\xffname",
           "__proto__", "constructor", "new\\x0aline", "&lt;b&gt;",
           "rtl\\xe2\\x80\\xaetxt.exe"]

READER = r"""
<script>
const seen = { errors: [] };
window.addEventListener("error", e => seen.errors.push(e.message));
const all = s => [...document.querySelectorAll(s)];
const press = (node, key) => node.dispatchEvent(
  new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
const names = () => all(".row .name").map(n => n.textContent);
const focused = () => document.activeElement;
// By how much the page is wider than it may be.  No window of this browser is
// narrower than 500 px: then the body is.
document.body.style.width = "WIDTHpx";
const excess = () => Math.max(document.body.scrollWidth - WIDTH,
  document.documentElement.scrollWidth - innerWidth);

function play() {
  seen.title = document.title;
  seen.background = getComputedStyle(document.body).backgroundColor;
  seen.sentence = document.getElementById("sentence").textContent;
  seen.numbers = all(".slab .number").map(n => n.textContent);
  seen.empty = all("#stack .nothing code").map(n => n.textContent);
  seen.tops = all(".slab").map(n => n.getBoundingClientRect().top);
  seen.bars = all(".slab").map(n => [n.querySelector(".size").textContent,
    [...n.querySelectorAll(".bar div")].map(d => d.getBoundingClientRect().width)]);
  seen.advice = all(".advice").map(n => n.textContent);
  seen.excess = excess();

  seen.layers = {};
  for (const slab of all(".slab")) {
    slab.click();
    for (let i = 0; i < 20; i++)   // open all directories
      for (const row of all('.row[aria-expanded="false"]')) row.click();
    seen.layers[slab.querySelector(".number").textContent] = {
      heading: document.querySelector("#content h2").textContent,
      names: names(), gone: all(".row.gone .name").map(n => n.textContent),
      struck: all(".row.gone .name").every(n =>
        getComputedStyle(n).textDecorationLine === "line-through"),
      badges: Object.fromEntries(all(".row").map(r =>
        [r.querySelector(".name").textContent,
         r.querySelector(".badge").textContent])),
      excess: excess(),
    };
  }

  // The keyboard: along the layers, then in a tree.
  const slabs = all(".slab");
  slabs[0].focus();
  press(slabs[0], "ArrowDown");
  seen.second = [focused() === slabs[1],
    document.querySelector("#content h2").textContent];
  slabs[slabs.length - 1].click();
  document.querySelector('.row[tabindex="0"]').focus();
  const first = focused();
  if (first.getAttribute("aria-expanded") === "true") press(first, "ArrowLeft");
  const few = all(".row").length;
  press(first, "ArrowRight");
  const many = all(".row").length;
  press(first, "ArrowRight");
  seen.tree = [few < many, focused().getAttribute("aria-level") === "2"];
  press(focused(), "ArrowLeft");
  seen.tree.push(focused() === first);
  press(first, "End");
  seen.tree.push(focused() === all(".row").pop());

  // The search finds in all layers, and leads to the file.
  press(document.body, "/");
  const search = document.getElementById("search");
  seen.slash = focused() === search;
  search.value = "HIDDEN-later";
  search.dispatchEvent(new Event("input"));
  seen.hits = all(".hit").map(n => n.textContent);
  all(".hit")[1].click();
  seen.images = document.images.length;
  seen.scripts = document.scripts.length;
  seen.colour = getComputedStyle(document.querySelector("h2")).color;
}
try { play(); } catch (e) { seen.errors.push(String(e && e.stack || e)); }
setTimeout(() => {
  seen.found = [document.querySelector("#content h2").textContent,
    focused().textContent];
  seen.final = document.title;
  const out = document.createElement("pre");
  out.id = "seen";
  out.textContent = JSON.stringify(seen);
  document.body.append(out);
}, 50);
</script>
"""

failures = []


def check(true, *what):
    if not true:
        failures.append(" ".join(str(w) for w in what))


def browse(browser, page, size, dark, scratch):
    """Let the reader play with the page.  What it has seen."""
    done = subprocess.run(
        [browser, "--headless", "--no-sandbox", "--disable-gpu",
         "--disable-dev-shm-usage", "--user-data-dir=" + scratch + "/profile",
         "--blink-settings=preferredColorScheme=%d" % (0 if dark else 1),
         "--window-size=%d,%d" % size, "--virtual-time-budget=5000",
         "--dump-dom", page.as_uri()],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120,
        env={"HOME": scratch, "PATH": "/usr/local/bin:/usr/bin:/bin"})
    found = re.search(rb'<pre id="seen">(.*?)</pre>', done.stdout, re.S)
    if not found:
        sys.exit("the page did not come to its end\n" + done.stderr.decode())
    return json.loads(html.unescape(found.group(1).decode()))


def check_stack(seen):
    numbers = [int(n) for n in seen["numbers"]]
    check(numbers == sorted(numbers, reverse=True), "order", numbers)
    check(numbers[-1] == 1, "the lowest layer is not 1")
    check(seen["tops"] == sorted(seen["tops"]), "not one above the other")
    for size, bars in seen["bars"]:
        check(bool(bars) == (size != "0 B"), "bar of", size, bars)
    check('CMD ["sh"]' in seen["empty"], "empty lines", seen["empty"])


def check_layers(seen):
    last = int(seen["numbers"][0])
    bad = seen["layers"][str(last - 1)]
    for name in HOSTILE:
        check(name in bad["names"], "not shown:", name, bad["names"])
    check(bad["gone"] == ["hidden-later"], "struck through:", bad["gone"])
    check(bad["struck"], "hidden, but not struck through")
    check(seen["layers"][str(last)]["badges"].get("hidden-later") == "D",
          "no D", seen["layers"][str(last)]["badges"])
    check(bad["badges"].get("__proto__") == "A", "no A", bad["badges"])
    for number, layer in seen["layers"].items():
        check(layer["heading"] == "Layer " + number, layer["heading"])
        check(layer["excess"] <= 0, "layer", number, "is too wide")


def check_all(seen):
    check(not seen["errors"], seen["errors"])
    check_stack(seen)
    check_layers(seen)
    check(seen["title"] == seen["final"] and "owned" not in seen["final"],
          "a name did something: title", seen["final"])
    check(seen["images"] == 0, "an image came out of a name")
    check(seen["scripts"] == 3, seen["scripts"], "scripts")
    check(seen["excess"] <= 0, "too wide by", seen["excess"])
    check(any("one RUN" in a for a in seen["advice"]), seen["advice"])
    check(seen["second"][0] and seen["second"][1].startswith("Layer "),
          "arrow keys in the stack", seen["second"])
    check(all(seen["tree"]), "arrow keys in the tree", seen["tree"])
    check(seen["slash"], "/ does not lead to the search")
    check(len(seen["hits"]) == 2, "hits", seen["hits"])
    check("hidden-later" in seen["found"][1], "not led to the file",
          seen["found"])


def main():
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if not browser or len(sys.argv) != 2:
        sys.exit("usage: layers_page.py PAGE.html (and a chromium)")
    text = pathlib.Path(sys.argv[1]).read_text(encoding="utf-8")
    check(not re.search(r"(src|href)\s*=\s*[\"']?(https?:|//)", text),
          "the page loads something")
    backgrounds = set()
    with tempfile.TemporaryDirectory() as scratch:
        page = pathlib.Path(scratch, "page.html")
        for size in SIZES:
            dark = size == SIZES[1]
            reader = READER.replace("WIDTH", str(size[0]))
            page.write_text(text.replace("</body>", reader + "</body>"),
                            encoding="utf-8")
            seen = browse(browser, page, size, dark, scratch)
            before = len(failures)
            check_all(seen)
            failures[before:] = ["%d px: %s" % (size[0], f)
                                 for f in failures[before:]]
            backgrounds.add((dark, seen["background"]))
    check(len({b for _, b in backgrounds}) == 2, "light and dark", backgrounds)
    print("\n".join(failures))
    sys.exit(bool(failures))


if __name__ == "__main__":
    main()
