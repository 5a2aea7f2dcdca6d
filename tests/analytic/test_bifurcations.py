"""Special points of curves of operating points, against closed forms and an oracle of SciPy's."""

import math
import pickle

import numpy as np
import pytest
from scipy.optimize import brentq, fsolve

from bench import operating_points
from bench.operating_points import GMIN, KELVIN, LATCH, SCHMITT
from circuitnn import Circuit
from circuitnn.constants import BOLTZMANN, ELEMENTARY_CHARGE
from circuitnn.errors import AnalysisError, ConvergenceError, NetlistError
from circuitnn.results import rawfile

FOLD = 2.0 / (3.0 * math.sqrt(3.0))


def arc(text, *arguments, **options):
    return Circuit.from_text(f"t\n{text}\n.end\n").arc(*arguments, **options)


def kinds(r):
    return [s.kind for s in r.special]


def test_folds_of_a_cubic():
    """V = s³ - s turns at ±2/(3·√3), where s = ∓1/√3; between the folds a state grows with 1 - 3·s²."""
    r = arc("v1 1 0 0\nn1 1 0 m\n.model m fold s0=-1.3", "v1", -1, 1, 40)
    assert kinds(r) == ["fold", "fold"]
    for special, sign in zip(r.special, (1.0, -1.0), strict=True):
        assert special.value == pytest.approx(sign * FOLD, rel=1e-13)
        assert special.state["@n1[s]"] == pytest.approx(-sign / math.sqrt(3.0), rel=1e-10)
        assert r["v-sweep"][special.row] == special.value
    unstable = np.abs(r["@n1[s]"]) < 1.0 / math.sqrt(3.0) - 1e-6
    inner = np.ones(len(r), dtype=bool)
    inner[[s.row for s in r.special]] = False
    assert np.array_equal(r["growing"][inner] == 1, unstable[inner])
    assert pickle.loads(pickle.dumps(r)).special == r.special


@pytest.mark.long
@pytest.mark.parametrize("seed", range(3))
def test_folds_of_random_cubics(seed):
    """i = a·v - b·v² + c·v³ under current drive, and through a resistor from a voltage."""
    rng = np.random.default_rng(seed)
    a, b, c = 1e-3 * rng.uniform(0.5, 2.0), 1e-3 * rng.uniform(2.5, 3.5), 1e-3 * rng.uniform(0.8, 1.2)
    for resistance in (0.0, rng.uniform(10.0, 200.0)):
        source = "i1 0 1 0" if not resistance else f"v1 2 0 0\nr1 2 1 {resistance!r}"
        top = 4.0 * b * (b / c) ** 2 * max(1.0, resistance)
        r = arc(
            f"{source}\nb1 1 0 i={{{a!r}*v(1)-{b!r}*v(1)^2+{c!r}*v(1)^3}}", source[:2], 0.0, top, reltol=1e-6
        )
        # E = R·i(v) + v, or i(v) itself
        of = (
            [c, -b, a, 0.0]
            if not resistance
            else [c * resistance, -b * resistance, a * resistance + 1.0, 0.0]
        )
        turns = np.polyder(np.array(of))
        expected = sorted(np.polyval(of, v.real) for v in np.roots(turns) if abs(v.imag) < 1e-12)
        assert sorted(s.value for s in r.special if s.kind == "fold") == pytest.approx(expected, rel=1e-10)


def test_hopf_point_of_van_der_pol():
    """i = -mu·v + v³ beside L and C: s = ±j/√(LC) at mu = 0."""
    r = arc(".param mu=-1\nb1 a 0 i={-mu*v(a)+v(a)^3}\nl1 a 0 2\nc1 a 0 0.5", "mu", -1, 1, 20)
    (special,) = r.special
    assert special.kind == "hopf" and special.name == "mu"
    assert special.value == pytest.approx(0.0, abs=1e-10)
    assert special.frequency == pytest.approx(0.5 / math.pi, rel=1e-10)
    assert special.eigenvalue == pytest.approx(1j, rel=1e-9)
    assert np.array_equal(r["growing"][: special.row], np.zeros(special.row))
    assert np.all(r["growing"][special.row + 1 :] == 2)


