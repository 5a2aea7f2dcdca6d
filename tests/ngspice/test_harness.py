"""The harness itself: its budget can be exceeded, its cards are read, both routes give the same."""

from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.axes import Axes

from circuitnn.circuit.circuit import Circuit
from circuitnn.results.result import Result
from validation.cases import run_case
from validation.compare import compare
from validation.cycles import compare_cycles
from validation.decks import NETLISTS, all_decks, read
from validation.measured import compare_measures
from validation.ngspice import NgspiceError, Runner, available, run_batch
from validation.page import as_html
from validation.picture import picture


def tran(values, shift=0.0):
    time = np.linspace(0, 1, len(values)) + shift
    time[0], time[-1] = 0, 1
    return Result("", "tran", "Transient Analysis", "time", ("time", "v(a)"), ("time", "voltage"),
                  np.column_stack([time, values]))  # fmt: skip


def point(value):
    return Result("", "op", "Operating Point", None, ("v(a)",), ("voltage",), np.array([[value]]))


@pytest.mark.parametrize(("error", "passes"), [(0.9e-3, True), (1.1e-3, False)])
def test_transient_budget(error, passes):
    wave = np.sin(np.linspace(0, 6, 5001))
    wave = wave / np.ptp(wave)
    other = wave.copy()
    other[2000:2100] += error
    assert (compare(tran(other), tran(wave))[0].share <= 1) is passes


def test_edge_allows_a_shift_and_no_more():
    step = (np.linspace(0, 1, 1001) > 0.5).astype(float)
    late = (np.linspace(0, 1, 1001) > 0.505).astype(float)
    assert compare(tran(late), tran(step))[0].share > 1
    assert compare(tran(late), tran(step), edge=0.006)[0].share <= 1
    assert compare(tran(late), tran(step), edge=0.003)[0].share > 1


@pytest.mark.parametrize(("error", "passes"), [(0.9e-6, True), (1.1e-6, False)])
def test_operating_point_budget(error, passes):
    assert (compare(point(1 + error), point(1.0))[0].share <= 1) is passes


def test_a_missing_variable_is_an_error():
    theirs = Result("", "op", "", None, ("v(a)", "v(b)"), ("voltage",) * 2, np.zeros((1, 2)))
    with pytest.raises(AssertionError, match=r"v\(b\)"):
        compare(point(0.0), theirs)


def test_cards(tmp_path):
    path = tmp_path / "x.cir"
    path.write_text(
        "title\n* expect: tran v(a,b) at=1m = 2.5k rel=1e-3 abs=2u\n* compare: edge=2n oscillator=freq\n"
    )
    deck = read(path)
    (card,) = deck.expectations
    assert (card.analysis, card.expression, card.at, card.value) == ("tran", "v(a,b)", 1e-3, 2500.0)
    assert card.allowed == pytest.approx(2.500002)
    assert (deck.edge, deck.oscillator) == (2e-9, "freq")


@pytest.mark.parametrize("line", ["* expect: op v(a) 3", "* expect: ac v(a) = 1", "* compare: egde=1n"])
def test_bad_cards_are_refused(tmp_path, line):
    path = tmp_path / "x.cir"
    path.write_text(f"title\n{line}\n")
    with pytest.raises(ValueError, match=r"x\.cir"):
        read(path)


@pytest.mark.skipif(not available(), reason="ngspice is not installed")
def test_both_routes_give_the_same():
    path = NETLISTS / "basics" / "rc_step.cir"
    with Runner() as runner:
        shared = runner.run(path)
    batch = run_batch(path)
    assert batch.route == "batch"
    assert shared.measures == pytest.approx(batch.measures, rel=1e-6)
    a, b = shared.plots[0], batch.plots[0]
    assert set(a.names) == set(b.names)
    for name in b.names:
        np.testing.assert_array_equal(a.data[:, a.names.index(name)], b.data[:, b.names.index(name)])


@pytest.mark.skipif(not available(), reason="ngspice is not installed")
def test_pyspice_is_really_used():
    """If PySpice stops working, the fall-back must not hide it."""
    with Runner() as runner:
        run = runner.run(NETLISTS / "basics" / "voltage_divider.cir")
    assert run.route == "PySpice", run.reason


@pytest.mark.skipif(not available(), reason="ngspice is not installed")
@pytest.mark.parametrize("name", ["basics/harmonics", "reference/four_square"])
def test_harmonics_come_through_the_library(name):
    deck = next(d for d in all_decks() if d.name == name)
    with Runner() as runner:
        case = run_case(deck, runner)
    assert case.theirs.route == "PySpice", case.theirs.reason
    assert any(p.analysis == "four" for p in case.theirs.plots)


