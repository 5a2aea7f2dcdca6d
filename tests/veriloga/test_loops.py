"""Loops that end early under a condition on voltages: the same rounds by hand."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from verilog_a_modules import close, current, two_terminal

ENDS = {
    "the counter is set beyond its end": (
        "for (k = 1; k <= 20 + 1; k = k + 1) begin ROUND if (abs(dx) < 1e-6) k = 20 + 1; end",
        21,
    ),
    "a flag in the condition": (
        "done = 0; k = 0; while (done == 0 && k < 30) begin ROUND if (abs(dx) < 1e-6) done = 1; k = k + 1; end",
        30,
    ),
    "a flag around the body": (
        "done = 0; for (k = 0; k < 12; k = k + 1) if (!done) begin ROUND done = abs(dx) < 1e-6; end",
        12,
    ),
    "two ways out": (
        "k = 0; while (k < 25) begin ROUND k = abs(dx) < 1e-6 ? 99 : (x > 50 ? 98 : k + 1); end",
        25,
    ),
}


@pytest.mark.parametrize("ends", ENDS)
@pytest.mark.parametrize("voltage", [0.04, 0.9, 30.0])
def test_newton_iteration(ends: str, voltage: float, tmp_path: Path) -> None:
    """Newton's iteration for a cube root, with the rounds that the loop has at this voltage and no more."""
    text, most = ENDS[ends]
    body = text.replace("ROUND", "dx = (x*x*x - V(p,n)) / (3*x*x); x = x - dx; rounds = rounds + 1;")
    x, rounds = 1.0, 0
    while rounds < most:
        dx = (x**3 - voltage) / (3 * x * x)
        x, rounds = x - dx, rounds + 1
        if abs(dx) < 1e-6:
            break
    declarations = "real x, dx, rounds; integer k, done;"
    text = two_terminal(f"x = 1; rounds = 0; {body} I(p, n) <+ x + 100 * rounds;", declarations)
    assert close(current(text, tmp_path, voltage), x + 100 * rounds)
    assert math.isclose(x**3, voltage, rel_tol=1e-9)
