"""Noise: fluctuations of devices, carried to an output and back to an input source."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from circuitnn.errors import AnalysisError
from circuitnn.machine.user_input import name_of
from circuitnn.netlist.analysis_cards import shown
from circuitnn.netlist.sweep_points import Frequencies
from circuitnn.operating_point.simulation import Simulation
from circuitnn.recording.recorder import make_table
from circuitnn.registry.analyses import Analysis, Arguments, Plot, Task
from circuitnn.results.result import Result
from circuitnn.small_signal.linearised import GuardedResponse, SmallSignal
from circuitnn.small_signal.noise_sources import Parts
from circuitnn.small_signal.ports import nodes_of, output_vector
from circuitnn.small_signal.referred import LEAST_GAIN, quantities, squared_gain, unreached
from circuitnn.system.linearised import Response

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from typing_extensions import Unpack

    from circuitnn.circuit.builder import Value
    from circuitnn.circuit.circuit import Circuit
    from circuitnn.netlist.analysis_cards import DotCard
    from circuitnn.options.keywords import OptionKeywords

SPECTRUM = Plot("noise", "Noise Spectral Density Curves", axis=True)
TOTAL = Plot("noise_total", "Integrated Noise")
BLOCK = 1 << 16  # phasors and densities at a time
FROM_ZERO = (
    "the noise of 0 Hz is not defined: totals are integrals over powers of the frequency, and 1/f noise has no limit "
    "there; begin above 0, as with 1m"
)


def noise(
    circuit: Circuit,
    output: str | tuple[str, str],
    source: str,
    start: Value,
    stop: Value | None = None,
    points: int = 20,
    variation: str = "dec",
    **options: Unpack[OptionKeywords],
) -> tuple[Result[NDArray[np.float64]], Result[float]]:
    """Noise at an output, and referred to an input source.

    Parameters
    ----------
    output : str or (str, str)
        One or two nodes.
    source : str
        Independent source to which the noise is referred.
    start, stop, points, variation
        Frequencies, as for `ac`. [Hz]
    **options
        Options, such as ``temp=100``.

    Returns
    -------
    spectrum : Result
        Square roots of densities: ``onoise_spectrum``, ``inoise_spectrum``, and for every device
        ``onoise_r1`` and its parts, ``onoise_r1_thermal``. [V/√Hz; A/√Hz if referred to a current source]
    total : Result
        Square roots of integrals over the frequencies: ``onoise_total``, ``inoise_total``, and of the devices.
        [V or A]

    Raises
    ------
    ConvergenceError, SingularMatrixError, TopologyError
    AnalysisError
        The output or source does not exist.

    Notes
    -----
    A gain below 1e-10, as of a source that does not reach the output, counts as 1e-10, as in ngspice; a note says so.

    With (G + jωC)ᵀ·y = e_output, a current of density S between two equations gives S times abs(y₊ - y₋)²
    at the output; all are independent. Resistors have 4kT/R; models state their own; a lossy line has the noise that
    belongs to its losses (ngspice omits it). Between frequencies, densities are interpolated as powers of frequency.
    """
    nodes, name = nodes_of(output, "output"), name_of(source, "source")
    over = Frequencies.of(start, stop, points, variation)
    if over.start == 0.0:
        raise AnalysisError(FROM_ZERO)
    spectrum, total = circuit.analysed("noise", options, output=nodes, source=name, over=over)
    return spectrum, total


def read(card: DotCard) -> dict[str, object]:
    """``.noise v(out) v1 dec 10 1 1k 1``; without the last number, or with 0, no parts of devices, as in ngspice.

    In ngspice a number n > 1 means that only every n-th frequency has the parts; here all have them.
    """
    given = card.signals
    if len(given) < 6:
        raise card.error(
            "'.noise' takes an output v(node) or v(node,node), a source, dec, oct or lin, points, first and "
            "last frequency, and perhaps how often to sum up"
        )
    card.no_more_than(7)
    output = card.output(given[0])
    if isinstance(output, str):
        raise card.error("the output of '.noise' is a voltage: v(node) or v(node,node)", given[0])
    over = card.frequencies(given[2:6])
    if over.start == 0.0:
        raise card.error(FROM_ZERO, given[4])
    summary = card.whole(given[6]) if len(given) > 6 else 0
    if summary not in (0, 1):
        card.idle(f"'{given[6]}' in '.noise' counts as 1: parts of devices are given at every frequency")
    return {"output": output, "source": card.target(given[1]), "over": over, "parts": summary != 0}


def write(arguments: Arguments) -> str:
    """The card."""
    ports = f"{shown(arguments['output'])} {arguments['source']}"
    return f".noise {ports} {arguments['over']}{' 1' if arguments['parts'] else ''}"


def run(
    task: Task, output: tuple[str, str], source: str, over: Frequencies, parts: bool = True
) -> list[Result]:
    """Carry the noise to the output; `parts`: whether the parts of every device are wanted too."""
    from circuitnn._cext.noise import integrate

    simulation = Simulation(task.circuit, task.options)
    influence = -simulation.system.source_influence(source)
    e = output_vector(simulation, output)
    simulation.operating_point(task.options.itl1, task.circuit.nodesets)
    small, at = SmallSignal(simulation), over.values()
    noises = Parts(simulation, silent=parts)
    whole, gain = np.empty(len(at)), np.empty(len(at))
    squares, referred = np.zeros(len(noises.names)), np.zeros(len(noises.names))
    spectra: list[np.ndarray] = []
    driven = np.flatnonzero(influence)
    adjoint = small.response(e, transposed=True)
    for now, new, y in _in_blocks(adjoint, at, simulation.system.n, BLOCK // (len(e) + len(noises.names))):
        gain[now] = squared_gain("noise", influence[driven] @ y[driven], at[now], source)
        density = noises.densities(y, at[now])
        whole[now] = density.sum(axis=0)
        integrate(at[now], gain[now], density, squares, referred)
        if parts:
            spectra.append(density[:, new:])
    if np.any(gain <= LEAST_GAIN):
        simulation.statistics.notes.append(unreached("noise", source))
    densities = noises.with_devices(np.concatenate(spectra, axis=1)) if parts else {}
    named = {f"onoise_{name}": np.sqrt(density) for name, density in densities.items()}
    named |= {"onoise_spectrum": np.sqrt(whole), "inoise_spectrum": np.sqrt(whole / gain)}
    spectrum = make_table(simulation, SPECTRUM, named, quantities(source, "-density"), ("frequency", at))
    # Totals are sums of the parts' integrals: a sum of powers of the frequency is not a power.
    totals: dict[str, np.ndarray | float] = {}
    out, into = (noises.with_devices(square) if parts else {} for square in (squares, referred))
    for name, square in out.items():
        totals[f"onoise_total_{name}"], totals[f"inoise_total_{name}"] = np.sqrt(square), np.sqrt(into[name])
    totals |= {"onoise_total": np.sqrt(squares.sum()), "inoise_total": np.sqrt(referred.sum())}
    return [spectrum, make_table(simulation, TOTAL, totals, quantities(source))]


def _in_blocks(
    adjoint: Response | GuardedResponse, at: np.ndarray, n: int, size: int
) -> Iterator[tuple[slice, int, np.ndarray]]:
    """Blocks of frequencies, small enough to stay in the cache.

    Each begins with the last frequency of the one before. Yields the frequencies, the position of the first new one,
    and the phasors, shape (n + 1, size of the block); ground is last.
    """
    from circuitnn._cext.phasors import LANES

    size = max(size & -LANES, 8 * LANES)
    y = np.zeros((n + 1, 1 + size), dtype=complex)
    for first in range(0, len(at), size):
        end, new = min(first + size, len(at)), int(first > 0)
        y[:, 0] = y[:, -1]
        adjoint.at(2.0 * np.pi * at[first:end], np.arange(n), y[:n, 1 : 1 + end - first].T)
        yield slice(first - new, end), new, y[:, 1 - new : 1 + end - first]


ANALYSIS = Analysis(
    "noise",
    form="v(node[,node]) source dec|oct|lin points fstart fstop [summary]",
    verb=noise,
    read=read,
    write=write,
    run=run,
    plots=(SPECTRUM, TOTAL),
    measured="Noise Analysis",
)
