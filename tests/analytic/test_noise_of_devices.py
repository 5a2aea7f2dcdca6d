"""Noise of compact models off equilibrium, and in cells of arrays, against formulas by hand."""

import math

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.constants import BOLTZMANN, ELEMENTARY_CHARGE, KELVIN
from circuitnn.equations.evaluate import evaluate
from circuitnn.models import catalogue

T = 300.15
FOUR_KT = 4.0 * BOLTZMANN * T


def circuit(text):
    return Circuit.from_text(f"t\n{text}\n.end\n")


def current_noise(card, bias, out="onoise_n1"):
    """Density of what a device between a and 0 sends through 1 mΩ (to its source), and its current. [A²/Hz, A]"""
    c = circuit(f"v1 in 0 {bias!r} ac 1\nr1 in a 1m\n{card}")
    spectrum, _ = c.noise(("in", "a"), "v1", 1e3, reltol=1e-9)
    return spectrum[out][0] ** 2 / 1e-6, -c.op(reltol=1e-9)["i(v1)"]


def coth(x):
    return 1.0 / math.tanh(x)


def test_resistor_and_memristor():
    """1 kΩ beside 525 Ω at 27 °C: 2.389 nV/√Hz."""
    spectrum, _ = circuit("v1 1 0 ac 1\nr1 1 2 1k\nn1 2 0 m x0=0.5\n.model m vteam").noise("2", "v1", 1e3)
    parallel = 1e3 * 525.0 / 1525.0
    assert spectrum["onoise_spectrum"][0] == pytest.approx(math.sqrt(FOUR_KT * parallel), rel=1e-6)
    assert spectrum["onoise_spectrum"][0] == pytest.approx(2.389e-9, rel=5e-4)


def test_temperature_of_the_instance_is_that_of_its_noise():
    with pytest.warns(UserWarning, match="only its noise"):
        density, _ = current_noise("n1 a 0 m x0=0.5 temp=127\n.model m vteam", 0.01)
    assert density == pytest.approx(4.0 * BOLTZMANN * 400.15 / 525.0, rel=1e-5)


def test_a_switch_has_the_noise_of_the_side_it_is_on():
    """Its memory counts as the operating point leaves it."""
    c = circuit("v1 1 0 ac 1\nvc c 0 1\nr1 1 2 1k\ns1 2 0 c 0 m\n.model m sw(vt=0.5 ron=2k roff=1meg)")
    spectrum, _ = c.noise("2", "v1", 1e3)
    assert spectrum["onoise_s1"][0] ** 2 == pytest.approx(FOUR_KT / 2e3 * (2e6 / 3e3) ** 2, rel=1e-5)


@pytest.mark.parametrize("bias", [1e-9, 0.01, 0.05, 0.3, -0.3])
@pytest.mark.parametrize(
    "card",
    [
        "n1 a 0 m\n.model m sinh_selector i0=1n",
        "n1 a 0 m x0=0.5\n.model m yakopcic",
        "n1 a 0 m\n.model m mtj",
        "n1 a 0 m\n.model m ftj",
        "n1 a 0 m\n.model m miec",
        "n1 a 0 m w0=0.3\n.model m wox",
        "d1 a 0 m\n.model m d is=1n n=1",
    ],
)
def test_barriers_have_shot_noise(card, bias):
    device = f"onoise_{card[0]}1"
    density, current = current_noise(card, bias, out=device)
    half = ELEMENTARY_CHARGE * bias / (2.0 * BOLTZMANN * T)
    assert density == pytest.approx(2.0 * ELEMENTARY_CHARGE * current * coth(half), rel=2e-5)


def test_a_schottky_contact_conducts_at_rest():
    """Small signals at 0 V exactly are those of the field emission that begins there, not none."""

    def conductance(bias):
        c = circuit(f"v1 a 0 {bias} ac 1\nn1 a 0 m n0=5\n.model m jart_vcm")
        return -c.ac(1.0, reltol=1e-9)["i(v1)"][0].real

    assert conductance(0) > 1e-6
    assert conductance(0) == pytest.approx(conductance(-1e-11), rel=0.05)


def test_barriers_with_a_temperature_of_their_own():
    """A hot cell has hot noise."""
    c = circuit("v1 in 0 0.1 ac 1\nr1 in a 1m\nn1 a 0 m\n.model m stanford_pku rth=1meg")
    point = c.op()
    spectrum, _ = c.noise(("in", "a"), "v1", 1e12)  # nothing follows at that frequency
    assert point["@n1[t]"] > 310.0
    half = ELEMENTARY_CHARGE * point["v(a)"] / (2.0 * BOLTZMANN * point["@n1[t]"])
    wanted = 2.0 * ELEMENTARY_CHARGE * -point["i(v1)"] * coth(half)
    seen = spectrum["onoise_n1_shot"][0] / spectrum["onoise_r1"][0]
    assert seen**2 * FOUR_KT / 1e-3 == pytest.approx(wanted, rel=1e-3)


