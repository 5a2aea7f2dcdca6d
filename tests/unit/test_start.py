"""What a small run pays for before it starts: imports, records, kernels in writing."""

import dataclasses
import subprocess
import sys
from typing import ClassVar

import pytest

from circuitnn import records
from circuitnn.equations.evaluate import Evaluator
from circuitnn.equations.stored import _columns, _steps, freeze, thaw
from circuitnn.models import catalogue, stored_kernels
from circuitnn.models.model import derived_kernel
from circuitnn.solvers.linear import have_klu

DECK = """t
v1 1 0 1 ac 1
r1 1 2 1k
q1 2 2 0 qn
.model qn npn(cje=1p)
m1 2 2 0 0 mn
.model mn nmos(level=1)
l1 2 3 1u
l2 4 0 1u
k1 l1 l2 0.5
r3 3 0 1k
r4 4 0 1k
{}
.end
"""
HEAVY = (
    "scipy",
    "xarray",
    "pandas",
    "rich",
    "click",
    "matplotlib",
    "dataclasses",
    "hashlib",
    "json",
    "numpy.ma",
)


@pytest.mark.skipif(not have_klu(), reason="the solver is SciPy's then, which brings most of these")
@pytest.mark.parametrize(
    "card", [".op", ".ac dec 5 1 1k", ".tran 1n 10n", ".dc v1 0 1 0.1", ".noise v(2) v1 dec 5 1 1k"]
)
def test_batch_imports_what_it_needs(tmp_path, card):
    pytest.importorskip("circuitnn._cext.derived")
    (tmp_path / "t.cir").write_text(DECK.format(card))
    code = (
        "import os, sys\nfrom circuitnn.cli import execute\n"
        "assert execute(['-b', '-r', 'o.raw', 't.cir']) == 0\n"
        "print(*sorted(sys.modules))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60
    )
    loaded = set(run.stdout.splitlines()[-1].split())
    assert "circuitnn.circuit.circuit" in loaded
    assert not loaded.intersection(HEAVY)
    kernels = {m.removeprefix("circuitnn._cext.kernel_") for m in loaded if "_cext.kernel_" in m}
    assert kernels == {"bjt", "mosfet1"}
    assert "circuitnn.equations.domains" not in loaded


@pytest.mark.parametrize("name", ["bjt", "stanford_pku", "memdiode", "and_ts", "pcm_neuron"])
def test_a_kernel_in_writing_is_the_kernel(name):
    kernel = derived_kernel(catalogue()[name])
    written = freeze(kernel)
    again = thaw(written)
    assert again == kernel
    assert again.outputs == kernel.outputs
    for fact in ("digest", "linear", "steep", "time_dependent", "f_rows", "q_rows", "G_places", "C_places"):
        assert vars(again)[fact] == getattr(kernel, fact)
    for part in ("f", "G", "events", "setup", "limits", "memories", "noises", "moving"):
        assert getattr(thaw(written), part) == getattr(kernel, part)
    with pytest.raises(AttributeError, match="nothing"):
        _ = again.nothing


def test_a_kernel_in_writing_computes_columns_without_its_graph():
    model = catalogue()["bjt"]
    kernel = derived_kernel(model)
    again = thaw(freeze(kernel))
    numbers = {p.name: 0.5 + 0.01 * k for k, p in enumerate((*model.parameters, *model.instance_parameters))}
    for values in (numbers, {**numbers, "bf": 200.0}, {**numbers, "bf": 200.0, "is": 2e-14}, numbers):
        values = {**values, "temp": 50.0, "tnom": 27.0}
        assert again.derived[1](values) == Evaluator([dict(kernel.setup)[n] for n in again.derived[0]])(
            values
        )
    assert "f" not in vars(again)


def test_a_changed_model_is_derived_anew(monkeypatch):
    pytest.importorskip("circuitnn._cext.derived")
    model, read = catalogue()["diode"], stored_kernels._text
    assert stored_kernels.stored_kernel(model) == derived_kernel(model)
    monkeypatch.setattr(stored_kernels, "_text", lambda name: read(name).replace(b"1.0", b"2.0"))
    assert stored_kernels.stored_kernel(model) is None


def test_a_changed_comment_makes_no_kernel_stale(monkeypatch):
    pytest.importorskip("circuitnn._cext.derived")
    model, read = catalogue()["diode"], stored_kernels._text
    before = stored_kernels.sources(model.__module__)
    monkeypatch.setattr(
        stored_kernels, "_text", lambda name: b"# why\n\n" + read(name).replace(b'"""', b'"""Also: ', 1)
    )
    assert stored_kernels.sources(model.__module__) != before
    assert stored_kernels.stored_kernel(model) == derived_kernel(model)


