"""Compact models: time of a million evaluations (currents, charges, and their derivatives), and of compiling one."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator

import numpy as np

from bench.runner.case import OURS, Case, Contender, Session
from bench.runner.contenders import Function
from circuitnn._cext.kernel import KernelHandle, native_handle
from circuitnn.contract.case import Case as Instances
from circuitnn.equations import host
from circuitnn.equations.bytecode import assemble
from circuitnn.models import catalogue

GROUP = "models"
HERE = "bench.cases.models:"
MODELS = (
    "sinh_selector",
    "vteam",
    "wox",
    "yakopcic",
    "memdiode",
    "mosfet1",
    "bjt",
    "bsim3",
    "bsim4",
    "poole_frenkel",
)
QUICK = ("wox", "mosfet1", "bsim4")
EVALUATIONS = 1_000_000


class NeedsCompiler(Function):
    """A function that compiles."""

    def absent(self, session: Session) -> str:
        """Whether there is no compiler."""
        return "" if host.compiler(os.environ.get("CC", "")) else "no C compiler"


def cases(quick: bool) -> Iterator[Case]:
    """The group."""
    for model in QUICK if quick else MODELS:
        for count in (64,) if quick else (1, 64, 100_000):
            given = {"model": model, "count": count}
            contenders: dict[str, Contender] = {
                OURS: Function(HERE + "evaluated", {**given, "how": "built in"}),
                "bytecode": Function(HERE + "evaluated", {**given, "how": "bytecode"}),
                "compiled here": NeedsCompiler(HERE + "evaluated", {**given, "how": "host"}),
            }
            yield Case(GROUP, f"{model}, a million evaluations", count, "instances", contenders)
    for model in ("wox",) if quick else ("wox", "mosfet1", "bsim4"):
        compiled: dict[str, Contender] = {OURS: NeedsCompiler(HERE + "compiling", {"model": model}, runs=1)}
        yield Case(GROUP, f"{model}, compiling", 1, "model", compiled)


def _handle(model: str, how: str) -> KernelHandle:
    """A kernel of one of the three kinds."""
    kernel = catalogue()[model].kernel()
    if how == "bytecode":
        return assemble(kernel)
    if how == "host":
        return host.compiled(kernel)
    built = native_handle(model, kernel.digest)
    if built is None:
        raise RuntimeError(f"{model} is not built in: make build")
    return built


def evaluated(model: str, count: int, how: str) -> Callable[[], list[float]]:
    """`EVALUATIONS` evaluations, `count` instances at a time."""
    handle, instances = _handle(model, how), Instances(catalogue()[model], count)
    x = instances.points(0.5)
    columns = instances.columns if len(instances.columns) else np.zeros((1, count))
    turns = EVALUATIONS // count
    return lambda: [handle.seconds(x, columns, turns)]


def compiling(model: str) -> Callable[[], list[int]]:
    """Compile a kernel for this machine, with an empty cache."""
    kernel = catalogue()[model].kernel()

    def work() -> list[int]:
        with tempfile.TemporaryDirectory() as folder:
            os.environ["XDG_CACHE_HOME"] = folder
            host.compiled(kernel)
        return [1]

    return work