def thermal(u):
    """Under a current J, with G = 50·exp(-8/T): C·dv/dt = J - G·v, dT/dt = G·v² - (T - t)."""
    v, T, J = u
    G = 50.0 * math.exp(-8.0 / T)
    return v, T, J, G, G * 8.0 / T**2


def hopf_oracle(C, t):
    """Trace of the 2×2 Jacobian zero at a fixed point, by fsolve."""

    def rest(u):
        v, T, J, G, dG = thermal(u)
        return [J - G * v, G * v * v - (T - t), -G / C + dG * v * v - 1.0]

    found = []
    for start in np.geomspace(1e-3, 3.0, 60):
        # along the fixed points: T given, v from the heat
        T = t + start
        G = 50.0 * math.exp(-8.0 / T)
        v = math.sqrt(start / G)
        u, _, good, _ = fsolve(rest, [v, T, G * v], xtol=1e-13, full_output=True)
        if good == 1 and u[1] > t and np.max(np.abs(rest(u))) < 1e-9:
            v, T, J, G, dG = thermal(u)
            determinant = (-G / C) * (dG * v * v - 1.0) - (-dG * v / C) * (2.0 * G * v)
            if determinant > 0 and not any(abs(J - k[0]) < 1e-6 * abs(J) for k in found):
                found.append((J, math.sqrt(determinant) / (2.0 * math.pi)))
    return sorted(found)


def test_hopf_points_of_a_thermal_device():
    """Both ends of the range in which it oscillates, with their frequencies, by an oracle that shares no line."""
    C, t = 5.0, 1.0
    expected = hopf_oracle(C, t)
    assert len(expected) == 2
    r = arc(
        f"i1 0 a 0\nc1 a 0 {C}\nb1 a 0 i={{50*exp(-8/(v(h)+{t}))*v(a)}}\n"
        f"ch h 0 1\nrh h 0 1\nbh 0 h i={{50*exp(-8/(v(h)+{t}))*v(a)*v(a)}}",
        "i1",
        0.02,
        6.0,
        100,
        reltol=1e-6,
    )
    found = [(s.value, s.frequency) for s in r.special if s.kind == "hopf"]
    assert np.array(sorted(found)) == pytest.approx(np.array(expected), rel=1e-8)


def symmetric(supply, v):
    """What leaves the collector of a latch whose halves are alike, all nodes of a half by (c, b)."""
    vt = BOLTZMANN * KELVIN / ELEMENTARY_CHARGE
    c, b = v
    forward, reverse = math.exp(b / vt), math.exp((b - c) / vt)
    transport = 1e-16 * (forward - reverse)
    be, bc = 1e-18 * (forward - 1) + GMIN * b, 1e-16 * (reverse - 1) + GMIN * (b - c)
    return [(c - supply) / 1e3 + (c - b) / 1e4 + transport - bc, (b - c) / 1e4 + be + bc]


def antisymmetric(supply):
    """Determinant of the latch for deviations that are opposite in both halves."""
    c, b = fsolve(lambda v: symmetric(supply, v), [0.9 * supply, min(0.7, 0.9 * supply)], xtol=1e-12)
    vt = BOLTZMANN * KELVIN / ELEMENTARY_CHARGE
    forward, reverse = 1e-16 * math.exp(b / vt) / vt, 1e-16 * math.exp((b - c) / vt) / vt
    gbe, gbc = forward / 100 + GMIN, reverse + GMIN
    # unknowns δc1 = -δc2 = c, δb1 = -δb2 = b: the resistor from b1 goes to c2
    J = np.array(
        [[1e-3 + 1e-4 + reverse + gbc, 1e-4 + forward - reverse - gbc], [1e-4 - gbc, 1e-4 + gbe + gbc]]
    )
    return float(np.linalg.det(J)) * 1e8


