"""Modules from the cache: the same devices, messages and warnings; damaged and foreign entries are made again."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import warnings
from pathlib import Path

import numpy as np
import pytest
from verilog_a_modules import HEAD

from circuitnn import Circuit, load_models
from circuitnn.equations import kernel_cache
from circuitnn.errors import AnalysisError
from circuitnn.models.model import Model
from circuitnn.veriloga import library, stored

TEXT = f"""{HEAD}`include "part.va"
module dut(p, n);
  inout p, n; electrical p, n; electrical inner;
  parameter real r = 1k from (0:inf); parameter integer k = 1; parameter real b = 2 * r; parameter real rs = 0;
  (* desc = "kept" *) real x;
  analog begin
    if (r > 5k) $warning("r is %g", r);
    if (r > 9k) $error("too large: %g", r);
    // nothing is kept
    x = idt(V(p, n), 0.5);
    if (rs == 0) V(p, inner) <+ 0; else I(p, inner) <+ V(p, inner) / rs;
    I(inner, n) <+ V(inner, n) / r * `FACTOR * (k == 1 ? 1 : 3) + V(p, n) / b + x * 1e-6 + white_noise(1e-20, "w");
  end
endmodule
"""


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of the test's own, into which everything goes."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(stored, "WORTHWHILE", -1.0)
    return tmp_path / "cache"


def load(folder: Path, factor: str = "1.0") -> type[Model]:
    """Load the module as another process would."""
    (folder / "part.va").write_text(f"`define FACTOR {factor}\n")
    path = folder / "m.va"
    path.write_text(TEXT)
    library._loaded.clear()
    return load_models(path)[0]


def is_stored(model: type[Model]) -> bool:
    """Whether the model is from the cache."""
    return isinstance(model.design, stored.StoredDesign)  # type: ignore[attr-defined]


def results(card: str = "") -> tuple[list[float], list[str]]:
    """Numbers of an operating point, noise and a transient, and the warnings."""
    deck = f"t\nv1 a 0 sin(1 1 1k) dc 1 ac 1\nr1 a q 10\nn1 q 0 m\n.model m dut {card}\n"
    deck += ".op\n.tran 10u 1m 0 10u\n.noise v(q) v1 lin 1 1 1\n.end\n"
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        runs = Circuit(deck).run()
    numbers = [float(np.real(v)) for run in runs for v in np.ravel(run.data[-1])]
    return numbers, sorted({str(w.message) for w in caught})


@pytest.mark.parametrize("card", ["", "k=2", "rs=5 b=3", "r=6k"])
def test_same_results(card: str, cache: Path, tmp_path: Path) -> None:
    """Numbers and warnings are those of the first time, bit by bit; nothing is read or executed again."""
    assert not is_stored(load(tmp_path))
    first = results(card)
    model = load(tmp_path)
    assert is_stored(model)
    assert results(card) == first
    assert "_whole" not in vars(model.design)  # type: ignore[attr-defined]
    assert any("r is 6000" in w for w in first[1]) == (card == "r=6k")


def test_kept_variables(cache: Path, tmp_path: Path) -> None:
    """Devices that keep variables from point to point are made each time, with the same results and warnings."""
    path = tmp_path / "m.va"
    text = TEXT.replace("real x;", "real x; real y;").replace("// nothing is kept", "y = y + V(p, n) * 1e-9;")
    found = []
    for _ in range(2):
        (tmp_path / "part.va").write_text("`define FACTOR 1.0\n")
        path.write_text(text.replace("+ white", "+ y + white"))
        library._loaded.clear()
        load_models(path)
        found.append(results())
    assert found[0] == found[1]
    assert any("'y' of 'dut' is read before it is assigned" in w for w in found[0][1])


def test_refusals(cache: Path, tmp_path: Path) -> None:
    """Messages that stop a run do so again; an excess of a range is told again."""
    load(tmp_path)
    for _ in range(2):
        with pytest.raises(AnalysisError, match=r"m\.va:10: \$error: too large: 10000"):
            results("r=10k")
        load(tmp_path)
    model = load(tmp_path)
    assert is_stored(model)
    assert model.parameters[0].range == "(0:inf)"


def test_what_is_not_kept_is_read(cache: Path, tmp_path: Path) -> None:
    """Questions beyond a run read the file; so do devices that nobody had yet."""
    load(tmp_path)
    results()
    model = load(tmp_path)
    assert [p.name for p in model.parameters] == ["r", "k", "b", "rs"]
    assert set(model.design.scope.variables) == {"x"}  # type: ignore[attr-defined]
    assert results("k=3 rs=1")[0] != results()[0]


def test_changed_texts(cache: Path, tmp_path: Path) -> None:
    """Another text of the file or of an include file is another entry."""
    load(tmp_path)
    first = results()[0]
    assert is_stored(load(tmp_path))
    assert not is_stored(load(tmp_path, "2.0"))
    assert results()[0] != first


@pytest.mark.parametrize("damage", ["cut", "bits", "empty", "digest of nonsense"])
def test_damaged_entries(damage: str, cache: Path, tmp_path: Path) -> None:
    """An entry that is not whole is made again."""
    load(tmp_path)
    first = results()
    for path in (cache / "circuitnn" / "kernels").glob("*.module"):
        content = path.read_bytes()
        if damage == "digest of nonsense":
            path.unlink()
            made = path.with_suffix(".new")
            made.write_bytes(b"nonsense")
            kernel_cache.keep(made, path)
            continue
        changed = {"cut": content[:-40], "bits": b"x" + content[1:], "empty": b""}[damage]
        path.write_bytes(changed)
    assert not is_stored(load(tmp_path))
    assert results() == first


@pytest.mark.skipif(os.name == "nt", reason="Linux")
def test_folder_of_others(cache: Path, tmp_path: Path) -> None:
    """Nothing is read from, nor written into, a folder into which others may write."""
    load(tmp_path)
    results()
    folder = cache / "circuitnn" / "kernels"
    folder.chmod(0o777)
    assert not is_stored(load(tmp_path))
    count = len(list(folder.iterdir()))
    results("k=7")
    assert len(list(folder.iterdir())) == count


@pytest.mark.long
def test_at_once(cache: Path, tmp_path: Path) -> None:
    """Processes that make the same entries at once leave whole ones."""
    load(tmp_path)
    code = (
        "import sys, warnings; warnings.simplefilter('ignore')\n"
        "from circuitnn.veriloga import stored; stored.WORTHWHILE = -1.0\n"
        "from circuitnn import load_models\n"
        f"print(load_models({str(tmp_path / 'm.va')!r})[0].kernel().digest)"
    )
    found: list[str] = []

    def run() -> None:
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        found.append(done.stdout)

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1
    assert is_stored(load(tmp_path))
    assert load(tmp_path).kernel().digest == found[0].strip()
    assert not [p for p in (cache / "circuitnn" / "kernels").iterdir() if p.name.startswith(".")]
