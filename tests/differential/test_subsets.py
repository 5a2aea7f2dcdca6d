"""Random subsets of parameters beside ngspice, at operating points; `bench/subsets.py` draws as many as one likes."""

import numpy as np
import pytest

from bench.devices import DEVICES
from bench.subsets import batch, currents_apart
from circuitnn.contract import ngspice_run

pytestmark = pytest.mark.skipif(not ngspice_run.available(), reason="ngspice is not installed")

# Without levels 2 and 6 of MOSFETs, of which the pages list what ngspice has otherwise.
BUDGETS = {
    "bjt": 1e-6,
    "jfet": 1e-6,
    "jfet2": 1e-6,
    "mes": 1e-6,
    "mesa2": 1e-5,
    "mesa3": 1e-5,
    "mos1": 1e-6,
    "mos3": 1e-6,
    "mos9": 1e-6,
    "vdmos": 1e-6,
    "vbic": 1e-5,
}
SEED, COUNT = 11, 20


@pytest.mark.parametrize("kind", BUDGETS)
def test_currents_of_random_subsets(kind):
    subsets, temperature, _ = batch(DEVICES[kind], SEED, 0, COUNT)
    found = currents_apart(subsets, temperature)
    assert np.isfinite(found).sum() > COUNT // 2
    wrong = [
        f"{x:.1e} at {temperature:g} °C: {s}"
        for s, x in zip(subsets, found, strict=True)
        if x > BUDGETS[kind]
    ]
    assert not wrong, "\n".join(wrong)
