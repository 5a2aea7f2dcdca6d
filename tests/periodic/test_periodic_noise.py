"""Noise about periodic orbits: .noise of linear circuits, kT/C of a sampler, phase noise of an oscillator."""

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.constants import BOLTZMANN
from circuitnn.errors import AnalysisError, CircuitnnError, DeckWarning
from circuitnn.operating_point.simulation import Simulation
from circuitnn.small_signal.noise_sources import fluctuations, fluctuations_along

HEAT = BOLTZMANN * 300.15


@pytest.mark.parametrize("method", ["shooting", "hb"])
def test_noise_of_a_linear_circuit_is_that_of_noise(method):
    c = Circuit.from_text(
        "t\nv1 a 0 dc 0 ac 1 sin(0 1 1k)\nr1 a b 1k\nc1 b 0 0.1u\nr2 b c 2k\nl1 c 0 10m\nr3 b 0 5k\n"
    )
    found = c.pnoise("b", 10, "5k", 3, cycle=c.pss(1e3, method=method))[0]
    plain = c.noise("b", "v1", 10, "5k", 3)[0]
    for name in ("onoise_spectrum", "onoise_r1_thermal", "onoise_r2_thermal", "onoise_r3_thermal"):
        assert found[name] == pytest.approx(plain[name], rel=1e-5), name


def test_a_multiplier_folds_noise_from_both_sides():
    """2·cos(ω₀t) times white noise filtered by nothing: (A²/2)·S, at each frequency."""
    c = Circuit.from_text("t\nv1 lo 0 sin(0 3 1meg)\nr1 n 0 1k\nb1 o 0 v=v(lo)*v(n)\nr2 o 0 1k\n")
    found = c.pnoise("o", 1e3, 1e6, 2, cycle=c.pss(1e6, "3u"))[0]
    assert found["onoise_r1_thermal"] ** 2 == pytest.approx(4 * HEAT * 1e3 * 4.5, rel=1e-6)


def test_an_oscillator_has_its_phase_noise_beside_the_carrier():
    """S(f₀ + δ) over the carrier's power is Demir's L(δ), far outside the line and well inside the tank's bandwidth."""
    c = Circuit.from_text(
        "t\nC1 x 0 1n\nL1 x 0 1u\nR1 x 0 1k\nB1 x 0 I=-3m*V(x)+1m*V(x)*V(x)*V(x)\n.ic v(x)=1.6\n"
    )
    cycle = c.pss(tstab="20u", uic=True, tolerance=1e-8)
    found = c.pnoise("x", 100, "1k", 1, harmonic=1, cycle=cycle)[0]
    power = 0.5 * abs(cycle.spectrum["v(x)"][1]) ** 2
    measured = 10 * np.log10(found["onoise_spectrum"] ** 2 / power)
    assert measured == pytest.approx(cycle.phase_noise().spectrum(found["frequency"]), abs=0.05)


@pytest.mark.long
def test_a_sampler_holds_k_t_over_c():
    """All noise of a resistor behind an ideal switch, tracking and held, is kT/C; beyond 40 MHz that of tracking."""
    c = Circuit.from_text(
        "t\nvc k 0 pulse(0 1 0 20n 20n 1980n 4u)\nr1 a 0 1k\nb1 a b i=v(a,b)*(1p+1*v(k))\nc1 b 0 100p\n"
    )
    found, integral = c.pnoise("b", 1e3, 40e6, 60, sidebands=0, cycle=c.pss(250e3, "8u"))
    total = integral["onoise_total"] ** 2 + found["onoise_spectrum"][0] ** 2 * found["frequency"][0]
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
        c.pnoise("b", 10.0, cycle=cycle)[0]["onoise_spectrum"][0]
        > c.pnoise("b", 900.0, cycle=cycle)[0]["onoise_spectrum"][0]
    )


def test_a_circuit_without_noise_has_none_as_in_noise():
    c = Circuit.from_text("t\nv1 a 0 dc 0 ac 1 sin(0 1 1k)\nc1 a b 1n\nc2 b 0 1n\n")
    found, plain = c.pnoise("b", 10, "1k", 2, cycle=c.pss(1e3))[0], c.noise("b", "v1", 10, "1k", 2)[0]
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
    found = c.pnoise("o", 1e3, 1e6, 2, cycle=c.pss(1e6, "3u"))[0]
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


MIXED = (  # 1/f noise of a biased resistor, turned by the third harmonic of the orbit
    "t\ni1 0 n 1m\nr1 n 0 rm 1k\nvx x 0 sin(0 1 1meg)\nvlo lo 0 sin(0 2 3meg)\nb1 o 0 v=v(lo)*v(n)\nr2 o 0 1k\n"
    ".model rm r(kf=1e-9 af=2 ef=1)\n"
)


