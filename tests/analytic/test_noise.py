"""Noise and transfer functions against closed forms."""

import math

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn._cext.noise import integrate
from circuitnn.constants import BOLTZMANN, ELEMENTARY_CHARGE
from circuitnn.errors import AnalysisError, NetlistError
from circuitnn.results import rawfile

T = 300.15


def circuit(text):
    return Circuit.from_text(f"t\n{text}\n.end\n")


def test_resistors_and_kt_over_c():
    """4kT·R within the band, kT/C in all."""
    spectrum, total = circuit("v1 1 0 ac 1\nr1 1 2 1k\nc1 2 0 1n").noise("2", "v1", 1, 1e12, 50)
    f = spectrum["frequency"]
    exact = np.sqrt(4 * BOLTZMANN * T * 1e3 / (1 + (2 * math.pi * f * 1e-6) ** 2))
    assert spectrum["onoise_spectrum"] == pytest.approx(exact, rel=1e-10)
    assert spectrum["inoise_spectrum"] == pytest.approx(
        np.full(len(f), math.sqrt(4 * BOLTZMANN * T * 1e3)), rel=1e-9
    )
    assert spectrum["onoise_r1_thermal"] == pytest.approx(spectrum["onoise_r1"])
    assert total["onoise_total"] == pytest.approx(math.sqrt(BOLTZMANN * T / 1e-9), rel=2e-4)
    _, band = circuit("v1 1 0 ac 1\nr1 1 2 1k\nc1 2 0 1n").noise("2", "v1", 10, 1e6, 5)
    assert band["inoise_total"] == pytest.approx(math.sqrt(4 * BOLTZMANN * T * 1e3 * (1e6 - 10)), rel=1e-9)


def test_parts_add_up_and_temperature_counts():
    text = "v1 1 0 ac 1\nr1 1 2 1k\nr2 2 0 1k\nr3 2 0 1k temp=127"
    spectrum, _ = circuit(text).noise("2", "v1", 1e3, temp=27.0)
    parts = [spectrum[f"onoise_r{k}"][0] ** 2 for k in (1, 2, 3)]
    assert sum(parts) == pytest.approx(spectrum["onoise_spectrum"][0] ** 2)
    assert parts[2] / parts[0] == pytest.approx(400.15 / T)
    parallel = 1e3 / 3
    assert parts[0] == pytest.approx(4 * BOLTZMANN * T / 1e3 * parallel**2)


def test_diode_shot_and_flicker():
    """A forward diode with a current source: 2q·I·r², r = kT/qI; kf·I^af/f below the corner."""
    text = "i1 0 1 dc 1m ac 1\nd1 1 0 m\n.model m d(kf=1e-16 af=1.5)"
    spectrum, _ = circuit(text).noise("1", "i1", 1, 1e6, 1, reltol=1e-9)
    r = BOLTZMANN * T / (ELEMENTARY_CHARGE * 1e-3)
    f = spectrum["frequency"]
    assert spectrum["onoise_d1_id"] == pytest.approx(
        np.full(len(f), r * math.sqrt(2 * ELEMENTARY_CHARGE * 1e-3)), rel=1e-5
    )
    assert spectrum["onoise_d1_1overf"] == pytest.approx(r * np.sqrt(1e-16 * 1e-3**1.5 / f), rel=1e-5)
    assert spectrum["onoise_d1_rs"] == pytest.approx(np.zeros(len(f)))


def test_white_and_flicker_noise_are_integrated_each():
    """a + b/f is no power of f between two frequencies: a·(f₂ - f₁) + b·ln(f₂/f₁), with one point a decade."""
    text = "i1 0 1 dc 1m ac 1\nd1 1 0 m\n.model m d(kf=3.2e-14)"
    _, total = circuit(text).noise("1", "i1", 1, 1e6, 1, reltol=1e-9)
    r = BOLTZMANN * T / (ELEMENTARY_CHARGE * 1e-3)
    exact = 2 * ELEMENTARY_CHARGE * 1e-3 * (1e6 - 1) + 3.2e-14 * 1e-3 * math.log(1e6)
    assert total["onoise_total"] == pytest.approx(r * math.sqrt(exact), rel=1e-5)


def test_differential_output():
    spectrum, _ = circuit("v1 1 0 ac 1\nr1 1 2 1k\nr2 2 0 3k").noise(("1", "2"), "v1", 1e3)
    assert spectrum["onoise_spectrum"][0] ** 2 == pytest.approx(4 * BOLTZMANN * T * 750.0)


@pytest.mark.parametrize("power", [-2.0, -1.0, -0.5, 0.0, 1.0])
def test_powers_are_integrated_exactly(power):
    at = np.logspace(0, 3, 7)
    exact = math.log(1e3) if power == -1.0 else (1e3 ** (power + 1) - 1.0) / (power + 1)
    output, referred = np.zeros(2), np.zeros(2)
    integrate(at, 4.0 / at, np.array([at ** (power - 1.0), 0.0 * at]), output, referred)
    assert referred == pytest.approx([exact / 4.0, 0.0], rel=1e-9)
    output = np.zeros(2)
    integrate(at, np.ones(7), np.array([at**power, 0.0 * at]), output, referred)
    assert output == pytest.approx([exact, 0.0], rel=1e-9)