def test_bulk_has_thermal_noise_of_its_static_conductance():
    c = circuit("i1 0 a 20u ac 1\nc1 a 0 1n\nn1 a 0 m\n.model m poole_frenkel cth=1")
    point = c.op()
    kelvin, conductance = point["@n1[t]"], 20e-6 / point["v(a)"]
    assert kelvin > T + 10.0
    spectrum, _ = c.noise("a", "i1", 1.0)
    small = c.ac(1.0)
    wanted = 4.0 * BOLTZMANN * kelvin * conductance * abs(small["v(a)"][0]) ** 2
    assert spectrum["onoise_n1"][0] ** 2 == pytest.approx(wanted, rel=1e-4)


def test_josephson_junction_beyond_its_gap():
    """The phase runs there and has no operating point: the density as stated."""
    model = catalogue()["josephson"]
    (noise,) = model.kernel().noises
    numbers = {p.name: p.default for p in model.parameters} | {"temp": 4.2 - KELVIN, "multiplier": 1.0}
    for voltage in (1e-3, 5e-3):
        density = float(evaluate([noise.white], numbers | {"plus": voltage, "minus": 0.0})[0])
        half = ELEMENTARY_CHARGE * voltage / (2.0 * BOLTZMANN * 4.2)
        wanted = 2.0 * ELEMENTARY_CHARGE * voltage / (160.0 if voltage < 2e-3 else 16.0) * coth(half)
        assert density == pytest.approx(wanted, rel=1e-4)


def test_channel_of_a_mosfet():
    """4kT·gds without drain voltage, 2/3 of 4kT·n·gm in saturation, 2q·i far below threshold."""

    def channel(gate, drain, source=""):
        c = circuit(
            f"v1 d 0 {drain} ac 1\nvg g 0 {gate}\nr1 d a 1m\nn1 a g 0 0 m\n.model m ekv kp=1e-4 w=10u{source}"
        )
        spectrum, _ = c.noise(("d", "a"), "v1", 1e3)
        gm = c.tf("i(v1)", "vg")["transfer_function"]
        gds = c.tf("i(v1)", "v1")["transfer_function"]
        return spectrum["onoise_n1"][0] ** 2 / 1e-6, -c.op()["i(v1)"], abs(gm), abs(gds)

    for gate in (0.3, 0.7, 2.0):
        density, _, _, gds = channel(gate, 0.0)
        assert density == pytest.approx(FOUR_KT * gds, rel=1e-4)
    density, _, gm, _ = channel(20.0, 20.0)
    assert density == pytest.approx(2.0 / 3.0 * FOUR_KT * 1.4 * gm, rel=5e-3)
    density, current, _, _ = channel(0.2, 1.0)
    assert density == pytest.approx(2.0 * ELEMENTARY_CHARGE * current, rel=5e-3)
    near, far = channel(1.0, 1e-4)[0], channel(1.0, 1e-3)[0]
    assert near == pytest.approx(far, rel=1e-2)


def test_electrochemical_cell():
    """What the electrolyte fluctuates by charges the cell as well: kT/C on it, 4kT·Re(Y) at the gate."""
    card = "n1 d g 0 m re=1k rleak=1meg cch=1u\n.model m enode"
    c = circuit(f"v1 in 0 ac 1\nr1 in g 1k\nvd d 0 0\n{card}")
    spectrum, _ = c.noise("g", "v1", 1.0, 1e6, 1)
    at = spectrum["frequency"]
    y = 1.0 / (1e3 + 1.0 / (2j * math.pi * at * 1e-6 + 1e-6))
    wanted = FOUR_KT * y.real / abs(y + 1e-3) ** 2
    assert spectrum["onoise_n1"] ** 2 == pytest.approx(wanted, rel=1e-6)


def test_oxide_with_noise_of_heat():
    """Temperature fluctuates by T·√(k/cth), which a bias turns into current."""
    card = "n1 a 0 m interval=1k\n.model m nbo2_kumar cth=1e-12"
    c = circuit(f"v1 in 0 0.2 ac 1\nr1 in a 1m\n{card}")
    point = c.op()
    spectrum, _ = c.noise(("in", "a"), "v1", 1e2, 1e9, 40)
    heat, at = spectrum["onoise_n1_heat"] ** 2 / 1e-6, spectrum["frequency"]
    ln = np.log(at)
    variance = np.trapezoid(heat * at, ln) + heat[0] * at[0]
    kelvin, step = point["@n1[t]"], 0.1
    # ∂i/∂T at constant voltage, from a cell held at another temperature by the same heat
    warmer = circuit(f"v1 in 0 0.2\nr1 in a 1m\n{card} rth1=1e-3 rth2=1e-3")
    currents = [-warmer.op(temp=kelvin - KELVIN + d)["i(v1)"] for d in (-step, step)]
    slope = (currents[1] - currents[0]) / (2.0 * step)
    assert variance == pytest.approx((slope * kelvin) ** 2 * BOLTZMANN / 1e-12, rel=0.05)