@pytest.mark.long
def test_pitchfork_of_a_latch():
    """A symmetric latch has one state at low supply; its two states leave it at a branch point."""
    exact = brentq(antisymmetric, 0.6, 0.85, xtol=1e-13)
    r = Circuit.from_text(LATCH.deck({})).arc("v0", 0.1, 2.0, 40, branches=2)
    (special,) = r.special
    assert special.kind == "branch"
    assert special.value == pytest.approx(exact, rel=1e-8)
    main, one, other = (r["branch"] == k for k in range(3))
    assert np.allclose(r["v(c1)"][main], r["v(c2)"][main], atol=1e-6)
    assert np.all(r["growing"][main & (r["v-sweep"] > exact + 1e-6)] == 1)
    for side in (one, other):
        assert r["v-sweep"][side][-1] == pytest.approx(2.0)
        assert np.all(r["growing"][side][1:] == 0)
    assert r["v(c1)"][one][-1] == pytest.approx(r["v(c2)"][other][-1], rel=1e-6)
    for k in np.flatnonzero(one | other)[::25]:
        inner = {n: float(r[f"v({n})"][k]) for n in LATCH.inner}
        scaled = LATCH.__class__(
            {"cc": float(r["v-sweep"][k])},
            LATCH.resistors,
            LATCH.transistors,
            LATCH.saturation,
            LATCH.forward,
            LATCH.reverse,
        )
        assert scaled.distance(inner) < 0.05


@pytest.mark.long
def test_transcritical_point():
    """i = v·(v - mu): the curves v = 0 and v = mu cross at mu = 0."""
    r = arc(
        ".param mu=-1\nb1 a 0 i={-1e-3*v(a)*(mu-v(a))}\nc1 a 0 1n",
        "mu",
        -1.0,
        1.0,
        20,
        branches=2,
    )
    branch = [s for s in r.special if s.kind == "branch"]
    assert len(branch) == 1 and abs(branch[0].value) < 1e-8
    side = r["branch"] > 0
    assert side.any() and np.allclose(r["v(a)"][side], r["param-sweep"][side], atol=1e-6)


@pytest.mark.long
def test_schmitt_trigger_and_temperature(monkeypatch):
    """The bench's own equations are singular at the folds; a curve along the temperature ends where .temp leads."""
    monkeypatch.setattr(operating_points, "BOLTZMANN", BOLTZMANN)
    monkeypatch.setattr(operating_points, "CHARGE", ELEMENTARY_CHARGE)
    deck = SCHMITT.deck({})
    r = Circuit.from_text(deck).arc("v1", 0.0, 5.0, 50)
    assert kinds(r) == ["fold", "fold"]
    for special in r.special:
        circuit = SCHMITT.__class__(
            {"cc": 10.0, "in": special.value},
            SCHMITT.resistors,
            SCHMITT.transistors,
            SCHMITT.saturation,
            SCHMITT.forward,
            SCHMITT.reverse,
        )
        v = {n: special.state[f"v({n})"] for n in circuit.inner} | circuit.sources | {"0": 0.0}
        f, J = circuit.currents(v)
        rows = np.abs(J).max(axis=1)
        values = np.linalg.svd(J / rows[:, None], compute_uv=False)
        assert np.max(np.abs(f)) < 1e-9 and values[-1] < 1e-8 * values[0]
    warm = Circuit.from_text(deck).arc("temp", 0.0, 80.0, 10)
    assert len(warm) >= 10 and warm["temp-sweep"][-1] == 80.0
    reference = Circuit.from_text(deck.replace(".end", ".temp 80\n.end")).op()
    assert warm["v(c2)"][-1] == pytest.approx(reference["v(c2)"], rel=1e-5)