def flicker(f):
    return 1e-9 * (1e-3) ** 2 / abs(f) * 1e3**2


def test_the_noise_of_lowest_frequencies_is_never_left_out():
    """At 3.3 MHz noise arrives from 0.3 and from 6.3 MHz, by half the amplitude each: sidebands 0 and 6 of 1 MHz."""
    c = Circuit.from_text(MIXED)
    cycle, f = c.pss(1e6, "3u"), 3.3e6
    whole = c.pnoise("o", f, sidebands=4, cycle=cycle)[0]["onoise_r1_1overf"][0] ** 2
    assert whole == pytest.approx(flicker(0.3e6) + flicker(6.3e6), rel=1e-6)
    with pytest.warns(DeckWarning, match=r"flicker noise beyond sideband 2 adds up to 1\d % to the density"):
        near = c.pnoise("o", f, sidebands=2, cycle=cycle)[0]["onoise_r1_1overf"][0] ** 2
    assert near == pytest.approx(flicker(0.3e6), rel=1e-6)
    beside = c.pnoise("o", -0.7e6, harmonic=4, sidebands=4, cycle=cycle)[0]["onoise_r1_1overf"][0] ** 2
    assert beside == pytest.approx(whole, rel=1e-9)


AMPLIFIER = (  # at rest; the sine is not connected
    "t\nvx x 0 sin(0 1 1k)\nrx x 0 1k\nvdd d 0 3\nvin g 0 dc 0.9 ac 1\nrg g h 10k\nm1 o h 0 0 mn w=10u l=1u\n"
    "rl d o 10k\ncl o 0 10p\n.model mn nmos(level=1 vto=0.5 kp=100u kf=1e-24 af=1 lambda=0.02 cgso=1n)\n"
)


def test_about_a_point_at_rest_it_is_noise():
    """The flicker noise of a MOSFET, sums of devices, the input's noise and all integrals; at harmonics, too."""
    c = Circuit.from_text(AMPLIFIER)
    cycle = c.pss(1e3, "1m")
    found = c.pnoise("o", 1, "20k", 5, cycle=cycle, source="vin")
    plain = c.noise("o", "vin", 1, "20k", 5)
    for ours, theirs in zip(found, plain, strict=True):
        assert (ours.names, ours.types) == (theirs.names, theirs.types)
        for name in ours.names:
            assert ours[name] == pytest.approx(theirs[name], rel=1e-6, abs=1e-30), name
    assert 1e3 in found[0]["frequency"]


def test_a_flicker_source_that_is_not_folded_may_lie_at_a_harmonic():
    c = Circuit.from_text(AMPLIFIER)
    at = c.pnoise("o", 0, harmonic=3, points=1, variation="lin", cycle=c.pss(1e3, "1m"))[0]
    assert at["onoise_spectrum"][0] == pytest.approx(
        c.noise("o", "vin", 3e3)[0]["onoise_spectrum"][0], rel=1e-6
    )


def test_white_noise_at_0_hz():
    c = Circuit.from_text("t\nv1 a 0 sin(0 1 1k)\nr1 a b 1k\nc1 b 0 0.1u\n")
    found, total = c.pnoise("b", 0, 100, 3, "lin", cycle=c.pss(1e3))
    assert found["onoise_spectrum"] ** 2 == pytest.approx([4 * HEAT * 1e3] * 3, rel=1e-2)
    assert total["onoise_total"] ** 2 == pytest.approx(4 * HEAT * 1e3 * 100, rel=2e-3)


def test_noise_referred_to_the_input_of_a_mixer():
    """An ideal mixer of gain A/2 from f₀ + f: its own load and its input's resistor, from both sidebands."""
    c = Circuit.from_text(
        "t\nvlo lo 0 sin(0 3 1meg)\nvin i 0 0\nr1 i n 1k\nb1 o 0 v=v(lo)*v(n)\nr2 o p 500\n"
    )
    cycle = c.pss(1e6, "3u")
    found, total = c.pnoise("p", 1e3, 1e5, 5, cycle=cycle, source="vin", from_sideband=1)
    heat = 4 * HEAT * (2 * 1e3 + 500 / 1.5**2)
    assert found["inoise_spectrum"] ** 2 == pytest.approx(heat, rel=1e-6)
    assert total["inoise_total"] ** 2 == pytest.approx(heat * (1e5 - 1e3), rel=1e-6)
    gain = abs(c.pxf("p", 1e3, 1e5, 5, sidebands=1, cycle=cycle).sideband(1)["vin"])
    assert gain[0] == pytest.approx(1.5, rel=1e-6)
    found = c.pnoise("p", 1e3, cycle=cycle, source="vin")[0]
    assert "vin does not reach the output" in found.statistics.notes[0]


