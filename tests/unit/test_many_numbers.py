"""Behavioural sources of one shape and many numbers: they are read together, each with its own."""

import numpy as np
import pytest

from circuitnn import Circuit


@pytest.mark.parametrize("count", [3, 60, 120, 500])
def test_sources_of_one_shape(count):
    """More than 99 numbers: a back reference by its number would be an octal escape."""
    rng = np.random.default_rng(count)
    lines, expected = ["t", "v1 a 0 1"], {}
    for k in range(3):
        numbers = rng.uniform(0.1, 2.0, count).round(4)
        lines += [f"b{k} n{k} 0 v={'+'.join(f'{x}*v(a)' for x in numbers)}", f"r{k} n{k} 0 1k"]
        expected[f"v(n{k})"] = numbers.sum()
    result = Circuit.from_text("\n".join([*lines, ".op", ".end"])).op()
    for name, value in expected.items():
        assert result[name] == pytest.approx(value, rel=1e-9)
