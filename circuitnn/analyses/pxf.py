"""Transfer from all sources and sidebands to one output, about a periodic orbit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from circuitnn.analyses.pac import SIDEBANDS
from circuitnn.elements import element
from circuitnn.errors import AnalysisError
from circuitnn.machine import budget
from circuitnn.netlist.analysis_cards import shown
from circuitnn.netlist.sweep_points import Frequencies
from circuitnn.periodic.cycle import cycle_of, orbit_of
from circuitnn.periodic.varying import Signals, Varying, check_sidebands
from circuitnn.recording.recorder import make_table
from circuitnn.registry.analyses import STEPPING, Analysis, Arguments, Plot, Task
from circuitnn.results.result import Result
from circuitnn.results.sidebands import SidebandResult, by_sideband, joined
from circuitnn.small_signal.ports import output_of, output_vector
from circuitnn.units import whole_of

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from circuitnn.circuit.builder import Value
    from circuitnn.circuit.circuit import Circuit
    from circuitnn.netlist.analysis_cards import DotCard
    from circuitnn.options.keywords import OptionKeywords
    from circuitnn.results.periodic import PeriodicResult

PLOT = Plot("pxf", "Periodic Transfer Functions", axis=True)
BESIDE = Plot("pxf_sideband", "Periodic Transfer Functions, Sideband", axis=True)
# Quantity of output over source, by whether each is a voltage.
QUANTITIES = {
    (True, True): "notype",
    (False, False): "notype",
    (True, False): "impedance",
    (False, True): "admittance",
}


def pxf(
    circuit: Circuit,
    output: str | tuple[str, str],
    start: Value,
    stop: Value | None = None,
    points: int = 20,
    variation: str = "dec",
    sidebands: int = SIDEBANDS,
    cycle: PeriodicResult | None = None,
    **options: Unpack[OptionKeywords],
) -> SidebandResult:
    """Transfer from each source, at the output's frequency and beside all harmonics, to an output.

    Parameters
    ----------
    output : str or (str, str)
        One or two nodes, or ``"i(v1)"``: the current of a voltage source.
    start, stop, points, variation
        Frequencies of the output, as for `ac`. [Hz]
    sidebands : int
        Highest sideband k: signals at f + k·f₀ for all k from -sidebands to sidebands.
    cycle : PeriodicResult, optional
        The orbit, as for `pac`.
    **options
        Options of the search for the orbit, without `cycle`.

    Returns
    -------
    SidebandResult
        Complex: a column for each independent source, ``v1``, over the frequency f of the output, from a signal of this
        source at f; ``result.sideband(-1)`` from one at f - f₀. Sources need no ac values.

    Raises
    ------
    ConvergenceError
    AnalysisError
        As for `pac`; or there is no such output, or no source.

    Notes
    -----
    The transposed problem of `pac`, solved once for all sources: sideband k at f here is what `pac` gives at the output
    as sideband -k, for an ac value of 1 and a signal at f + k·f₀.
    """
    over = Frequencies.of(start, stop, points, variation, stretched=True)
    results = circuit.analysed(
        "pxf",
        options,
        output=output_of(output),
        over=over,
        sidebands=whole_of(sidebands, "sidebands"),
        cycle=cycle_of(cycle, "pxf", options),
    )
    return joined(results)


def read(card: DotCard) -> dict[str, object]:
    """``.pxf v(out) dec 10 1 1meg maxsideband=3``."""
    given = card.signals
    if len(given) < 5:
        raise card.error(
            "'.pxf' takes an output, v(node), v(node,node) or i(source), dec, oct or lin, points, first and last "
            "frequency, and perhaps maxsideband="
        )
    return {
        "output": card.output(given[0]),
        "over": card.frequencies(given[1:5], stretched=True),
        **card.settings(given[5:], {"maxsideband": "sidebands"}),
    }


def write(arguments: Arguments) -> str:
    """A comment: ngspice has no such analysis."""
    most = arguments.get("sidebands", SIDEBANDS)
    return f"* .pxf {shown(arguments['output'])} {arguments['over']} maxsideband={most}"


def run(
    task: Task,
    output: tuple[str, str] | str,
    over: Frequencies,
    sidebands: int = SIDEBANDS,
    cycle: PeriodicResult | None = None,
) -> list[Result]:
    """Find the orbit, and go back along it from the output."""
    check_sidebands("pxf", sidebands)
    at = over.values()
    budget.ask_points(len(at) * (2 * sidebands + 1), "pxf")
    orbit = orbit_of(task, cycle, "pxf")
    simulation, fundamental = orbit.simulation, 1.0 / orbit.period
    system = simulation.system
    e = output_vector(simulation, output)
    if not system.source_names:
        raise AnalysisError("pxf: the circuit has no independent source whose transfer could be asked for")
    into = np.array([-system.source_influence(name) for name in system.source_names])
    budget.ask_memory(32.0 * len(at) * (2 * sidebands + 1) * len(into), "pxf")
    varying = Varying(orbit, at[-1] + sidebands * fundamental, "pxf")
    signals = Signals.at(at, fundamental)
    transfers = np.empty((2 * sidebands + 1, len(into), len(at)), dtype=complex)
    for part, kernel in varying.received(e, signals):
        of_equations = varying.transfers(kernel, signals.part(part), sidebands)
        transfers[:, :, part] = into @ of_equations

    def quantity(name: str) -> str:
        return QUANTITIES[isinstance(output, tuple), element(name[0].lower()).branch]

    def made(k: int) -> Result:
        columns = dict(zip(system.source_names, transfers[k + sidebands], strict=True))
        axis = ("frequency", at.astype(complex))
        return make_table(simulation, BESIDE if k else PLOT, columns, quantity, axis)

    return by_sideband(sidebands, fundamental, made)


ANALYSIS = Analysis(
    "pxf",
    form="v(node[,node])|i(vsource) dec|oct|lin points fstart fstop [maxsideband=k]",
    verb=pxf,
    read=read,
    write=write,
    run=run,
    plots=(PLOT, BESIDE),
    measured="Periodic Transfer Functions",
    options=STEPPING,
    smooth=True,
)
