"""XSPICE's analog code models that are branches, windings and cores, random parameters, against ngspice's own."""

import numpy as np
import pytest

from circuitnn.circuit.circuit import Circuit
from validation.cases import both
from validation.ngspice import available

pytestmark = pytest.mark.skipif(not available(), reason="ngspice is not installed")

OPTIONS = ".options reltol=1e-9 abstol=1e-18 vntol=1e-12 gmin=1e-15"
SEEDS = range(4)


def given(seed, **ranges):
    """Parameters, some of them: uniform between two ends, or one of several words."""
    rng = np.random.default_rng(seed)
    found = {}
    for name, ends in ranges.items():
        if seed and rng.random() < 0.3:
            continue
        found[name] = rng.choice(ends) if isinstance(ends[0], str) else f"{rng.uniform(*ends):.7g}"
    return " ".join(f"{name}={value}" for name, value in found.items())


def agree(deck, tmp_path, *names, rtol=1e-7, atol=1e-14):
    """Whether both simulators have the same."""
    ours, theirs = both(f"{deck}\n{OPTIONS}\n.end\n", tmp_path)
    for name in names:
        mine, other = np.ravel(ours.array(name)), theirs.array(name)
        assert np.ptp(np.abs(other)) > 0.0, name
        np.testing.assert_allclose(mine, other, rtol=rtol, atol=atol, err_msg=name)


@pytest.mark.parametrize("seed", SEEDS)
def test_zener(seed, tmp_path):
    card = given(
        seed,
        i_breakdown=(0.01, 1),
        r_breakdown=(0.5, 4),
        i_rev=(0, 1e-3),
        i_sat=(1e-13, 1e-9),
        n_forward=(1, 2),
    )
    deck = f"zener\nv1 a 0 0\na1 a 0 m\n.model m zener(v_breakdown={3 + seed} {card})\n.dc v1 -6.2 0.7 0.1"
    agree(deck, tmp_path, "i(v1)")


