"""Whatever the arguments of an analysis are, it gives finite numbers or says what is wrong."""

import warnings

import numpy as np
import pytest

from circuitnn import Circuit, evaluate, fourier
from circuitnn.errors import AnalysisError, CircuitnnError
from circuitnn.registry.analyses import ANALYSES

RC = """t
v1 in 0 dc 1 ac 1 sin(0 1 1k) distof1 1 distof2 1
r1 in out 1k
d1 out 0 dx
c1 out 0 1u
.model dx d
"""
PORTS = "t\nv1 in 0 dc 0 portnum 1 z0 50\nr1 in out 10\nc1 out 0 1n\nv2 out 0 dc 0 portnum 2 z0 50\n"
LOOP = "t\nv1 out back 0\nr1 back m 1k\nc1 m 0 1u\ne1 o 0 0 m 100\nr2 o out 1k\nr3 out 0 1k\n"
OVER = {"start": 1.0, "stop": 1e3, "points": 3, "variation": "dec"}
TIMES = {"tstop": 1e-4, "tstep": 1e-5, "tstart": 0.0, "tmax": 1e-5, "uic": False}
NOT_NUMBERS = [
    float("nan"),
    None,
    "",
    "abc",
    b"v1",
    1j,
    object(),
    [],
    ("a", "b"),
    {},
    {"v1": None},
    np.array([1.0, 2.0]),
]
ODD = [*NOT_NUMBERS, 0, -1, True, np.int64(2), np.float32(0.5), 1e300, 2**70, ("out", "in", "out")]
RANGE = {"start": 0.0, "stop": 1.0}
ORBIT = {"frequency": 1e3, "tstab": 1e-3}
GOOD = {
    "ac": (RC, OVER),
    "arc": (RC, {"source": "v1", **RANGE, "points": 4, "branches": 0, "settled": False}),
    "cycles": (RC, {"name": "v1", **RANGE, **ORBIT, "tolerance": 1e-3, "points": 2, "uic": True}),
    "dc": (RC, {"sweeps": "v1", **RANGE, "step": 0.5, "progress": None}),
    "disto": (RC, {**OVER, "ratio": 0.9}),
    "locus": (
        RC,
        {"kind": "fold", "first": "v1", **RANGE, "second": "r1", "low": 1.0, "high": 2.0, "points": 4},
    ),
    "lyapunov": (
        RC,
        {"tstop": 1e-4, "tstab": 1e-4, "count": 1, "tmax": 1e-5, "tolerance": 1e-3, "uic": True},
    ),
    "noise": (RC, {"output": "out", "source": "v1", **OVER}),
    "op": (RC, {}),
    "pac": (f"{RC}.pss 1k 1m\n", {**OVER, "sidebands": 1, "cycle": None}),
    "pnoise": (
        f"{RC}.pss 1k 1m\n",
        {
            "output": "out",
            **OVER,
            "harmonic": 0,
            "sidebands": 1,
            "cycle": None,
            "source": "v1",
            "from_sideband": 0,
        },
    ),
    "pss": (RC, {**ORBIT, "node": "out", "points": 0, "harms": 2, "formula": "sdirk2", "method": "hb"}),
    "pxf": (f"{RC}.pss 1k 1m\n", {"output": "out", **OVER, "sidebands": 1, "cycle": None}),
    "pz": (RC, {"source": "in", "output": "out", "drive": "vol", "wanted": "pz"}),
    "sens": (RC, {"output": "out", **OVER}),
    "solutions": (RC, {"starts": 2}),
    "sp": (PORTS, {**OVER, "noise": True}),
    "spikes": (RC, {**TIMES, "levels": {"v(out)": 0.1}}),
    "stb": (LOOP, {"probe": "v1", **OVER}),
    "tf": (RC, {"output": "out", "source": "v1"}),
    "tran": (RC, {**TIMES, "start": None, "progress": None}),
}
# Where positive numbers may ask for hours of work that make sense.
LONG = {
    ("pss", "tstab"),
    ("pss", "frequency"),
    ("cycles", "frequency"),
    ("lyapunov", "tstop"),
    ("spikes", "tstop"),
}
PLACES = [(name, key) for name, (_, good) in GOOD.items() for key in good]


def test_every_analysis_is_asked():
    assert set(GOOD) == set(ANALYSES)