@records.dataclass(frozen=True)
class Point:
    kind: ClassVar[str] = "point"
    x: float
    y: float = 2.0
    tags: list = records.field(default_factory=list)


@records.dataclass
class Named:
    name: str = ""

    def __post_init__(self):
        self.length = len(self.name)


def test_records_are_like_the_librarys():
    a, b = Point(1.0), Point(1.0, tags=[])
    assert a == b and a.tags is not b.tags
    assert repr(a) == "Point(x=1.0, y=2.0, tags=[])"
    assert records.replace(a, y=3.0) == dataclasses.replace(a, y=3.0) == Point(1.0, 3.0)
    assert (
        [f.name for f in records.fields(a)] == [f.name for f in dataclasses.fields(a)] == ["x", "y", "tags"]
    )
    assert dataclasses.asdict(a) == {"x": 1.0, "y": 2.0, "tags": []}
    with pytest.raises(AttributeError, match="frozen"):
        a.x = 2.0
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'x'"):
        Point()
    with pytest.raises(TypeError, match="unexpected keyword"):
        Point(1.0, z=3.0)
    assert hash(Point(1.0, 2.0, ())) == hash(Point(1.0, 2.0, ()))
    assert Named("abc").length == 3 and Named("abc") != Point(1.0)


def test_the_first_record_is_as_the_others():
    for k in range(3):
        assert Point(1.0, y=k) == Point(y=k, x=1.0) and Point(1.0, k).tags == []
        with pytest.raises(TypeError, match="multiple values for argument 'x'"):
            Point(1.0, x=2.0)
        with pytest.raises(TypeError, match="positional arguments"):
            Point(1.0, 2.0, [], 4.0)


def test_a_lean_numpy_lacks_nothing(tmp_path):
    code = """
import sys
from circuitnn.cli import lean
lean.import_numpy()
assert "inspect" not in sys.modules and "numpy._typing" not in sys.modules
import inspect, pickle, numpy as np, numpy.typing, numpy.random, numpy.testing
a = np.arange(6.0).reshape(2, 3)
assert inspect.isfunction(inspect.signature) and str(inspect.signature(np.mean)).startswith("(a, axis")
assert np.array_equal(pickle.loads(pickle.dumps(a)), a) and np.array_equal(pickle.loads(a.dumps()), a)
assert a.ctypes.shape[:] == [2, 3] and a.ctypes.data
assert np.linalg.svd(a).S.shape == (2,) and np.linalg.eig(a[:, :2]).eigenvalues.shape == (2,)
assert numpy.typing.NDArray[np.float64] and str(np.dtype([("x", "f8"), ("y", "i4")]))
np.save("a.npy", a)
assert np.array_equal(np.load("a.npy"), a)
np.savetxt("a.txt", a)
assert np.array_equal(np.loadtxt("a.txt"), a) and np.array_equal(np.genfromtxt("a.txt"), a)
np.show_runtime(), np.info(np.mean), np.get_include()
public = [getattr(np, name) for name in dir(np)]
import scipy.linalg, pandas, xarray
"""
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True, timeout=60, cwd=tmp_path)


def test_a_part_whose_reading_was_interrupted_is_read_again():
    """A time limit that fell there left the model without equations, for the rest of the process."""
    kernel = derived_kernel(catalogue()["vteam"])
    again = thaw(freeze(kernel))

    def interrupted(*given):
        raise KeyboardInterrupt

    vars(again)["_unread"] = interrupted
    with pytest.raises(KeyboardInterrupt):
        _ = again.f
    with pytest.raises(KeyboardInterrupt):
        _ = again.f
    vars(again)["_unread"] = thaw(freeze(kernel)).__dict__["_unread"]
    assert again.f == kernel.f and "_unread" not in vars(again)


def test_a_second_interpreter_says_what_to_do():
    """NumPy's own words were "cannot load module more than once per process"."""
    code = """
try:
    import _interpreters as interpreters
    execute = interpreters.exec
except ImportError:
    import _xxsubinterpreters as interpreters
    execute = interpreters.run_string
import circuitnn
circuitnn.Circuit
execute(interpreters.create(), '''
import circuitnn
try:
    circuitnn.Circuit
except ImportError as error:
    print(error)
''')
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "one interpreter of a process only: use processes" in done.stdout, done.stderr


def test_arguments_of_steps_may_lie_far_back():
    """65,535 steps were the most: a module of 12,000 lines was never kept in the cache, and said nothing."""
    steps = [("symbol", (), "v"), *([("number", (), 1.0)] * 70_000), ("add", (0, 70_000), None)]
    assert list(_steps(_columns(steps, 0), 0)) == steps
    assert list(_steps(_columns(steps[:9], 0), 0)) == steps[:9]
