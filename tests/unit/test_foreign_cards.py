"""Cards of Xyce and HSPICE: tables and sweeps, options of packages, global parameters, memristors."""

import math
import warnings

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.errors import DeckWarning, NetlistError

DIVIDER = """divider
.param r=1k vs=1
v1 a 0 {vs}
r1 a b {r}
r2 b 0 1k
"""
TABLE = ".data rows r vs\n+ 1k 1\n+ 2k 3\n+ 3k 4\n.enddata\n"


def outputs(cards):
    return [
        (dict(result.step), float(np.atleast_1d(result["v(b)"])[-1]))
        for result in Circuit.from_text(DIVIDER + cards).run()
    ]


@pytest.mark.parametrize("cards", [".step data=rows\n.op\n", ".tran 1n 2n sweep data=rows\n"])
def test_columns_of_a_table_vary_together(cards):
    expected = [({"r": r, "vs": vs}, vs * 1e3 / (r + 1e3)) for r, vs in ((1e3, 1.0), (2e3, 3.0), (3e3, 4.0))]
    for (step, v), (known, value) in zip(outputs(TABLE + cards), expected, strict=True):
        assert step == known
        assert v == pytest.approx(value, rel=1e-6)


def test_a_table_beside_another_step():
    steps = [step for step, _ in outputs(TABLE + ".step r2 list 1k 2k\n.step data=rows\n.op\n")]
    assert [(s["r2"], s["r"]) for s in steps] == [(r2, r) for r2 in (1e3, 2e3) for r in (1e3, 2e3, 3e3)]


@pytest.mark.parametrize(
    ("sweep", "values"),
    [
        ("r 1k 3k 1k", (1e3, 2e3, 3e3)),
        ("r lin 3 1k 2k", (1e3, 1.5e3, 2e3)),
        ("r dec 2 1k 10k", (1e3, 1e3 * math.sqrt(10), 1e4)),
        ("r poi 2 4k 1k", (4e3, 1e3)),
    ],
)
def test_sweeps_of_hspice(sweep, values):
    assert [step["r"] for step, _ in outputs(f".tran 1n 2n sweep {sweep}\n")] == pytest.approx(values)


@pytest.mark.parametrize(
    ("cards", "said"),
    [
        (".step data=row\n.op\n", r"no table '.data row' \(did you mean rows\?\)"),
        (".data half r vs\n+ 1 2 3\n.step data=half\n.op\n", "rows are not complete"),
        (".data none\n.step data=none\n.op\n", "rows are not complete"),
        (".data x rr\n+ 1 2\n.step data=x\n.op\n", "parameter 'rr' to sweep"),
        (".data x file=a.txt r=1\n.step data=x\n.op\n", "tables in other files are not read"),
        (".tran 1n 2n sweep r lin 3\n", "takes points, start and stop"),
    ],
)
def test_faulty_tables_and_sweeps(cards, said):
    with pytest.raises(NetlistError, match=said):
        Circuit.from_text(DIVIDER + TABLE + cards).run()


def test_a_sweep_of_one_of_two_analyses_warns():
    with pytest.warns(DeckWarning, match="repeats the other analyses"):
        assert len(outputs(".op\n.tran 1n 2n sweep r 1k 2k 1k\n")) == 4


def test_monte_carlo_on_a_card_warns():
    with pytest.warns(DeckWarning, match="--samples"):
        assert len(outputs(".tran 1n 2n sweep monte=30\n")) == 1


def test_options_behind_a_package():
    text = DIVIDER + (
        ".options timeint reltol=1e-5 method=8 delmax=1n erroption=1\n.options nonlin maxstep=7\n"
        ".options device gmin=1e-13 temp=50\n.op\n"
    )
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        flat = Circuit.from_text(text).flat
    said = [str(warning.message) for warning in told]
    assert len(said) == 2
    assert said[0].endswith("of Xyce's 'timeint' options these have no effect: erroption")
    assert said[1].endswith("of Xyce's 'nonlin' options these have no effect: maxstep")
    assert {name: flat.options[name] for name in ("reltol", "method", "delmax", "gmin", "temp")} == {
        "reltol": 1e-5,
        "delmax": 1e-9,
        "method": "gear",
        "gmin": 1e-13,
        "temp": 50,
    }


