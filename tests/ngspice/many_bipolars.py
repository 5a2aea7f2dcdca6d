"""Bipolar transistors of one card at many biases, here and in ngspice."""

import numpy as np

from validation.cases import both


def many(title, card, biases, driven="", sign=1, instance="", options=""):
    """A deck of some transistors, each with sources of its own at all terminals; None: at the node ``x``."""
    lines = [title, "vx x 0 0"]
    for k, bias in enumerate(biases):
        for node, at in zip("cbes", bias, strict=True):
            reference, value = ("x", 0.0) if at is None else ("0", at * sign)
            small = f" ac {int(node == driven[k])}" if driven else ""
            lines.append(f"v{node}{k} {node}{k} {reference} {value}{small}")
        lines.append(f"q{k} c{k} b{k} e{k} s{k} mm{instance}")
    return "\n".join([*lines, f".model mm {card}", options, ""])


def assert_same_currents(deck, biases, tmp_path, rtol, atol):
    ours, theirs = both(deck, tmp_path)
    for k, bias in enumerate(biases):
        for node in "cbes":
            mine, other = np.ravel(ours[f"i(v{node}{k})"]), theirs[f"i(v{node}{k})"]
            assert np.allclose(mine, other, rtol=rtol, atol=atol), (node, bias)
    assert np.max(np.abs(theirs["i(vc0)"])) > 1e-3
