"""Noise of compact models at rest against ngspice's, of the resistors they then are."""

import subprocess

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.contract import ngspice_run
from circuitnn.results import rawfile

pytestmark = pytest.mark.skipif(not ngspice_run.available(), reason="ngspice is not installed")

# Model, card of the device, resistors in its place: name → nodes, value.
CASES = {
    "vteam": ("n1 a 0 m x0=0.5", {"r1": "a 0 525"}),
    "team": ("n1 a 0 m x0=0.25", {"r1": "a 0 287.5"}),
    "pershin": ("n1 a 0 m", {"r1": "a 0 5k"}),
    "memdiode": (
        "n1 a 0 m h0=0.5",
        {"r1": "a b 186.5", "r2": f"b 0 {1.0 / ((0.5 * (1.8e-6 + 1.23e-3)) * 3.4)!r}"},
    ),
    "sinh_selector": ("n1 a 0 m i0=1u", {"r1": "a 0 120k"}),
    "miec": ("n1 a 0 m i0=1u rs=5k", {"r1": "a b 5k", "r2": f"b 0 {float(0.085 / np.log(10.0) / 1e-6)!r}"}),
    "pcm": ("n1 a 0 m x0=1", {"r1": "a 0 10k"}),
}


@pytest.mark.parametrize("celsius", [-40.0, 27.0, 125.0])
@pytest.mark.parametrize("model", CASES)
def test_same_noise_as_of_resistors(model, celsius, tmp_path):
    device, resistors = CASES[model]
    drive = "v1 in 0 0 ac 1\nrs in a 1k\nc1 a 0 1p"
    # not by temp= of the resistor, to which ngspice 44 adds the temperature of the circuit
    analysis = f".noise v(a) v1 dec 2 1k 10g 1\n.options temp={celsius} reltol=1e-9"
    ours = Circuit.from_text(f"t\n{drive}\n{device}\n.model m {model}\n{analysis}\n.end\n").run()
    cards = "\n".join(f"{name} {rest}" for name, rest in resistors.items())
    (tmp_path / "d.cir").write_text(f"t\n{drive}\n{cards}\n{analysis}\n.end\n")
    command = ["ngspice", "-n", "-b", "-r", "d.raw", "d.cir"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=120)
    theirs = rawfile.read(tmp_path / "d.raw")
    for mine, other, column in ((0, 0, "onoise_spectrum"), (0, 0, "inoise_spectrum"), (1, 1, "onoise_total")):
        assert np.ravel(ours[mine][column]) == pytest.approx(np.ravel(theirs[other][column]), rel=2e-5), (
            column
        )