def test_element_value_and_parameter_agree():
    deck = "v1 1 0 5\nr1 1 2 {rx}\nd1 2 0 dm\n.model dm d\n.param rx=1k"
    a, b = arc(deck, "rx", "1k", "2k", 5), arc(deck, "r1", "1k", "2k", 5)
    assert a["v(2)"][-1] == pytest.approx(b["v(2)"][-1], rel=1e-9)
    assert b["res-sweep"][-1] == 2000.0


@pytest.mark.long
def test_held_states_are_named_and_settled_states_move(recwarn):
    """A switch whose filament is held carries no more than its leakage; nothing of NumPy's leaks out."""
    deck = "i1 0 1 0\nn1 1 0 m\n.model m and_ts"
    with pytest.raises(ConvergenceError, match="no operating point lies beyond") as failure:
        arc(deck, "i1", 1e-13, 1e-4)
    assert any("held at the initial value" in n for n in failure.value.result.statistics.notes)
    assert arc(deck, "i1", 1e-13, 1e-4, settled=True)["i-sweep"][-1] == 1e-4
    straight = arc("i1 0 1 0\nn1 1 0 m\n.model m volatile_current", "i1", 0, 1e-3)
    assert any("@n1[x] held" in n for n in straight.statistics.notes)
    assert not recwarn.list


@pytest.mark.long
@pytest.mark.parametrize(
    "line", ["t1 a 0 b 0 z0=50 td=1n", "o1 a 0 b 0 m\n.model m ltra r=10 l=1u c=1n len=2"]
)
def test_lines_at_ground_join_their_ends(line):
    """At rest a line is its resistance r: before i = g(v) it gives v1 = v + r·g(v), with folds at 1 + r·g'(v) = 0."""
    deck = f"v1 a 0 0\n{line}\nb1 b 0 i={{0.01*v(b)*v(b)*v(b)-0.06*v(b)}}\nc1 b 0 1p"
    r = arc(deck, "v1", -3, 3, 50)
    resistance = 0.0 if line.startswith("t") else 20.0
    v = r["v(b)"]
    assert r["v-sweep"] == pytest.approx(v + resistance * (0.01 * v**3 - 0.06 * v), abs=1e-4)
    folds = math.sqrt(0.2 / 0.6) if resistance else None  # 1 + 20·(0.03·v² - 0.06) = 0
    assert [s.state["v(b)"] for s in r.special] == (
        [pytest.approx(-folds), pytest.approx(folds)] if folds else []
    )


@pytest.mark.long
def test_words_of_the_card():
    deck = LATCH.deck({}).replace(".end", ".arc v0 0.1 1.5 20 branches\n.end")
    (r,) = Circuit.from_text(deck).run()
    assert kinds(r) == ["branch"] and set(r["branch"]) == {0.0, 1.0, 2.0}


def test_picture_has_solid_and_dashed_lines_and_marks(tmp_path):
    r = arc("v1 1 0 0\nn1 1 0 m\n.model m fold s0=-1.3", "v1", -1, 1, 20)
    figure = r.plot("i(v1)", path=tmp_path / "a.png")
    lines = figure.axes[0].lines
    assert [line.get_linestyle() for line in lines[:3]] == ["-", "--", "-"]
    dashed = lines[1].get_xdata()
    assert dashed[0] == pytest.approx(FOLD) and dashed[-1] == pytest.approx(-FOLD)
    assert len(lines[3].get_xdata()) == 2 and lines[3].get_marker() == "s"


@pytest.mark.long
def test_locus_of_folds_is_a_cusp():
    """i = v³ - mu·v folds at i² = 4·mu³/27: both folds are one curve, through the cusp."""
    c = Circuit.from_text("t\n.param mu=1\ni1 0 a 0\nb1 a 0 i={v(a)*v(a)*v(a)-mu*v(a)}\n.end")
    r = c.locus("fold", "i1", -1, 1, "mu", 1, -0.5, points=8)
    mu, i, v = r["mu"], r["i1"], r["v(a)"]
    assert set(r["curve"]) == {0.0}
    assert i**2 == pytest.approx(4.0 * mu**3 / 27.0, abs=1e-12)
    assert mu == pytest.approx(3.0 * v**2, abs=1e-10)
    assert i.min() < -0.38 and i.max() > 0.38 and mu.min() < 0.1


