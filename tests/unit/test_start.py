"""What a small run pays for before it starts: imports, records, kernels in writing."""

import dataclasses
import subprocess
import sys
from typing import ClassVar

import pytest

from circuitnn import records
from circuitnn.equations.stored import freeze, thaw
from circuitnn.models import catalogue
from circuitnn.models.model import derived_kernel
from circuitnn.models.stored import sources, stored_kernel
from circuitnn.solvers.linear import have_klu

DECK = "t\nv1 1 0 1 ac 1\nr1 1 2 1k\nq1 2 2 0 qn\n.model qn npn(cje=1p)\n{}\n.end\n"
HEAVY = ("scipy", "xarray", "pandas", "rich", "click", "matplotlib", "dataclasses", "hashlib")


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
    assert "circuitnn.session" in loaded
    assert not loaded.intersection(HEAVY)
    assert {m for m in loaded if m.startswith("circuitnn._cext.kernel_")} == {"circuitnn._cext.kernel_bjt"}


@pytest.mark.parametrize("name", ["bjt", "stanford_pku", "memdiode"])
def test_a_kernel_in_writing_is_the_kernel(name):
    kernel = derived_kernel(catalogue()[name])
    again = thaw(freeze(kernel))
    assert again == kernel
    assert again.outputs == kernel.outputs
    for fact in ("digest", "linear", "steep", "time_dependent"):
        assert vars(again)[fact] == getattr(kernel, fact)


def test_a_changed_model_is_derived_anew(monkeypatch):
    pytest.importorskip("circuitnn._cext.derived")
    model = catalogue()["diode"]
    assert stored_kernel(model) == derived_kernel(model)
    monkeypatch.setattr("circuitnn.models.stored.sources", lambda module: sources(module) + "x")
    assert stored_kernel(model) is None


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
