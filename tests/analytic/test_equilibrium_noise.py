"""Fluctuation and dissipation: what rests in one temperature has noise of 4kT·Re(Y), whatever it is made of."""

import math

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.constants import BOLTZMANN, KELVIN
from circuitnn.contract import Case
from circuitnn.equations.expr import ZERO
from circuitnn.models import catalogue
from circuitnn.models.reference import page_of

TWO_TERMINALS = sorted(
    name for name, model in catalogue().items() if len(model.terminals) == 2 and not model.control
)
SAMPLES = 5


def instance(model, values, k):
    """Cards of one random instance between a and 0, and its temperature. [°C]"""
    numbers = {p.name: float(np.broadcast_to(values[p.name], SAMPLES)[k]) for p in model.parameters}
    card = [
        f"{name}={v!r}"
        for name, v in numbers.items()
        if math.isfinite(v) and name not in ("polarity", "tnom", "noiseless")  # which switches it off
    ]
    celsius = float(values["temp"][k])
    many = 3 if k % 2 else 1
    device = f"{model.letter}1 a 0 m temp={celsius!r} m={many}"
    return f"{device}\n{model.card('m', parameters=card)}", celsius


def behind(resistance, text):
    return Circuit.from_text(f"t\nv1 in 0 0 ac 1\nr1 in a {resistance!r}\n{text}\n.end\n")


def fluctuation_and_admittance(model, text, at):
    """Density of a device's white noise current [A²/Hz], and its admittance [S]."""
    small = behind(50.0, text).ac(at, 1e6 * at, 1)
    about = np.maximum(abs(small["i(v1)"] / small["v(a)"]), 1e-15)
    # so that neither side is lost in the other's rounding
    resistance = float(1.0 / np.sqrt(about.max() * about.min()))
    circuit = behind(resistance, text)
    spectrum, _ = circuit.noise("a", "v1", at, 1e6 * at, 1)
    white = [f"onoise_{model.letter}1_{n.name}" for n in model.kernel().noises if n.white is not ZERO]
    of_device = sum(spectrum[part] ** 2 for part in white)
    of_resistor = 4.0 * BOLTZMANN * (27.0 + KELVIN) / resistance
    small = circuit.ac(at, 1e6 * at, 1)
    density = of_device / spectrum["onoise_r1"] ** 2 * of_resistor
    return density, -small["i(v1)"] / small["v(a)"], circuit


@pytest.mark.parametrize("name", sorted(catalogue()))
def test_every_model_states_its_noise(name):
    assert catalogue()[name].kernel().noises
    assert "oise" in page_of(catalogue()[name])


@pytest.mark.thinned(3)
@pytest.mark.filterwarnings("ignore:.*affects only its noise")
@pytest.mark.parametrize("name", TWO_TERMINALS)
def test_noise_at_rest_is_that_of_the_conductance(name):
    model = catalogue()[name]
    case = Case(model, SAMPLES, seed=11)
    for k in range(SAMPLES):
        text, celsius = instance(model, case.values, k)
        lowest = 10.0 ** case.rng.uniform(2.0, 5.0)  # Hz; a decade apart
        density, admittance, circuit = fluctuation_and_admittance(model, text, lowest)
        own = [s.name for s in model.states if s.unit == "K"]
        kelvin = circuit.op()[f"@n1[{own[0]}]"] if own else celsius + KELVIN
        wanted = 4.0 * BOLTZMANN * kelvin * admittance.real
        off = np.abs(density - wanted) / (wanted + 1e-8 * 4.0 * BOLTZMANN * kelvin * np.abs(admittance))
        assert np.max(off) < 1e-4, (text, density, wanted)