def test_magnet_in_a_heat_bath():
    """Equipartition: a bias turns <mx²> = k·T/(ms·volume·Bk) into current, where the fixed layer is tilted."""
    volume, ms, bk = 25e-9 * math.pi * 25e-9 * 1.4e-9, 7e5, 2.0 * 3.92255e5 / 7e5 - 4e-7 * math.pi * 7e5
    card = "n1 a 0 m theta0=0 theta_p={acos(-1)/2} vh=100\n.model m mtj_thermal"
    c = circuit(f"v1 in 0 1m ac 1\nr1 in a 1m\n{card}")
    spectrum, _ = c.noise(("in", "a"), "v1", 1e6, 1e12, 400)
    at = spectrum["frequency"]
    field = sum(spectrum[f"onoise_n1_field_{axis}"] ** 2 for axis in "xyz") / 1e-6
    variance = np.trapezoid(field * at, np.log(at))
    slope = 0.5 * (1.0 / 3e3 - 1.0 / 6e3) * 1e-3  # A, by mx
    assert variance == pytest.approx(slope**2 * BOLTZMANN * T / (ms * volume * bk), rel=0.02)


def test_gap_that_moves_at_random():
    """A white rate of density S gives the gap S/(2·π·f)², and the current i/g0 times that."""
    card = "n1 a 0 m gapini=1n dgap=1 correlation=1n\n.model m stanford_pku_noise rth=0"
    c = circuit(f"v1 in 0 50m ac 1\nr1 in a 1m\n{card}")
    spectrum, _ = c.noise(("in", "a"), "v1", 1e6)
    current = -c.op()["i(v1)"]
    hot = 1.0 / (1.0 + math.exp((450.0 - 298.0) / 500.0))
    gap = 2e-9 * hot**2 / (2.0 * math.pi * 1e6) ** 2
    assert spectrum["onoise_n1_gap"][0] ** 2 / 1e-6 == pytest.approx((current / 0.25e-9) ** 2 * gap, rel=1e-3)


def test_reading_of_a_phase_change_cell():
    density, _ = current_noise(
        "n1 a 0 m g0=5u interval=1n\n.model m pcm_statistical", 0.1, out="onoise_n1_read"
    )
    assert density == pytest.approx(2e-9 * (0.1 * (0.03 * 5e-6 + 0.13e-6)) ** 2, rel=1e-3)


def test_cells_of_arrays():
    """A stack has the noise of its parts: the same as the elements one by one."""
    models = ".model mem vteam\n.model sel sinh_selector i0=1u\n.model nmos ekv kp=1e-3"
    drive = "v1 in0 0 0.3 ac 1\nrs out0 0 1k"
    inside = f"{drive}\n.crossbar x1 rows=1 cols=1 model=mem,sel mem.x0=0.4 left=in bottom=out\n{models}"
    alone = f"{drive}\nn1 in0 a mem x0=0.4\nn2 a out0 sel\n{models}"
    seen = [circuit(text).noise("out0", "v1", 1e3)[0]["onoise_spectrum"][0] for text in (inside, alone)]
    assert seen[0] == pytest.approx(seen[1], rel=1e-6)
    gated = (
        f"{drive}\nvg g0 0 2\n.crossbar x1 rows=1 cols=1 model=nmos r=5k left=in bottom=out gate=g\n{models}"
    )
    alone = f"{drive}\nvg g0 0 2\nr1 in0 a 5k\nn2 a g0 out0 out0 nmos\n{models}"
    seen = [circuit(text).noise("out0", "v1", 1e3)[0]["onoise_spectrum"][0] for text in (gated, alone)]
    assert seen[0] == pytest.approx(seen[1], rel=1e-6)


def test_mean_of_parallel_devices():
    """Three in parallel share a state, whose noise is their mean's: that of three devices side by side."""
    card = "n{} a 0 m interval=1k{}\n.model m nbo2_kumar"
    one = "v1 in 0 0.5 ac 1\nr1 in a 1k\n" + card.format(1, " m=3")
    three = (
        "v1 in 0 0.5 ac 1\nr1 in a 1k\n"
        + card.format(1, "")
        + "".join(f"\nn{k} a 0 m interval=1k" for k in (2, 3))
    )
    seen = [circuit(text).noise("a", "v1", 1e3, 1e9, 1)[0]["onoise_spectrum"] for text in (one, three)]
    assert seen[0] == pytest.approx(seen[1], rel=1e-9)
