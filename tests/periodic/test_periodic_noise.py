"""Noise about periodic orbits: .noise of linear circuits, kT/C of a sampler, phase noise of an oscillator."""

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.constants import BOLTZMANN
from circuitnn.errors import AnalysisError
from circuitnn.operating_point.simulation import Simulation
from circuitnn.small_signal.noise_sources import fluctuations, fluctuations_along

HEAT = BOLTZMANN * 300.15


@pytest.mark.parametrize("method", ["shooting", "hb"])
def test_noise_of_a_linear_circuit_is_that_of_noise(method):
    c = Circuit.from_text(
        "t\nv1 a 0 dc 0 ac 1 sin(0 1 1k)\nr1 a b 1k\nc1 b 0 0.1u\nr2 b c 2k\nl1 c 0 10m\nr3 b 0 5k\n"
    )
    found = c.pnoise("b", 10, "5k", 3, cycle=c.pss(1e3, method=method))
    plain = c.noise("b", "v1", 10, "5k", 3)[0]
    for name in ("onoise_spectrum", "onoise_r1_thermal", "onoise_r2_thermal", "onoise_r3_thermal"):
        assert found[name] == pytest.approx(plain[name], rel=1e-5), name


def test_a_multiplier_folds_noise_from_both_sides():
    """2·cos(ω₀t) times white noise filtered by nothing: (A²/2)·S, at each frequency."""
    c = Circuit.from_text("t\nv1 lo 0 sin(0 3 1meg)\nr1 n 0 1k\nb1 o 0 v=v(lo)*v(n)\nr2 o 0 1k\n")
    found = c.pnoise("o", 1e3, 1e6, 2, cycle=c.pss(1e6, "3u"))
    assert found["onoise_r1_thermal"] ** 2 == pytest.approx(4 * HEAT * 1e3 * 4.5, rel=1e-6)


def test_an_oscillator_has_its_phase_noise_beside_the_carrier():
    """S(f₀ + δ) over the carrier's power is Demir's L(δ), far outside the line and well inside the tank's bandwidth."""
    c = Circuit.from_text(
        "t\nC1 x 0 1n\nL1 x 0 1u\nR1 x 0 1k\nB1 x 0 I=-3m*V(x)+1m*V(x)*V(x)*V(x)\n.ic v(x)=1.6\n"
    )
    cycle = c.pss(tstab="20u", uic=True, tolerance=1e-8)
    found = c.pnoise("x", 100, "1k", 1, harmonic=1, cycle=cycle)
    power = 0.5 * abs(cycle.spectrum["v(x)"][1]) ** 2
    measured = 10 * np.log10(found["onoise_spectrum"] ** 2 / power)
    assert measured == pytest.approx(cycle.phase_noise().spectrum(found["frequency"]), abs=0.05)


@pytest.mark.long
def test_a_sampler_holds_k_t_over_c():
    """All noise of a resistor behind an ideal switch, tracking and held, is kT/C; beyond 40 MHz that of tracking."""
    c = Circuit.from_text(
        "t\nvc k 0 pulse(0 1 0 20n 20n 1980n 4u)\nr1 a 0 1k\nb1 a b i=v(a,b)*(1p+1*v(k))\nc1 b 0 100p\n"
    )
    found = c.pnoise("b", 1e3, 40e6, 60, sidebands=0, cycle=c.pss(250e3, "8u"))
    f, density = found["frequency"], found["onoise_spectrum"] ** 2
    total = np.trapezoid(density, f) + density[0] * f[0]
    corner = 1.0 / (2 * np.pi * 1e3 * 100e-12)
    tail = 0.5 * HEAT / 100e-12 * (1 - 2 / np.pi * np.arctan(40e6 / corner))
    assert total + tail == pytest.approx(HEAT / 100e-12, rel=0.01)


