"""C source of kernels: compiled here, loaded, and compared bit by bit with the bytecode."""

import importlib.machinery
import importlib.util
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import numpy as np
import pytest

from circuitnn._cext.kernel import native_handle
from circuitnn.equations import graph as g
from circuitnn.equations import rules, scalar
from circuitnn.equations.build import build_kernel
from circuitnn.equations.bytecode import assemble
from circuitnn.equations.ccode import module, number
from circuitnn.models import native_kernels

ROOT = Path(__file__).parents[2]
COMPILER = shutil.which("cc") or shutil.which("gcc")
FLAGS = [
    "-O2",
    "-fno-math-errno",
    "-fno-trapping-math",
    "-ffp-contract=off",
    "-fopenmp-simd",
    "-Wall",
    "-Werror",
]

x, y, w = g.symbol("x"), g.symbol("y"), g.symbol("w")
a, b = g.symbol("a"), g.symbol("b")


def everything():
    """A kernel with every operation of the graph."""
    unary = [rules.unary(op, x / 3) for op in scalar.UNARY]
    binary = [rules.binary(op, x, y * a) for op in scalar.BINARY]
    f0 = g.ZERO
    for k, e in enumerate([*unary, *binary]):
        f0 = f0 + e * (0.5 + 0.01 * k)
    f1 = g.where(g.and_(x > 0, g.or_(y < b, g.eq(w, 0))), g.pwl(x, [-1, 0, 2], [0, -1, 5]), g.sgn(w) * y)
    f1 = f1 + (x > y) * 2 + g.where(g.where(x > y, w, y), x * g.symbol("time"), y * g.symbol("gmin"))
    f2 = a * g.sinh(b * (x - y)) + g.power(abs(w) + 0.1, a) - g.fmod(w, 0.3) + g.atan2(x, w)
    return build_kernel("everything", ("x", "y", "w"), [f0, f1, f2], [0, x * y, g.exp(w)], ("a", "b"))


def loaded(kernel, folder):
    """Compile the kernel as the build does, and give its handle."""
    source = folder / f"{kernel.name}.c"
    source.write_text(module(kernel, kernel.name, source.name))
    library = folder / f"kernel_{kernel.name}.so"
    include = [f"-I{ROOT / 'cext'}", f"-I{sysconfig.get_path('include')}"]
    subprocess.run(
        [COMPILER, "-shared", "-fPIC", *FLAGS, *include, str(source), "-o", str(library), "-lm"], check=True
    )
    name = f"circuitnn._cext.kernel_{kernel.name}"
    loader = importlib.machinery.ExtensionFileLoader(name, str(library))
    made = importlib.util.module_from_spec(importlib.util.spec_from_loader(name, loader))
    sys.modules[name] = made
    try:
        return native_handle(kernel.name, kernel.digest)
    finally:
        del sys.modules[name]


@pytest.mark.skipif(COMPILER is None or sys.platform == "win32", reason="no C compiler")
def test_every_operation(tmp_path):
    kernel = everything()
    compiled, bytecode = loaded(kernel, tmp_path), assemble(kernel)
    assert compiled.backend == "native"
    rng = np.random.default_rng(4)
    for n in (1, 3, 300):
        points = rng.uniform(-2.0, 2.0, (3, n))
        columns = rng.uniform(0.5, 2.0, (len(kernel.columns), n))
        got = compiled.evaluate(points, columns, (0.3, 1e-12))
        assert np.array_equal(got, bytecode.evaluate(points, columns, (0.3, 1e-12)))
        assert np.all(np.isfinite(got))


def test_numbers_are_exact():
    for value in (0.1, -1e-300, 1 / 3, 1e99, 5e-324):
        assert float(number(value).strip("()")) == value


@pytest.mark.long
def test_sources_are_written_only_when_they_differ(tmp_path):
    made = native_kernels.write_sources(tmp_path / "kernels")
    names = [name for name, _ in made]
    assert {*names} == native_kernels.built().keys() >= native_kernels.catalogue().keys()
    before = {path: path.stat().st_mtime_ns for _, path in made}
    made[0][1].write_text("/* another */")
    again = native_kernels.write_sources(tmp_path / "kernels")
    assert again == made
    for _, path in made[1:]:
        assert path.stat().st_mtime_ns == before[path]
    assert "generated" in made[0][1].read_text()


def test_a_kernel_of_other_equations_is_not_used():
    assert native_handle("diode", "0" * 32) is None
    assert native_handle("no_such_model", "0" * 32) is None
