"""Noise that is scaled, shared and derived: against closed forms."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from verilog_a_modules import load, two_terminal

from circuitnn import Circuit

CASES = {
    "white": ('I(p, n) <+ white_noise(4e-20, "a");', lambda w: 4e-20 + 0 * w),
    "derived": ('I(p, n) <+ ddt(1e-6 * white_noise(4e-20, "a"));', lambda w: 4e-20 * (w * 1e-6) ** 2),
    "both": (
        'x = white_noise(4e-20, "a"); I(p, n) <+ 2 * x + ddt(1e-6 * x);',
        lambda w: 4e-20 * (4 + (w * 1e-6) ** 2),
    ),
    "two sources": (
        'I(p, n) <+ ddt(1e-6 * white_noise(1e-20, "a")) - 3 * white_noise(1e-20, "b");',
        lambda w: 1e-20 * (9 + (w * 1e-6) ** 2),
    ),
    "flicker": ("I(p, n) <+ ddt(1e-6 * flicker_noise(1e-12, 1));", lambda w: 1e-12 * w * 2 * np.pi * 1e-12),
    "with a voltage": (
        'I(p, n) <+ ddt(1e-6 * V(p, n) * white_noise(4e-20, "a"));',
        lambda w: 0.25 * 4e-20 * (w * 1e-6) ** 2,
    ),
    "filtered": (
        "I(p, n) <+ laplace_nd(white_noise(4e-20, \"a\"), '{1}, '{1, 1m});",
        lambda w: 4e-20 / (1 + (w * 1e-3) ** 2),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_density(case: str, tmp_path: Path) -> None:
    """Density of the current of a device at a voltage, seen by a noiseless load."""
    body, density = CASES[case]
    load(two_terminal(body, "real x;"), tmp_path)
    deck = "t\nv1 a 0 dc 0.5 ac 1\nn1 a b m\nh1 c 0 v2 1\nv2 b 0 0\nr1 c 0 1 noisy=0\n.model m dut\n"
    deck += ".noise v(c) v1 dec 2 10 100k\n.end\n"
    spectrum = Circuit(deck).run()[0]
    w = 2 * np.pi * np.real(spectrum["frequency"])
    assert np.allclose(spectrum["onoise_spectrum"], np.sqrt(density(w)), rtol=1e-9)


def test_linear_devices_have_noise(tmp_path: Path) -> None:
    """A resistor that is a module: its density, and its voltage across itself and another, in parallel devices, too."""
    body = 'I(p, n) <+ V(p, n) / r + white_noise(4 * `P_K * $temperature / r, "thermal");'
    load(two_terminal(body, "parameter real r = 1k;"), tmp_path)
    deck = "t\ni1 0 a ac 1\nn1 a 0 m r=2k m=4\nr1 a 0 500 noisy=0\n.model m dut\n.noise v(a) i1 lin 1 1k 1k\n.end\n"
    found = Circuit(deck).run()[0]
    density = 4 * 1.3806503e-23 * 300.15 / 500 * 250**2  # four of 2 kOhm are one of 500 Ohm, beside another
    assert np.allclose(found["onoise_spectrum"] ** 2, density, rtol=1e-9)
