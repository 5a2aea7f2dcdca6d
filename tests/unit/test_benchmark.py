"""The benchmark's runner: its arithmetic, the turns it takes, the shape of what it writes, small cases."""

import json
import math
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from bench import cases, check, documents
from bench.__main__ import chosen
from bench.generators import linear
from bench.generators.deck import case as deck_case
from bench.runner import markdown
from bench.runner.accuracy import of_largest, of_span, relative
from bench.runner.case import OURS, Case, Outcome, Sample, Session
from bench.runner.contenders import Function, with_options
from bench.runner.document import document, entry, load, save
from bench.runner.spread import geometric_mean, ratios, spread
from bench.runner.turns import Measured, measure
from bench.runner.vacask import Untranslated, translated

SESSION = Session(timeout=30.0, peers="python")


@dataclass(frozen=True)
class Told:
    """A contender whose samples are given; notes in which order the contenders have run."""

    name: str
    seconds: list
    order: list
    value: float = 1.0
    missing: str = ""
    kind = "process"

    def absent(self, session):
        return self.missing

    def sample(self, folder, session):
        self.order.append(self.name)
        seconds = self.seconds[min(self.order.count(self.name), len(self.seconds)) - 1]
        if seconds is None:
            return Sample.failure("it broke"), None
        return Sample(seconds, 2.0 * seconds, 10.0), Outcome({"v": np.array([self.value])})

    def counters(self):
        return {"points": 7}


def made(*contenders, **more):
    return Case("group", "family", 3, "nodes", {told.name: told for told in contenders}, **more)


def test_medians_and_spreads():
    found = spread([3.0, math.nan, 1.0, 2.0, 10.0])
    assert (found.median, found.least, found.greatest, found.count) == (2.5, 1.0, 10.0, 4)
    assert spread([math.nan]) is None
    assert geometric_mean([1.0, 8.0]) == pytest.approx(math.sqrt(8.0))


def test_ratios_are_taken_pair_by_pair():
    """The machine was ten times slower in the second turn; the ratio of medians would be 2.6."""
    found = ratios([2.0, 30.0, 3.0], [1.0, 10.0, 1.0])
    assert (found.median, found.least, found.greatest) == (3.0, 2.0, 3.0)
    assert ratios([5.0], [2.0, 7.0]).count == 1  # a slow peer runs once, in the first turn
    assert ratios([], [1.0]) is None


def test_contenders_take_turns_and_rotate():
    order = []
    case = made(Told(OURS, [1.0], order), Told("a", [2.0], order), Told("b", [3.0], order))
    found = measure(case, SESSION, most=3, budget=100.0)
    assert order == [OURS, "a", "b", "a", "b", OURS, "b", OURS, "a"]
    assert [sample.processor for sample in found["a"].samples] == [2.0] * 3


def test_a_missing_peer_is_a_dash_with_its_reason():
    case = made(Told(OURS, [1.0], []), Told("peer", [1.0], [], missing="peer is not installed"))
    result = document([entry(case, measure(case, SESSION, 2, 100.0))], {})
    text = markdown.text(result)
    assert "| – |" in text and "- peer: peer is not installed" in text


def test_a_contender_that_fails_does_not_run_again():
    order = []
    case = made(Told(OURS, [1.0], order), Told("peer", [None], order))
    found = measure(case, SESSION, 3, 100.0)
    assert order.count("peer") == 1 and order.count(OURS) == 3
    assert found["peer"].absent == "it broke" and not found["peer"].samples


def test_the_shape_of_the_document(tmp_path):
    order = []
    case = made(
        Told(OURS, [1.0, 2.0, 4.0], order),
        Told("peer", [2.0, 6.0, 40.0], order, value=1.5),
        reference=Told("exact", [1.0], order, value=1.0),
        error=of_largest,
        error_is="difference",
    )
    result = document([entry(case, measure(case, SESSION, 3, 100.0))], {"quick": True})
    save(result, tmp_path / "benchmark.json")
    assert load(tmp_path / "benchmark.json") == result
    assert result.keys() == {"schema", "date", "machine", "versions", "settings", "cases"}
    (found,) = result["cases"]
    assert (found["group"], found["family"], found["size"], found["unit"]) == ("group", "family", 3, "nodes")
    peer = found["contenders"]["peer"]
    assert peer["processor"] == {"median": 6.0, "least": 2.0, "greatest": 40.0, "count": 3}
    assert peer["wall"]["median"] == 12.0
    assert peer["ratio"]["median"] == 3.0  # 2, 3 and 10, pair by pair
    assert peer["error"] == 0.5 and found["contenders"][OURS]["error"] == 0.0
    assert peer["counters"] == {"points": 7} and peer["megabytes"] == 10.0


