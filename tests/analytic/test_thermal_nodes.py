"""Devices with a thermal node: alone as the plain device, coupled by heat as SciPy and ngspice say, and energy kept."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from circuitnn import Circuit
from circuitnn.contract import ngspice_run
from circuitnn.errors import AnalysisError, ConvergenceError, NetlistError, TopologyError
from circuitnn.models import Model, Parameter, heated, known, register
from circuitnn.models.declarations import NOMINAL, surroundings
from circuitnn.models.self_heating import store_heat, temperature, thermometer

KELVIN = 273.15
BOLTZMANN, CHARGE = 1.380649e-23, 1.602176634e-19
LOADS = {
    "vo2_thermal": ("v1 in 0 12\nr1 in a 12k\nc1 a 0 145.346p ic=0", "20u", "20n", 5.0),
    "poole_frenkel": ("v1 in 0 2\nr1 in a 6k\nc1 a 0 1p ic=0", "100n", "0.1n", 1.05),
    "nbo2_kumar": ("v1 in 0 2\nr1 in a 6k\nc1 a 0 1p ic=0", "100n", "0.1n", 1.05),
    "nbo2_mott": ("v1 in 0 1.62\nr1 in a 4.7k\nc1 a 0 1.5p ic=0", "60n", "0.1n", 1.0),
}
BASE = {"vo2_thermal": 325.0}


def circuit(cards):
    return Circuit.from_text(f"thermal nodes\n{cards}\n.end\n")


def both(model, more=""):
    """The plain device, and the one with a thermal node that nothing else is at."""
    load = LOADS[model][0]
    return [circuit(f"{load}\nn1 a 0{node} m {more}\n.model m {model}") for node in ("", " heat")]


def crossings(result, level):
    v, t = result["v(a)"], result.time
    k = np.flatnonzero((v[:-1] < level) & (v[1:] >= level))
    return t[k] + (level - v[k]) / (v[k + 1] - v[k]) * (t[k + 1] - t[k])


# ------------------------------------------------------------------ alone


@pytest.mark.parametrize("model", LOADS)
def test_alone_in_time(model):
    """At a tight tolerance the same oscillation; at the usual one about as many points."""
    _, stop, step, level = LOADS[model]
    plain, node = both(model)
    one, other = (c.tran(stop, step, uic=True, statetol=1e-8, reltol=1e-6) for c in (plain, node))
    ours, theirs = crossings(other, level), crossings(one, level)
    assert len(ours) == len(theirs) > 2
    np.testing.assert_allclose(ours, theirs, rtol=3e-6)
    assert np.max(other["v(heat)"]) == pytest.approx(
        np.max(one["@n1[t]"]) - BASE.get(model, 300.15), rel=1e-3
    )
    counts = [len(c.tran(stop, step, uic=True)) for c in (plain, node)]
    assert counts[1] < 1.15 * counts[0]


@pytest.mark.parametrize("more", ["", "temp=50", "m=3", "dtemp=7"])
@pytest.mark.parametrize("model", LOADS)
def test_alone_at_rest(model, more):
    plain, node = (c.altered({("v1", "dc"): 1.0}) for c in both(model, more))  # one operating point
    one, other = (c.op(reltol=1e-6) for c in (plain, node))
    assert not other.statistics.notes
    assert other["v(a)"] == pytest.approx(one["v(a)"], rel=1e-6)
    base = {"temp=50": 50.0, "dtemp=7": 34.0}.get(more, 27.0) - 27.0 + BASE.get(model, 300.15)
    assert other["v(heat)"] == pytest.approx(one["@n1[t]"] - base, abs=2e-3)


@pytest.mark.parametrize("model", LOADS)
def test_alone_in_small_signals(model):
    cards = "i1 0 a 50u ac 1"
    plain, node = (circuit(f"{cards}\nn1 a 0{heat} m\n.model m {model}") for heat in ("", " heat"))
    one, other = (c.ac("1k", "100g", 5) for c in (plain, node))
    np.testing.assert_allclose(other["v(a)"], one["v(a)"], rtol=2e-4)
    one, other = (c.noise("v(a)", "i1", "1k", "100g", 5) for c in (plain, node))
    np.testing.assert_allclose(other[0]["onoise_spectrum"], one[0]["onoise_spectrum"], rtol=1e-3)


@pytest.mark.parametrize("model", ["vo2_thermal", "poole_frenkel"])
def test_alone_in_a_cycle(model):
    _, stop, _, _ = LOADS[model]
    one, other = (c.pss(tstab=stop, uic=True) for c in both(model))
    assert other.frequency == pytest.approx(one.frequency, rel=1e-6)
    np.testing.assert_allclose(np.sort(np.abs(other.multipliers))[-1:], 1.0, atol=1e-3)


@pytest.mark.long
def test_alone_along_an_arc():
    """A source drives the S of the static curve, with its folds."""
    plain, node = (
        circuit(f"v1 in 0 0\nr1 in a 1k\nn1 a 0{heat} m\n.model m poole_frenkel") for heat in ("", " heat")
    )
    one, other = (c.arc("v1", 0.0, 2.0) for c in (plain, node))
    assert sorted(one.measures) == sorted(other.measures)
    for name, value in one.measures.items():
        assert other.measures[name] == pytest.approx(value, rel=1e-4), name


def test_alone_at_other_temperatures():
    cards = "i1 0 a 50u\nn1 a 0{} m\n.model m poole_frenkel\n.dc temp 0 100 25"
    one, other = (circuit(cards.format(node)).run()[0] for node in ("", " heat"))
    np.testing.assert_allclose(other["v(a)"], one["v(a)"], rtol=1e-5)


def test_fluctuating_heat():
    """The agitation of a temperature is a noise current into its node."""
    cards = "i1 0 a 50u ac 1\n.model m nbo2_kumar interval=1n"
    plain, node = (circuit(f"{cards}\nn1 a 0{heat} m") for heat in ("", " heat"))
    one, other = (c.noise("v(a)", "i1", "1k", "100g", 5)[0] for c in (plain, node))
    np.testing.assert_allclose(other["onoise_spectrum"], one["onoise_spectrum"], rtol=1e-3)
    held = circuit(f"{cards}\nn1 a 0 heat m\nv1 heat 0 0").noise("v(a)", "i1", "1k", "100g", 5)[0]
    assert held["onoise_spectrum"][0] < 0.9 * other["onoise_spectrum"][0]


def test_value_of_the_temperature():
    found = circuit(
        "i1 0 a 50u\nn1 a 0 heat m temp=40\n.model m poole_frenkel\n.save v(heat) @n1[t] @n1[p]"
    ).op()
    assert found["@n1[t]"] == pytest.approx(found["v(heat)"] + 40.0 + KELVIN)
    assert found["@n1[p]"] * 1.4e6 == pytest.approx(found["v(heat)"])  # the rise is P·R


def test_sources_of_heat():
    """A watt driven into the node of a device without a current warms it by the resistance to the base."""
    found = circuit("n1 a 0 heat m\nr1 a 0 1k\ni1 0 heat 20u\n.model m poole_frenkel rth=1e6").op()
    assert found["v(heat)"] == pytest.approx(20.0)


def test_start():
    cards = "n1 a 0 heat m\nr1 a 0 1k\n.model m poole_frenkel\n.ic v(heat)=50"
    found = circuit(cards).tran("10n", "0.1n", uic=True)
    np.testing.assert_allclose(
        np.interp(3e-9, found.time, found["v(heat)"]), 50.0 * np.exp(-3e-9 / 1.4e-9), rtol=2e-3
    )

    with pytest.raises(
        AnalysisError, match=r"no state or memory @n1\[t\]; its temperature is .*: \.ic v\(heat\)="
    ):
        circuit(cards.replace("v(heat)", "@n1[t]")).tran("10n", "0.1n", uic=True)


# ------------------------------------------------------------------ coupled


def conducted(v, t):
    """Poole-Frenkel conduction in three dimensions with the model's default numbers [A]."""
    kt = BOLTZMANN / CHARGE * t
    p = np.sqrt(CHARGE / (np.pi * 8.8541878128e-12 * 45.0)) * np.sqrt(np.abs(v) / 20e-9 + 1e-3) / kt
    bracket = 0.5 + (1.0 + (p - 1.0) * np.exp(p)) / p**2
    return np.pi * (30e-9) ** 2 * 5e4 / 20e-9 * np.exp(-0.215 / kt) * bracket * v