def test_flicker_noise_needs_frequencies_off_the_harmonics():
    deck = "t\nv1 a 0 sin(0.6 0.1 1k)\nd1 a b dm\nr1 b 0 1k\nc1 b 0 1n\n.model dm d(is=1e-14 kf=1e-15 af=1)\n"
    c = Circuit.from_text(deck)
    cycle = c.pss(1e3)
    with pytest.raises(AnalysisError, match="has flicker noise without limit at 0 Hz"):
        c.pnoise("b", 1e3, cycle=cycle)
    assert (
        c.pnoise("b", 10.0, cycle=cycle)["onoise_spectrum"][0]
        > c.pnoise("b", 900.0, cycle=cycle)["onoise_spectrum"][0]
    )


def test_a_circuit_without_noise_has_none_as_in_noise():
    c = Circuit.from_text("t\nv1 a 0 dc 0 ac 1 sin(0 1 1k)\nc1 a b 1n\nc2 b 0 1n\n")
    found, plain = c.pnoise("b", 10, "1k", 2, cycle=c.pss(1e3)), c.noise("b", "v1", 10, "1k", 2)[0]
    assert np.array_equal(found["onoise_spectrum"], plain["onoise_spectrum"])
    assert not found["onoise_spectrum"].any()


@pytest.mark.parametrize("line", ["r=1 l=1n c=10p", "r=100 c=10p", "r=100 g=1m", "l=1n c=10p"])
def test_no_transmission_line_is_left_out_of_the_noise_along_an_orbit(line):
    """`.noise` knows the noise of a line's losses; `.pnoise` would not, and there is no orbit with a line."""
    c = Circuit.from_text(
        f"t\nv1 a 0 sin(0 1 1k)\nr0 a p 50\no1 p 0 q 0 mo\nr1 q 0 1k\n.model mo ltra {line} len=1\n"
        ".pss 1k 1m\n.pnoise v(q) dec 1 10 100\n"
    )
    with pytest.raises(AnalysisError, match="transmission line"):
        c.run()


def test_noise_that_an_unknown_scales_follows_the_orbit(tmp_path):
    """A current v(c)·w(t) into 1 kohm has the density R²·S·mean v(c)²: 9 times that at the beginning of the period."""
    (tmp_path / "scaled.va").write_text(
        '`include "disciplines.vams"\nmodule scaled(p, c); inout p, c; electrical p, c;\n'
        'analog begin I(p) <+ V(p)/1k; I(p) <+ V(c)*white_noise(1e-18, "w"); I(c) <+ 0; end\nendmodule\n'
    )
    c = Circuit.from_text(
        f't\n.hdl "{tmp_path}/scaled.va"\nv1 lo 0 sin(0.5 2 1meg)\nn1 o lo mm\n.model mm scaled\n'
    )
    found = c.pnoise("o", 1e3, 1e6, 2, cycle=c.pss(1e6, "3u"))
    assert found["onoise_spectrum"] ** 2 == pytest.approx(1e-18 * 1e6 * (0.25 + 2.0), rel=1e-6)


def test_densities_along_points_are_those_at_each_point():
    c = Circuit.from_text(
        "t\nv1 a 0 1\nr1 a b rm 1k\nd1 b c dm\nm1 c b 0 0 mm\nr2 c 0 2k\n.model dm d(is=1e-12 rs=5 kf=1e-15)\n"
        ".model mm nmos(level=1 vto=0.2 kf=1e-26 af=1)\n.model rm r(kf=1e-12 af=2)\n"
    )
    simulation = Simulation(c.flat, c.options())
    x = np.random.default_rng(4).uniform(0.0, 1.0, (2000, simulation.system.n + 1))
    x[:, -1] = 0.0
    along = list(fluctuations_along(simulation, x, np.zeros(len(x))))
    assert len(along) > 6
    for k in (0, 1371, 1999):
        simulation.x[:] = x[k]
        for source, there in zip(along, fluctuations(simulation), strict=True):
            assert source.names == there.names
            for part in ("white", "flicker", "exponent"):
                assert np.array_equal(getattr(source, part)[k], getattr(there, part)), (source.names, part)
