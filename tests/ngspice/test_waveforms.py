"""Waveforms of sources as ngspice reads them: zeros among their numbers, words, times that do not increase."""

import shutil
import subprocess
import warnings

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.results import rawfile
from circuitnn.system.sources import make_sources

TSTEP, TSTOP = 1e-7, 2e-5
CARDS = [
    "sine(0.5 1 200k)",
    "sin(0.5 1 0)",
    "sffm(0.5 1)",
    "sffm(0.5 1 0)",
    "sffm(0.5 1 60k 0)",
    "sffm(0.5 1 200k 3 50k)",
    "sffm(0.5 1 -20k 0.2 500k 0 20 30)",
    "am(1 0.5)",
    "am(1 0.5 0)",
    "am(1 0.5 2 0)",
    "am(1 0.5 2 20k 0)",
    "am(0.5 1.5 2 10k 100k 1u 30 60)",
    "exp(0 4 2.2u 1u 0.8u 0.6u)",
    "pulse(1 5 1u 0.1u 0.1u 1u -3u)",
    "pwl(0 0 1u 0 1u 5 2u 5)",
    "pwl(0 1 0 2 5u 0)",
    "pwl(0 0 1u 1 1u 2 1u 3 5u 0)",
    "pwl(0 0 5u 1 3u 2 10u 3)",
    "pwl(0 0 5u 1 3u 2 4u 3)",
    "pwl(5u 1 3u 2)",
    "pwl(0 1 1k 0 0 0)",
    "pwl(-1u 3 0 0 4u 2)",
]


@pytest.mark.skipif(shutil.which("ngspice") is None, reason="ngspice is not installed")
@pytest.mark.parametrize("card", CARDS)
def test_values(card, tmp_path):
    deck = f"*\nv1 a 0 {card}\nr1 a 0 1k\n.tran {TSTEP} {TSTOP}\n.end\n"
    (tmp_path / "deck.cir").write_text(deck)
    subprocess.run(
        ["ngspice", "-b", "-r", "out.raw", "deck.cir"], cwd=tmp_path, check=True, capture_output=True
    )
    (expected,) = rawfile.read(tmp_path / "out.raw")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        circuit = Circuit.from_text(deck)
        waveform = next(t for t in circuit.flat.elements if t.kind == "v").waveforms[0]
    source = make_sources(np.zeros(1), [waveform], TSTEP, TSTOP)
    times = np.asarray(expected["time"])[1:]  # at 0 ngspice has the dc value
    found = np.array([source.values(t)[0] for t in times])
    assert found == pytest.approx(np.asarray(expected["v(a)"])[1:], rel=1e-9, abs=1e-9)
