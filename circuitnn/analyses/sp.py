"""Scattering parameters of the circuit between its ports, and its noise as a two-port."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from circuitnn.constants import BOLTZMANN, KELVIN
from circuitnn.elements import element
from circuitnn.errors import AnalysisError
from circuitnn.machine import budget
from circuitnn.machine.user_input import flag_of
from circuitnn.netlist.sweep_points import Frequencies
from circuitnn.operating_point.simulation import Simulation
from circuitnn.recording.recorder import make_result, recorded
from circuitnn.records import replace
from circuitnn.registry.analyses import Analysis, Arguments, Plot, Task
from circuitnn.results.result import Result
from circuitnn.small_signal.linearised import SmallSignal
from circuitnn.small_signal.noise_sources import Parts
from circuitnn.small_signal.ports import output_vector

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from typing_extensions import Unpack

    from circuitnn.circuit.builder import Value
    from circuitnn.circuit.circuit import Circuit
    from circuitnn.flat import FlatCircuit
    from circuitnn.netlist.analysis_cards import DotCard
    from circuitnn.options.keywords import OptionKeywords

PLOT = Plot("sp", "SP Analysis", axis=True)
SINGULAR = 1e-12  # a matrix with singular values below this part of the largest has no inverse
BLOCK = 1 << 20  # phasors at a time


def sp(
    circuit: Circuit,
    start: Value,
    stop: Value | None = None,
    points: int = 20,
    variation: str = "dec",
    noise: bool = False,
    **options: Unpack[OptionKeywords],
) -> Result[NDArray[np.complex128]]:
    """Scattering, admittance and impedance parameters between the circuit's ports.

    Parameters
    ----------
    start, stop, points, variation
        Frequencies, as for `ac`. [Hz]
    noise : bool
        Whether to compute the noise, too.
    **options
        Options, such as ``temp=100``.

    Returns
    -------
    Result
        Complex: one row per frequency. Phasors of the unknowns with a wave into the last port, ``S_2_1`` …,
        ``Y_2_1`` … [S], ``Z_2_1`` … [Ω]. With `noise`, correlations of the ports' short-circuit noise currents,
        ``Cy_2_1`` … [A²/Hz], and for two ports ``NF`` and ``NFmin`` [dB], ``Rn`` [Ω] and the source's reflection
        ``SOpt`` with the least noise.

    Raises
    ------
    ConvergenceError, SingularMatrixError, TopologyError
    AnalysisError
        There are fewer than two ports, or they are not numbered 1, 2, 3 …

    Notes
    -----
    Ports are voltage sources with the words ``portnum`` and ``z0``. Waves are a = (v + z0·i)/(2√z0) and
    b = (v - z0·i)/(2√z0), each port with its own z0. If the network has no matrix Y or Z, a note says so and its
    columns are missing. The noise figure assumes port 1 as a source of z0 at the circuit's temperature.

    References
    ----------
    K. Kurokawa, "Power waves and the scattering matrix", IEEE Trans. Microw. Theory Tech. 13, 194 (1965);
    H. Hillbrand and P. H. Russer, "An efficient method for computer aided noise analysis of linear amplifier
    networks", IEEE Trans. Circuits Syst. 23, 235 (1976).
    """
    over = Frequencies.of(start, stop, points, variation)
    return circuit.analysed("sp", options, over=over, noise=flag_of(noise, "noise"))[0]


def read(card: DotCard) -> dict[str, object]:
    """``.sp dec 10 1meg 1g``, with a final 1 for the noise."""
    if not 4 <= len(card.words) <= 5:
        raise card.error(
            "'.sp' takes dec, oct or lin, points, first and last frequency, and perhaps 1 for the noise"
        )
    noise = len(card.words) == 5 and card.whole(card.words[4]) != 0
    return {"over": card.frequencies(card.words[:4]), "noise": noise}


def write(arguments: Arguments) -> str:
    """A comment: a written deck has the ports' resistances as elements, and ngspice would add them again."""
    return f"* .sp {arguments['over']}{' 1' if arguments['noise'] else ''}"