PAIR = """v1 in 0 2
r1 in a 6k
c1 a 0 1p ic=0
n1 a 0 h1 m
r2 in b 7k
c2 b 0 1p ic=0.5
n2 b 0 h2 m
rh h1 h2 3meg
ch h2 0 0.5f
.model m poole_frenkel"""


def right(_, y):
    a, b, h1, h2 = y
    i1, i2 = conducted(a, 300.15 + h1), conducted(b, 300.15 + h2)
    across = (h1 - h2) / 3e6
    return [
        ((2.0 - a) / 6e3 - i1) / 1e-12,
        ((2.0 - b) / 7e3 - i2) / 1e-12,
        (a * i1 - h1 / 1.4e6 - across) / 1e-15,
        (b * i2 - h2 / 1.4e6 + across) / 1.5e-15,
    ]


def test_coupled_as_scipy_says():
    ours = circuit(PAIR).tran("80n", "0.1n", uic=True, statetol=1e-7, reltol=1e-6)
    theirs = solve_ivp(
        right, (0.0, 80e-9), [0.0, 0.5, 0.0, 0.0], "LSODA", rtol=1e-10, atol=1e-9, dense_output=True
    )
    t = np.linspace(1e-9, 79e-9, 400)
    exact = theirs.sol(t)
    for name, row, size in (("v(a)", 0, 0.5), ("v(b)", 1, 0.5), ("v(h1)", 2, 300.0), ("v(h2)", 3, 300.0)):
        found = np.interp(t, ours.time, ours[name])
        assert np.sqrt(np.mean((found - exact[row]) ** 2)) < 5e-3 * size, name
    apart = circuit(PAIR.replace("rh h1 h2 3meg", "rh h1 h2 1e12")).tran("80n", "0.1n", uic=True)
    assert np.ptp(np.interp(t, apart.time, apart["v(h2)"]) - exact[3]) > 50.0  # the coupling acts


