"""Sensitivities of an output to every element value and device parameter, by the adjoint circuit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from circuitnn.elements import copies, element
from circuitnn.errors import AnalysisError
from circuitnn.netlist.analysis_cards import shown
from circuitnn.netlist.sweep_points import Frequencies
from circuitnn.operating_point.simulation import Simulation
from circuitnn.recording.recorder import make_table
from circuitnn.registry.analyses import Analysis, Arguments, Plot, Task
from circuitnn.results.result import Result
from circuitnn.small_signal.linearised import SmallSignal, at_rest
from circuitnn.small_signal.ports import output_of, output_vector, stimulus
from circuitnn.system.derivatives import ByNumber, Curvature, by_numbers
from circuitnn.system.linearised import Response, linearise
from circuitnn.system.sensitivity_list import listed

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from circuitnn.circuit.builder import Value
    from circuitnn.circuit.circuit import Circuit
    from circuitnn.netlist.analysis_cards import DotCard
    from circuitnn.options.keywords import OptionKeywords

PLOT = Plot("sens", "Sensitivity Analysis")
BLOCK = 1 << 20  # phasors at a time


def sens(
    circuit: Circuit,
    output: str | tuple[str, str],
    start: Value | None = None,
    stop: Value | None = None,
    points: int = 20,
    variation: str = "dec",
    **options: Unpack[OptionKeywords],
) -> Result:
    """Derivatives of an output with respect to all element values and parameters, by the adjoint circuit.

    Parameters
    ----------
    output : str or (str, str)
        One or two nodes, or ``"i(v1)"``: the current of a voltage source.
    start, stop, points, variation
        Frequencies, as for `ac`, for derivatives of the phasor; without them, derivatives of the operating point. [Hz]
    **options
        Options, such as ``temp=100``.

    Returns
    -------
    Result
        ``r1``, ``v1``, ``e1_gain``; for devices the model's parameters ``d1:is`` and the instance's ``d1_area``;
        all numbers that ngspice lists, in its order, with 0 for those without influence; further ones come last;
        over frequencies, complex, also ``c1``, ``l1``, ``k1``, ``v1_acmag``, ``v1_acphase`` [1/degree].
        Units are those of the output over those of the parameter.

    Raises
    ------
    ConvergenceError, SingularMatrixError, TopologyError
    AnalysisError
        The output does not exist, there is nothing to differentiate by, or over frequencies no source has an ac value.

    Notes
    -----
    With f(x, p) = 0 and Gᵀ·λ = e, d(e·x)/dp = -λ·∂f/∂p: one solution gives all derivatives. Phasors y have
    (G + jωC)·y = b, in which p also moves the operating point: λᵀ·∂(G + jωC)/∂x·y is the right-hand side of a
    second adjoint solution at zero frequency. States that operating points hold move with their initial values.
    """
    if start is None and stop is not None:
        raise AnalysisError("sens: stop without start: give both ends of the frequencies")
    over = None if start is None else Frequencies.of(start, stop, points, variation)
    return circuit.analysed("sens", options, output=output_of(output), over=over)[0]


def read(card: DotCard) -> dict[str, object]:
    """``.sens v(out)``, ``.sens v(out) ac dec 10 1 1k``."""
    given = card.signals
    over = len(given) == 6 and given[1] == "ac"
    if not over and not (len(given) in (1, 2) and given[1:] in ([], ["dc"])):
        raise card.error(
            "'.sens' takes an output, v(node), v(node,node) or i(source), and perhaps ac, dec, oct or lin, points, "
            "first and last frequency"
        )
    return {"output": card.output(given[0]), "over": card.frequencies(given[2:]) if over else None}


def write(arguments: Arguments) -> str:
    """The card."""
    over = f" ac {arguments['over']}" if arguments["over"] is not None else ""
    return f".sens {shown(arguments['output'])}{over}"


def run(task: Task, output: tuple[str, str] | str, over: Frequencies | None = None) -> list[Result]:
    """Solve the adjoint circuit, over frequencies twice at each."""
    simulation = Simulation(task.circuit, task.options)
    e = output_vector(simulation, output)
    simulation.operating_point(task.options.itl1, task.circuit.nodesets)
    b = stimulus(simulation, "sens") if over is not None else np.zeros(0)
    held = linearise(simulation.system, simulation.x, simulation.regularisation.shunt, frozen=True)
    if over is None:
        weights = at_rest(simulation, held, e, transposed=True)
        sums = Sums(n for n in by_numbers(simulation.system, simulation.x) if n.f)
        derivatives = sums.of(_grounded(weights), None, 0.0)
        named = _listed(simulation, dict(zip(sums.names, derivatives.real.tolist(), strict=True)), 0.0)
        if not named:
            raise AnalysisError("sens: the circuit has no value whose derivative could be given")
        return [make_table(simulation, PLOT, named, "notype")]
    sums = Sums(by_numbers(simulation.system, simulation.x, small_signal=True))
    bend = Curvature(simulation.system, simulation.x)
    free = SmallSignal(simulation)
    at = over.values()
    omega = 2.0 * np.pi * at
    response = held.response(e, transposed=True)
    rows = []
    for now in np.array_split(omega, 1 + len(omega) * len(e) // BLOCK):
        phasors = zip(now, free.solve(now, e, transposed=True), free.solve(now, b), strict=True)
        rows += [_at_frequency(simulation, sums, bend, response, *of_one) for of_one in phasors]
    columns = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    named = _listed(simulation, columns, np.zeros(len(at), dtype=complex))
    return [make_table(simulation, PLOT, named, "notype", ("frequency", at))]


def _listed(simulation: Simulation, derivatives: dict[str, Any], nothing: Any) -> dict[str, Any]:
    """Derivatives in ngspice's order, with zeros for what it lists and what has no influence."""
    small_signal = isinstance(nothing, np.ndarray)
    pairs = listed(simulation.circuit, derivatives, small_signal)
    return {name: derivatives[of] if of else nothing for name, of in pairs}


