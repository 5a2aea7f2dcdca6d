"""Small-signal analysis against closed forms, and its agreement with transients."""

import math

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.errors import DeckWarning, NetlistError
from circuitnn.operating_point.simulation import Simulation
from circuitnn.options import Options
from circuitnn.system.linearised import linearise


def ac(text, *arguments, **more):
    return Circuit.from_text(f"t\n{text}\n.end\n").ac(*arguments, **more)


def test_rc_and_rlc():
    r = ac("v1 1 0 ac 2 30\nr1 1 2 1k\nc1 2 0 1u", 1, "100k", 7)
    f = np.real(r["frequency"])
    assert len(f) == 36 and f[0] == 1.0 and f[-1] == pytest.approx(1e5)
    exact = 2.0 * np.exp(1j * math.pi / 6) / (1.0 + 2j * math.pi * f * 1e-3)
    assert r["v(2)"] == pytest.approx(exact, rel=1e-12)
    assert r["i(v1)"] == pytest.approx(-(2.0 * np.exp(1j * math.pi / 6) - exact) / 1e3, rel=1e-10)
    r = ac("i1 0 1 ac 1m\nr1 1 0 1k\nl1 1 0 1m\nc1 1 0 1n", 1e3, 1e7)
    w = 2 * math.pi * np.real(r["frequency"])
    assert r["v(1)"] == pytest.approx(1e-3 / (1e-3 + 1 / (1j * w * 1e-3) + 1j * w * 1e-9), rel=1e-10)


def test_parts_of_phasors():
    r = ac("v1 1 0 ac 1\nr1 1 2 1k\nc1 2 0 1u", "1k")
    z = r["v(2)"][0]
    assert r["vdb(2)"][0] == pytest.approx(20 * math.log10(abs(z)))
    assert r["vm(2)"][0] == pytest.approx(abs(z)) and r["vp(2)"][0] == pytest.approx(np.angle(z))
    assert r["vr(2)"][0] == z.real and r["vi(1,2)"][0] == -z.imag
    assert r["im(v1)"][0] == pytest.approx(abs(r["i(v1)"][0]))


def test_frequencies():
    assert np.real(ac("v1 1 0 ac 1\nr1 1 0 1", 10, 20, 3, "lin")["frequency"]).tolist() == [10.0, 15.0, 20.0]
    octaves = np.real(ac("v1 1 0 ac 1\nr1 1 0 1", 10, 80, 1, "oct")["frequency"])
    assert octaves == pytest.approx([10, 20, 40, 80])
    # As in ngspice 44: a decade is stretched so that the last point is at the end, an octave is not.
    decades = np.real(ac("v1 1 0 ac 1\nr1 1 0 1", 1e7, 5e10, 1, "dec")["frequency"])
    assert decades == pytest.approx([1e7, 1e7 * 5000 ** (1 / 3), 1e7 * 5000 ** (2 / 3), 5e10])
    assert np.real(ac("v1 1 0 ac 1\nr1 1 0 1", 1, 2, 2, "dec")["frequency"]).tolist() == [1.0]
    octaves = np.real(ac("v1 1 0 ac 1\nr1 1 0 1", 10, 100, 1, "oct")["frequency"])
    assert octaves == pytest.approx([10, 20, 40, 80])
    for words in ("dec 5 0 10", "log 5 1 10"):
        with pytest.raises(NetlistError, match=r"'\.ac'"):
            Circuit.from_text(f"t\nv1 1 0 ac 1\nr1 1 0 1\n.ac {words}\n.end").run()


def test_diode_at_its_operating_point():
    """Conductance I/nVT and charge of the junction, of the circuit's own operating point."""
    text = "v1 1 0 0.65 ac 1\nr1 1 2 1k\nd1 2 0 dm\n.model dm d(is=1e-14 tt=1n)\n.options reltol=1e-6"
    r = ac(text, 1e3, 1e9, 2)
    op = Circuit.from_text(f"t\n{text}\n.end").op()
    vt = 1.380649e-23 * 300.15 / 1.602176634e-19
    g = (float(-op["i(v1)"]) + 1e-14) / vt
    w = 2 * math.pi * np.real(r["frequency"])
    assert r["v(2)"] == pytest.approx(1.0 / (1.0 + 1e3 * g * (1 + 1j * w * 1e-9)), rel=1e-4)