@pytest.mark.thinned(3)
@pytest.mark.parametrize(("name", "key"), PLACES)
def test_odd_arguments_give_finite_numbers_or_an_error_of_the_package(name, key):
    deck, good = GOOD[name]
    circuit = Circuit.from_text(deck)
    for value in ODD:
        if (name, key) in LONG and np.isscalar(value) and np.isreal(value) and value > 0.0:
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                found = getattr(circuit, name)(**{**good, key: value})
            except CircuitnnError as error:
                assert len(str(error)) > 10
                continue
        for result in found if isinstance(found, tuple) else (found,):
            assert np.isfinite(result.data).all(), value


@pytest.mark.parametrize("drive", ["voltage", "v", "", 1, None])
def test_poles_of_an_unknown_drive_are_an_error_and_not_those_of_a_current(drive):
    circuit = Circuit.from_text("t\nr1 in out 1k\nc1 out 0 1u\nr2 out 0 1k\nr3 in 0 1k\n")
    with pytest.raises(AnalysisError, match="must be one of vol, cur"):
        circuit.pz("in", "out", drive)
    assert circuit.pz("in", "out", "VOL")["pole(1)"] == pytest.approx(-2e3)
    assert circuit.pz("in", "out", "cur")["pole(1)"] == pytest.approx(-1.5e3)


@pytest.mark.parametrize("output", ["out", "OUT", "v(out)", "V( out )", ["out"], ("out", "0"), "v(out,0)"])
def test_an_output_may_be_written_as_on_a_card(output):
    circuit = Circuit.from_text(RC)
    gain = circuit.tf("out", "v1")["transfer_function"]
    assert circuit.tf(output, "V1")["transfer_function"] == gain
    assert (
        circuit.noise(output, "v1", 1.0)[1]["onoise_total"]
        == circuit.noise("out", "v1", 1.0)[1]["onoise_total"]
    )
    assert circuit.pz("in", output)["pole(1)"] == circuit.pz("in", "out")["pole(1)"]
    assert circuit.sens(output)["r1"] == circuit.sens("out")["r1"]


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda c: c.tf(("out", "in", "out"), "v1"), "must be one or two nodes"),
        (lambda c: c.noise("i(v1)", "v1", 1.0), "must be one or two nodes"),
        (lambda c: c.dc({"v1": [0, 1]}, 0, 5, 1), "start, stop and step are for a single name"),
        (lambda c: c.dc({}), "at least one axis"),
        (lambda c: c.dc(["v1"]), "sweeps = .* mapping of names to points"),
        (lambda c: c.sens("out", stop=1e3), "stop without start"),
        (lambda c: c.tran(1e-4, uic="no"), "must be True or False"),
        (lambda c: c.tran(1e-4, start=0.0), "must be a state"),
        (lambda c: c.state(uic="no"), "must be True or False"),
        (lambda c: c.pss(0.0), "give a frequency above 0"),
        (lambda c: c.pss(-1.0, 1e-3), "must be positive"),
        (lambda c: c.cycles("v1", 1, 2, 1e-3, -1.0), "must be positive"),
        (lambda c: c.lyapunov(1e-30, 1e-3), "must be more than 1e-09 of tstab"),
        (lambda c: c.lyapunov(1e-3, 1e-3, tmax=-1.0), "tmax = -1 s: must be positive"),
        (lambda c: c.arc("v1", 0, 1, points=1e300), "points lie between 2 and"),
        (lambda c: c.tran(1e-4, progress=3), "must be a function, True or False"),
    ],
)
def test_what_would_have_no_effect_or_no_meaning_is_an_error(call, says):
    with pytest.raises(AnalysisError, match=says):
        call(Circuit.from_text(RC))


def test_a_single_point_of_a_sweep_needs_no_list():
    circuit = Circuit.from_text(RC)
    assert (
        circuit.dc({"v1": 0.5, "TEMP": [0, 50]}).data.tolist()
        == circuit.dc({"v1": [0.5], "temp": [0, 50]}).data.tolist()
    )


@pytest.mark.parametrize("card", ["cycles v1 1.0 3.0 0.001 100000.0 uic", "lyapunov 1000.0 50.0 3 0.05 uic"])
def test_a_written_comment_has_all_of_the_card(card):
    (found,) = Circuit.from_text(f"{RC}.{card}\n").flat.analyses
    assert ANALYSES[found.kind].write(found.arguments) == f"* .{card}"


def test_a_parameter_at_which_a_source_vanishes_can_be_followed():
    """mu = 0 simplifies the nonlinear source: the simulations have different groups of devices."""
    deck = """van der pol
.param mu=1
c1 y 0 1 ic=1
b1 y 0 i={v(z)}
c2 z 0 1
b2 z 0 i={-v(y)-mu*(1-v(y)*v(y))*v(z)}
r1 y 0 1g
r2 z 0 1g
"""
    found = Circuit.from_text(deck).arc("mu", 0.0, 1.0, points=5)
    assert found.data[[0, -1], 0].tolist() == [0.0, 1.0]
    assert found["growing"][-1] == 2.0  # the origin is unstable for mu > 0


