"""What options do to the ways of solving, and what is said of those that do nothing."""

import pickle
import re
import warnings
from pathlib import Path

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.cli.options import page, rows
from circuitnn.errors import AnalysisError, DeckWarning, NetlistError
from circuitnn.options import IGNORED, OURS, Options, keywords, option, tabled
from circuitnn.records import dataclass

HARD = """diodes in series: more Newton steps than a few
v1 a 0 5
e1 e 0 d 0 2
r2 e 0 1k
r1 a b 10
d1 b c dm
d2 c d dm
d3 d 0 dm
.model dm d(is=1e-16 n=1.1)
{options}
.op
"""
RLC = """t
v1 a 0 pulse(0 1 1u 1n 1n 1 2)
r1 a b 10
l1 b c 1m
c1 c 0 1n
d1 c 0 dm
.model dm d(is=1e-14)
{options}
.tran 50n 20u
"""


def homotopy(options):
    return Circuit.from_text(HARD.format(options=options)).op().statistics.homotopy


def test_iterations_and_homotopies():
    assert homotopy("") == ""
    assert homotopy(".options itl1=2") == "gmin stepping"
    assert homotopy(".options itl1=2 gminsteps=0") == "source stepping"
    assert homotopy(".options itl1=2 gminsteps=0 srcsteps=0") not in ("", "gmin stepping", "source stepping")
    assert homotopy(".options itl1=2 gminsteps=0 itl6=0") == homotopy(
        ".options itl1=2 gminsteps=0 srcsteps=0"
    )


def statistics(options):
    return Circuit.from_text(RLC.format(options=options)).run()[0].statistics


def test_tolerances_take_steps_and_iterations():
    usual = statistics("")
    assert statistics(".options reltol=1e-5").points > usual.points
    assert statistics(".options trtol=1").points > usual.points
    assert statistics(".options chgtol=1e-18").points > usual.points
    steep = RLC.replace("pulse(0 1 ", "pulse(0 50 ")
    few, enough = (
        Circuit.from_text(steep.format(options=f".options itl4={n}")).run()[0].statistics for n in (2, 10)
    )
    assert few.rejected > enough.rejected
    assert statistics(".options vntol=1e-12 abstol=1e-16 reltol=1e-6").iterations > usual.iterations
    euler = Circuit.from_text(RLC.format(options=".options method=be")).run()[0]
    first_order = Circuit.from_text(RLC.format(options=".options maxord=1")).run()[0]
    np.testing.assert_array_equal(euler.data, first_order.data)


def test_points_of_interp():
    full, even = (Circuit.from_text(RLC.format(options=o)).run()[0] for o in ("", ".options interp"))
    np.testing.assert_allclose(even.time, 50e-9 * np.arange(401), rtol=1e-12)
    np.testing.assert_array_equal(even["v(c)"], np.interp(even.time, full.time, full["v(c)"]))


def test_what_is_said_of_options():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert homotopy(".options noopiter acct list cshunt rseries=0") == ""
    with pytest.warns(DeckWarning, match="option xmu is not known"):
        homotopy(".options xmu=0.4")
    for wrong in ("rshunt=0", "cshunt=-1p", "rseries=-1", "reltol=0"):
        with pytest.raises(NetlistError, match=wrong.split("=")[0]):
            homotopy(f".options {wrong}")
    for word in ("reltol=foo", "rshunt=x", "method=euclid", "temp"):
        with pytest.warns(DeckWarning, match=rf"option {word.split('=')[0]}.*; it has no effect"):
            homotopy(f".options {word}")


@pytest.mark.parametrize(
    "option",
    ["seed=-1", "seed=1e30", "itl1=1e30", "itl1=0", "itl2=-5", "itl4=1e300", "threads=0", "threads=1e12", "maxord=99",
     "gminsteps=-1", "srcsteps=1e20"],
)  # fmt: skip
def test_whole_numbers_have_ranges(option):
    with pytest.raises(NetlistError, match=rf"option {option.partition('=')[0]} = .*: must be \d+ to \d+"):
        homotopy(f".options {option}")


def test_more_threads_than_processors_are_no_use():
    deck = HARD + "\n".join(f"dx{k} d 0 dm" for k in range(4000)) + "\n"
    few, many = (Circuit.from_text(deck.format(options=f".options threads={n}")).op() for n in (1, 100000))
    assert np.array_equal(few.data, many.data)
    assert any("as many as there are processors" in note for note in many.statistics.notes)


def test_the_page_has_every_option():
    for name in Options.table:
        assert len(re.findall(rf"^\| `{name}`", page(), re.MULTILINE)) == 1


@dataclass(frozen=True)
@tabled
class More(Options):
    """Options and one more."""

    flavour: float = option(2.0, "Something new", "kg", low=0, inverse="thinness", origin="circuitnn")


