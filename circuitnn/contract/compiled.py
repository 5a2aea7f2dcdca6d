"""A Verilog-A file compiled by OpenVAF and run by ngspice, beside the same transient here."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from circuitnn.contract import ngspice_run
from circuitnn.contract.drive import Response, deck_of
from circuitnn.contract.overlay import distance
from circuitnn.contract.report import Outcome
from circuitnn.models.model import Model
from circuitnn.results.result import Result
from circuitnn.veriloga import compiler

BUDGET = 1e-3  # of the span of the current
SHIFT = 1e-3  # of the transient, by which edges may fall earlier or later


def beside_compiled(
    model: type[Model], response: Response | None, file: Path, program: str = ""
) -> tuple[Outcome, Result | None]:
    """Compare the transient of a module with that of the compiled file.

    Parameters
    ----------
    model : type of Model
        Of a module of the file.
    response : Response, optional
        Its response; None if there is none.
    file : Path
    program : str
        The compiler, as `compiler.find` takes it.

    Returns
    -------
    Outcome
        Skipped where the compiler or ngspice is missing.
    Result or None
        What ngspice gave.
    """
    rule = f"the same file, compiled by OpenVAF and run by ngspice, has the same current within {BUDGET:g} of its span"
    outcome = Outcome("OpenVAF: transient", rule)
    if response is None:
        outcome.skipped = "no transient can be chosen for this model"
        return outcome, None
    if not ngspice_run.available():
        outcome.skipped = "ngspice was not found"
        return outcome, None
    try:
        executable = compiler.find(program)
    except compiler.CompilerError as error:
        outcome.skipped = str(error).partition(":")[0]
        return outcome, None
    try:
        with tempfile.TemporaryDirectory() as folder:
            library = Path(folder, "model.osdi")
            compiler.compile_file(file, library, executable)
            text = deck_of(model, response.drive).removesuffix(".end\n")
            theirs = ngspice_run.run(f"{text}.control\npre_osdi {library}\n.endc\n.end\n")[0]
    except (compiler.CompilerError, ngspice_run.NgspiceError) as error:
        outcome.require(False, str(error))
        return outcome, None
    ours, reference = response.result, theirs["i(v1)"]
    span = max(float(np.ptp(reference)), 1e-9 * float(np.max(np.abs(reference))), 1e-300)
    edge = SHIFT * float(theirs.time[-1] - theirs.time[0])
    off = distance(ours.time, ours["i(v1)"], theirs.time, reference, edge)

    def where(k: int) -> dict[str, dict[str, float]]:
        return {"unknowns": {"time": float(theirs.time[k]), "i(v1)": float(reference[k])}}

    outcome.compare("i(v1)", off, np.full(off.size, BUDGET * span), where)
    return outcome, theirs
