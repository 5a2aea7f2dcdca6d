"""Scattering parameters and noise of networks against closed forms."""

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.constants import BOLTZMANN
from circuitnn.errors import AnalysisError

HEAT = 4.0 * BOLTZMANN * 300.15


def sp(cards, *arguments, **more):
    return Circuit.from_text(f"t\n{cards}\n.end\n").sp(*arguments, **more)


def matrix(result, letter):
    return np.array([[result[f"{letter}_{j}_{k}"] for k in (1, 2)] for j in (1, 2)]).transpose(2, 0, 1)


TWO = "v1 a 0 dc 0 portnum 1 z0 50\nv2 b 0 dc 0 portnum 2 z0 75\n"


def test_a_series_impedance():
    """(1 - S)·(Z + R₁ + R₂) …: S₂₁ = 2√(R₁R₂)/(Z + R₁ + R₂); it has no matrix Z, and its Y is ±1/Z."""
    found = sp(f"{TWO}r1 a m 100\nl1 m b 1u", "1meg", "100meg", 3)
    z = 100 + 2j * np.pi * found["frequency"].real * 1e-6
    whole = z + 125
    assert found["S_2_1"] == pytest.approx(2 * np.sqrt(50 * 75) / whole, rel=1e-11)
    assert found["s_1_2"] == pytest.approx(found["s_2_1"])
    assert found["S_1_1"] == pytest.approx((z + 75 - 50) / whole, rel=1e-11)
    assert found["S_2_2"] == pytest.approx((z + 50 - 75) / whole, rel=1e-11)
    assert found["Y_1_1"] == pytest.approx(1 / z, rel=1e-10)
    assert found["Y_1_2"] == pytest.approx(-1 / z, rel=1e-10)
    assert "Z_1_1" not in found.names
    assert "sp: the network has no matrix Z" in found.statistics.notes


def test_a_shunt_has_no_admittances_and_a_quiet_best_source():
    found = sp(f"{TWO}r1 a 0 100\nv3 a b 0", "1meg", noise=True)
    assert found["Z_1_2"][0] == pytest.approx(100.0, rel=1e-10)
    assert not {"Y_1_1", "Cy_1_1"} & {*found.names}
    assert found["NF"][0].real == pytest.approx(10 * np.log10(1 + 50 / 100), rel=1e-9)
    assert found["NFmin"][0].real == pytest.approx(0.0, abs=1e-6)  # a root of rounding


def test_a_line_between_its_own_impedances():
    """A matched line turns phases and reflects nothing."""
    found = sp("v1 a 0 portnum 1 z0 60\nv2 b 0 portnum 2 z0 60\nt1 a 0 b 0 z0=60 td=1n", "1meg", "1g", 5)
    turned = np.exp(-2j * np.pi * found["frequency"].real * 1e-9)
    assert found["S_2_1"] == pytest.approx(turned, rel=1e-10)
    assert found["S_1_1"] == pytest.approx(np.zeros(len(turned)), abs=1e-12)


def test_noise_of_a_passive_network():
    """Cy = 4kT·Re Y (Twiss), and the noise figure is the loss of available power."""
    cards = f"{TWO}r1 a c 30\nr2 c b 40\nr3 c 0 90\nc1 c 0 10p\nl1 c b 1u"
    found = sp(cards, "1meg", "1g", 3, noise=True)
    Y, Cy, S = (matrix(found, letter) for letter in ("Y", "Cy", "S"))
    np.testing.assert_allclose(Cy.real, HEAT * Y.real, rtol=1e-8, atol=1e-12 * HEAT)
    np.testing.assert_allclose(Cy.imag, 0.0, atol=1e-10 * HEAT)
    gain = np.abs(S[:, 1, 0]) ** 2 / (1 - np.abs(S[:, 1, 1]) ** 2)  # source matched to port 1
    assert found["NF"].real == pytest.approx(-10 * np.log10(gain), rel=1e-8)


def test_noise_of_an_amplifier_by_its_chain():
    """Series noise of r1 and parallel noise of r2 before a gain: F = 1 + Rn/Rs + Rs/R2."""
    cards = "v1 a 0 portnum 1 z0 50\nv2 o 0 portnum 2 z0 50\nr1 a b 20 \nr2 b 0 300\ng1 0 o b 0 10m"
    found = sp(cards, 1e6, noise=True)
    parallel = 50 * 50 / 300 * (70 / 50) ** 2 / 50  # of i² over the source's, seen through r1
    assert 10 ** (found["NF"][0].real / 10) == pytest.approx(1 + 20 / 50 + parallel, rel=1e-9)
    least = 10 ** (found["NFmin"][0].real / 10)
    sources = np.linspace(10, 300, 2000)
    figures = 1 + 20 / sources + (sources + 20) ** 2 / (300 * sources)
    assert least == pytest.approx(figures.min(), rel=1e-6)
    best = (found["SOpt"][0] + 1) / (1 - found["SOpt"][0]) * 50
    assert best.real == pytest.approx(sources[figures.argmin()], rel=1e-3) and abs(best.imag) < 1e-9
    assert found["Rn"][0].real == pytest.approx(20 + 20**2 / 300, rel=1e-9)


def test_a_port_is_a_source_with_a_quiet_resistance():
    circuit = Circuit.from_text("t\nv1 in 0 dc 1 ac 1 portnum 1 z0 50\nr1 in 0 150\n.end\n")
    assert circuit.op()["v(in)"] == pytest.approx(0.75)
    assert circuit.op()["i(v1)"] == pytest.approx(-5e-3)
    assert abs(circuit.ac(1e3)["v(in)"][0]) == pytest.approx(0.75)
    spectrum, _ = circuit.noise("in", "v1", 1e3)
    assert spectrum["onoise_spectrum"][0] == pytest.approx(np.sqrt(HEAT / 150) * 37.5, rel=1e-9)
    again = Circuit.from_text(circuit.export())
    assert again.op()["v(in)"] == pytest.approx(0.75)


def test_inside_a_subcircuit_and_by_parameters():
    text = """t
.param r=75
x1 a b two
.subckt two p q
v1 p 0 portnum 1 z0 50
v2 q 0 portnum {1+1} z0 {r}
.ends
r1 a b 100
.sp lin 1 1meg 1meg
.end
"""
    (found,) = Circuit.from_text(text).run()
    assert found["S_2_1"][0] == pytest.approx(2 * np.sqrt(50 * 75) / 225, rel=1e-11)


@pytest.mark.parametrize(
    ("cards", "says"),
    [
        ("v1 a 0 1\nr1 a 0 1", "0 ports, at least two are needed"),
        ("v1 a 0 portnum 1\nr1 a 0 1", "1 ports, at least two are needed"),
        ("v1 a 0 portnum 1\nv2 a 0 portnum 1\nr1 a 0 1", "are both port 1"),
        ("v1 a 0 portnum 1\nv2 a 0 portnum 3\nr1 a 0 1", "there is no port 2, but a port 3"),
    ],
)
def test_what_is_wrong(cards, says):
    with pytest.raises(AnalysisError, match=says):
        sp(cards, 1e6)