@pytest.mark.skipif(not ngspice_run.available(), reason="ngspice is not installed")
@pytest.mark.parametrize("model", ["poole_frenkel", "nbo2_mott", "pickett"])
def test_coupled_as_ngspice_says(model):
    cards = PAIR.replace("poole_frenkel", model)
    if model == "pickett":
        cards = cards.replace("v1 in 0 2", "v1 in 0 2.5").replace("6k", "3k").replace("7k", "3.5k")
        cards = cards.replace("3meg", "20k").replace("0.5f", "1e-14") + "\nrg1 h1 0 20k\nrg2 h2 0 20k"
    made = circuit(f"{cards}\n.options reltol=1e-5\n.tran 0.05n 15n 0 0.02n uic")
    ours, theirs = made.run()[0], ngspice_run.run(made.export())[0]
    t = np.linspace(0.5e-9, 14.5e-9, 200)
    for name in ("v(a)", "v(b)", "v(h1)", "v(h2)"):
        mine, other = np.interp(t, ours.time, ours[name]), np.interp(t, theirs.time, theirs[name])
        assert np.ptp(other) > 0.0
        assert np.sqrt(np.mean((mine - other) ** 2)) < 5e-3 * np.ptp(other), name


@pytest.mark.skipif(not ngspice_run.available(), reason="ngspice is not installed")
@pytest.mark.parametrize("model", ["vo2_thermal", "nbo2_mott", "pickett"])
@pytest.mark.parametrize("start", [".ic v(heat)=30", "cheat heat 0 1e-15 ic=30"])
def test_a_written_deck_starts_as_warm(model, start):
    """What the device stores starts at the temperature that `.ic` or a capacitor gives; one of two has none."""
    cards = f"v1 in 0 0.6\nr1 in a 1k\nn1 a 0 heat m\nrh heat 0 1e5\nn2 a 0 other m\nro other 0 1e5\n{start}"
    made = circuit(f"{cards}\n.model m {model}\n.options reltol=1e-5\n.tran 1p 100p 0 0.2p uic")
    ours, theirs = made.run()[0], ngspice_run.run(made.export())[0]
    t = np.linspace(1e-12, 99e-12, 100)
    for name in ("v(heat)", "v(other)", "@n1[y]", "@n2[y]")[: 4 if model == "pickett" else 2]:
        label = name.replace("@", "v(x").replace("[y]", ".y)")
        mine, other = np.interp(t, ours.time, ours[name]), np.interp(t, theirs.time, theirs[label])
        np.testing.assert_allclose(mine, other, rtol=5e-3, atol=2e-2)