def test_what_moves_by_rounding_only_is_not_drawn(tmp_path, monkeypatch):
    time, drawn = np.linspace(0, 1, 101), []
    data = np.column_stack([time, 1 + 2e-16 * np.arange(101), np.sin(time)])
    plot = Result("", "tran", "", "time", ("time", "v(a)", "i(l1)"), ("time", "voltage", "current"), data)
    case = SimpleNamespace(
        ours=[plot], theirs=SimpleNamespace(plots=[plot]), deck=SimpleNamespace(name="basics/x")
    )
    plain = Axes.plot
    monkeypatch.setattr(Axes, "plot", lambda *a, **k: (drawn.append(k.get("label")), plain(*a, **k))[1])
    picture(case, tmp_path / "picture.png")
    assert {d for d in drawn if d} == {"i(l1)"}


def test_a_reason_is_asked_for(tmp_path):
    path = tmp_path / "x.cir"
    path.write_text("title\n* compare: none it draws random numbers\n")
    assert read(path).skip == "it draws random numbers"
    path.write_text("title\n* compare: none\n")
    with pytest.raises(ValueError, match="say why"):
        read(path)


COMPACT = """compact models in all analyses
* compare: edge=1n
v1 in 0 dc 0.3 SIN(0.3 1 1meg)
x1 in 0 cell
.subckt cell a b
n1 a mid m x0=0.2
r1 mid b 10
.ends
n2 in 0 sw
v2 s 0 dc 0
e1 e 0 vol='v(in)*3'
re e 0 1k
.model m vteam
.model sw vo2_switch rins=1k rmet=100 vimt=1.1 vmit=0.5
.options reltol=1e-5
.op
.dc v1 0 0.5 0.1
.tran 0.5n 1.5u 0 0.1n
.meas tran imax max i(v1)
.end
"""


@pytest.mark.skipif(not available(), reason="ngspice is not installed")
def test_twins_stand_for_compact_models(tmp_path):
    path = tmp_path / "compact.cir"
    path.write_text(COMPACT)
    with Runner() as runner:
        case = run_case(read(path), runner)
    assert case.passed, case.worst
    seen = {(d.analysis, d.variable) for d in case.deviations}
    wanted = {("tran", "@n.x1.n1[x]"), ("tran", "@n2[x]"), ("dc", "@n.x1.n1[x]"), ("op", "i(e1)")}
    assert wanted <= seen
    assert case.theirs.measures.keys() == {"imax"} and case.theirs.route == "PySpice, twins"


@pytest.mark.skipif(not available(), reason="ngspice is not installed")
def test_what_twins_cannot_say_is_an_error(tmp_path):
    path = tmp_path / "compact.cir"
    path.write_text(COMPACT.replace(".tran", ".step param p list 1 2\n.param p=1\n.tran"))
    with Runner() as runner, pytest.raises(ValueError, match=r"\.step"):
        run_case(read(path), runner)
    path.write_text(COMPACT.replace("edge=1n", "none because"))
    with Runner() as runner:
        case = run_case(read(path), runner)
    assert case.ours and not case.deviations and not case.theirs.plots


@pytest.mark.long
@pytest.mark.parametrize("name", ["basics/ac_filter", "basics/noise_amplifier", "basics/diode_resistor"])
def test_every_kind_of_analysis_has_its_picture(name, tmp_path):
    deck = next(d for d in all_decks() if d.name == name)
    with Runner() as runner:
        picture(run_case(deck, runner), tmp_path / "picture.png")
    assert (tmp_path / "picture.png").stat().st_size > 10_000


OSCILLATOR = """oscillator
v1 a 0 sin(0 1 1)
r1 a 0 1
.tran 1m 10
.meas tran period trig v(a) val=0 rise=3 targ v(a) val=0 rise=4
.end
"""


def wave(period=1.0, phase=0.0, sharp=3.0, size=1.0, loss=1.0):
    """Ten rounded squares and the current of their source."""
    time = np.linspace(0, 10, 20001)
    v = size * np.tanh(sharp * np.sin(2 * np.pi * (time / period - phase)) + 0.5)
    return Result(
        "", "tran", "Transient Analysis", "time", ("time", "v(a)", "i(v1)"), ("time", "voltage", "current"),
        np.column_stack([time, v, -loss * v]),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "passes"),
    [
        ({"phase": 0.37}, True),
        ({"period": 1.0009}, True),
        ({"period": 1.002}, False),
        ({"sharp": 3.6}, False),
        ({"size": 1.02}, False),
        ({"loss": 1.004}, True),
        ({"loss": 1.006}, False),
    ],
)
def test_cycles(changed, passes):
    """The phase is free; period, edges, bounds and the energy a cycle are not."""
    flat = Circuit.from_text(OSCILLATOR).flat
    found = compare_cycles(wave(**changed), wave(), flat, "period")
    assert all(d.share <= 1 for d in found) is passes, [str(d) for d in found if d.share > 1]
    seen = {d.variable for d in found}
    assert {"period", "v(a) (duty)", "v(a) (rise time)", "v(a) (fall)", "v1 (energy a cycle)"} <= seen


