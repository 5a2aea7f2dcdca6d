"""Pages, read by a parser of HTML: what is on them, and what of a deck never becomes more than text."""

import re
import sys
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256

import numpy as np
import pytest
from click.testing import CliRunner

from circuitnn import Crossbar, report
from circuitnn.cli.group import group
from circuitnn.crossbar import MVM
from circuitnn.errors import AnalysisError, UnknownNameError
from circuitnn.flat import Sweep
from circuitnn.report.numbers import kept, written
from circuitnn.report.openable import opened
from circuitnn.report.render import visible
from circuitnn.results.result import Result
from circuitnn.studies import Grid, MonteCarlo, study
from circuitnn.studies.questions.margin import margin


def page_of(subject, tmp_path, seen, **settings):
    (path, *_) = report.write(subject, tmp_path / "page.html", **settings)
    return seen(path)


def test_a_transient(tmp_path, seen, transient):
    page = page_of(transient.save(tmp_path / "x.nc"), tmp_path, seen)
    assert page.kinds == ["waves"]
    (waves,) = page.drawings
    assert [panel["unit"] for panel in waves["panels"]] == ["V", "A"]
    curve = next(c for c in waves["curves"] if c["name"] == "v(<b>x</b>)")
    np.testing.assert_array_equal(curve["x"], transient.time)
    np.testing.assert_array_equal(curve["y"], transient["v(<b>x</b>)"])
    assert f"{len(transient):,} points over time from 0 s to 2 ms" in page.sentences
    at = page.cells.index("top")
    assert float(page.cells[at + 1]) == pytest.approx(transient.measures["top"], rel=1e-5)


def test_where_a_result_comes_from(tmp_path, seen, circuit, transient):
    """Versions, digest of the deck, options, seed: of a result and of its file."""
    digest = sha256(circuit.source.text.encode()).hexdigest()
    for subject in (transient, transient.save(tmp_path / "x.nc")):
        page = page_of(subject, tmp_path, seen, overwrite=True)
        assert digest in page.cells and "reltol=0.0001" in page.cells
        assert np.__version__ in page.cells
    path = tmp_path / "x.nc"
    assert sha256(path.read_bytes()).hexdigest() in page.cells
    assert circuit.tran("10u", seed=7).provenance["seed"] == "7"