def test_type_checkers_see_the_names_that_analyses_take():
    """Each name that acts in an analysis is a keyword; those that act earlier or do nothing are none."""
    seen = set(re.findall(r"^    (\w+): ", keywords.text(), re.MULTILINE))
    assert seen == {name for row in Options.table.values() if row.at == "run" for name in row.names}
    assert {"reltol", "rshunt", "method"} <= seen and not seen & {"ngbehavior", "klu"}


def test_an_option_is_one_line():
    """One more line, and it is read, checked, documented and listed."""
    assert More().flavour == 2.0
    assert More().updated({"flavour": "3k"}).flavour == 3000.0
    assert More().updated({"thinness": 4.0}).flavour == 0.25
    with pytest.raises(AnalysisError, match="option flavour = -1: must not be negative"):
        More(flavour=-1.0)
    with pytest.warns(DeckWarning, match="did you mean flavour"):
        More().updated({"flavor": 1.0})
    assert "flavour : float\n        Something new. [kg] Default: 2." in More.__doc__
    assert rows(More)[-1] == ("flavour, thinness", "2 kg", "not negative", "circuitnn", "Something new")
    assert page(More).count("`flavour`, `thinness`") == 1
    assert "flavour" not in Options.table


@pytest.mark.parametrize("name", Options.table)
def test_every_option_is_read_on_cards_and_in_python(name):
    """The default, written out, is taken by all ways; what is out of range is refused by all."""
    row = Options.table[name]
    default = {True: "1", False: "0"}.get(row.default, str(row.default))
    deck = "t\nv1 a 0 1\nr1 a 0 1k\n.options {}\n.op\n"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        circuit = Circuit.from_text(deck.format(f"{name}={default}"))
        assert getattr(circuit.options(), name) == row.default
        assert getattr(circuit.with_options(**{name: row.default}).options(), name) == row.default
        assert (
            getattr(circuit.with_card(".options", f"{name}={default}", keep=True).options(), name)
            == row.default
        )
    assert pickle.loads(pickle.dumps(Options())) == Options()
    if row.range:
        wrong = "nonsense" if row.words else -1e4
        goes_on = bool(row.words) and row.origin != OURS
        refused = pytest.raises(NetlistError, match=f"option {name} = .*: must")
        warned = pytest.warns(DeckWarning, match=f"option {name} = .*; it has no effect")
        with warned if goes_on else refused:
            _ = Circuit.from_text(deck.format(f"{name}={wrong}")).flat
        with pytest.raises(AnalysisError, match=f"option {name} = .*: must"):
            Circuit.from_text(deck.format("")).with_options(**{name: wrong}).options()


def test_ignored_options_are_not_options():
    assert not set(IGNORED).intersection(n for row in Options.table.values() for n in row.names)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert Options().updated(dict.fromkeys(IGNORED, 1.0)) == Options()


def test_options_that_come_too_late():
    circuit = Circuit.from_text("t\nv1 a 0 1\nr1 a 0 1k\n.op\n")
    with pytest.warns(
        DeckWarning, match="option savecurrents acts when the deck is read: give it to with_options"
    ):
        circuit.op(savecurrents=True)
    assert "@r1[i]" in circuit.with_options(savecurrents=True).run()[0].names
    off = circuit.with_card(".options", "savecurrents=0", keep=True)
    assert "@r1[i]" not in off.run()[0].names


def test_documents_name_options_that_exist():
    known = {n for row in Options.table.values() for n in row.names} | set(IGNORED) | {"xmu", "ramptime"}
    root = Path(__file__).parents[2]
    for path in [*(root / "docs").glob("*.md"), root / "README.md"]:
        for name in re.findall(r"\.options (\w+)", path.read_text()):
            assert name in known | {"name"}, path.name


def test_seeds_keep_all_their_digits():
    """They went through floats: 2^60 and 2^60 + 1 drew the same."""
    text = "t\n.param x=agauss(1,0.1,1)\n.options seed={}\nv1 a 0 {{x}}\nr1 a 0 1\n.op\n.end\n"
    drawn = {}
    for seed in (2**60, 2**60 + 1):
        ways = [Circuit.from_text(text.format(seed))]
        ways += [
            Circuit.from_text(text.format(1)).with_options(seed=s) for s in (seed, np.int64(seed), str(seed))
        ]
        values = {float(way.op()["v(a)"]) for way in ways}
        assert len(values) == 1
        drawn |= dict.fromkeys(values, seed)
    assert len(drawn) == 2


@pytest.mark.parametrize("name", Options.table)
def test_each_default_is_in_range(name):
    row = Options.table[name]
    row.check(row.default)
    assert getattr(Options(), name) is row.default