@pytest.mark.long
def test_locus_of_hopf_points(tmp_path):
    """Of a negative conductance g beside G = 1/R, L with a resistance r in series, and C: C·r = L·(g - G)."""
    c = Circuit.from_text(
        "t\n.param g=0\n.param r=0.1\nb1 a 0 i={v(a)*v(a)*v(a)-g*v(a)}\nl1 a b 2\nr1 b 0 {r}\nc1 a 0 0.5\n.end"
    )
    result = c.locus("hopf", "g", -1, 3, "r", 0.1, 1.5, points=8)
    g, r = result["g"], result["r"]
    assert g == pytest.approx(0.5 * r / 2.0, rel=1e-9)
    assert r[[0, -1]] == pytest.approx([0.1, 1.5], rel=1e-6) or r[[-1, 0]] == pytest.approx(
        [0.1, 1.5], rel=1e-6
    )
    omega = np.sqrt((1.0 - g * r) / (2.0 * 0.5))
    assert 2.0 * math.pi * result["frequency"] == pytest.approx(omega, rel=1e-9)
    result.plot("r", path=tmp_path / "a.png")


@pytest.mark.long
def test_the_columns_of_a_locus_are_called_as_its_quantities(tmp_path):
    """The curve of folds is i = 2·(mu/3)^1.5 in any two of them; files keep names and units."""
    source = "b1 a 0 i={v(a)*v(a)*v(a)-v(a)*(curve+(temper-27)/100)}"
    c = Circuit.from_text(f"t\n.param curve=1\ni1 0 a 0\n{source}\nrl a 0 1g\n.nodeset v(a)=-1.2\n.end")
    for pair, names, units in (
        (("i1", -1, 1, "curve", 1, 2), ("i1", "param:curve"), ("A", "")),
        (("i1", -1, 1, "temp", 27, 77), ("i1", "temp"), ("A", "degC")),
        (("temp", 77, -60, "i1", 0.1, 0.5), ("temp", "i1"), ("degC", "A")),
    ):
        r = c.locus("fold", *pair, points=8)
        assert r.axis == names[0] and r.names[:2] == names and r.units[:2] == units
        mu = r["temp"] / 100 + 0.73 if "temp" in names else r["param:curve"]
        assert np.abs(r["i1"]) == pytest.approx(2.0 * (mu / 3.0) ** 1.5, rel=1e-5)
        r.save(tmp_path / "a.raw")
        again = rawfile.read(tmp_path / "a.raw")[0]
        assert again.names == r.names and again.axis == r.axis and np.array_equal(again.data, r.data)


@pytest.mark.long
def test_locus_card_and_faults():
    deck = "t\n.param mu=1\ni1 0 a 0\nb1 a 0 i={v(a)*v(a)*v(a)-mu*v(a)}\n"
    (r,) = Circuit.from_text(deck + ".locus fold i1 -1 1 mu 1 0.5 5\n.end").run()
    assert r.analysis == "locus" and len(r) >= 4
    with pytest.raises(NetlistError, match="takes fold or hopf"):
        Circuit.from_text(deck + ".locus cusp i1 -1 1 mu 1 0.5\n.end").run()
    with pytest.raises(ConvergenceError, match="no hopf is found"):
        Circuit.from_text(deck + ".end").locus("hopf", "i1", -1, 1, "mu", 1, 0.5)
    with pytest.raises(AnalysisError, match="two different values"):
        Circuit.from_text(deck + ".end").locus("fold", "i1", -1, 1, "mu", 1, 1)