# ------------------------------------------------------------------ the channel of `pickett`

CHANNEL = np.pi * (30e-9) ** 2 * 20e-9  # m³, of the default numbers


def stored(y, warmer):
    """Heat of the channel over that of the insulator at the temperature of the instance, by its profile [J]."""
    u = np.exp(y)
    core = 2.6e6 * 784.0 * u**2 + 1.6e8 * u**2  # at the transition temperature, and transformed
    radius = np.linspace(0.0, 1.0, 4001)[:, None] * (1.0 - u) + u
    shell = warmer + (784.0 - warmer) * np.log(1.0 / radius) / np.log(
        1.0 / u
    )  # Fourier's law around a cylinder
    return CHANNEL * (core + 2.6e6 * np.trapezoid(shell * 2.0 * radius, radius, axis=0))


@pytest.mark.long
def test_energy_with_moving_surroundings():
    """∫v·i less the heat into the node is what the channel stores, while its surroundings warm and cool."""
    cards = """i1 0 a pulse(0 2m 0 1n 1n 30n)
v2 h x sin(0 150 40meg)
r2 x 0 1
n1 a 0 h m
.model m pickett y0=-3"""
    found = circuit(cards).tran("30n", "5p", uic=True, statetol=1e-7, reltol=1e-7, tmax="5p")
    t, y, warm = found.time, found["@n1[y]"], found["v(h)"]
    power = found["v(a)"] * np.interp(t, [0.0, 1e-9, 30e-9], [0.0, 2e-3, 2e-3])
    into_source = found["i(v2)"]  # from the node through the source
    gained = np.concatenate(
        [[0.0], np.cumsum(0.5 * np.diff(t) * ((power - into_source)[1:] + (power - into_source)[:-1]))]
    )
    change = stored(y, warm) - stored(y[:1], warm[:1])
    assert np.ptp(y) > 1.0 and np.ptp(warm) > 250.0
    np.testing.assert_allclose(gained, change, atol=2e-3 * np.ptp(change))


def test_rise_of_the_surroundings():
    found = circuit("i1 0 a 1m\nn1 a 0 h m\nr1 h 0 1e5\n.model m pickett").op()
    assert found["v(h)"] == pytest.approx(1e-3 * found["v(a)"] * 1e5, rel=1e-6)
    cooler = circuit(f"i1 0 a 1m\nn1 a 0 m\n.model m pickett dt={784.0 - found['v(h)']!r}").op()
    assert found["v(a)"] == pytest.approx(cooler["v(a)"], rel=1e-5)


def test_missing_path():
    for current in ("i1 0 a 1m", "v1 a 0 1"):
        with pytest.raises(TopologyError, match="node h has no direct-current path"):
            circuit(f"{current}\nn1 a 0 h m\n.model m pickett").op()


def test_heat_is_no_path_of_current():
    """What conducts heat to the base takes no current of the other terminals to ground."""
    cards = "v1 a 0 1\nc1 a b 1p\nn1 b c heat m\nc2 c 0 1p\n.model m poole_frenkel"
    assert "nodes b, c have no direct-current path" in circuit(cards).op().statistics.notes[0]


# ------------------------------------------------------------------ cards


def test_wrong_number_of_nodes():
    with pytest.raises(
        NetlistError, match=r"needs 2 nodes \(plus minus\), or 3, of which the last is the thermal node"
    ):
        circuit("n1 a 0 h g m\n.model m poole_frenkel").op()
    with pytest.raises(NetlistError, match=r"needs 2 nodes \(plus minus\), 3 given"):
        circuit("n1 a 0 h m\n.model m vteam").op()