def test_the_card_takes_a_source_and_its_sideband():
    c = Circuit.from_text(
        "t\nvlo lo 0 sin(0 3 1meg)\nvin i 0 0\nr1 i n 1k\nb1 o 0 v=v(lo)*v(n)\nr2 o 0 1k\n.pss 1meg 3u\n"
        ".pnoise v(o) vin lin 3 -3k -1k harmonic=2 refsideband=-1\n"
    )
    found = next(result for result in c.run() if result.plotname == "Periodic Noise Spectral Density")
    assert found["frequency"].tolist() == [-3e3, -2e3, -1e3]
    assert found["inoise_spectrum"] ** 2 == pytest.approx(4 * HEAT * 2e3, rel=1e-6)


def oscillator(scale):
    """A tank with a cubic conductance, whose amplitude goes with the root of a scale."""
    c = Circuit.from_text(
        f"t\nC1 x 0 1n\nL1 x 0 1u\nR1 x 0 1k\nB1 x 0 I=-3m*V(x)+1m*V(x)*V(x)*V(x)/{scale}\n"
        f".ic v(x)={1.6 * scale**0.5}\n"
    )
    return c, c.pss(tstab="20u", uic=True, tolerance=1e-8)


def test_noise_over_the_carrier_on_both_sides():
    c, cycle = oscillator(1.0)
    with pytest.warns(DeckWarning, match=rf"across the carrier of {cycle.frequency:.9g} Hz"):
        found = c.pnoise("x", -1e3, 1e3, 4, "lin", harmonic=1, cycle=cycle)[0]
    expected = cycle.phase_noise().spectrum(np.abs(found["frequency"]))
    assert found["phase_noise"] == pytest.approx(expected, abs=0.01)
    assert found.units[found.names.index("phase_noise")] == "dBc/Hz"
    below = c.pnoise("x", -1e3, -10, 3, harmonic=1, cycle=cycle)[0]
    assert below["frequency"] == pytest.approx(-np.logspace(1, 3, 7)[::-1])


def test_an_integral_across_a_carrier_is_told_and_one_beside_it_is_the_integral_of_its_skirt():
    """A tank has no second harmonic worth naming, but its cubic conductance leaves a third."""
    c, cycle = oscillator(1.0)
    f0 = cycle.frequency
    with pytest.warns(DeckWarning, match=rf"carrier of {f0:.9g} Hz.*harmonic=1 also gives"):
        c.pnoise("x", 0.9 * f0, 1.1 * f0, 6, "lin", cycle=cycle)
    with pytest.warns(DeckWarning, match=rf"carrier of {3 * f0:.9g} Hz.*harmonic=3 also gives"):
        c.pnoise("x", 2.93 * f0, 3.08 * f0, 4, "lin", cycle=cycle)
    found, total = c.pnoise("x", 100.0, 1e3, 10, harmonic=1, cycle=cycle)  # silent
    near = found["onoise_spectrum"][0] ** 2 * 100.0**2
    assert total["onoise_total"] ** 2 == pytest.approx(near * (1.0 / 100.0 - 1.0 / 1e3), rel=1e-3)
    c.pnoise("x", 1.1 * f0, 1.9 * f0, 4, "lin", cycle=cycle)


def test_offsets_within_the_line_are_told():
    """A tank of 30 µV: the line is wide. One over the offset squared is too large there by Demir's factor."""
    c, cycle = oscillator(1e-9)
    width = cycle.phase_noise().linewidth
    with pytest.warns(DeckWarning, match="noise within .* Hz of the carrier is too large by more than 1 %"):
        found = c.pnoise("x", width, harmonic=1, cycle=cycle)[0]
    factor = 10 ** ((found["phase_noise"][0] - cycle.phase_noise().spectrum(width)) / 10)
    assert factor == pytest.approx(1.25, rel=1e-2)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"start": -10.0}, "is below 0 Hz"),
        ({"start": -2e3, "harmonic": 1}, "is below 0 Hz"),
        ({"start": 10.0, "source": "v9"}, "v9"),
        ({"start": 10.0, "from_sideband": 2000}, "2000 sidebands"),
    ],
)
def test_what_makes_no_sense_is_refused(given, words):
    c = Circuit.from_text("t\nv1 a 0 sin(0 1 1k)\nr1 a b 1k\nc1 b 0 0.1u\n")
    with pytest.raises(CircuitnnError, match=words):
        c.pnoise("b", cycle=c.pss(1e3), **given)


def test_there_is_no_noise_about_no_orbit():
    c = Circuit.from_text("t\nv1 a 0 sin(0 1 1k)\nr1 a b 1k\nc1 b 0 0.1u\n")
    with pytest.raises(AnalysisError, match=r"the deck has no \.pss card"):
        c.pnoise("b", 10)