def test_an_option_called_like_a_package():
    with pytest.warns(DeckWarning, match="option output is not known"):
        assert Circuit.from_text(DIVIDER + ".options output=2 reltol=1e-5\n.op\n").flat.options == {
            "reltol": 1e-5
        }


def test_global_parameters_and_measures_by_equation():
    text = "g\n.global_param vin=3\nv1 a 0 {vin}\nr1 a 0 1k\n.tran 1n 2n\n"
    (result,) = Circuit.from_text(
        text + ".measure tran top max v(a)\n.measure tran twice eqn {2*top}\n"
    ).run()
    assert result.measures == {"top": 3.0, "twice": 6.0}


def test_the_form_of_printed_files_warns():
    with pytest.warns(DeckWarning, match="'format=csv file=x.csv' of '.print' has no effect"):
        flat = Circuit.from_text(DIVIDER + ".op\n.print dc format=csv file=x.csv v(a) v(b)\n").flat
    assert flat.prints[0].signals == ("v(a)", "v(b)")


def test_preprocessing_warns():
    with pytest.warns(DeckWarning, match="'.preprocess replaceground true' of Xyce has no effect"):
        Circuit.from_text(DIVIDER + ".preprocess replaceground true\n.op\n").run()


TEAM = """ymemristor mr1 b 0 m
.model m memristor level=2 ron=50 roff=1k koff=1.46e-18 kon=-4.68e-22 alphaoff=10 alphaon=10
+ ioff=115u ion=-8.9u wt=4 xon=0 xoff=3e-9 aon=0 aoff=3e-9 wc=1e-12
"""
YAKOPCIC = """ymemristor mr1 b 0 m xo=0.11
.model m memristor level=3 a1=.17 a2=.17 b=.05 vp=.16 vn=.15 ap=4000 an=4000 xp=.3 xn=.5 alphap=1 alphan=5
"""


@pytest.mark.parametrize(
    ("device", "volts", "hertz", "x", "current"),
    [  # SciPy's integrations: largest state, largest current
        (TEAM, 1.0, 1e3, 1.344655e-9 / 3e-9, 10.12047e-3),
        (YAKOPCIC, 0.5, 100.0, 0.93139202, 2.640534e-3),
    ],
)
def test_memristors_of_xyce(device, volts, hertz, x, current):
    text = f"m\nv1 a 0 sin(0 {volts} {hertz})\nr1 a b 50\n{device}"
    result = Circuit.from_text(text).tran(1.0 / hertz, 1e-3 / hertz, reltol=1e-5)
    assert np.max(result["@nmr1[x]"]) == pytest.approx(x, rel=1e-3)
    assert np.max(np.abs(result["i(v1)"])) == pytest.approx(current, rel=1e-3)


def test_memristors_of_other_levels_and_idle_parameters():
    with pytest.warns(DeckWarning, match="no effect: resnoise, xscaling"):
        Circuit.from_text("m\nv1 b 0 1\n" + TEAM.replace("wt=4", "wt=4 resnoise=true xscaling=1e9")).op()
    with pytest.warns(DeckWarning, match="not level 4"), pytest.raises(NetlistError, match="memristor"):
        Circuit.from_text("m\nv1 b 0 1\n" + TEAM.replace("level=2", "level=4")).op()


def test_lossy_lines_keep_their_letter():
    text = "y\nv1 a 0 1\ny1 a 0 b 0 m len=2\n.model m txl r=1 l=9n g=0 c=3p length=1\nr1 b 0 1k\n.op\n"
    (result,) = Circuit.from_text(text).run()
    assert result["v(b)"] == pytest.approx(1e3 / 1002)
