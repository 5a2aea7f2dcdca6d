"""Spread of parameters from device to device."""

import numpy as np
import pytest
from scipy.stats import kstest

from circuitnn import Circuit
from circuitnn.errors import NetlistError

COUNT = 2000


def conductances(card, extra="", seed=1, names=None):
    """Conductances of many memristors that differ by their spread only."""
    names = names or [f"n{i}" for i in range(COUNT)]
    lines = [f"v{n} {n} 0 1\n{n} {n} 0 m {extra}" for n in names]
    deck = "\n".join(["t", *lines, f".model m vteam({card})", ".end"])
    op = Circuit.from_text(deck).op(seed=seed)
    return np.array([-float(op[f"i(v{n})"]) for n in names])


def test_positive_parameters_are_lognormal():
    z = np.log(1.0 / conductances("ron=1k ron.dev=0.2") / 1e3) / 0.2
    assert kstest(z, "norm").pvalue > 0.01


def test_others_are_normal():
    """voff may be negative in other sets; it enters through the rate only, so look at the numbers."""
    from circuitnn.models import compact
    from circuitnn.models.spread import spread

    columns = {"voff": np.full(COUNT, 0.5), "voff.dev": np.full(COUNT, 0.1), "ron": np.full(COUNT, 50.0)}
    drawn = spread(compact()["vteam"], columns, tuple(map(str, range(COUNT))), 1)
    assert set(drawn) == {"voff", "ron"}
    assert kstest((drawn["voff"] / 0.5 - 1.0) / 0.1, "norm").pvalue > 0.01


def test_a_draw_follows_from_seed_and_name():
    some = ["na", "nb", "nc", "nd"]
    first = conductances("ron.dev=0.3", names=some)
    assert np.array_equal(first, conductances("ron.dev=0.3", names=some))
    assert np.allclose(first[::-1], conductances("ron.dev=0.3", names=some[::-1]), rtol=1e-14)
    assert np.allclose(first[1], conductances("ron.dev=0.3", names=["nb"]), rtol=1e-14)
    assert not np.any(np.isclose(first, conductances("ron.dev=0.3", names=some, seed=2)))
    assert len(set(first)) == 4


def test_instances_override_the_card():
    assert np.allclose(conductances("ron=1k ron.dev=0.3", "ron.dev=0", names=["na"]), 1e-3, rtol=1e-12)
    assert conductances("ron=1k", "ron.dev=0.3", names=["na"]) != pytest.approx(1e-3)


def test_values_stay_in_the_parameter_s_range():
    z = 1.0 / conductances("x0=0.9 x0.dev=0.5 ron=1 roff=2")  # 1 + x
    assert np.all((z >= 1.0) & (z <= 2.0)) and np.ptp(z) > 0.5
    assert np.mean(z > 2.0 - 1e-12) < 0.01  # redrawn, not piled up at the edge


def test_subcircuits_with_and_without():
    deck = (
        "t\nv1 1 0 1\nv2 2 0 1\nx1 1 0 a\nx2 2 0 b\n.subckt a p n\nn1 p n m\n.model m vteam(ron=1k)\n.ends\n"
        ".subckt b p n\nn1 p n m ron.dev=0.2\n.model m vteam(ron=1k)\n.ends\n.end"
    )
    op = Circuit.from_text(deck).op()
    assert float(op["i(v1)"]) == pytest.approx(-1e-3)
    assert float(op["i(v2)"]) != pytest.approx(-1e-3)


def test_faults():
    with pytest.raises(NetlistError, match="outside 0"):
        conductances("ron.dev=-1", names=["na"])
    with pytest.raises(NetlistError, match=r"no parameter 'rom\.dev'"):
        conductances("rom.dev=1", names=["na"])


def test_written_decks_carry_the_draws():
    from circuitnn.netlist.writer import write

    deck = "t\nv1 1 0 1\nn1 1 0 m\n.model m vteam(ron=1k ron.dev=0.2)\n.options seed=5\n.op\n.end"
    circuit = Circuit.from_text(deck)
    drawn = -1.0 / float(circuit.op()["i(v1)"])
    assert f"{drawn:.6g}" in write(circuit.flat) or f"{drawn:.10g}"[:8] in write(circuit.flat)