def test_inner_unknowns_are_there():
    """A thermal device: negative slope at low frequency, positive at high, with its own pole."""
    text = "i1 0 1 dc 100u ac 1u\nn1 1 0 m\n.model m poole_frenkel\n.options temp=26.85"
    r = ac(text, 1e3, 1e12, 1)
    assert r["v(1)"][0].real < 0.0 < r["v(1)"][-1].real
    step = Circuit.from_text(f"t\n{text}\n.end")
    low, high = step.dc("i1", 99e-6, 101e-6, 2e-6, reltol=1e-9)["v(1)"]
    assert r["v(1)"][0].real == pytest.approx((high - low) / 2e-6 * 1e-6, rel=1e-3)
    assert abs(r["@n1[t]"][-1]) < 1e-3 * abs(r["@n1[t]"][0])


def test_small_transient_agrees():
    text = (
        "v1 1 0 dc 0.7 ac 1 sin(0.7 1m 10meg)\nr1 1 2 100\nd1 2 0 dm\nc1 2 0 100p\n.model dm d(cjo=20p rs=5)"
    )
    circuit = Circuit.from_text(f"t\n{text}\n.end")
    phasor = circuit.ac("10meg")["v(2)"][0]
    r = circuit.tran("1u", "1n", tmax=2e-10, reltol=1e-6)
    late = r.time > 8e-7
    wave = 1e-3 * np.imag(phasor * np.exp(2j * math.pi * 1e7 * r.time[late]))
    v = r["v(2)"][late]
    assert v - v.mean() == pytest.approx(wave - wave.mean(), abs=5e-6)


def test_lines_and_old_pivots():
    """Many frequencies against dense solutions, straight and transposed."""
    lines = [
        "v1 n0 0 ac 1",
        *(f"r{k} n{k} n{k + 1} {1 + k % 7}k\nc{k} n{k + 1} 0 {1 + k % 3}n" for k in range(40)),
    ]
    circuit = Circuit.from_text("t\n" + "\n".join(lines) + "\nl1 n40 n3 1u\nt1 n40 0 n7 0 z0=50 td=1n\n.end")
    simulation = Simulation(circuit.flat, Options())
    small = linearise(simulation.system, simulation.x)
    n = simulation.system.n
    b = np.linspace(1, 2, n) * (1 + 0.5j)
    omega = np.logspace(-3, 12, 40)
    columns = np.repeat(np.arange(n), np.diff(small.starts))
    dense = np.zeros((len(omega), n, n), dtype=complex)
    dense[:, small.rows, columns] = small.G + 1j * omega[:, None] * small.C
    for positions, line in small.dispersive:
        inside = positions < len(small.rows)
        at = positions[inside]
        np.add.at(dense, (slice(None), small.rows[at], columns[at]), line.at(omega)[:, inside])
    for transposed in (False, True):
        found = small.solve(omega, b, transposed)
        expected = np.linalg.solve(dense.swapaxes(1, 2) if transposed else dense, b[:, None])[..., 0]
        assert np.allclose(
            found, expected, rtol=1e-8, atol=1e-12 * np.abs(expected).max(axis=1, keepdims=True)
        )


def test_without_a_source_all_is_zero():
    with pytest.warns(DeckWarning, match="no source has an ac value"):
        result = ac("v1 1 0 1\nr1 1 0 1", 1)
    assert not np.any(result.array("v(1)"))


def test_m_of_a_current_source_counts_for_its_phasor():
    result = Circuit.from_text("t\ni1 0 a dc 1m ac 2m m=3\nr1 a 0 1k\n.ac lin 1 1k 1k\n.end\n").run()[0]
    assert result.array("v(a)")[0] == pytest.approx(6.0)


def test_decades_reach_the_last_frequency():
    """As in ngspice: 7 points a decade from 1 to 50 kHz are 32 equal ratios, the last of which ends at 50 kHz."""
    cards = "v1 a 0 ac 1\nr1 a 0 1k\n{}\n.end\n"
    at = np.real(Circuit.from_text("t\n" + cards.format(".ac dec 7 1 50k")).run()[0].array("frequency"))
    assert len(at) == 33 and at[-1] == pytest.approx(50e3)
    assert np.diff(np.log(at)) == pytest.approx(np.full(32, np.log(50e3) / 32))
    spectrum = Circuit.from_text("t\n" + cards.format(".noise v(a) v1 dec 7 1 50k")).run()[0]
    assert spectrum.array("frequency")[-1] == pytest.approx(10 ** (32 / 7)), "noise keeps to its ratio"
