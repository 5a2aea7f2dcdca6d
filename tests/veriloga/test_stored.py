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
from verilog_a_modules import HEAD, two_terminal
from written_modules import LARGE, WRITTEN

from circuitnn import Circuit, load_models
from circuitnn.equations import bytecode, kernel_cache
from circuitnn.equations.guard import Guard
from circuitnn.equations.kernel import Kernel
from circuitnn.errors import AnalysisError
from circuitnn.models import named
from circuitnn.models.model import Model
from circuitnn.records import fields
from circuitnn.veriloga import library, stored
from circuitnn.veriloga.writing.module import written

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


# Modules that keep something from point to point, in each way there is, and some that are made of others.
EVENTS = """
    @(initial_step) level = 0.25;
    @(cross(V(p, n) - 0.5, 1)) level = level + 0.125 + $rdist_uniform(seed, 0, 1e-3);
    @(timer(2e-4, 3e-4)) count = count + 1;
    I(p, n) <+ V(p, n) * 1e-3 + level * 1e-4 + count * 1e-5;"""
KEEPING = {
    "a variable that is integrated": (
        "real y; real last;",
        "y = y + V(p, n) * ($abstime - last); last = $abstime; I(p, n) <+ V(p, n) * 1e-3 + y;",
    ),
    "events and random numbers": ("real level; integer count; integer seed = 3;", EVENTS),
    "random numbers at points": (
        "",
        "I(p, n) <+ V(p, n) * (1e-3 + 1e-5 * $rdist_normal(7, 0, 1)); $bound_step(2e-5);",
    ),
    "transition and slew": (
        "",
        "I(p, n) <+ 1e-3 * transition(V(p, n) > 0.5, 1e-5, 2e-5) + 1e-4 * slew(V(p, n), 1e3) + V(p, n) * 1e-3;",
    ),
    "turns and crossings": (
        "",
        "I(p, n) <+ V(p, n) * 1e-3 + 1e-4 * idtmod(1e4, 0, 1) + 1e-4 * last_crossing(V(p, n), 1);",
    ),
    "an integral that is reset": (
        "",
        "I(p, n) <+ V(p, n) * 1e-3 + 1e-2 * idt(V(p, n), 0.0, V(p, n) < -0.5);",
    ),
    "an integral read above": ("real x;", "I(p, n) <+ V(p, n) * 1e-3 + x * 1e-4; x = idt(V(p, n) - x, 0.5);"),
    "stages that a parameter counts": (
        "parameter integer count = 2; electrical [0:count] s; genvar i;",
        "V(s[0]) <+ V(p, n); for (i = 0; i < count; i = i + 1) I(s[i], s[i+1]) <+ V(s[i], s[i+1]) * 1e-3;\n"
        "I(s[count]) <+ V(s[count]) * 1e-3; I(p, n) <+ V(p, n) * 1e-3;",
    ),
}


def same_from_the_cache(path: Path) -> None:
    """A module read anew and one from the cache give the same results; the latter reads no text."""
    found = []
    for again in (False, True):
        library._loaded.clear()
        (model,) = load_models(path)
        assert is_stored(model) == again
        found.append(results())
    assert "_whole" not in vars(model.design)  # type: ignore[attr-defined]  # of modules only
    assert found[0] == found[1]


@pytest.mark.parametrize("what", KEEPING)
def test_what_is_kept_from_point_to_point(what: str, cache: Path, tmp_path: Path) -> None:
    """Modules of every kind come from the cache with the same results and warnings, bit by bit."""
    path = tmp_path / "m.va"
    path.write_text(two_terminal(KEEPING[what][1], KEEPING[what][0]))
    same_from_the_cache(path)


@pytest.mark.thinned(3)
@pytest.mark.parametrize("name", sorted(set(WRITTEN) - LARGE))
@pytest.mark.filterwarnings("ignore::circuitnn.errors.DeckWarning")
def test_models_as_modules(name: str, cache: Path, tmp_path: Path) -> None:
    """No module of any model falls through the cache: its kernel is there, and the same in every part."""
    path = tmp_path / "m.va"
    path.write_text(written(named(name)).text)
    kernels = []
    for again in (False, True):
        library._loaded.clear()
        (model,) = load_models(path)
        kernels.append(model.kernel())
        assert isinstance(model.assembled(), stored.StoredAssembled) == again  # type: ignore[attr-defined]
    assert "_whole" not in vars(model.design)  # type: ignore[attr-defined]
    for part in (part.name for part in fields(Kernel)):
        assert getattr(kernels[0], part) == getattr(kernels[1], part), part


def test_sum_of_times(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is read quickly and executed slowly is kept, too: its times count together."""
    monkeypatch.setattr(stored, "WORTHWHILE", 1e3)
    assert not is_stored(load(tmp_path))
    assert not is_stored(load(tmp_path))
    model = load(tmp_path)
    monkeypatch.setattr(stored, "WORTHWHILE", model.origin.spent)  # type: ignore[attr-defined]
    model.kernel()
    again = load(tmp_path)
    assert is_stored(again)
    assert again.kernel() == model.kernel()
    assert again.assembled().has_kernel  # type: ignore[attr-defined]


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


@pytest.mark.parametrize("card", ["", "k=2", "r=6k"])
def test_programs_are_kept(card: str, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run from the cache makes neither bytecode nor guards, and reads no graph."""
    load(tmp_path)
    first = results(card)
    load(tmp_path)
    made: list[object] = []
    monkeypatch.setattr(Guard, "_outside", property(made.append))
    monkeypatch.setattr(bytecode, "compile_program", lambda *given: made.append(given))
    assert results(card) == first
    assert not made


def test_left_out_ports_read_nothing(cache: Path, tmp_path: Path) -> None:
    """A card that leaves out the last port is answered by the cache, too."""
    path = tmp_path / "m.va"
    path.write_text(
        f"{HEAD}module dut(p, n, t); inout p, n, t; electrical p, n, t;\n"
        "analog begin I(p, n) <+ V(p, n) * 1e-3 + V(t, n); I(t, n) <+ V(t, n) - 1e-3; end\nendmodule\n"
    )
    same_from_the_cache(path)


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


def test_changed_table(cache: Path, tmp_path: Path) -> None:
    """A table is read again if its file has changed: within a process, and where the module is in the cache."""
    path, table = tmp_path / "m.va", tmp_path / "t.txt"
    path.write_text(two_terminal('I(p, n) <+ 1e-3 * $table_model(V(p, n), "t.txt", "1L");'))
    for slope, forget in ((1, False), (1, True), (1, False), (2, False), (3, True), (3, True), (4, False)):
        if forget:
            library._loaded.clear()
        table.write_text(f"0 0\n1 {slope}\n")
        load_models(path)
        run = Circuit("t\nv1 a 0 0.5\nn1 a 0 m\n.model m dut\n.op\n.end\n").run()[0]
        assert float(run["i(v1)"]) == pytest.approx(-0.5e-3 * slope, rel=1e-12)
