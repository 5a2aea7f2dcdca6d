"""Subjects of pages, pages as their reader's program sees them, and a browser."""

import html.parser
import json
import re
import shutil
import subprocess
from base64 import b64decode

import numpy as np
import pytest

from circuitnn import Circuit, Crossbar
from circuitnn.crossbar import Access
from circuitnn.results.result import Result

HOSTILE = "</title><script>alert('deck')</script><img src=x onerror=alert(1)> & co"
NODE = "<b>x</b>"
DECK = f"""{HOSTILE}
v1 in 0 dc 0 ac 1 sin(0 1 1k)
r1 in {NODE} 1k
c1 {NODE} 0 1u
.meas tran top max v({NODE})
.end
"""
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# As root, in containers with little shared memory, and without a word to anybody.
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-dev-shm-usage --disable-background-networking --no-first-run "
    "--enable-logging=stderr --v=0 --virtual-time-budget=20000 --dump-dom"
).split()


@pytest.fixture(scope="session")
def circuit():
    return Circuit.from_text(DECK)


@pytest.fixture(scope="session")
def transient(circuit):
    return circuit.tran("2m", tmax="10u", reltol=1e-4)


@pytest.fixture(scope="session")
def array():
    g = 10 ** np.random.default_rng(1).uniform(-6, -4, (6, 9))
    return Crossbar(6, 9, g, wordline_resistance=2, bitline_resistance=2, name=HOSTILE).op(
        Access(4, 2, 0.5, "floating")
    )


@pytest.fixture(scope="session")
def spikes():
    """A million points of noise, with peaks of one point each."""
    rng = np.random.default_rng(2)
    t, y = np.linspace(0.0, 1.0, 1_000_000), rng.normal(0.0, 0.01, 1_000_000)
    at = rng.choice(len(t), 40, replace=False)
    y[at] = 5.0 + np.arange(40)
    data = np.column_stack([t, y])
    kinds = ("time", "voltage")
    return Result("spikes", "tran", "Transient Analysis", "time", ("time", "v(a)"), kinds, data), np.sort(at)


class Seen(html.parser.HTMLParser):
    """A page: its tags with attributes, text by tag, scripts, cells of tables."""

    def __init__(self, page):
        super().__init__(convert_charrefs=True)
        self.tags, self.text, self.open = [], {}, []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.text.setdefault(tag, []).append("")
        if tag not in ("meta", "br", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        while self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data):
        for tag in set(self.open):
            self.text[tag][-1] += data

    @property
    def kinds(self):
        return [attrs.get("data-kind") for tag, attrs in self.tags if "data-kind" in attrs]

    @property
    def drawings(self):
        """Contents of the drawings, arrays unpacked."""
        found = [a.get("type") for tag, a in self.tags if tag == "script"]
        texts = [text for kind, text in zip(found, self.text["script"], strict=True) if kind]
        return [json.loads(text, object_hook=unpacked) for text in texts]

    @property
    def cells(self):
        return [text.strip() for text in self.text.get("td", [])]

    @property
    def sentences(self):
        return " ".join(text.strip() for text in self.text["p"])


def unpacked(value):
    if len(value) == 1 and set(value) <= {"f4", "f8"}:
        ((kind, text),) = value.items()
        return np.frombuffer(b64decode(text), f"<{kind}")
    return value


@pytest.fixture(scope="session")
def seen():
    return lambda path: Seen(path.read_text(encoding="utf-8"))


TOLD = """
(async () => {
  const told = {};
  const plots = [...document.querySelectorAll(".plot")];
  const press = (plot, key, more = {}) =>
    plot.dispatchEvent(new KeyboardEvent("keydown", {key, cancelable: true, ...more}));
  const rows = (element) =>
    [...element.querySelectorAll("tr")].map((row) => [...row.children].map((cell) => cell.textContent));
  while (!document.documentElement.hasAttribute("data-drawn")) await new Promise((done) => setTimeout(done, 20));
  %s
  await new Promise((done) => setTimeout(done, 300));
  document.body.append(made("pre", {id: "told"}, JSON.stringify(told)));
  parent.postMessage(JSON.stringify(told), "*");
})();
"""

NARROWEST = 500  # window of the browser; what is narrower is a frame in one
FRAME = """<!DOCTYPE html><body style="margin:0"><iframe src="%s" width="%d" height="1600" style="border:0"></iframe>
<script>
onmessage = (told) => {
  if (told.source === window) return;
  const said = document.createElement("pre");
  said.textContent = told.data;
  document.body.append(said);
};
</script></body>"""


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    """Show a page: what its console says, its tags, and what a script that is added to it tells."""
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        pytest.skip("no browser is installed")
    home = tmp_path_factory.mktemp("browser")

    def show(path, script="", dark=False, width=1100):
        if script:  # the page's own policy would not let it run
            page = re.sub(
                r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", path.read_text(encoding="utf-8")
            )
            path = home / "scripted.html"
            path.write_text(
                page.replace("</body>", f"<script>{TOLD % script}</script></body>"), encoding="utf-8"
            )
        if width < NARROWEST:
            outer = home / "frame.html"
            outer.write_text(FRAME % (path.name, width), encoding="utf-8")
            path = outer
        flags = [
            *FLAGS,
            f"--window-size={width},1600",
            f"--user-data-dir={home / 'profile'}",
            *(["--force-dark-mode"] if dark else []),
        ]
        run = subprocess.run(
            [program, *flags, path.as_uri()], capture_output=True, text=True, timeout=120, check=True
        )
        page = Seen(run.stdout)
        said = [line for line in run.stderr.splitlines() if ":CONSOLE" in line]
        told = json.loads(page.text["pre"][-1]) if script else {}
        return said, page, told

    return show
