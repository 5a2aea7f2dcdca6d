"""Pages in a browser: they draw, the console stays silent, keys move cursors and cells, dark follows the reader."""

import numpy as np
import pytest

from circuitnn import report

BACK = "told.back = getComputedStyle(document.body).backgroundColor; told.grid = plots[0].layout.xaxis.gridcolor;"


def test_a_page_under_its_own_policy(tmp_path, browser, transient, array):
    """As a reader has it: nothing is said on the console, curves and maps are there, nothing of the deck is markup."""
    for subject, drawn in ((transient, "1"), (array, "2")):
        (path,) = report.write(subject, tmp_path / "page.html", overwrite=True)
        said, page, _ = browser(path)
        assert said == []
        assert page.tags[0][1]["data-drawn"] == drawn
        assert sum("js-line" in (a.get("class") or "") for _, a in page.tags) >= 3
        assert not {"b", "img"} & {tag for tag, _ in page.tags if tag != "image"}
        titles = {a["data-title"] for _, a in page.tags if "modebar-btn" in (a.get("class") or "")}
        assert len(titles) == 6 and not any("cloud" in t.lower() or "share" in t.lower() for t in titles)


@pytest.mark.long
@pytest.mark.parametrize("dark", [False, True])
def test_colours_are_the_reader_s(tmp_path, browser, transient, dark):
    (path,) = report.write(transient, tmp_path / "page.html")
    _, _, told = browser(
        path,
        BACK + 'dispatchEvent(new Event("beforeprint")); told.paper = plots[0].layout.xaxis.gridcolor;',
        dark,
    )
    light = {"back": "rgb(255, 255, 255)", "grid": "#d9dee4", "paper": "#d9dee4"}
    assert told == (light | {"back": "rgb(20, 23, 27)", "grid": "#343b44"} if dark else light)


@pytest.mark.long
def test_cursors(tmp_path, browser, transient):
    """Keys set two cursors in the middle and move one; they read what the result has there; zooming halves the view."""
    (path,) = report.write(transient, tmp_path / "page.html")
    said, _, told = browser(
        path,
        """
        press(plots[0], "ArrowLeft");
        press(plots[0], "ArrowLeft");
        press(plots[0], "ArrowRight", {shiftKey: true});
        told.rows = rows(document.querySelector(".reading"));
        press(plots[0], "+");
        told.range = plots[0].layout.xaxis.range;
        press(plots[0], "Home");
        told.all = plots[0].layout.xaxis.range;
        press(plots[0], "Escape");
        told.after = rows(document.querySelector(".reading"));
        """,
    )
    assert said == [] and told["after"] == []
    assert told["rows"][1] == ["time", "980 µs", "1 ms", "20 µs (1/ = 50 kHz)"]
    at = np.interp(980e-6, transient.time, transient["v(<b>x</b>)"])
    name, a, _, _ = told["rows"][3]
    number, prefix = a.removesuffix("V").split(" ")
    assert name == "v(<b>x</b>)"
    assert float(number) * {"m": 1e-3, "µ": 1e-6, "": 1.0}[prefix] == pytest.approx(at, rel=1e-5)
    np.testing.assert_allclose(np.diff(told["range"]), 1e-3, rtol=1e-9)
    np.testing.assert_allclose(told["all"], [0.0, 2e-3])


def test_cells_of_an_array(tmp_path, browser, array):
    """The selected cell is read first; keys go to its neighbour, to the next quantity, and change the scale."""
    (path,) = report.write(array, tmp_path / "page.html")
    said, _, told = browser(
        path,
        """
        const reading = document.querySelector(".reading"), scale = document.querySelector(".bar button");
        const logarithmic = () => scale.getAttribute("aria-pressed");
        told.first = rows(reading);
        press(plots[0], "ArrowRight");
        told.next = rows(reading);
        press(plots[0], "q");
        told.chosen = document.querySelector("select").selectedOptions[0].text;
        told.scales = [logarithmic()];
        press(plots[0], "l");
        told.scales.push(logarithmic());
        told.marks = plots[0].layout.shapes.length;
        """,
    )
    assert said == []
    assert told["first"][0] == ["Word line 4, bit line 2 (selected)"]
    assert told["next"][0] == ["Word line 4, bit line 3"]
    for rows, cell in ((told["first"], (4, 2)), (told["next"], (4, 3))):
        assert rows[1][0] == "Cell currents"
        number, prefix = rows[1][1].removesuffix("A").split(" ")
        assert float(number) * {"µ": 1e-6, "n": 1e-9}[prefix] == pytest.approx(
            array.cell_current[cell], rel=2e-6
        )
    assert told["chosen"] == "Cell voltages"
    assert set(told["scales"]) == {"true", "false"}
    assert told["marks"] == 2


WIDE = """
const seen = document.documentElement.clientWidth;
told.view = seen;
told.width = document.documentElement.scrollWidth;
told.over = [...document.querySelectorAll("body *")].filter((e) => {
  for (let box = e; box && box !== document.body; box = box.parentElement)
    if (["auto", "scroll", "hidden"].includes(getComputedStyle(box).overflowX)) return false;
  return e.getBoundingClientRect().right > seen + 1;
}).map((e) => e.tagName + "." + e.className).slice(0, 5);
"""


@pytest.mark.long
@pytest.mark.parametrize("width", [390, 768, 1440])
@pytest.mark.parametrize("dark", [False, True])
def test_no_page_is_wider_than_its_window(tmp_path, browser, transient, array, width, dark):
    """On a phone, a tablet and a screen: nothing lies beside the window, and the console stays silent."""
    for subject in (transient, array, [transient, transient]):
        (path,) = report.write(subject, tmp_path / "page.html", overwrite=True)
        said, _, told = browser(path, WIDE, dark, width)
        assert said == [] and told["over"] == [] and told["width"] <= told["view"] <= width
