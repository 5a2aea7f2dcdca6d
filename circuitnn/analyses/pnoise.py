"""Noise of a circuit about a periodic orbit, folded from all sidebands to an output."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from circuitnn.netlist.analysis_cards import shown
from circuitnn.netlist.sweep_points import Frequencies
from circuitnn.periodic.cycle import cycle_of, orbit_of
from circuitnn.periodic.noise_along import NoiseAlong
from circuitnn.periodic.varying import Signals, Varying, check_sidebands
from circuitnn.recording.recorded import make_table
from circuitnn.registry.analyses import STEPPING, Analysis, Arguments, Plot, Task
from circuitnn.results.result import Result
from circuitnn.small_signal.ports import nodes_of, output_vector
from circuitnn.units import whole_of

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from typing_extensions import Unpack

    from circuitnn.circuit.builder import Value
    from circuitnn.circuit.circuit import Circuit
    from circuitnn.netlist.analysis_cards import DotCard
    from circuitnn.options.keywords import OptionKeywords
    from circuitnn.results.periodic import PeriodicResult

PLOT = Plot("pnoise", "Periodic Noise Spectral Density", axis=True)
SIDEBANDS = 10  # from which flicker noise is folded


def pnoise(
    circuit: Circuit,
    output: str | tuple[str, str],
    start: Value,
    stop: Value | None = None,
    points: int = 20,
    variation: str = "dec",
    harmonic: int = 0,
    sidebands: int = SIDEBANDS,
    cycle: PeriodicResult | None = None,
    **options: Unpack[OptionKeywords],
) -> Result[NDArray[np.float64]]:
    """Time-averaged noise at an output of a periodically driven circuit or an oscillator.

    Parameters
    ----------
    output : str or (str, str)
        One or two nodes.
    start, stop, points, variation
        Offsets from the harmonic, as for `noise`. [Hz]
    harmonic : int
        The output is at harmonic·f₀ + offset; of an oscillator, 1 is the carrier.
    sidebands : int
        Highest sideband from which flicker noise is folded; white noise is folded from all.
    cycle : PeriodicResult, optional
        The orbit, as for `pac`.
    **options
        Options of the search for the orbit, without `cycle`.

    Returns
    -------
    Result
        Square roots of one-sided densities: ``onoise_spectrum``, and ``onoise_r1_thermal`` of each source. [V/√Hz]

    Raises
    ------
    ConvergenceError
    AnalysisError
        As for `pac`; or flicker noise lies at 0 Hz.

    Notes
    -----
    With ℓ(t) the response of the output to a current at time t, white noise of density S(t) gives the mean of S·abs(ℓ)²
    over the period, which is the sum over all sidebands. Flicker noise K(t)/f is a stationary 1/f process times √K(t).
    """
    found = circuit.analysed(
        "pnoise",
        options,
        output=nodes_of(output, "output"),
        over=Frequencies.of(start, stop, points, variation),
        harmonic=whole_of(harmonic, "harmonic"),
        sidebands=whole_of(sidebands, "sidebands"),
        cycle=cycle_of(cycle, "pnoise", options),
    )
    return found[0]


def read(card: DotCard) -> dict[str, object]:
    """``.pnoise v(out) dec 10 1 1meg harmonic=1 maxsideband=10``."""
    given = card.signals
    if len(given) < 5:
        raise card.error("'.pnoise' takes an output, dec, oct or lin, points, first and last frequency")
    output = card.output(given[0])
    if isinstance(output, str):
        raise card.error("the output of '.pnoise' is a voltage: v(node) or v(node,node)", given[0])
    known = {"harmonic": "harmonic", "maxsideband": "sidebands"}
    return {"output": output, "over": card.frequencies(given[1:5]), **card.settings(given[5:], known)}


def write(arguments: Arguments) -> str:
    """A comment: ngspice has no such analysis."""
    text = (
        f"* .pnoise {shown(arguments['output'])} {arguments['over']} harmonic={arguments.get('harmonic', 0)}"
    )
    return f"{text} maxsideband={arguments.get('sidebands', SIDEBANDS)}"


def run(
    task: Task,
    output: tuple[str, str],
    over: Frequencies,
    harmonic: int = 0,
    sidebands: int = SIDEBANDS,
    cycle: PeriodicResult | None = None,
) -> list[Result]:
    """Find the orbit, go back along it from the output, and sum up the noise."""
    check_sidebands("pnoise", sidebands, harmonic)
    at = over.values()
    found = orbit_of(task, cycle, "pnoise")
    simulation, fundamental = found.simulation, 1.0 / found.period
    e = output_vector(simulation, output)
    signals = Signals(np.full(len(at), float(harmonic)), at)
    varying = Varying(found, at[-1] + (abs(harmonic) + sidebands) * fundamental, "pnoise")
    noise = NoiseAlong(varying)
    density = np.empty((len(noise.names), len(at)))
    for part, kernel in varying.received(e, signals):
        density[:, part] = noise.densities(kernel, signals.part(part), sidebands)
    columns = {f"onoise_{name}": np.sqrt(row) for name, row in zip(noise.names, density, strict=True)}
    columns["onoise_spectrum"] = np.sqrt(density.sum(axis=0))
    return [make_table(simulation, PLOT, columns, "voltage-density", ("frequency", at))]


ANALYSIS = Analysis(
    "pnoise",
    form="v(node[,node]) dec|oct|lin points fstart fstop [harmonic=k] [maxsideband=k]",
    verb=pnoise,
    read=read,
    write=write,
    run=run,
    plots=(PLOT,),
    measured="Periodic Noise",
    options=STEPPING,
    smooth=True,
)