def test_nothing_of_a_deck_is_markup(tmp_path, seen, transient):
    """Title and node of the deck are markup; on the page they are text, and only the page's own scripts may run."""
    page = page_of(transient, tmp_path, seen)
    assert "<script>alert('deck')</script>" in page.text["h1"][0] and "v(<b>x</b>)" in page.cells
    assert not {"b", "img"} & {tag for tag, _ in page.tags}
    policy = next(a["content"] for tag, a in page.tags if a.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none';")
    digests = re.findall(r"'sha256-([^']+)'", policy)
    kinds = [a.get("type") for tag, a in page.tags if tag == "script"]
    scripts = [s for kind, s in zip(kinds, page.text["script"], strict=True) if kind is None]
    assert [b64encode(sha256(s.encode()).digest()).decode() for s in scripts] == digests
    assert kinds.count(None) == len(scripts) == 4  # Plotly once, and what draws waveforms
    assert not [
        a for _, a in page.tags if {"src", "href"} & a.keys() and not a.get("href", "").startswith("#")
    ]


def test_characters_that_are_not_seen_are_shown():
    assert visible("a\x1b[2Jb\u202ec\ud800\td") == "a\\u001b[2Jb\\u202ec\\ud800\td"


def test_phasors(tmp_path, seen, circuit):
    """A low pass of 1 kOhm and 1 µF: magnitude and phase over the logarithm of the frequency."""
    circuit.ac(1.0, 1e6, 10).save(tmp_path / "x.raw")
    page = page_of(tmp_path / "x.raw", tmp_path, seen)
    (waves,) = page.drawings
    assert waves["x"]["log"]
    assert [panel["unit"] for panel in waves["panels"]] == ["dB", "°", "dB", "°"]
    loss, phase = (c for c in waves["curves"] if c["name"] == "v(<b>x</b>)")
    expected = 1.0 / (1.0 + 2j * np.pi * loss["x"] * 1e-3)
    np.testing.assert_allclose(loss["y"], 20.0 * np.log10(np.abs(expected)), atol=1e-6)
    np.testing.assert_allclose(phase["y"], np.degrees(np.angle(expected)), atol=1e-6)


def test_an_operating_point_is_a_table(tmp_path, seen, circuit):
    page = page_of(circuit.op(), tmp_path, seen)
    assert page.kinds == [] and "v(in)" in page.cells


def test_nested_sweeps(tmp_path, seen):
    """The curve is interrupted where the inner sweep begins anew; the file gives what the result gave."""
    inner, outer = (0.0, 1.0, 2.0), (10.0, 20.0)
    data = np.array([(x, x + y) for y in outer for x in inner])
    sweeps = (Sweep("v1", inner), Sweep("param:w", outer))
    names, kinds = ("v-sweep", "v(s)"), ("voltage", "voltage")
    result = Result(
        "nested", "dc", "DC transfer characteristic", "v-sweep", names, kinds, data, sweeps=sweeps
    )
    result.save(tmp_path / "x.nc")
    for subject in (result, tmp_path / "x.nc"):
        (waves,) = page_of(subject, tmp_path, seen, overwrite=True).drawings
        np.testing.assert_array_equal(waves["curves"][0]["x"], [0, 1, 2, np.nan, 0, 1, 2])
        np.testing.assert_array_equal(waves["curves"][0]["y"], [10, 11, 12, np.nan, 20, 21, 22])


def test_a_run_that_was_interrupted_says_so(tmp_path, seen, transient):
    data = transient.data[:50]
    torn = replace(transient, data=data, complete=False, message="stopped <here>")
    assert "not complete: stopped <here>" in page_of(torn, tmp_path, seen).sentences


def test_a_million_points_keep_their_peaks(tmp_path, seen, spikes):
    result, at = spikes
    page = page_of(result, tmp_path, seen)
    (curve,) = page.drawings[0]["curves"]
    assert len(curve["y"]) <= 10_000
    np.testing.assert_array_equal(curve["y"][curve["y"] > 1.0], result["v(a)"][at])
    np.testing.assert_array_equal(curve["x"][[0, -1]], [0.0, 1.0])
    assert "at most 10,000 of 1,000,000 points" in page.sentences
    assert (tmp_path / "page.html").stat().st_size < 6e6


@pytest.mark.parametrize("count", [3, 99, 100, 101, 1234])
def test_kept_points_are_ordered_and_few(count):
    values = np.random.default_rng(count).normal(size=count)
    where = kept(values, 100)
    assert len(where) <= 100 and np.all(np.diff(where) > 0)
    assert {0, count - 1, values.argmin(), values.argmax()} <= set(where.tolist())


def test_numbers_have_prefixes():
    assert [written(v, "V") for v in (0.0125, -999.9999e-3, 0.0, 1e-30)] == [
        "12.5 mV",
        "-1 V",
        "0 V",
        "1e-30 V",
    ]
    assert written(1200.0, "degC") == "1200 °C"


def test_an_array(tmp_path, seen, array):
    page = page_of(array.save(tmp_path / "read.nc"), tmp_path, seen)
    assert page.kinds == ["map", "wires"]
    maps, wires = page.drawings
    assert maps["selected"] == wires["selected"] == [4, 2]
    current = maps["maps"][0]
    np.testing.assert_allclose(current["values"].reshape(6, 9), array.cell_current, rtol=1e-6)
    np.testing.assert_allclose(wires["word"].reshape(6, 8), array.wordline_current, rtol=1e-6)
    assert f"carries {written(array.selected_current, 'A')}" in page.sentences
    assert f"{written(array.sneak_current, 'A')} reach its bit line by other ways" in page.sentences
    assert "2 Ω per segment" in page.cells


def test_a_large_array_is_put_together(tmp_path, seen):
    """Squares of 2 x 2 keep the largest current; lines are not drawn one by one."""
    result = Crossbar(300, 300, 1e-5, wordline_resistance=1, bitline_resistance=1).op(MVM(np.ones(300)))
    page = page_of(result, tmp_path, seen)
    (maps,) = page.drawings
    assert "Each square stands for 2 × 2 cells" in page.sentences
    assert maps["maps"][0]["values"].max() == pytest.approx(result.cell_current.max(), rel=1e-6)
    assert maps["maps"][0]["values"].shape == (150 * 150,)


def test_a_study_and_its_record(tmp_path, seen):
    def build(a, seed):
        if seed == 3:
            raise ValueError("<script>no</script>")
        return {"y": float(a * seed), "same": 1.0}

    study(build, Grid(a=[1, 2]) * MonteCarlo(20), record=tmp_path / "s.zarr", title="<i>study</i>")
    page = page_of(tmp_path / "s.zarr", tmp_path, seen)
    assert page.text["h1"][0] == "<i>study</i>" and page.kinds == ["plain"]
    failed = sum("<script>no</script>" in cell for cell in page.cells)
    assert f"40 points over a (2), sample (20); {failed or 'none'} failed." in page.sentences
    (histogram,) = page.drawings
    assert sum(trace["y"].sum() for trace in histogram["traces"]) == 40 - failed
    assert "not drawn: same" in page.sentences


def test_an_answer_keeps_its_table(tmp_path, seen):
    answer = margin(size=[2, 4], nonlinearity=[2, 100])
    for subject in (answer, answer.save(tmp_path / "m.nc")):
        page = page_of(subject, tmp_path, seen, overwrite=True)
        assert {"0.3158", "0.1312"} <= set(page.cells) and answer.summary[0] in page.sentences
    curves = page.drawings[0]["traces"]
    assert [trace["name"] for trace in curves] == ["nonlinearity 2", "nonlinearity 100"]
    np.testing.assert_allclose(curves[0]["y"], [0.3158, 0.1312], atol=5e-5)


def test_signals_that_are_asked_for(tmp_path, seen, circuit, transient):
    (waves,) = page_of([circuit.op(), transient], tmp_path, seen, signals=["in"]).drawings
    assert [curve["name"] for curve in waves["curves"]] == ["v(in)"]
    with pytest.raises(UnknownNameError, match="nowhere"):
        report.write(transient, tmp_path / "y.html", signals=["nowhere"])
    with pytest.raises(AnalysisError, match="draws variables only"):
        report.write(transient, tmp_path / "y.html", signals=["v(in,<b>x</b>)"])
    assert not (tmp_path / "y.html").exists()


def test_what_is_there_stays(tmp_path, transient):
    target = tmp_path / "page.html"
    target.write_text("mine")
    (tmp_path / "dangling.html").symlink_to(tmp_path / "nothing")
    for name in ("page.html", "dangling.html"):
        with pytest.raises(AnalysisError, match="exists; give another name"):
            report.write(transient, tmp_path / name)
    (tmp_path / "other_tran.png").write_text("mine")
    with pytest.raises(AnalysisError, match=r"other_tran\.png exists"):
        report.write(transient, tmp_path / "other.html", figures=["png"])
    assert target.read_text() == "mine"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["dangling.html", "other_tran.png", "page.html"]
    report.write(transient, target, overwrite=True)
    assert target.read_text().startswith("<!DOCTYPE html>")


def test_what_cannot_be_a_page(tmp_path, transient, monkeypatch):
    for bad, said in (
        ({"path": "x.cir"}, "written as .html"),
        ({"points": 3}, "at least 100"),
        ({"figures": ["gif"]}, "png, pdf, svg"),
        ({"subject": 7}, "subject of type int"),
        ({"subject": tmp_path}, "not a record of a study"),
    ):
        arguments = {"subject": transient, "path": "x.html", **bad}
        with pytest.raises(AnalysisError, match=said):
            report.write(arguments.pop("subject"), tmp_path / arguments.pop("path"), **arguments)
    (tmp_path / "x.nc").write_bytes(b"no netCDF")
    with pytest.raises(AnalysisError, match=r"x\.nc: not a netCDF"):
        opened(tmp_path / "x.nc")
    monkeypatch.setitem(sys.modules, "plotly.offline", None)
    with pytest.raises(AnalysisError, match=r"pip install 'circuitnn\[report\]'"):
        report.write(transient, tmp_path / "x.html")


def test_files_that_contradict_themselves(tmp_path, array):
    """Attributes of a file are as untrusted as its numbers: an error says what is wrong with them."""
    outside = array.to_xarray().assign_attrs(selected=[99, 0])
    with pytest.raises(AnalysisError, match=r"\(99, 0\) is not in the array"):
        report.write(outside, tmp_path / "x.html")
    for table in ("no JSON", "[]", '{"headings": 3, "rows": []}'):
        answer = margin(size=[2]).described().assign_attrs(table=table)
        with pytest.raises(AnalysisError, match="is not a table"):
            report.write(answer, tmp_path / "x.html")


@pytest.mark.long
def test_figures_beside_the_page(tmp_path, transient, array):
    written = report.write(transient, tmp_path / "t.html", figures=["png", "pdf"])
    assert [p.name for p in written] == ["t.html", "t_tran.png", "t_tran.pdf"]
    assert written[1].read_bytes()[:4] == b"\x89PNG" and written[2].read_bytes()[:4] == b"%PDF"
    drawn = report.write(array.save(tmp_path / "a.nc"), tmp_path / "a.html", figures=["svg"])
    assert [p.name for p in drawn[1:]] == ["a_cell_current.svg", "a_currents.svg", "a_ir_drop.svg"]
    answer = margin(size=[2, 4], nonlinearity=[2, 100])
    assert report.write(answer, tmp_path / "m.html", figures=["svg"])[1].stat().st_size > 1000


def test_commands(tmp_path, transient, monkeypatch):
    """``report`` writes beside its source and replaces nothing; ``view`` opens the page, or does not."""
    shown = []
    monkeypatch.setattr("webbrowser.open_new_tab", lambda address: shown.append(address) or True)
    source = transient.save(tmp_path / "x.raw")

    def call(*words):
        return CliRunner().invoke(group, [str(word) for word in words], standalone_mode=False)

    assert call("report", source).output == f"written: {tmp_path / 'x.html'}\n"
    assert isinstance(call("report", source).exception, AnalysisError)
    assert call("report", source, "--overwrite", "-q").output == ""
    assert not shown
    call("view", source, "-o", tmp_path / "v.html")
    assert shown == [(tmp_path / "v.html").as_uri()]
    call("view", source, "-o", tmp_path / "w.html", "--no-open", "--signals", "v(in)")
    assert len(shown) == 1 and (tmp_path / "w.html").exists()
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    found = report.view(transient, show=False)
    assert found.parent.parent == tmp_path and found.parent.stat().st_mode & 0o777 == 0o700
