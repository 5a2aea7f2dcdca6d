"""Inputs and outputs of small-signal analyses: ac values of the sources, outputs by name."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator

import numpy as np

from circuitnn.elements.waveforms import PHASORS
from circuitnn.equations.evaluate import evaluate
from circuitnn.errors import AnalysisError, DeckWarning, nearest
from circuitnn.flat import FlatCircuit
from circuitnn.machine.text import lowered
from circuitnn.machine.user_input import node_of
from circuitnn.models import named
from circuitnn.operating_point.simulation import Simulation
from circuitnn.system.derivatives import values_at
from circuitnn.system.groups import Placed

_VOLTAGE = re.compile(r"v\((.*)\)")


def stimuli(circuit: FlatCircuit, word: str = "ac") -> Iterator[tuple[str, float, float]]:
    """Name, magnitude and phase [degree] of each source with a phasor: its ``ac``, ``distof1`` or ``distof2``."""
    magnitudes, phases = PHASORS[word]
    for table in circuit.elements:
        if magnitudes in table.values:
            magnitude, phase = (np.nan_to_num(table.values[key]) for key in (magnitudes, phases))
            for row in np.flatnonzero(magnitude).tolist():
                yield table.names[row], float(magnitude[row]), float(phase[row])


def stimulus(simulation: Simulation, analysis: str, needed: bool = True, word: str = "ac") -> np.ndarray:
    """Right-hand side of the phasors of sources and devices, complex, shape (n,).

    Devices have theirs at the operating point, which must be known. If nothing
    has a phasor: an error if one is `needed`, else zeros and a warning.

    Raises
    ------
    AnalysisError
        No source has a phasor; the message names the analysis.
    """
    system = simulation.system
    b = np.zeros(system.n, dtype=complex)
    for name, magnitude, phase in stimuli(simulation.circuit, word):
        b -= magnitude * np.exp(1j * np.radians(phase)) * system.source_influence(name)
    for placed in system.devices if word == "ac" else ():
        add_stimuli(placed, simulation, b)
    if not np.any(b):
        article = "an" if word == "ac" else "a"
        message = f"{analysis}: no source has {article} {word} value; write one as in 'v1 in 0 dc 0 {word} 1'"
        if needed:
            raise AnalysisError(message)
        warnings.warn(f"{message}; all is 0", DeckWarning, stacklevel=2)
    return b


def add_stimuli(placed: Placed, simulation: Simulation, b: np.ndarray) -> None:
    """Subtract the phasors of a group of devices from a right-hand side."""
    model = named(placed.name)
    states = {state.name for state in model.states}
    for into, magnitude, phase in model.stimuli:
        values = values_at(placed, simulation.system, simulation.x)
        size, angle, *factors = evaluate([magnitude, phase, *(factor for _, factor in into)], values)
        phasor = size * np.exp(1j * np.asarray(angle))
        for (target, _), factor in zip(into, factors, strict=True):
            several = 1.0 if target in states else values["multiplier"]
            rows = placed.nodes[placed.kernel.inputs.index(target)]
            added = np.broadcast_to(phasor * factor * several, len(rows))
            np.subtract.at(b, rows[rows >= 0], added[rows >= 0])


def refuse_stimuli(simulation: Simulation, analysis: str) -> None:
    """Refuse devices with phasors of their own, which change along an orbit.

    Raises
    ------
    AnalysisError
    """
    for placed in simulation.system.devices:
        if named(placed.name).stimuli:
            raise AnalysisError(
                f"{analysis}: {placed.instances[0]} has a small signal of its own (ac_stim), whose size is that of an "
                "operating point: use a source beside it"
            )


def output_vector(simulation: Simulation, output: tuple[str, str] | str, label: str = "output") -> np.ndarray:
    """e such that e·x is the output, shape (n,).

    Parameters
    ----------
    simulation : Simulation
    output : (str, str) or str
        Two nodes, the second may be ``"0"``; or a voltage source whose current is the output.
    label : str
        Name of the quantity, for the message.

    Raises
    ------
    AnalysisError
        There is no such node or source, or the output is ground.
    """
    names = simulation.system.unknowns.names
    e = np.zeros(simulation.system.n)
    wanted = (
        [(f"v({output[0]})", 1.0), (f"v({output[1]})", -1.0)]
        if isinstance(output, tuple)
        else [(f"i({output})", 1.0)]
    )
    for name, sign in wanted:
        if name in ("v(0)", "v(gnd)"):
            continue
        if name not in names:
            raise AnalysisError(f"there is no {name} to be the {label}{nearest(name, names)}")
        e[names.index(name)] += sign
    if not np.any(e):
        raise AnalysisError("the output is ground")
    return e


def nodes_of(value: object, label: str) -> tuple[str, str]:
    """Convert one or two nodes given in Python, as ``"a"``, ``("a", "b")`` or ``"v(a,b)"``, for `output_vector`.

    Raises
    ------
    AnalysisError
        They are something else.
    """
    if isinstance(value, str):
        value = _VOLTAGE.sub(r"\1", lowered(value)).split(",")
    words = value if isinstance(value, tuple | list) else [value]
    nodes = [lowered(word.strip() if isinstance(word, str) else node_of(word, label)) for word in words]
    if not 1 <= len(nodes) <= 2 or not all(nodes) or "(" in "".join(nodes):
        raise AnalysisError(f"{label} = {value!r}: must be one or two nodes, as 'a' or ('a', 'b')")
    return nodes[0], nodes[1] if len(nodes) == 2 else "0"


def output_of(output: object) -> tuple[str, str] | str:
    """Convert an output given in Python for `output_vector`: nodes as in `nodes_of`, or a current, ``"i(v1)"``.

    Raises
    ------
    AnalysisError
        It is something else.
    """
    if isinstance(output, str) and lowered(output).startswith("i(") and output.endswith(")"):
        return lowered(output)[2:-1].strip()
    return nodes_of(output, "output")