@pytest.mark.parametrize("analysis", [".dc v1 -12 12 0.5", ".ac lin 1 1k 1k"])
def test_regulator_with_zeners(analysis, tmp_path):
    """Two of them against each other behind a resistor, where the breakdown is steep."""
    deck = f"""regulator
v1 a 0 9.5 ac 1
r1 a b 330
c1 b 0 1u
a1 0 b m
a2 %gd(0 c) m
r2 c b 10
.model m zener(v_breakdown=5.6 limit_switch=false)
{analysis}"""
    ours, theirs = both(f"{deck}\n{OPTIONS}\n.end\n", tmp_path)
    np.testing.assert_allclose(np.ravel(ours.array("v(b)")), theirs.array("v(b)"), rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("log", ["true", "false"])
@pytest.mark.parametrize("limit", ["true", "false"])
@pytest.mark.parametrize("seed", SEEDS)
def test_aswitch(seed, limit, log, tmp_path):
    card = given(seed, cntl_off=(-1, 0.4), cntl_on=(0.6, 3), r_on=(0.1, 100))
    highest = 4 if limit == "true" else 0.6  # beyond r_on ngspice finds few points
    deck = f"""switch
v1 c 0 0
v2 a 0 1.5
r1 a b 1
a1 c (b 0) m
.model m aswitch({card} r_off={10 ** (4 + seed)} log={log} limit={limit})
.dc v1 -2 {highest} 0.1"""
    agree(deck, tmp_path, "i(v2)")


@pytest.mark.parametrize("log", ["true", "false"])
@pytest.mark.parametrize("seed", SEEDS)
def test_pswitch(seed, log, tmp_path):
    card = given(seed, cntl_off=(-1, 0.4), cntl_on=(0.6, 3), r_on=(0.1, 100), r_cntl_in=(1e3, 1e6))
    deck = f"""switch
v1 c 0 0
v2 a 0 1.5
r1 a b 1
a1 (c 0) (b 0) m
.model m pswitch({card} r_off={10 ** (4 + seed)} log={log})
.dc v1 -2 4 0.1"""
    agree(deck, tmp_path, "i(v1)", "i(v2)", atol=1e-12)


def test_switches_turned_by_currents(tmp_path):
    deck = """switch
v1 c 0 0
r0 c d 1k
a1 %i(d) (b 0) m
a2 %vnam(v1) (e 0) m2
v2 a 0 1.5
r1 a b 1
r2 a e 1
.model m aswitch(cntl_off=0 cntl_on=1m r_on=2 r_off=2k)
.model m2 aswitch(cntl_off=0 cntl_on=-1m r_on=2 r_off=2k)
.dc v1 0 1.5 0.1"""
    agree(deck, tmp_path, "v(b)", "v(e)")


@pytest.mark.parametrize("log", ["true", "false"])
@pytest.mark.parametrize("seed", SEEDS)
def test_potentiometer(seed, log, tmp_path):
    card = given(seed, position=(0.1, 0.9), r=(1e3, 1e6), log_multiplier=(0.3, 3))
    deck = f"""potentiometer
v1 a 0 0
r1 w 0 2k
r2 z 0 300
a1 a w z m
.model m potentiometer({card} log={log})
.dc v1 -2 4 0.5"""
    agree(deck, tmp_path, "i(v1)", "v(w)", "v(z)", atol=1e-12)


@pytest.mark.parametrize("position", ["0", "1", "-0.3", "1.5"])
@pytest.mark.parametrize("log", ["true", "false"])
def test_a_wiper_at_an_end_of_its_potentiometer_is_not_shorted_to_it(position, log, tmp_path):
    """Both ends at one node, as a variable resistor has them, and a current through what is left of it."""
    deck = f"""potentiometer
i1 0 w 1
v1 z 0 0
r1 a 0 1k
a1 a w z m
a2 a a w m
.model m potentiometer(position={position} r=100k log={log})
.dc i1 0 1 0.5"""
    agree(deck, tmp_path, "i(v1)", "v(w)", "v(a)", atol=1e-12)


@pytest.mark.parametrize(
    "card",
    [
        "roff=1000 ron=0.7 rrev=0.2 vfwd=1 vrev=10 revepsilon=0.2 epsilon=0.2 ilimit=7 revilimit=7",
        "roff=1e5 ron=3 vfwd=0.6 vrev=4 epsilon=0.3 ilimit=2",
        "roff=1000 ron=0.7 rrev=0.2 vfwd=1 vrev=5",
        "roff=1000 ron=2",
        "ron=2",
    ],
)
def test_sidiode(card, tmp_path):
    deck = f"sidiode\nv1 a 0 0\na1 a 0 m\n.model m sidiode({card})\n.dc v1 -12.03 8 0.05"
    agree(deck, tmp_path, "i(v1)", rtol=1e-6, atol=1e-12)


def test_sidiode_without_limit_goes_on_behind_its_parabola():
    """ngspice's current jumps there."""
    deck = "sidiode\nv1 a 0 0\na1 a 0 m\n.model m sidiode(roff=1k ron=0.7 vfwd=1 epsilon=0.2)\n.dc v1 0.8 2 0.001\n.end"
    (found,) = Circuit.from_text(deck).run()
    slopes = -np.diff(found["i(v1)"]) / 1e-3
    assert np.all(np.diff(slopes) > -1e-9)
    assert slopes[-1] == pytest.approx(1 / 0.7)
    assert slopes[0] == pytest.approx(1e-3)


GATE = "gate\nv1 a 0 0\nv2 b 0 0.5\na1 [a 0 b 0] (o 0) m\nr1 o 0 1k\n.model m multi_input_pwl({lines} model={kind})\n"


@pytest.mark.parametrize("kind", ['"and"', '"or"'])
def test_multi_input_pwl(kind, tmp_path):
    deck = GATE.format(lines="x=[-2 -1 1 2] y=[-1 0 4 5]", kind=kind)
    agree(f"{deck}.dc v1 -3 3 0.13 v2 -1.5 3 0.7", tmp_path, "v(o)", atol=1e-9)


@pytest.mark.parametrize(("kind", "of"), [("nand", "and"), ("nor", "or")])
def test_inverting_gates_have_lines_too(kind, of):
    """ngspice has steps there."""
    cards = (("x=[-2 -1 1 2] y=[-1 0 4 5]", kind), ("x=[-2 -1 1 2] y=[5 4 0 -1]", of))
    found = [
        Circuit.from_text(f"{GATE.format(lines=lines, kind=each)}.dc v1 -3 3 0.13\n.end\n").run()[0]["v(o)"]
        for lines, each in cards
    ]
    np.testing.assert_array_equal(*found)
    assert np.ptp(found[0]) > 1


CORES = (
    "h_array=[-100 0 50 200] b_array=[-2 0 1.5 2] area=0.1 length=0.02",
    "h_array=[-100 0 50 200] b_array=[-2 0 1.5 2] area=0.2 length=0.03 input_domain=0.25",
    "h_array=[-100 0 50 200] b_array=[-2 0 1.5 2] area=0.1 length=0.02 input_domain=5 fraction=false",
)


@pytest.mark.parametrize("card", CORES)
def test_core(card, tmp_path):
    deck = f"core\nv1 a 0 0\na1 (a 0) m\n.model m core({card})\n.dc v1 -4 8 0.05"
    agree(deck, tmp_path, "i(v1)", atol=1e-12)


def transformer(card, source, analysis):
    return f"""transformer
v1 a 0 {source}
r1 a b 5
a1 (b 0) (m 0) primary
a2 (m n) iron
a3 (s 0) (n 0) secondary
r2 s 0 100
.model primary lcouple(num_turns=155)
.model secondary lcouple(num_turns=310)
.model iron core({card})
{analysis}"""


@pytest.mark.parametrize(
    "card",
    [
        CORES[0],
        "h_array=[0 1] b_array=[0 1] area=1 length=1 mode=2 in_low=-7 in_high=7 out_lower_limit=-2m "
        "out_upper_limit=2m hyst=2.3",
    ],
)
def test_transformer(card, tmp_path):
    """A coil of the flux by its own turns, loaded by the other: voltages by rates of flux, in saturation, too."""
    if card is CORES[0]:
        card = (
            "h_array=[-1000 -200 0 200 1000] b_array=[-3m -2m 0 2m 3m] area=0.01 length=0.05 input_domain=0.1"
        )
    deck = transformer(card, "sin(0 2 50)", ".tran 10u 40m 0 10u")
    ours, theirs = both(f"{deck}\n.options reltol=1e-5\n.end\n", tmp_path)
    at = np.linspace(1e-3, 0.04, 400)
    for name in ("v(s)", "v(b)", "i(v1)"):
        mine = np.interp(at, ours["time"], ours[name])
        other = np.interp(at, theirs["time"], theirs[name])
        assert np.median(np.abs(mine - other)) < 2e-3 * np.max(np.abs(other)), name
        assert np.mean(np.abs(mine - other)) < 1e-2 * np.max(np.abs(other)), name


def test_windings_have_the_inductance_of_their_transients():
    """ngspice's small signals have it with the other sign."""
    deck = transformer(CORES[0], "0 ac 1", ".ac lin 1 50 50")
    deck = deck.replace("r2 s 0 100", "r2 s 0 1g").replace(CORES[0], CORES[1])
    (found,) = Circuit.from_text(f"{deck}\n.end\n").run()
    permeance = 0.5 * (2 / 100 + 1.5 / 50) * 0.2 / 0.03  # the corner at no force is rounded
    reactance = 2j * np.pi * 50 * permeance * 155**2
    assert found["v(b)"][0] == pytest.approx(reactance / (reactance + 5), rel=1e-6)


STORAGE = """storage
i1 0 a dc 1m ac 1m
r1 a 0 1k
a1 (a 0) cap
i2 0 b dc 1m ac 1m
a2 b 0 ind
r2 b 0 1k
.model cap capacitoric(c=1u {voltage})
.model ind inductoric(l=1m {current})
"""


@pytest.mark.parametrize(("voltage", "current"), [("", ""), ("ic=2", "ic=0.5m")])
def test_storage(voltage, current, tmp_path):
    """Operating points, small signals; then both go on from what they are held at.

    In small signals ngspice takes the inductor for a capacitor.
    """
    deck = STORAGE.format(voltage=voltage, current=current)
    for analysis, names in ((".op", ("v(a)", "v(b)")), (".ac dec 3 10 1meg", ("v(a)",))):
        ours, theirs = both(f"{deck}{analysis}\n{OPTIONS}\n.end\n", tmp_path)
        for name in names:
            mine, other = np.ravel(ours.array(name)), theirs.array(name)
            np.testing.assert_allclose(mine, other, rtol=1e-6, atol=1e-8, err_msg=name)
    reactance = 2j * np.pi * np.real(ours["frequency"]) * 1e-3
    np.testing.assert_allclose(ours["v(b)"], 1e-3 * reactance / (1 + reactance * 1e-3), rtol=1e-6, atol=1e-8)
    (found,) = Circuit.from_text(f"{deck}.tran 1u 2m\n.options reltol=1e-5\n.end\n").run()
    t, start, flow = found["time"], 2.0 if voltage else 0.0, 0.5e-3 if current else 0.0
    np.testing.assert_allclose(found["v(a)"], 1 + (start - 1) * np.exp(-t / 1e-3), atol=1e-4)
    np.testing.assert_allclose(found["v(b)"], 1e3 * (1e-3 - flow) * np.exp(-t / 1e-6), atol=2e-3)


@pytest.mark.parametrize(
    "card", ["alpha=0 beta=1e5 vt=1.6", "alpha=3e4 beta=1e5 vt=1", "beta=3e5", "beta=-2e6 vt=1"]
)
def test_memristor(card, tmp_path):
    """Beyond its threshold and within, and at both limits; ngspice's errors fall with the first power of its step."""
    deck = f"""memristor
v1 s 0 sin(0 3 50)
r1 s a 10
a1 a 0 m
.model m memristor(rmin=1k rmax=10k rinit=7k {card})
.tran 1u 40m 0 1u
.end
"""
    ours, theirs = both(deck, tmp_path)
    at = np.linspace(0, 0.04, 401)
    mine, other = (np.interp(at, each["time"], each["i(v1)"]) for each in (ours, theirs))
    np.testing.assert_allclose(mine, other, atol=5e-3 * np.max(np.abs(other)))
    assert np.ptp(other) > 5e-4


LIMITED = (
    "r_out_source=1 r_out_sink=2 i_limit_source=0.5 i_limit_sink=0.2 i_source_range=20m i_sink_range=20m"
)


@pytest.mark.long
@pytest.mark.parametrize("ports", ["i p n o", "i null null o"])
@pytest.mark.parametrize("load", [0, 1.5])
@pytest.mark.parametrize("supply", [2, 5])
def test_ilimit(supply, load, ports, tmp_path):
    """Limits by supplies and by currents, with rounded corners; currents of the supplies beyond their ranges."""
    deck = f"""limiter
vi i 0 0
vp p 0 {supply}
vn n 0 -3
a1 {ports} m
vo o 0 {load}
.model m ilimit(gain=0.7 in_offset=0.1 {LIMITED} v_pwr_range=0.5 r_out_domain=100m)
.dc vi -8.03 8 0.1"""
    ours, theirs = both(f"{deck}\n{OPTIONS}\n.end\n", tmp_path)
    flow = theirs["i(vo)"]
    np.testing.assert_allclose(ours["i(vo)"], flow, rtol=1e-7, atol=1e-12)
    clear = np.abs(flow) > 0.04
    for name in ("i(vp)", "i(vn)"):
        np.testing.assert_allclose(ours[name][clear], theirs[name][clear], rtol=1e-7, atol=1e-12)