@pytest.mark.parametrize(
    ("source", "referred"), [("v1 1 0 ac 1\nr1 1 2 1k", "voltage"), ("i1 0 2 ac 1", "current")]
)
def test_units(source, referred, tmp_path):
    """In results, data sets, pictures and rawfiles; those of ngspice 44."""
    letter = {"voltage": "V", "current": "A"}[referred]
    spectrum, total = circuit(f"{source}\nr2 2 0 1k").noise("2", source[:2], 1, 1e3, 1)
    types = dict(zip(spectrum.names, spectrum.types, strict=True))
    units = dict(zip(spectrum.names, spectrum.units, strict=True))
    assert types["inoise_spectrum"] == f"{referred}-density"
    assert {types[n] for n in spectrum.names if n.startswith("onoise")} == {"voltage-density"}
    assert units["frequency"] == "Hz"
    assert units["inoise_spectrum"] == f"{letter}/sqrt(Hz)"
    assert units["onoise_r2_thermal"] == "V/sqrt(Hz)"
    of_total = dict(zip(total.names, total.units, strict=True))
    assert {of_total[n] for n in total.names if n.startswith("inoise")} == {letter}
    assert {of_total[n] for n in total.names if n.startswith("onoise")} == {"V"}
    assert spectrum.to_xarray()["inoise_spectrum"].attrs["units"] == f"{letter}/sqrt(Hz)"
    axes = spectrum.plot("inoise_spectrum").axes[0]
    assert axes.get_ylabel().endswith(f"{letter}/√Hz]")
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    assert len(spectrum.plot().axes[0].lines) > 0
    for binary in (True, False):
        rawfile.write(tmp_path / "n.raw", [spectrum, total], binary=binary)
        back, of_back = rawfile.read(tmp_path / "n.raw")
        assert (back.types, of_back.types) == (spectrum.types, total.types)


def test_transfer_function():
    r = circuit("v1 1 0 2\nr1 1 2 1k\nr2 2 0 3k").tf("2", "v1")
    assert r["transfer_function"] == pytest.approx(0.75)
    assert r["v1#input_impedance"] == pytest.approx(4e3)
    assert r["output_impedance_at_v(2)"] == pytest.approx(750.0)
    current = circuit("i1 0 1 1m\nr1 1 2 1k\nv2 2 0 0").tf("i(v2)", "i1")
    assert current["transfer_function"] == pytest.approx(1.0)
    assert current["i1#input_impedance"] == pytest.approx(1e3)


def test_memories_stay_where_they_are():
    """A memristor's gain is its resistance's, whatever its rate is."""
    r = circuit("v1 1 0 1\nr1 1 2 1k\nn1 2 0 m x0=0.5\n.model m vteam").tf("2", "v1")
    assert r["transfer_function"] == pytest.approx(525.0 / 1525.0, rel=1e-6)


def test_cards():
    deck = circuit("v1 1 0 ac 1\nr1 1 2 1k\nc1 2 0 1n\n.noise v(2) v1 dec 5 1 1meg 1\n.tf v(2) v1")
    spectrum, total, gain = deck.run()
    assert [r.plotname for r in (spectrum, total, gain)] == [
        "Noise Spectral Density Curves",
        "Integrated Noise",
        "Transfer Function",
    ]
    assert gain["transfer_function"] == pytest.approx(1.0)


def test_a_source_that_does_not_reach_the_output_costs_only_what_is_referred_to_it():
    """As in ngspice, its gain counts as 1e-10; other analyses of the deck run, too."""
    spectrum, _ = circuit("v2 2 0 1\nr2 2 0 1k\nr1 1 0 1k").noise("1", "v2", 1)
    white = np.sqrt(4.0 * 1.380649e-23 * 300.15 * 1e3)
    assert spectrum["onoise_spectrum"][0] == pytest.approx(white, rel=1e-6)
    assert spectrum["inoise_spectrum"][0] == pytest.approx(1e10 * white, rel=1e-6)
    assert any("does not reach the output" in note for note in spectrum.statistics.notes)


def test_faults():
    flickering = circuit("v1 1 0 1\nr1 1 2 1k\nm1 2 2 0 0 mm\n.model mm nmos(level=8 noimod=2 ef=-1e200)")
    with pytest.raises(AnalysisError, match="the noise of m1_1overf is inf V²/Hz at 1"):
        flickering.noise("2", "v1", 10.0, 1e3)
    with pytest.raises(AnalysisError, match=r"there is no v\(9\)"):
        circuit("v1 1 0 1\nr1 1 0 1").tf("9", "v1")
    for card in (
        ".noise v(1) v1",
        ".noise i(v1) v1 dec 1 1 10",
        ".tf v(1)",
        ".tf 1 v1",
        ".noise v(1) v9 dec 1 1 9",
    ):
        with pytest.raises(NetlistError):
            circuit(f"v1 1 0 1\nr1 1 0 1\n{card}").run()