def test_axes_are_compared():
    def swept(last):
        return Result("", "ac", "AC Analysis", "frequency", ("frequency", "v(a)"), ("frequency", "voltage"),
                      np.array([[1.0, 1.0], [last, 1.0]]))  # fmt: skip

    assert compare(swept(10.0), swept(10.0))[0].share == 0
    assert compare(swept(9.9), swept(10.0))[0].variable == "frequency (axis)"
    assert compare(swept(9.9), swept(10.0))[0].share > 1


def test_measures_are_compared():
    circuit = Circuit.from_text(OSCILLATOR)
    ours = circuit.run()
    value = ours[0].measures["period"]
    for other, passes in ((value, True), (value * 1.005, False), (np.nan, False)):
        (found,) = compare_measures(circuit.flat.measures, ours, {"period": other})
        assert (found.share <= 1) is passes
    (found,) = compare_measures(circuit.flat.measures, ours, {})
    assert found.share > 1, "what ngspice lacks is told"


FAULTY = """a fault of ngspice
{card}
v1 a 0 dc 1 ac 1
r1 a b 100
s1 b 0 c 0 sw
vc c 0 1
.model sw sw(vt=0.5 ron=50 roff=1k)
.op
.ac lin 1 1k 1k
.end
"""


@pytest.mark.skipif(not available(), reason="ngspice is not installed")
def test_what_ngspice_has_wrong_is_told_apart(tmp_path):
    path = tmp_path / "x.cir"
    cards = {
        "": False,
        "* compare: ngspice-wrong ac v(b),i(v1) it opens the switch proof=x.py": True,
        "* compare: ngspice-wrong ac v(b) it opens the switch proof=x.py": False,
        "* compare: ngspice-wrong ac * it opens the switch proof=x.py": True,
    }
    with Runner() as runner:
        for card, passes in cards.items():
            path.write_text(FAULTY.format(card=card))
            case = run_case(read(path), runner)
            assert case.passed is passes, card
            assert len(case.wrong) == bool(card)
        ((fault, deviation),) = case.wrong
        assert fault.what == "it opens the switch" and deviation.error > 0
        path.write_text(FAULTY.format(card="* compare: ngspice-wrong op v(b) nothing proof=x.py"))
        stale = run_case(read(path), runner)
    assert not stale.passed and "it agrees" in stale.worst.variable


@pytest.mark.parametrize(
    "card",
    ["ngspice-wrong ac v(b) no proof", "measures=a within=1e-3", "none"],
)
def test_cards_without_their_parts_are_refused(card, tmp_path):
    path = tmp_path / "x.cir"
    path.write_text(f"title\n* compare: {card}\n")
    with pytest.raises(ValueError, match=r"x\.cir"):
        read(path)


@pytest.mark.skipif(not available(), reason="ngspice is not installed")
def test_a_deck_that_fails_leaves_nothing_behind(tmp_path):
    """The next one must not get its plots."""
    bad, good = tmp_path / "bad.cir", tmp_path / "good.cir"
    bad.write_text("bad\nv1 a 0 1\nb1 n1 0 v=pwr(v(a)-1,0.5)*v(nowhere)\n.dc v1 -1 1 0.5\n.end\n")
    good.write_text("good\nv1 a 0 1\nr1 a 0 1k\n.op\n.end\n")
    with Runner() as runner:
        with pytest.raises(NgspiceError):
            runner.run(bad)
        run = runner.run(good)
    assert [p.analysis for p in run.plots] == ["op"]
    assert set(run.plots[0].names) == {"v(a)", "i(v1)"}


def test_pages():
    page = as_html(["# A", "", "| x | y |", "|---|---|", "| **a** | [b](#b) |", "", "* c", "", "![d](d.png)"])
    assert page.count("<tr>") == 2 and "<th>x</th>" in page and "<td><b>a</b></td>" in page
    assert '<a href="#b">b</a>' in page and '<img loading=lazy src="d.png"' in page
    assert page.count("<table>") == page.count("</table>") == 1 and "<li>c</li>" in page