def run(task: Task, over: Frequencies, noise: bool = False) -> list[Result]:
    """Send a wave into each port."""
    ports = find_ports(task.circuit)
    simulation = Simulation(task.circuit, task.options)
    simulation.operating_point(task.options.itl1, task.circuit.nodesets)
    small, saved, at = PortNetwork(simulation, ports), recorded(simulation), over.values()
    budget.ask_points(len(at), "sp")
    budget.ask_memory(16.0 * len(at) * (1 + len(saved) + 4 * len(ports) ** 2), "sp")
    data = np.empty((len(at), 1 + len(saved)), dtype=complex)
    data[:, 0] = at
    S = np.empty((len(at), len(ports), len(ports)), dtype=complex)
    C = np.empty_like(S) if noise else None
    step = max(1, BLOCK // simulation.system.n)
    for first in range(0, len(at), step):
        some = slice(first, first + step)
        S[some], phasors = small.scattering(2.0 * np.pi * at[some])
        data[some, 1:] = phasors[:, saved] + 0.0  # no -0.0
        if C is not None:
            C[some] = small.noise(at[some])
    columns = _matrices(simulation, S, C, np.array([port.z0 for port in ports]))
    result = make_result(simulation, PLOT, data, saved, ("frequency", "frequency"))
    return [_with_columns(result, columns)]


class Port(NamedTuple):
    """A voltage source with its resistance [Ω]."""

    source: str
    z0: float


def find_ports(circuit: FlatCircuit) -> list[Port]:
    """The ports by their numbers.

    Raises
    ------
    AnalysisError
    """
    ports: dict[int, Port] = {}
    for table in circuit.elements:
        if not (element(table.kind).source and "portnum" in table.values):
            continue
        numbers, z0 = table.values["portnum"], table.values["z0"]
        for k in np.flatnonzero(~np.isnan(numbers)).tolist():
            number, port = int(numbers[k]), Port(table.names[k], float(z0[k]))
            if number in ports:
                raise AnalysisError(f"sp: {ports[number].source} and {port.source} are both port {number}")
            ports[number] = port
    if len(ports) < 2:
        raise AnalysisError(
            f"sp: {len(ports)} ports, at least two are needed; write 'v1 in 0 dc 0 portnum 1 z0 50'"
        )
    missing = next((k for k in range(1, len(ports) + 1) if k not in ports), 0)
    if missing:
        raise AnalysisError(f"sp: there is no port {missing}, but a port {max(ports)}")
    return [ports[k] for k in sorted(ports)]


class PortNetwork:
    """The linearised circuit between its ports.

    Parameters
    ----------
    simulation : Simulation
        At its solved operating point.
    ports : list of Port
    """

    def __init__(self, simulation: Simulation, ports: list[Port]) -> None:
        self.simulation, self.small = simulation, SmallSignal(simulation)
        self.parts = Parts(simulation, silent=False)
        self.into = [-simulation.system.source_influence(port.source) for port in ports]
        self.currents = [output_vector(simulation, port.source) for port in ports]
        self.root = np.sqrt([port.z0 for port in ports])

    def scattering(self, omega: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """S, shape (m, ports, ports), and all phasors with 1 V behind the last port's z0, shape (m, n)."""
        S = np.empty((len(omega), len(self.into), len(self.into)), dtype=complex)
        for k, b in enumerate(self.into):
            phasors = self.small.solve(omega, b.astype(complex))
            for j, e in enumerate(self.currents):
                current = -(phasors @ e)  # into the network
                # b = (v - z0·i)/(2√z0) and v = e - z0·i, where e is 1 V at port k and a = e/(2√z0) there
                S[:, j, k] = (float(j == k) - 2.0 * self.root[j] ** 2 * current) * self.root[k] / self.root[j]
        return S, phasors

    def noise(self, at: np.ndarray) -> np.ndarray:
        """Correlations of the currents into the ports' resistances, shape (m, ports, ports). [A²/Hz]"""
        y = [self._adjoint(e, 2.0 * np.pi * at) for e in self.currents]
        count = len(y)
        C = np.empty((len(at), count, count), dtype=complex)
        for j in range(count):
            C[:, j, j] = self._density(y[j], at)
        for j in range(count):
            for k in range(j):
                own = C[:, j, j] + C[:, k, k]
                real = 0.5 * (self._density(y[j] + y[k], at) - own)
                imaginary = 0.5 * (self._density(y[j] + 1j * y[k], at) - own)
                C[:, j, k] = real + 1j * imaginary
                C[:, k, j] = C[:, j, k].conj()
        return C

    def _adjoint(self, e: np.ndarray, omega: np.ndarray) -> np.ndarray:
        solutions = np.zeros((len(e) + 1, len(omega)), dtype=complex)
        solutions[:-1] = self.small.solve(omega, e.astype(complex), transposed=True).T
        return solutions

    def _density(self, y: np.ndarray, at: np.ndarray) -> np.ndarray:
        return self.parts.densities(np.ascontiguousarray(y), at).sum(axis=0)


def _matrices(
    simulation: Simulation, S: np.ndarray, C: np.ndarray | None, z0: np.ndarray
) -> list[tuple[str, str, np.ndarray]]:
    """Names, quantities and values of the columns in ngspice's order."""
    one, root = np.eye(len(z0)), np.sqrt(z0)
    Y = _quotient(one - S, one + S)
    Z = _quotient(one + S, one - S)
    columns = _elements("S", "s-param", S)
    for letter, kind, matrix, scale in (
        ("Y", "admittance", Y, 1.0 / np.outer(root, root)),
        ("Z", "impedance", Z, np.outer(root, root)),
    ):
        if matrix is None:
            simulation.statistics.notes.append(f"sp: the network has no matrix {letter}")
        else:
            columns += _elements(letter, kind, matrix * scale)
    if C is not None:
        temperature = simulation.options.temp + KELVIN
        if Y is not None:
            loaded = one + Y * (root[None, :] / root[:, None])
            C_short = loaded @ C @ loaded.conj().swapaxes(1, 2)
            columns += _elements("Cy", "current", C_short)
        if len(z0) == 2:
            columns += _two_port(simulation, S, C, z0, 4.0 * BOLTZMANN * temperature)
    return columns


def _elements(letter: str, kind: str, matrix: np.ndarray) -> list[tuple[str, str, np.ndarray]]:
    n = matrix.shape[-1]
    return [(f"{letter}_{j + 1}_{k + 1}", kind, matrix[:, j, k]) for j in range(n) for k in range(n)]


def _quotient(above: np.ndarray, below: np.ndarray) -> np.ndarray | None:
    """The inverse of `below` times `above` at every frequency; None if a matrix has no inverse."""
    values = np.linalg.svd(below, compute_uv=False)
    if np.any(values[:, -1] <= SINGULAR * values[:, 0]):
        return None
    return np.linalg.solve(below, above)


def _two_port(
    simulation: Simulation, S: np.ndarray, C: np.ndarray, z0: np.ndarray, heat: float
) -> list[tuple[str, str, np.ndarray]]:
    """Noise figure, and the source that minimises it.

    The noise is that of a voltage e and a current i in front of a noiseless network: I₂ = -g·(e + z0·i) and
    I₁ = i·(1 + S₁₁)/2 - e·(1 - S₁₁)/2z0 are the currents into the network with resistances at both ports. A source
    of admittance Y has the noise figure 1 + <|i + Y·e|²>/(4kT·Re Y).
    """
    source, near = z0[0], S[:, 0, 0]
    gain = -S[:, 1, 0] / (2.0 * np.sqrt(z0[0] * z0[1]))  # current into port 2 for 1 V behind z0 of port 1
    if not np.all(np.abs(gain) > 0.0):
        simulation.statistics.notes.append(
            "sp: port 1 does not reach port 2, so that there is no noise figure"
        )
        return []
    chain = np.empty_like(S)
    chain[:, 0, 0], chain[:, 0, 1] = -source, -0.5 * (1.0 + near) / gain
    chain[:, 1, 0], chain[:, 1, 1] = 1.0, -0.5 * (1.0 - near) / (source * gain)
    correlation = chain @ C @ chain.conj().swapaxes(1, 2)
    e, i, both = correlation[:, 0, 0].real, correlation[:, 1, 1].real, correlation[:, 0, 1]
    figure = 1.0 + (i + e / source**2 + 2.0 * both.real / source) * source / heat
    some = np.where(e > 0.0, e, 1.0)
    susceptance = both.imag / some
    # for a single resistance in series or parallel, rounding decides the sign of the root's argument
    conductance = np.sqrt(np.maximum(i / some - susceptance**2, 0.0))
    least = 1.0 + 2.0 * (e * conductance + both.real) / heat
    best = (conductance + 1j * susceptance) * source
    reflection = np.where(e > 0.0, (1.0 - best) / (1.0 + best), -1.0)
    return [
        ("NF", "decibel", _decibel(figure)),
        ("SOpt", "notype", reflection),
        ("NFmin", "decibel", _decibel(np.where(e > 0.0, least, 1.0))),
        ("Rn", "impedance", e / heat),
    ]


def _decibel(figure: np.ndarray) -> np.ndarray:
    return 10.0 * np.log10(np.maximum(figure, 1.0))


def _with_columns(result: Result, additional: list[tuple[str, str, np.ndarray]]) -> Result:
    """The result with additional columns."""
    names, kinds, columns = zip(*additional, strict=True)
    return replace(
        result,
        names=(*result.names, *names),
        types=(*result.types, *kinds),
        data=np.column_stack([result.data, *columns]),
    )


ANALYSIS = Analysis(
    "sp",
    form="dec|oct|lin points fstart fstop [donoise]",
    verb=sp,
    read=read,
    write=write,
    run=run,
    plots=(PLOT,),
    measured="SP Analysis",
)
