"""Layout of the compiled core: what import-linter does not see."""

import re
from pathlib import Path

import pytest

import circuitnn

ROOT = Path(__file__).resolve().parent.parent.parent
CEXT, INTERFACE = ROOT / "cext", ROOT / "circuitnn" / "_cext"

# Lower knows nothing of higher: kernel < waveforms, limiting, assembly < linear solvers < newton < transient.
LAYERS = [
    {
        "status",
        "sliding",
        "inner",
        "latency",
        "sums",
        "method",
        "control",
        "vectors",
        "store",
        "teams",
        "sparse_sum",
    },
    {"attempt", "part", "queue"},
    {"kernel", "waveforms", "memory", "draws", "pattern"},
    {"osdi"},
    {"delays", "response", "randomcurrents"},
    {"vm"},
    {"group"},
    {"portion"},
    {"gates", "flipflops", "sequences", "machines"},
    {"limiting", "carry", "condense", "events", "step_events", "scatter", "cells", "array_work"},
    {"array_state"},
    {"array_coarse", "elimination", "crossing", "conditions"},
    {"wiring"},
    {"logic"},
    {"assembly"},
    {"shared_assembly", "evaluations", "capacitances", "displacements", "kinks"},
    {"linear", "replay"},
    {"border", "incomplete"},
    {"shared_incomplete"},
    {"klu", "superlu", "structure", "folding", "chains", "lines", "array", "meshed"},
    {"array_batch"},
    {"clock", "capacity", "settling"},
    {"factors"},
    {"convergence"},
    {"shared_convergence", "lattice_layout"},
    {"lattice"},
    {"newton"},
    {"digits"},
    {"sweep", "history", "stages", "response", "stepsize", "jumps"},
    {"shared_history", "effects", "overshoots"},
    {"host", "pseudo_transient", "event_location", "ordering", "companion"},
    {"breakpoints", "integrator", "kept_variables"},
    {"propagation"},
    {"transient"},
]
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}
IMPORT = re.compile(r"^\s*(?:from|import|cimport)\s+(circuitnn[\w.]*)", re.MULTILINE)


@pytest.mark.skipif(not CEXT.exists(), reason="no source tree here")
def test_cimports_go_downwards():
    for path in [*CEXT.glob("*.pyx"), *INTERFACE.glob("*.pxd")]:
        for module in IMPORT.findall(path.read_text()):
            assert module.startswith("circuitnn._cext."), f"{path.name}: compiled code imports {module}"
            other = module.rsplit(".", 1)[1]
            assert RANK[other] <= RANK[path.stem], f"{path.name} imports {other}, which is above it"


@pytest.mark.skipif(not CEXT.exists(), reason="no source tree here")
def test_interfaces_lie_in_the_package():
    """A .pxd beside its .pyx in cext/ is never found."""
    assert not list(CEXT.glob("*.pxd"))
    unexported = {p.stem for p in INTERFACE.glob("*.pxd")} - {p.stem for p in CEXT.glob("*.pyx")}
    assert unexported <= {
        "status",
        "sliding",
        "control",
        "inner",
        "latency",
        "sums",
        "capacity",
        "vectors",
        "attempt",
        "part",
        "crossing",
    }


@pytest.mark.skipif(not CEXT.exists(), reason="no source tree here")
def test_every_cdef_function_states_its_exception_rule():
    """A bare `cdef void f() nogil` takes the GIL after each call."""
    bare = re.compile(r"^\s*cdef\s+(?:inline\s+)?void\s+\w+\(.*\)\s*(?:nogil)?\s*:", re.MULTILINE)
    for path in CEXT.glob("*.pyx"):
        assert not bare.search(path.read_text()), f"{path.name}: {bare.search(path.read_text())[0].strip()}"


def test_public_names_exist():
    for name in circuitnn.__all__:
        assert getattr(circuitnn, name) is not None
    assert set(circuitnn.__all__) <= set(dir(circuitnn))


def test_import_is_light():
    """`import circuitnn` loads nothing that takes time."""
    import subprocess
    import sys

    heavy = "{'numpy', 'scipy', 'xarray', 'matplotlib', 'pandas'}"
    code = f"import sys, circuitnn; print(sorted({heavy} & set(sys.modules)))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


@pytest.mark.long
def test_models_need_nothing_compiled(tmp_path):
    """The build writes the kernels' sources from the models, before there is a compiled core."""
    import subprocess
    import sys

    code = f"""
import sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.startswith('circuitnn._cext.'):
            raise ImportError(name + ' is not built yet')
sys.meta_path.insert(0, Refuse())
from pathlib import Path
from circuitnn.models import native_kernels
print(len(native_kernels.write_sources(Path({str(tmp_path)!r}))))
"""
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert out.returncode == 0, out.stderr[-1000:]
    assert int(out.stdout) > 40


def test_no_index_is_negative():
    """The core is compiled without negative indices: whether one works depends on the object and on its version."""
    negative = re.compile(r"[\w)\]]\[(?:[^\[\],:]*\belse\s+)?-\d")
    assert negative.search("nodes[0 if first else -1]") and negative.search("a[-1]")
    found = [
        f"{path.name}: {line.strip()}"
        for path in [*CEXT.glob("*.pyx"), *INTERFACE.glob("*.pxd")]
        for line in path.read_text(encoding="utf-8").splitlines()
        if negative.search(line)
    ]
    assert not found
