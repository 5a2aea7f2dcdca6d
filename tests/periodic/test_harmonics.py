"""Harmonics of orbits with edges, against their Fourier integrals: no edge folds into them."""

from __future__ import annotations

import numpy as np
import pytest

from circuitnn import Circuit


def trapezoid(k, period, rise, width):
    """Phasors of a pulse from 0 to 1 that rises and falls within the same time; its mean first."""
    f = k / period
    size = np.where(k > 0, 2.0, 1.0) * (width + rise) / period
    return (
        size
        * np.sinc(f * (width + rise))
        * np.sinc(f * rise)
        * np.exp(-1j * np.pi * f * (width + 2.0 * rise))
    )


@pytest.mark.parametrize("tolerance", [1e-3, 1e-6])
def test_a_pulse_and_what_a_low_pass_leaves_of_it(tolerance):
    c = Circuit.from_text("t\nv1 a 0 pulse(0 1 0 10n 10n 390n 1u)\nr1 a b 1k\nc1 b 0 100p\n")
    found = c.pss(1e6, "5u", harms=60, tolerance=tolerance)
    k = np.arange(61)
    exact = trapezoid(k, 1e-6, 10e-9, 390e-9)
    assert found.spectrum["v(a)"] == pytest.approx(exact, abs=1e-8)
    passed = exact / (1.0 + 2j * np.pi * k * 1e6 * 1e-7)
    assert found.spectrum["v(b)"] == pytest.approx(passed, abs=3.0 * found.error)


def test_a_switch_that_is_open_for_a_third_of_the_period():
    """While it is open the capacitor charges through 2 kohm; else it discharges through 1 kohm."""
    c = Circuit.from_text(
        "t\nv1 c 0 sin(0 -1 1meg)\nvd d 0 1\nr1 d a 1k\ns1 a 0 c 0 m\n.model m sw(vt=-0.5 vh=0 ron=1u roff=1e12)\n"
        "r2 a b 1k\nc2 b 0 100p\n"
    )
    found = c.pss(1e6, "5u", harms=20, tolerance=1e-8)
    period, slow, fast = 1e-6, 200e-9, 100e-9
    open_, left = np.exp(-period / 3.0 / slow), np.exp(-period * 2.0 / 3.0 / fast)
    begin = left * (1.0 - open_) / (1.0 - left * open_)  # of the capacitor, when the switch opens
    omega = 2.0 * np.pi * np.arange(1, 21) / period

    def integral(decay):
        return (1.0 - np.exp(-decay * period / 3.0)) / decay

    whole = integral(1j * omega) - 0.5 * (1.0 - begin) * integral(1j * omega + 1.0 / slow)
    exact = 2.0 / period * np.exp(-1j * omega * period / 12.0) * whole
    assert found.spectrum["v(a)"][1:] == pytest.approx(exact, abs=1e-7)