def _at_frequency(
    simulation: Simulation,
    sums: Sums,
    bend: Curvature,
    held: Response,
    omega: float,
    adjoint: np.ndarray,
    y: np.ndarray,
) -> dict[str, complex]:
    phasors = _grounded(adjoint), _grounded(y)
    bent = bend.gradient(*phasors, omega)
    second = np.empty((1, len(bent)), dtype=complex)
    held.phasors.excite(-bent)
    held.at(np.zeros(1), np.arange(len(bent)), second)
    derivatives = dict(zip(sums.names, sums.of(_grounded(second[0]), phasors, omega).tolist(), strict=True))
    for name, number, value in _by_sources(simulation, phasors[0]):
        derivatives[f"{name}_{number}"] = derivatives.get(f"{name}_{number}", 0.0) + value
    return derivatives


def _by_sources(simulation: Simulation, adjoint: np.ndarray) -> Iterator[tuple[str, str, complex]]:
    """Derivatives with respect to magnitude and phase of each source's phasor, and to how many copies there are."""
    for table in simulation.circuit.elements:
        of = element(table.kind)
        if not of.source:
            continue
        nothing = np.zeros(len(table.names))
        magnitude, phase = (np.nan_to_num(table.values.get(key, nothing)) for key in ("acmag", "acphase"))
        plus, minus = of.drives(table, simulation.system.unknowns)
        turned = np.exp(1j * np.radians(phase)) * (adjoint[minus] - adjoint[plus])
        number = copies(table, "acmag")
        of_each = {"acmag": number * turned, "acphase": 1j * np.radians(magnitude) * turned}
        if "acmag" in of.parallel:
            of_each["m"] = magnitude / number * turned
        for key, values in of_each.items():
            yield from ((name, key, value) for name, value in zip(table.names, values.tolist(), strict=True))


class Sums:
    """Entries of all numbers in sequence, and the number that each belongs to.

    Parameters
    ----------
    numbers : iterable of ByNumber

    Attributes
    ----------
    names : list of str
        Numbers with the same name add up.
    """

    def __init__(self, numbers: Iterable[ByNumber]) -> None:
        index: dict[str, int] = {}
        entries: tuple[list, list, list] = [], [], []  # of f, G, C
        self.dispersive: list[tuple[np.ndarray, np.ndarray, np.ndarray, Any]] = []
        for number in numbers:
            of = np.array([index.setdefault(name, len(index)) for name in number.names])
            parts: tuple[list[Any], ...] = (number.f, number.G, number.C)
            for kept, part in zip(entries, parts, strict=True):
                kept += [(of, *entry) for entry in part]
            self.dispersive += [(of, *entry) for entry in number.dispersive]
        self.names = list(index)
        self.f, self.G, self.C = map(_joined, entries)

    def of(
        self, weights: np.ndarray, phasors: tuple[np.ndarray, np.ndarray] | None, omega: float
    ) -> np.ndarray:
        """Derivatives from the weights of the equations, and from adjoint and phasors; ground is last in each."""
        total = np.zeros(len(self.names), dtype=complex)
        if self.f:
            number, row, value = self.f
            np.subtract.at(total, number, weights[row] * value)
        if phasors is None:
            return total
        left, right = phasors
        for entries, scale in ((self.G, 1.0), (self.C, 1j * omega)):
            if entries:
                number, row, column, value = entries
                np.subtract.at(total, number, scale * left[row] * right[column] * value)
        for number, row, column, at in self.dispersive:
            np.subtract.at(total, number, left[row] * right[column] * at(omega))
        return total


def _joined(entries: list[tuple[np.ndarray, ...]]) -> tuple[np.ndarray, ...]:
    """Concatenate the arrays of all entries."""
    return tuple(np.concatenate(parts) for parts in zip(*entries, strict=True))


def _grounded(x: np.ndarray) -> np.ndarray:
    return np.append(x, 0.0)


ANALYSIS = Analysis(
    "sens",
    form="v(node[,node])|i(vsource) [dc | ac dec|oct|lin points fstart fstop]",
    verb=sens,
    read=read,
    write=write,
    run=run,
    plots=(PLOT,),
)
