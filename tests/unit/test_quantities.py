"""The table of quantities: results, files, tables and pictures say the same of a variable."""

import ast
from pathlib import Path

import numpy as np
import pytest

import circuitnn
from circuitnn.results import rawfile
from circuitnn.results.figures import scaled
from circuitnn.results.quantities import OF_AXIS, TABLE, UNITS
from circuitnn.results.result import Result

PACKAGE = Path(circuitnn.__file__).parent


@pytest.mark.parametrize("quantity", TABLE, ids=lambda q: q.name)
def test_a_variable_of_each_quantity(quantity, tmp_path):
    axis = quantity.axis or "time"
    kinds = (OF_AXIS[axis], quantity.name)
    result = Result("t", "dc", "DC transfer characteristic", axis, (axis, "x"), kinds, np.ones((3, 2)))
    assert result.units == (UNITS[kinds[0]], quantity.unit)
    rawfile.write(tmp_path / "o.raw", [result])
    (back,) = rawfile.read(tmp_path / "o.raw")
    assert (back.axis, back.names, back.types) == (axis, result.names, kinds)
    label = scaled(quantity.name, np.ones(2))[1]
    assert label == (f"{quantity.label} [{quantity.symbol or quantity.unit}]" if quantity.label else "")


def test_what_ngspice_calls_axes(tmp_path):
    header = {
        "v-sweep": "\t0\tv(v-sweep)\tvoltage\n",
        "i-sweep": "\t0\ti(i-sweep)\tcurrent\n",
        "res-sweep": "\t0\tres-sweep\tres-sweep\n",
        "temp-sweep": "\t0\ttemp-sweep\ttemp-sweep\n",
        "param-sweep": "\t0\tparam-sweep\tnotype\n",
    }
    for axis, line in header.items():
        result = Result("t", "dc", "DC", axis, (axis,), (OF_AXIS[axis],), np.ones((1, 1)))
        assert rawfile.header(result).endswith("Variables:\n" + line)


def test_modules_give_axes_the_types_of_the_table():
    """Axes that modules name with their types: ``("v-sweep", "voltage")``."""
    wrong = []
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Tuple) and len(node.elts) == 2:
                pair = [e.value for e in node.elts if isinstance(e, ast.Constant)]
                if len(pair) == 2 and str(pair[0]).endswith("-sweep") and pair[1] != OF_AXIS.get(pair[0]):
                    wrong.append(f"{path.name}:{node.lineno}: {pair}")
    assert not wrong
