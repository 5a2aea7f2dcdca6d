"""Poles and zeros of a transfer function."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from circuitnn.elements import element
from circuitnn.errors import AnalysisError, SingularMatrixError
from circuitnn.flat import FlatCircuit
from circuitnn.machine.user_input import word_of
from circuitnn.operating_point.simulation import Simulation
from circuitnn.recording.recorder import make_table
from circuitnn.registry.analyses import Analysis, Plot, Task
from circuitnn.results.result import Result
from circuitnn.small_signal.linearised import SmallSignal
from circuitnn.small_signal.ports import nodes_of, output_vector
from circuitnn.solvers.exact_pencil import Stamps, exact_eigenvalues, uncertainty
from circuitnn.solvers.pencil import finite_eigenvalues
from circuitnn.system.linearised import entries

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from circuitnn.circuit.circuit import Circuit
    from circuitnn.netlist.analysis_cards import DotCard
    from circuitnn.options.keywords import OptionKeywords

PLOT = Plot("pz", "Pole-Zero Analysis")
DRIVES, WANTED = ("vol", "cur"), ("pz", "pol", "zer")
MOST = 2000  # largest number of unknowns: the matrices are dense
CERTAIN = 1e-6  # relative amount by which rounding may move a root


def pz(
    circuit: Circuit,
    source: str | tuple[str, str],
    output: str | tuple[str, str],
    drive: str = "vol",
    wanted: str = "pz",
    **options: Unpack[OptionKeywords],
) -> Result:
    """Poles and zeros of the circuit linearised at its operating point.

    Parameters
    ----------
    source, output : str or (str, str)
        One or two nodes of the input and of the output.
    drive : {"vol", "cur"}
        Whether the input is a voltage or a current.
    wanted : {"pz", "pol", "zer"}
    **options
        Options, such as ``temp=100``.

    Returns
    -------
    Result
        One complex row: ``pole(1)``, …, ``zero(1)``, …, by their real parts, as in ngspice. [rad/s]

    Raises
    ------
    ConvergenceError, SingularMatrixError, TopologyError
    AnalysisError
        There are none, a voltage source holds an input driven by a current, the circuit has transmission lines, or
        it is too large.

    Notes
    -----
    Poles are all s with det(G + sC) = 0, for ``vol`` with the input held by a source; zeros are those of the same
    matrix bordered by a row of the output and a column of the input. If the circuit has a voltage source between
    the input's nodes, it serves as that source.
    """
    return circuit.analysed(
        "pz",
        options,
        source=nodes_of(source, "source"),
        output=nodes_of(output, "output"),
        drive=word_of(drive, "drive", DRIVES),
        wanted=word_of(wanted, "wanted", WANTED),
    )[0]


def read(card: DotCard) -> dict[str, object]:
    """``.pz in 0 out 0 vol pz``."""
    given = card.words
    if len(given) != 6 or given[4] not in DRIVES or given[5] not in WANTED:
        raise card.error(
            "'.pz' takes two nodes of the input, two of the output, vol or cur, and pol, zer or pz"
        )
    nodes = {"source": (given[0], given[1]), "output": (given[2], given[3])}
    return {**nodes, "drive": given[4], "wanted": given[5]}


def run(
    task: Task, source: tuple[str, str], output: tuple[str, str], drive: str, wanted: str
) -> list[Result]:
    """Find the eigenvalues of the pencils."""
    circuit = task.circuit
    simulation = Simulation(circuit, task.options)
    system = simulation.system
    if system.n > MOST:
        raise AnalysisError(f"pz: {system.n} unknowns; at most {MOST} are taken")
    e_in, e_out = output_vector(simulation, source, "source"), output_vector(simulation, output)
    simulation.operating_point(task.options.itl1, circuit.nodesets)
    if system.lines.dispersive:
        raise AnalysisError(
            "pz: a transmission line or a delay has infinitely many poles; look at its response with .ac"
        )
    if any(table.spectral is not None for table in circuit.behavioural):
        raise AnalysisError("pz: a source of hertz, or by a table of frequencies, has no poles; use .ac")
    SmallSignal(simulation)  # ties that only the operating point needs
    stamps = Stamps.of(*entries(system, simulation.x, simulation.regularisation.shunt))
    held = _source_between(circuit, source)
    if held and drive == "cur":
        raise AnalysisError(f"pz: {held} holds the input, so that no current can drive it; take vol")
    into = system.source_influence(held) if held else e_in
    roots: dict[str, np.ndarray] = {}
    if wanted in ("pz", "pol"):
        bordered = drive == "vol" and not held
        poles = _roots(simulation, stamps.bordered(e_in, e_in) if bordered else stamps, "pole")
        roots |= {f"pole({k})": np.array([s]) for k, s in enumerate(poles, 1)}
    if wanted in ("pz", "zer"):
        zeros = _roots(simulation, stamps.bordered(into, e_out), "zero")
        roots |= {f"zero({k})": np.array([s]) for k, s in enumerate(zeros, 1)}
    if not roots:
        raise AnalysisError("pz: there are no poles and no zeros")
    return [make_table(simulation, PLOT, roots, "notype")]


def _roots(simulation: Simulation, stamps: Stamps, name: str) -> np.ndarray:
    """Eigenvalues of a pencil; if rounding leaves them uncertain, none, or all with a note.

    Raises
    ------
    SingularMatrixError
    """
    n = int(max(stamps.rows.max(initial=0), stamps.columns.max(initial=0), simulation.system.n - 1)) + 1
    values, moved = None, np.full(1, np.inf)
    try:
        # values near the end of the range of doubles overflow here, and are left to integer arithmetic
        with np.errstate(all="ignore"):
            values = finite_eigenvalues(*stamps.matrices(n))
            moved = uncertainty(stamps, n, values)
        if np.all(moved <= CERTAIN):
            return values[_as_listed(values)]
    except np.linalg.LinAlgError as error:
        fault = str(error)
    try:
        exact = exact_eigenvalues(stamps, n)
    except np.linalg.LinAlgError as error:
        fault, exact, values = str(error), None, None
    if exact is not None:
        values, moved = exact, np.zeros(1)
    if values is not None and not np.all(np.isfinite(values)):
        raise AnalysisError(f"pz: a {name} lies beyond 1e308 rad/s: look for values that were not meant")
    if exact is not None:
        return exact[_as_listed(exact)]
    if values is None:
        raise SingularMatrixError(
            f"pz: {fault}: the input does not reach the output, a node floats, or {n} unknowns are too many "
            "to tell by rounded numbers"
        )
    worst, order = int(np.argmax(moved)), _as_listed(values)
    place = int(np.flatnonzero(order == worst)[0]) + 1
    simulation.statistics.notes.append(
        f"pz: rounding leaves {int(np.count_nonzero(moved > CERTAIN))} of the {name}s looked at uncertain, most "
        f"{name}({place}) = {values[worst]:.4g} rad/s, by {moved[worst]:.2g} of it: values are too far apart for "
        f"{n} unknowns"
    )
    return values[order]


def _as_listed(roots: np.ndarray) -> np.ndarray:
    """Order in which ngspice lists poles and zeros: by their real parts, the upper one of a pair first."""
    real = np.array([float(f"{value:.9e}") for value in roots.real])  # those of a pair may differ by rounding
    return np.lexsort((-roots.imag, real))


def _source_between(circuit: FlatCircuit, nodes: tuple[str, str]) -> str:
    """Name of a voltage source between two nodes; empty if there is none."""
    names = circuit.node_names
    ground = {"gnd": "0"}
    wanted = {ground.get(n, n) for n in nodes}
    for table in circuit.elements:
        if element(table.kind).source and element(table.kind).branch:
            for name, (a, b) in zip(table.names, np.asarray(table.nodes).tolist(), strict=True):
                if {names[a], names[b]} == wanted:
                    return name
    return ""


ANALYSIS = Analysis(
    "pz",
    form="node node node node vol|cur pol|zer|pz",
    verb=pz,
    read=read,
    write=lambda a: f".pz {' '.join([*a['source'], *a['output'], a['drive'], a['wanted']])}",
    run=run,
    plots=(PLOT,),
)
