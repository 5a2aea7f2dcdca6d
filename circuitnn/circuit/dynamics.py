"""The equations of a `Circuit`: its method ``system``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from circuitnn.circuit.builder import Value
from circuitnn.errors import AnalysisError
from circuitnn.units import number_of

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from circuitnn.circuit.circuit import Circuit
    from circuitnn.options.keywords import OptionKeywords
    from circuitnn.transient.equations import Equations


def system(
    circuit: Circuit,
    tstop: Value | None = None,
    tstep: Value | None = None,
    **options: Unpack[OptionKeywords],
) -> Equations:
    """Make the equations f(x, t) + dq(x)/dt = 0 of the circuit, for methods of your own.

    Parameters
    ----------
    tstop, tstep : float or str
        Times that set defaults of waveforms. Default: those of the deck's ``.tran`` card, else 1 s and tstop/50. [s]
    **options
        Options, as ``reltol=1e-6``.

    Returns
    -------
    Equations

    Raises
    ------
    AnalysisError
        If a time is not positive.
    """
    from circuitnn.transient.equations import Equations

    card = next((c.arguments for c in circuit.flat.analyses if c.kind == "tran"), {"tstop": 1.0})
    stop = card["tstop"] if tstop is None else number_of(tstop, "tstop")
    step = card.get("tstep", stop / 50.0) if tstep is None else number_of(tstep, "tstep")
    step = stop / 50.0 if step != step else step
    if not (stop > 0.0 and step > 0.0):
        raise AnalysisError(f"system: tstop = {stop:g} s, tstep = {step:g} s: must be positive")
    return Equations(circuit.flat, circuit.options(**options), step, stop)
