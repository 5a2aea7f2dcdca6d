"""Lossless lines against lattice diagrams, closed forms and their own small-signal response."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import erfc, ive, lambertw

from circuitnn import AnalysisError, Circuit, NetlistError, TopologyError
from circuitnn._cext.memory import Memory
from circuitnn.constants import BOLTZMANN, ELEMENTARY_CHARGE
from circuitnn.errors import DeckWarning
from circuitnn.netlist.writer import write
from circuitnn.system.kernels import admittance, behind_front, propagation

Z0, TD = 50.0, 3e-9
EDGE = "pulse(0 1 1n 0.1n 0.1n 100n 400n)"


def rise(t):
    return np.clip((t - 1e-9) / 1e-10, 0.0, 1.0)


def driven(source, load, value=EDGE, line=Z0, **parameters):
    circuit = Circuit("line").V("1", "in", "0", value).R("s", "in", "a", source)
    return circuit.T("1", "a", "0", "b", "0", z0=line, td=TD, **parameters).R("l", "b", "0", load)


def lattice(t, source, load, wave=rise):
    """Voltages at both ends, by summing arrivals."""
    rs, rl = (source - Z0) / (source + Z0), (load - Z0) / (load + Z0)
    a, b = np.zeros_like(t), np.zeros_like(t)
    amplitude = Z0 / (source + Z0)
    for k in range(100):
        a += amplitude * (wave(t - 2 * k * TD) + rl * wave(t - (2 * k + 2) * TD) * (1 + rs)) * (rs * rl) ** k
        b += amplitude * (1 + rl) * wave(t - (2 * k + 1) * TD) * (rs * rl) ** k
    # the first term of a is what is sent, those after it come with both arrivals
    a -= amplitude * sum((rs * rl) ** k * wave(t - 2 * k * TD) for k in range(1, 100))
    return a, b


@pytest.mark.parametrize("load", [50.0, 1e15, 1e-6, 200.0, 10.0])
@pytest.mark.parametrize("source", [50.0, 10.0, 300.0])
def test_staircase(source, load):
    r = driven(source, load).tran(60e-9, tstep=0.2e-9)
    a, b = lattice(r.time, source, load)
    np.testing.assert_allclose(r["v(a)"], a, atol=1e-9)
    np.testing.assert_allclose(r["v(b)"], b, atol=1e-9)


def test_corners_are_hit_by_few_steps():
    """Echoes are stepped onto, and those that no one sends make no breakpoints."""
    r = driven(50.0, 50.0).tran(100e-9, tstep=5e-9, tmax=2e-9)
    for corner in (1e-9, 1.1e-9, 4e-9, 4.1e-9):
        assert np.min(np.abs(r.time - corner)) < 1e-15
    assert len(r.time) < 120


def test_lines_of_other_lengths_make_no_flood_of_breakpoints():
    circuit = Circuit("mesh").V("1", "in", "0", "pwl(0 0 0.1n 1)").R("s", "in", "n0", 20.0)
    for k in range(6):
        circuit.T(str(k), f"n{k}", "0", f"n{k + 1}", "0", z0=50 + 10 * k, td=1e-9 * (1 + 0.1234 * k))
        circuit.R(str(k), f"n{k + 1}", "0", 100.0)
    r = circuit.tran(200e-9, tstep=0.5e-9)
    assert len(r.time) < 8000
    assert r["v(n6)"][-1] == pytest.approx(1 / (1 + 20 * 6 / 100), rel=1e-3)


@pytest.mark.parametrize("load", [0.0, 2e-12])
def test_sine_settles_to_the_phasor(load):
    f = 130e6
    circuit = driven(20.0, 120.0, f"dc 0 ac 1 sin(0 1 {f})")
    if load:
        circuit.C("l", "b", "0", load)
    phasor = circuit.ac(f)
    r = circuit.tran(120e-9, tstep=0.1e-9, reltol=1e-5)
    late = r.time > 110e-9
    for name in ("v(a)", "v(b)", "i(v1)"):
        steady = np.imag(phasor[name][0] * np.exp(2j * np.pi * f * r.time[late]))
        np.testing.assert_allclose(r[name][late], steady, atol=2e-4 * abs(phasor[name][0]))


def test_diode_at_the_end():
    """v + Z0·Is·(exp(v/VT) - 1) = twice the incident wave."""
    circuit = (
        driven(50.0, 1e15, "pulse(0 5 1n 0.2n 0.2n 5n 100n)")
        .D("1", "b", "0", "dm")
        .model("dm", "d", IS=1e-14)
    )
    r = circuit.tran(20e-9, tstep=50e-12, reltol=1e-6, gmin=1e-18)
    vt = BOLTZMANN * 300.15 / ELEMENTARY_CHARGE

    def incident(t):
        return np.interp(t, [1e-9, 1.2e-9, 6.2e-9, 6.4e-9], [0, 5, 5, 0])

    def clamped(t):
        u, saturation = incident(t - TD), Z0 * 1e-14
        return u + saturation - vt * lambertw(saturation / vt * np.exp((u + saturation) / vt)).real

    np.testing.assert_allclose(r["v(b)"], clamped(r.time), atol=1e-5)
    a = incident(r.time) / 2 + clamped(r.time - TD) - incident(r.time - 2 * TD) / 2
    np.testing.assert_allclose(r["v(a)"], a, atol=1e-5)


def test_energy_of_a_pulse_ends_in_the_resistors():
    circuit = driven(20.0, 200.0, "pulse(0 1 1n 0.5n 0.5n 2n 400n)")
    r = circuit.tran(150e-9, tstep=0.05e-9)
    drawn = np.trapezoid(-r["i(v1)"] * r["v(in)"], r.time)
    lost = np.trapezoid((r["v(in)"] - r["v(a)"]) ** 2 / 20 + r["v(b)"] ** 2 / 200, r.time)
    assert drawn == pytest.approx(lost, rel=2e-4)


def test_charged_line_gives_half_its_voltage_for_twice_its_delay():
    circuit = Circuit("former").T("1", "a", "0", "b", "0", z0=50, td=TD, ic="8,0,8,0")
    circuit.R("a", "a", "0", 1e15).R("l", "b", "0", 50.0)
    r = circuit.tran(10e-9, tstep=0.1e-9, uic=True)
    np.testing.assert_allclose(r["v(b)"][r.time < 2 * TD - 1e-11], 4.0, atol=1e-9)
    np.testing.assert_allclose(r["v(b)"][r.time > 2 * TD + 1e-11], 0.0, atol=1e-9)
    np.testing.assert_allclose(r["v(a)"][r.time < TD - 1e-11], 8.0, atol=1e-9)
    np.testing.assert_allclose(r["v(a)"][r.time > TD + 1e-11], 0.0, atol=1e-9)
    before, after = r.time[r["v(b)"] > 4 - 1e-6][-1], r.time[(r["v(b)"] < 1e-6)][0]
    assert after - before < 1e-13


def test_switching_event_comes_back_as_an_edge():
    """A switch flips where its control crosses the threshold; its echo is as sharp, twice the delay later."""
    circuit = (
        Circuit("event")
        .V("1", "in", "0", 1.0)
        .R("s", "in", "a", 50.0)
        .T("1", "a", "0", "b", "0", z0=50, td=TD)
        .V("c", "ctl", "0", "pwl(0 0 10n 1)")
        .S("1", "b", "0", "ctl", "0", "sm")
        .R("l", "b", "0", 1e12)
        .model("sm", "sw", vt=0.4, ron=1e-6, roff=1e12)
    )
    r = circuit.tran(20e-9, tstep=0.5e-9)
    low = r.time[r["v(a)"] < 0.5]
    high = r.time[(r["v(a)"] > 0.999)]
    assert low[0] == pytest.approx(4e-9 + TD, abs=1e-12)
    assert low[0] - high[high < low[0]][-1] < 1e-12


def test_through_connection_at_direct_current():
    circuit = driven(50.0, 150.0, 2.0)
    r = circuit.op()
    assert r["v(b)"] == pytest.approx(1.5, rel=1e-12)
    assert r["v(a)"] == pytest.approx(1.5, rel=1e-12)
    tf = circuit.tf("b", "v1")
    assert tf["transfer_function"] == pytest.approx(0.75, rel=1e-12)
    assert tf["v1#input_impedance"] == pytest.approx(200.0, rel=1e-12)
    assert circuit.sens("b")["rl"] == pytest.approx(2.0 * 50 / 200**2, rel=1e-12)


def test_impedance_over_frequency():
    circuit = driven(50.0, 120.0, "dc 0 ac 1", line=75.0)
    r = circuit.ac(1e6, 2e9, points=200, variation="lin")
    turn = 2 * np.pi * r["frequency"].real * TD
    c, s = np.cos(turn), 1j * np.sin(turn)
    impedance = (120 * c + 75 * s) / (c + 120 / 75 * s)
    a = impedance / (impedance + 50)
    np.testing.assert_allclose(r["v(a)"], a, rtol=1e-12)
    np.testing.assert_allclose(r["v(b)"], a / (c + 75 / 120 * s), rtol=1e-12)


def test_noise_of_a_resistor_at_the_end_of_a_line():
    """A cable without loss at one temperature: 4kT times the real part of the impedance."""
    circuit = driven(50.0, 200.0, "dc 0 ac 1", line=75.0)
    spectrum, _ = circuit.noise("b", "v1", 1e6, 1e9, points=20, variation="lin")
    c, s = (f(2 * np.pi * spectrum["frequency"] * TD) for f in (np.cos, np.sin))
    behind = 75 * (50 * c + 75j * s) / (75 * c + 50j * s)
    seen = 1 / (1 / behind + 1 / 200)
    np.testing.assert_allclose(
        spectrum["onoise_spectrum"] ** 2, 4 * BOLTZMANN * 300.15 * seen.real, rtol=1e-9
    )


def test_delay_by_frequency_and_wavelengths():
    by_delay = driven(20.0, 1e6).tran(20e-9, tstep=0.1e-9)
    circuit = Circuit("f").V("1", "in", "0", EDGE).R("s", "in", "a", 20.0).R("l", "b", "0", 1e6)
    by_frequency = circuit.T("1", "a", "0", "b", "0", z0=50, f=0.25 / TD).tran(20e-9, tstep=0.1e-9)
    np.testing.assert_allclose(by_frequency["v(b)"], by_delay["v(b)"], atol=1e-12)


@pytest.mark.parametrize(
    ("card", "message"),
    [
        ("t1 a 0 b 0 td=1n", "characteristic impedance"),
        ("t1 a 0 b 0 z0=-50 td=1n", "must be positive"),
        ("t1 a 0 b 0 z0=50 td=0", "must be positive"),
        ("t1 a 0 b 0 z0=50 f=0", "must be positive"),
        ("t1 a 0 b z0=50 td=1n", "needs 4 nodes, 3 given"),
        ("t1 a 0 b 0 c z0=50 td=1n", "an unexpected word"),
        ("t1 a 0 b 0 z0=50 td=1n q=1", "no parameter 'q'"),
        ("t1 a 0 b 0 z0=50 td=1n ic=1,2,3,4,5", "four values at most"),
    ],
)
def test_bad_cards(card, message):
    circuit = Circuit("bad").V("1", "a", "0", 1.0).add(card).R("l", "b", "0", 50.0)
    with pytest.raises(NetlistError, match=message):
        circuit.op()


def test_sensitivity_to_impedance_and_delay():
    f, found = 70e6, driven(20.0, 120.0, "dc 0 ac 1").sens("b", 70e6)

    def response(line=Z0, delay=TD):
        circuit = Circuit("line").V("1", "in", "0", "dc 0 ac 1").R("s", "in", "a", 20.0)
        return circuit.T("1", "a", "0", "b", "0", z0=line, td=delay).R("l", "b", "0", 120.0).ac(f)["v(b)"][0]

    by_impedance = (response(line=Z0 + 1e-3) - response(line=Z0 - 1e-3)) / 2e-3
    by_delay = (response(delay=TD + 1e-14) - response(delay=TD - 1e-14)) / 2e-14
    assert found["t1_z0"][0] == pytest.approx(by_impedance, rel=1e-6)
    assert found["t1_td"][0] == pytest.approx(by_delay, rel=1e-6)


def test_poles_of_a_delay_are_refused():
    with pytest.raises(AnalysisError, match=r"infinitely many poles.*\.ac"):
        driven(50.0, 50.0).pz("in", "b")


def test_a_loop_through_a_line_is_named():
    circuit = (
        Circuit("loop").V("1", "a", "0", 1.0).V("2", "b", "0", 2.0).T("1", "a", "0", "b", "0", z0=50, td="1n")
    )
    with pytest.raises(TopologyError, match="t1 closes a loop"):
        circuit.op()


def test_a_floating_end_is_named():
    circuit = (
        Circuit("float")
        .V("1", "a", "0", 1.0)
        .T("1", "a", "0", "b", "c", z0=50, td="1n")
        .R("1", "b", "c", 50.0)
    )
    result = circuit.op()
    assert any("b, c" in note or "c, b" in note for note in result.statistics.notes), result.statistics.notes
    assert result["v(b)"] - result["v(c)"] == pytest.approx(1.0)


def ended(model, load=1e15, value="pwl(0 0 1f 1)", source=1e-3, **parameters):
    circuit = Circuit("lossy").V("1", "in", "0", value).R("s", "in", "a", source)
    return circuit.O("1", "a", "0", "b", "0", "m").model("m", "ltra", len=1, **model).R("l", "b", "0", load)


RC = {"r": 1e3, "c": 1e-9}
RLC = {"r": 40.0, "l": 0.25e-6, "c": 0.1e-9}


def two_port(model, omega, length=1.0):
    """A, B, C of the chain matrix."""
    series, shunt = model.get("r", 0) + 1j * omega * model.get("l", 0), 1j * omega * model["c"]
    turn, impedance = np.sqrt(series * shunt) * length, np.sqrt(series / shunt)
    return np.cosh(turn), impedance * np.sinh(turn), np.sinh(turn) / impedance


@pytest.mark.parametrize("model", [RC, RLC, {"l": 0.25e-6, "c": 0.1e-9}], ids=["rc", "rlc", "lc"])
def test_lossy_line_over_frequency(model):
    r = ended(model, 120.0, "dc 0 ac 1", 30.0).ac(1e3, 1e8, points=20)
    a, b, c = two_port(model, 2 * np.pi * r["frequency"].real)
    np.testing.assert_allclose(r["v(b)"], 1 / (a + b / 120 + 30 * (c + a / 120)), rtol=1e-11)


def test_attenuation_without_overflow():
    r = ended({"r": 1e6, "c": 1e-6}, 50.0, "dc 0 ac 1").ac(1e3, 1e12, points=2)
    assert np.all(np.isfinite(r["v(b)"]))
    assert abs(r["v(b)"][-1]) < 1e-100


@pytest.mark.parametrize("model", [RC, RLC, RLC | {"r": 400.0}], ids=["rc", "rlc", "opaque"])
def test_noise_of_a_lossy_line(model):
    """Everything passive at one temperature: 4kT times the real part of the impedance at the output."""
    circuit = ended(model, 150.0, "dc 0 ac 1", 30.0)
    spectrum, _ = circuit.noise("b", "v1", 1e5, 3e8, points=5)
    a, b, c = two_port(model, 2 * np.pi * spectrum["frequency"])
    behind = (b + 30 * a) / (a + 30 * c)
    seen = (1 / (1 / behind + 1 / 150)).real
    np.testing.assert_allclose(spectrum["onoise_spectrum"] ** 2, 4 * BOLTZMANN * 300.15 * seen, rtol=1e-9)


@pytest.mark.parametrize("model", [RC, RLC, {"r": 40.0, "g": 1e-90}], ids=["rc", "rlc", "rg"])
def test_resistance_at_direct_current(model):
    r = ended(model, 60.0, 2.0, 50.0).op()
    assert r["v(b)"] == pytest.approx(2 * 60 / (110 + model["r"]), rel=1e-12)


def test_step_into_an_open_rc_line():
    """2·Σ (-1)^k·erfc((2k + 1)/(2·√(t/RC))), and √(C/πRt) flows in at first."""
    r = ended(RC, source=1e-9).tran(3e-6, tmax=3e-9, reltol=1e-6)
    t = r.time[1:] / 1e-6
    exact = sum(2 * (-1) ** k * erfc((2 * k + 1) / (2 * np.sqrt(t))) for k in range(20))
    later = t > 1e-3
    np.testing.assert_allclose(r["v(b)"][1:][later], exact[later], atol=3e-5)
    assert np.max(np.abs(r["v(b)"][1:] - exact)) < 1.2e-3  # of what is faster than all modes
    early = (t > 1e-3) & (t < 2e-2)
    np.testing.assert_allclose(
        -r["i(v1)"][1:][early], np.sqrt(1e-12 / (np.pi * r.time[1:][early])), rtol=2e-4
    )


def inverted(transform, longest, count=2**18):
    """A function of time from its Laplace transform."""
    period = 2 * longest
    shift = 14 / period
    k = np.arange(count)
    s = shift + 2j * np.pi * k / period
    sums = np.fft.ifft(transform(s) * np.sinc(k / count)) * count
    time = k * period / count
    return time, 2 / period * np.exp(shift * time) * (sums.real - 0.5 * transform(s[:1]).real)


@pytest.mark.parametrize(("resistance", "load"), [(5.0, 1e15), (40.0, 80.0), (400.0, 1e15)])
def test_ramp_on_a_lossy_line(resistance, load):
    model = RLC | {"r": resistance}
    r = ended(model, load, "pwl(0 0 1n 1)", 20.0).tran(40e-9, tstep=0.1e-9, reltol=1e-5)

    def far_end(s):
        a, b, c = two_port(model, -1j * s)
        return (1 - np.exp(-s * 1e-9)) / (s * s * 1e-9) / (a + b / load + 20 * (c + a / load))

    time, exact = inverted(far_end, 40e-9)
    np.testing.assert_allclose(r["v(b)"], np.interp(r.time, time, exact), atol=1.5e-4)


def test_lossy_line_in_a_nonlinear_circuit_starts_at_its_operating_point():
    """Nothing moves where nothing changes; then the front goes out as exp(-RT/2L)."""
    circuit = ended(RLC, 1e3, "pulse(2 2.001 10n 1p 1p 1u)", 50.0).D("1", "b", "0", "dm").model("dm", "d")
    r = circuit.tran(20e-9, tstep=0.1e-9, reltol=1e-6)
    before = r.time < 10e-9
    assert np.ptp(r["v(b)"][before]) < 1e-7  # what the operating point leaves
    assert np.ptp(r["v(a)"][before]) < 1e-7
    conductance = 1 / 1e3 + (r["v(a)"][0] - r["v(b)"][0]) / 40 / 0.02585  # about the diode's, of some mA
    front = np.interp(10e-9 + 5e-9 + 0.1e-9, r.time, r["v(b)"]) - r["v(b)"][0]
    assert front == pytest.approx(1e-3 * np.exp(-0.4) / (1 + 50 * conductance), rel=0.1)


def test_initial_conditions_of_lossy_lines():
    """A line charged to 1 V keeps it, whatever its kind."""
    for model in (RC, RLC, {"l": 0.25e-6, "c": 0.1e-9}):
        circuit = Circuit("kept").add("o1 a 0 b 0 m ic=1,0,1,0").model("m", "ltra", len=1, **model)
        r = circuit.R("a", "a", "0", 1e15).R("b", "b", "0", 1e15).tran(30e-9, tstep=0.5e-9, uic=True)
        np.testing.assert_allclose(r["v(a)"], 1.0, atol=1e-6)
        np.testing.assert_allclose(r["v(b)"], 1.0, atol=1e-6)


def test_rc_ladder_is_a_ladder():
    """k = 2, two lumps a side: resistors 1 2 2 1, capacitors 1 2 1, in parts of R/6 and C/4."""
    circuit = Circuit("u").V("1", "in", "0", "dc 1 ac 1").U("1", "in", "out", "0", "m", l=6, n=2)
    circuit.model("m", "urc", k=2, rperl=1e3, cperl=4e-12 / 6).R("l", "out", "0", 1e6)
    lumped = Circuit("lumped").V("1", "in", "0", "dc 1 ac 1").R("l", "out", "0", 1e6)
    for k, (r, c) in enumerate([(1e3, 1e-12), (2e3, 2e-12), (2e3, 1e-12), (1e3, 0)]):
        lumped.R(str(k), f"n{k}" if k else "in", f"n{k + 1}" if k < 3 else "out", r)
        if c:
            lumped.C(str(k), f"n{k + 1}", "0", c)
    expected, found = (x.ac(1e6, 1e9, points=5)["v(out)"] for x in (lumped, circuit))
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_length_of_a_ladder_follows_from_the_highest_frequency():
    circuit = (
        Circuit("u")
        .V("1", "in", "0", 1.0)
        .add("x1 in out sub")
        .add(".subckt sub a b", "u1 a b 0 m l=10", ".ends")
    )
    circuit.model("m", "urc", k=2, fmax=1e9, rperl=100, cperl=1e-12).R("l", "out", "0", 1e4)
    names = circuit.flat.node_names
    assert [n for n in names if "#" in n] == [f"u.x1.u1#{s}{k}" for k in (1, 2, 3) for s in ("hi", "lo")][:5]
    assert circuit.op()["v(out)"] == pytest.approx(1e4 / 1.1e4, rel=1e-12)


@pytest.mark.parametrize(
    ("cards", "message"),
    [
        (("o1 a 0 b 0 m", ".model m ltra r=1 c=1n"), "needs the length"),
        (("o1 a 0 b 0 m", ".model m ltra r=1 l=1n len=1"), "has r, l and c, r and c"),
        (("o1 a 0 b 0 m", ".model m ltra r=1 l=1n c=1n g=1 len=1"), "has r, l and c, r and c"),
        (("o1 a 0 b 0 m", ".model m ltra r=-1 c=1n len=1"), "must not be negative"),
        (("o1 a 0 b 0 m", ".model m urc"), "not one for a lossy line"),
        (("o1 a 0 b m", ".model m ltra r=1 c=1n len=1"), "needs a model"),
        (("u1 a b 0 m", ".model m urc"), "needs a length"),
        (("u1 a b 0 m l=1", ".model m urc k=1"), "must be greater than 1"),
        (("u1 a b 0 m l=1 n=2000", ".model m urc"), "2000 lumps"),
        (("u1 a b 0 m l=1 n=1000", ".model m urc k=10"), "their sizes must not overflow"),
        (("u1 a b 0 m l=1e200", ".model m urc"), "too large"),
    ],
)
def test_bad_models(cards, message):
    circuit = Circuit("bad").V("1", "a", "0", 1.0).add(*cards).R("l", "b", "0", 50.0)
    with pytest.raises(NetlistError, match=message):
        circuit.op()


def test_lines_are_written_as_they_were_read():
    circuit = (
        driven(20.0, 80.0)
        .O("1", "b", "0", "c", "0", "m")
        .model("m", "ltra", len=2, **RLC)
        .R("c", "c", "0", 50.0)
    )
    circuit.U("1", "c", "d", "0", "n", l=1e-3).model("n", "urc", rperl=1e3, cperl=1e-9).R("d", "d", "0", 1e3)
    again = Circuit.from_text(write(circuit.flat))
    r, other = (x.tran(20e-9, tstep=0.2e-9) for x in (circuit, again))
    np.testing.assert_allclose(other["v(d)"], r["v(d)"], rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("loss", [0.01, 1.0, 30.0])
def test_responses_of_a_lossy_line(loss):
    """The tables against Bessel functions and their integral, over twelve decades."""
    delay, alpha = 5e-9, loss / 5e-9
    memory = Memory(
        [admittance(alpha, 1e-3)], [propagation(alpha, delay, 1e-3)], np.array([np.exp(-alpha * delay)])
    )
    for t in np.logspace(-15, -3.001, 60):
        exact = t * (ive(0, alpha * t) + ive(1, alpha * t))
        assert memory.evaluate(0, 0, t) == pytest.approx(exact, rel=1e-9)
    assert memory.evaluate(0, 1, delay) == 0.0
    for after in (1e-12, 1e-10, 1e-9, 1e-8, 1e-7):
        exact = quad(lambda s, after=after: (after - s) * behind_front(alpha, delay, np.array(s)), 0, after)[
            0
        ]
        assert memory.evaluate(0, 1, delay + after) == pytest.approx(exact, rel=1e-8)


TXL = "y1 a 0 b 0 m len=2\n.model m txl(r=5 l=250n g=0 c=100p length=1)\n"
LTRA = "o1 a 0 b 0 m\n.model m ltra(r=5 l=250n g=0 c=100p len=2)\n"


def test_lines_of_type_txl_are_those_of_type_ltra():
    around = "t\nv1 in 0 dc 1 ac 1 pulse(0 1 1n 0.1n 0.1n 1)\nr1 in a 50\n{}r2 b 0 100\n"
    ours, other = (Circuit.from_text(around.format(line)) for line in (TXL, LTRA))
    again = Circuit.from_text(write(ours.flat))
    for circuit in (ours, again):
        np.testing.assert_array_equal(circuit.op()["v(b)"], other.op()["v(b)"])
        np.testing.assert_array_equal(circuit.ac(1e6, 1e8)["v(b)"], other.ac(1e6, 1e8)["v(b)"])
        np.testing.assert_array_equal(circuit.tran("30n")["v(b)"], other.tran("30n")["v(b)"])


def test_lines_of_type_txl_need_a_length():
    with pytest.raises(NetlistError, match="'y1' needs the length of the line"):
        Circuit.from_text("t\ny1 a 0 b 0 m\n.model m txl(r=5 l=250n c=100p)\nv1 a 0 1\nr1 b 0 1\n").op()
    with pytest.warns(DeckWarning, match="'k' of model 'm' has no effect"):
        Circuit.from_text(
            "t\ny1 a 0 b 0 m\n.model m txl(r=5 l=250n c=100p length=1 k=2)\nv1 a 0 1\nr1 b 0 1\n"
        ).op()


@pytest.mark.parametrize(
    ("line", "model", "names"),
    [
        ("u1 in b 0 m l=1 n=3", "urc rperl=1k r=5 level=9 foo=3", {"r", "foo"}),
        ("o1 in 0 b 0 m", "ltra r=1 l=1u g=0 c=1p len=10 foo=3 ic=1 level=2", {"foo", "ic"}),
    ],
)
def test_parameters_that_no_line_has_are_ignored_with_a_warning(line, model, names):
    deck = f"t\nv1 in 0 1\n{line}\nr2 b 0 1k\n.model m {model}\n.op\n.end\n"
    with pytest.warns(DeckWarning) as told:
        Circuit.from_text(deck).run()
    said = [str(w.message) for w in told]
    assert {
        name for name in names if any(f"'{name}' of model 'm' has no effect" in text for text in said)
    } == names
    assert len(said) == len(names)