def test_the_document_names_no_host_and_no_path():
    import getpass
    import platform

    text = json.dumps(document([], {}))
    for word in (platform.node(), getpass.getuser(), str(Path.home()), str(Path.cwd())):
        assert len(word) < 4 or word not in text


def test_another_schema_is_refused(tmp_path):
    (tmp_path / "old.json").write_text('{"schema": 0}')
    with pytest.raises(SystemExit, match="another version"):
        load(tmp_path / "old.json")


def test_errors():
    t = np.array([0.0, 1.0, 1.5, 4.0])
    exact = Outcome({"v(a)": np.array([0.0, 2.0, 2.0, 2.0]), "v(rest)": np.array([1e-20, 0.0, 0.0, 0.0])}, t)
    coarse = Outcome({"v(a)": np.array([0.0, 2.2, 2.2]), "v(rest)": np.zeros(3)}, np.array([0.0, 1.0, 4.0]))
    # 0.2 from t = 1 on, by the trapezoidal rule from 0 up to it: (1/2 + 3)/4 of 0.04; a span of 2
    assert of_span(coarse, exact) == pytest.approx(math.sqrt(0.04 * 3.5 / 4.0) / 2.0)
    values, others = Outcome({"a": np.array([1.0, 9.0])}), Outcome({"a": np.array([2.0, 10.0])})
    assert of_largest(values, others) == pytest.approx(0.1)
    assert relative(values, others) == pytest.approx(0.5)
    assert math.isnan(of_largest(Outcome({"b": np.ones(2)}), others))


def test_options_are_added_at_the_end_where_the_last_one_holds():
    deck = "title\nr1 a 0 1\n.options reltol=1e-3\n.op\n.end\n"
    assert with_options(deck, "reltol=1e-6").splitlines()[-2:] == [".options reltol=1e-6", ".end"]
    assert with_options(deck, "") == deck


def test_nodal_reference_of_a_divider():
    lines = ["v1 a 0 3", "r1 a b 1", "r2 b 0 2", "i1 b 0 0.3", ".save v(b) i(v1)"]
    found = linear.nodal_reference(lines)
    assert found == pytest.approx({"v(b)": (3.0 - 0.3) * 2.0 / 3.0, "i(v1)": -(3.0 - 1.8)})


def test_translation_for_vacask():
    deck = "t\nv1 a 0 pulse(0 5 1n 1n 1n 20n 40n)\nr1 a b 1k\n.model d1 d(is=1f)\nd1 b 0 d1\n.tran 1n 2u 0 5n\n.end\n"
    text = translated(deck)
    assert "r1 ( a b ) resistor r=1000.0" in text and 'load "spice/diode.osdi"' in text
    assert 'v1 ( a 0 ) vsource dc=0.0 type="pulse" val0=0.0 val1=5.0 delay=1e-09' in text
    assert "analysis bench1 tran step=1e-09 stop=2e-06 maxstep=5e-09" in text
    with pytest.raises(Untranslated, match="b1"):
        translated("t\nb1 a 0 v=1\n.op\n.end\n")


def test_changed_counters_are_told():
    stored = {"a": {"points": 100, "iterations": 300}, "gone": {"points": 1}}
    assert check.differences(stored, {"a": {"points": 103, "iterations": 309}, "gone": {"points": 1}}) == []
    found = check.differences(stored, {"a": {"points": 104, "iterations": 280}, "new": {"points": 2}})
    assert found == [
        "a: iterations 300 → 280",
        "a: points 100 → 104",
        "gone: stored, but there is no such case",
        "new: not stored",
    ]


def test_stored_counters_are_those_of_the_quick_decks():
    names = {case.name for group in cases.groups() for case in cases.cases(group, quick=True)}
    stored = json.loads(check.STORED.read_text()).keys() - {check.START}
    assert stored and stored <= names


@pytest.mark.parametrize("quick", [True, False])
@pytest.mark.parametrize("group", cases.groups())
def test_names_of_cases_are_unique(group, quick):
    found = list(cases.cases(group, quick))
    assert all(case.group == group and OURS in case.contenders for case in found)
    assert len({case.name for case in found}) == len(found)


def test_what_is_not_there_is_an_error():
    with pytest.raises(SystemExit, match="no group 'arays'; known are arrays"):
        chosen(["arays"], True, "")
    with pytest.raises(SystemExit, match="no case has 'nothing'"):
        chosen([], True, "nothing")