@pytest.mark.parametrize("model", sorted(heated(known().values())))
def test_types_belong_to_the_plain_device(model):
    plain = model.removesuffix("_heat")
    with pytest.raises(NetlistError, match="is not the type of a compact model"):
        circuit(f"n1 a 0 m\nr1 a 0 1\n.model m {model}").op()
    assert circuit(f"n1 a 0 m\nr1 a 0 1\n.model m {plain}").flat.devices[0].model == plain
    assert circuit(f"n1 a 0 h m\nr1 a 0 1\nr2 h 0 1\n.model m {plain}").flat.devices[0].model == model


def test_of_both_kinds_in_one_deck():
    cards = "i1 0 a 50u\nn1 a 0 heat m\ni2 0 b 50u\nn2 b 0 m\n.model m poole_frenkel"
    found = circuit(cards).op()
    assert found["v(a)"] == pytest.approx(found["v(b)"], rel=1e-6)


def test_set():
    cards = "i1 0 a 1m\nn1 a 0 heat m\nr1 heat 0 1e4\n.model m pickett set=vo2"
    found = circuit(cards).op()
    assert found["v(heat)"] == pytest.approx(1e-3 * found["v(a)"] * 1e4, rel=1e-6)


@pytest.fixture
def warm():
    """A resistor of one's own that warms."""
    base = surroundings("tamb")

    class Warm(Model):
        """Heated resistor; no device is claimed."""

        name = "testwarm"
        terminals = ("plus", "minus")
        parameters = (
            Parameter("r0", 1e3, "Ohm", "resistance at the base", low=1.0),
            Parameter("alpha", 4e-3, "1/K", "its slope", low=0.0),
            Parameter("g", 1e-5, "W/K", "conductance to the base", low=0.0),
            Parameter("cth", 1e-9, "J/K", "heat capacity", low=1e-20),
            Parameter("tamb", 300.0, "K", "temperature of the base at tnom", low=1.0),
            NOMINAL,
        )
        states = (thermometer(base),)
        heated = ()

        @classmethod
        def equations(cls, m):
            t, v = temperature(m, base), m.voltage("plus", "minus")
            current = v / (m["r0"] * (1.0 + m["alpha"] * (t - base)))
            m.flow("plus", "minus", current)
            store_heat(m, v * current - m["g"] * (t - base), m["cth"], base)

    return register(Warm)


def test_a_model_of_ones_own(warm):
    """v²/r0 = g·w·(1 + alpha·w) for the rise w; a second device at the node doubles all."""
    one = circuit("v1 a 0 1\nn1 a 0 h m\n.model m testwarm").op()["v(h)"]
    assert one == pytest.approx((np.sqrt(1.0 + 4.0 * 4e-3 * 1e-3 / 1e-5) - 1.0) / 8e-3, rel=1e-6)
    assert circuit("v1 a 0 1\nn1 a 0 h m\nn2 a 0 h m\n.model m testwarm").op()["v(h)"] == pytest.approx(one)
    assert circuit("v1 a 0 1\nn1 a 0 h m m=2\n.model m testwarm").op()["v(h)"] == pytest.approx(one)
    assert circuit("v1 a 0 1\nn1 a 0 m\n.model m testwarm").op()["@n1[t]"] == pytest.approx(300.0 + one)
    assert register(warm) is warm  # again: its variant stands in nobody's way


@pytest.mark.parametrize("analysis", [lambda c: c.op(), lambda c: c.solutions()])
@pytest.mark.parametrize("model", LOADS)
def test_impossible_voltages_are_told_beside_a_thermal_node(model, analysis):
    """v(b) = 2 V by a negative resistance at a source of 1 V; the thermal node, 80 K above 1 V, is none of them."""
    deck = (
        f"v1 a 0 1\nr1 a b {{}}\nr2 b 0 1k\nd1 0 b dm\n.model dm d\n.nodeset v(b)=2\n"
        f"n1 a 0 heat m\n.model m {model}\nrth heat out 1\nvout out 0 80"
    )
    for resistance, words in ((-500, True), (500, False)):
        try:
            said = "; ".join(analysis(circuit(deck.format(resistance))).statistics.notes)
        except ConvergenceError as refused:
            said = str(refused)
        assert ("beyond what the sources give" in said) == words, said