RESULT = Circuit.from_text(RC).tran(3e-3, 1e-5)
METHODS = {
    "array": ["v(out)"],
    "find": ["v(out)"],
    "spike_train": ["v(out)", 0.1, 0.0],
    "period": ["v(out)", 0.1, 0.0],
    "phase": ["v(out)", 0.1, 0.0],
    "duty": ["v(out)", 0.1, 0.0],
    "amplitude": ["v(out)", 0.0],
    "section": ["v(out)", 0.1, "v(in)"],
    "plot": ["v(out)"],
}


@pytest.mark.filterwarnings("ignore:amplitude")  # of few cycles
@pytest.mark.parametrize(("name", "place"), [(n, k) for n, good in METHODS.items() for k in range(len(good))])
def test_odd_arguments_of_results_are_errors_of_the_package(name, place):
    for value in [*ODD, ("a", np.arange(3.0)), ("a", ["x"] * len(RESULT))]:
        arguments = [*METHODS[name][:place], value, *METHODS[name][place + 1 :]]
        try:
            found = getattr(RESULT, name)(*arguments)
        except CircuitnnError as error:
            assert len(str(error)) > 10
            continue
        if isinstance(found, float):
            assert np.isfinite(found), arguments


def test_a_signal_that_only_touches_its_level_falls_again():
    """A fall is from the level or above it to below, as a rise is the reverse; a peak of 0 at level 0 had no fall."""
    circuit = Circuit.from_text("t\nv1 a 0 pulse(-1 0 1u 1n 1n 2u 10u)\nr1 a 0 1k\n")
    result = circuit.tran(1e-4, tmax=1e-6)
    assert result.duty("v(a)", 0.0) == pytest.approx(0.2, abs=1e-3)


EQUATIONS = Circuit.from_text(RC).system()
POINT = EQUATIONS.operating_point()
CALLS = {
    "altered": (
        lambda *a: Circuit.from_text(RC).altered(*a).op(),
        [{("r1", ""): 2e3}, {"dx": {"is": 1e-15}}],
    ),
    "at_corner": (lambda c: Circuit.from_text(RC).at_corner(c).op(), [{"r1": 2e3}]),
    "with_analysis": (lambda card: Circuit.from_text(RC).with_analysis(card).run(), ["op"]),
    "with_dialect": (lambda word: Circuit.from_text(RC).with_dialect(word).op(), ["psa"]),
    "verify": (Circuit.from_text(RC).verify, ["op", 1.0]),
    "from_text": (lambda text: Circuit.from_text(text).op(), [RC]),
    "fourier": (lambda *a: fourier(RESULT, *a), [1e3, "v(out)"]),
    "evaluate": (lambda text: evaluate(RESULT, text), ["v(out)"]),
    "state": (lambda *a: Circuit.from_text(RC).state().changed(*a), [{"v(out)": 0.5}, 0.0]),
    "system": (Circuit.from_text(RC).system, [1.0, 0.1]),
    "at": (EQUATIONS.at, [POINT, 0.0]),
    "events": (EQUATIONS.events, [POINT, 0.0]),
    "source": (EQUATIONS.source, ["v1", 0.0]),
    "set_source": (EQUATIONS.set_source, ["v1", 1.0]),
    "influence": (EQUATIONS.influence, ["v1"]),
    "index": (EQUATIONS.index, ["v(out)"]),
    "operating_point": (EQUATIONS.operating_point, [POINT]),
    "solve": (EQUATIONS.solve, [POINT, 0.0, 1e3, 0.0 * POINT, 100]),
    "integrate": (EQUATIONS.integrate, [POINT, 0.0, 1e-4, "trap"]),
}


@pytest.mark.parametrize(
    ("name", "place"), [(n, k) for n, (_, good) in CALLS.items() for k in range(len(good))]
)
@pytest.mark.filterwarnings("ignore")
def test_odd_arguments_of_circuits_and_equations_are_errors_of_the_package(name, place):
    call, good = CALLS[name]
    for value in ODD:
        if (name, place) == ("integrate", 2) and np.isscalar(value) and np.isreal(value) and value > 1.0:
            continue
        try:
            call(*good[:place], value, *good[place + 1 :])
        except CircuitnnError as error:
            assert len(str(error)) > 10