def test_functions_run_in_a_process_of_their_own(tmp_path):
    path = "bench.cases.arrays:product"
    sample, outcome = Function(path, {"n": 4}).sample(tmp_path, SESSION)
    assert not sample.failed, sample.failed
    assert 0.0 < sample.processor < 1.0 and sample.megabytes > 10.0
    exact = Function("bench.peers.crossbars:superlu", {"n": 4}).sample(tmp_path, SESSION)[1]
    assert relative(outcome, Outcome({"values": exact.vectors["values"][0]})) < 1e-10
    broken, none = Function(path, {"wrong": 4}).sample(tmp_path, SESSION)
    assert "unexpected keyword" in broken.failed and none is None


def test_a_deck_beside_ngspice():
    if shutil.which("ngspice") is None:
        pytest.skip("ngspice is not installed")
    card, build = ".tran 1u 20u", lambda: ["v1 a 0 pulse(0 1 1u 1n)", "r1 a b 1k", "c1 b 0 1n", ".save v(b)"]
    case = deck_case("linear", "one pole", 1, "node", build, card)
    result = document([entry(case, measure(case, SESSION, 1, 100.0))], {})
    ours, theirs = (result["cases"][0]["contenders"][name] for name in (OURS, "ngspice KLU"))
    assert ours["kind"] == theirs["kind"] == "process"
    assert 0.0 < ours["error"] < 1e-2 and 0.0 < theirs["error"] < 1e-2
    assert ours["counters"]["points"] > 20 and theirs["counters"]["iterations"] > 20
    assert re.search(r"\| one pole, 1 node \| [\d.]+ \(", markdown.text(result))


def test_the_command_writes_three_files(tmp_path):
    """In a process of its own: it keeps itself on one core."""
    pytest.importorskip("plotly")
    words = ["arrays", "--quick", "--turns", "1", "--only", "cell selected", "--output", str(tmp_path)]
    run = [sys.executable, "-m", "bench", *words]
    done = subprocess.run(run, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True)
    assert "array, one cell selected" in done.stdout
    result = load(tmp_path / "benchmark.json")
    assert result["settings"]["quick"] and len(result["cases"]) == 1
    assert "one cell selected" in (tmp_path / "benchmark.md").read_text()
    assert "Plotly.newPlot" in (tmp_path / "benchmark.html").read_text()


def measured(family, size, unit, *seconds, group="linear"):
    """A case of a document: seconds of circuitnn, ngspice with KLU, ngspice."""
    named = dict(zip((OURS, "ngspice KLU", "ngspice"), seconds, strict=False))
    return entry(
        Case(group, family, size, unit, dict.fromkeys(named)),
        {name: Measured("process", (Sample(s, s, 20.0),)) for name, s in named.items()},
    )


def test_documents_show_the_largest_size_and_the_faster_solver():
    shown = documents.decks(
        document(
            [
                measured("RC mesh .ac", 100, "nodes", 0.1, 0.2, 0.3),
                measured("RC mesh .ac", 2500, "nodes", 0.5, 2.0, 1.5),
                measured("RC mesh .ac", 90000, "nodes", 0.7),  # ngspice has not run
            ],
            {},
        )
    )
    assert shown[2:] == ["| RC mesh .ac, 2\u202f500 nodes | 0.5 | 1.5 | 3 | 20 / 20 |"]


def test_documents_tell_long_decks_from_short_ones():
    cases_ = [
        measured("grid .op", 9, "nodes", 0.1, 0.01),
        measured("grid .op", 99, "nodes", 0.2, 0.8),
        measured("ring .tran", 3, "gates", 0.5, 1.0, group="bipolar"),
        measured("array, product", 3, "lines", 0.5, 1.0, group="arrays"),
    ]
    rows = documents.groups(document(cases_, {}))[2:]
    assert rows == [
        "| linear circuits | 2 | 0.63 | 1 | 4.00 | 4.00: grid .op, 99 nodes |",
        "| bipolar transistors and diodes, transients | 1 | 2.00 | 1 | 2.00 | 2.00: ring .tran, 3 gates |",
        "| all of these | 3 | 0.93 | 2 | 2.83 | 2.00: ring .tran, 3 gates |",
    ]


def test_a_table_is_filled_between_its_marks():
    text = "before\n<!-- benchmark decks -->\nold\n<!-- end of benchmark -->\nafter\n"
    kept = document([measured("RC mesh .ac", 4, "nodes", 0.5, 2.0)], {})
    once = documents.filled(text, kept)
    assert "RC mesh .ac, 4 nodes | 0.5 | 2 | 4 |" in once and "old" not in once
    assert once.startswith("before\n<!-- benchmark decks -->\n") and once.endswith(
        "<!-- end of benchmark -->\nafter\n"
    )
    assert documents.filled(once, kept) == once
