"""Readings of XSPICE's meters: what capacitors or inductors at a node amount to, as measured on ngspice 44."""

from __future__ import annotations

import numpy as np

from circuitnn.elements.temperature import temperature_factor
from circuitnn.flat import FlatCircuit

NOTHING = 1e-12  # inverse of the inductance that a meter shows where there is none [1/H]


def readings(circuit: FlatCircuit, temperature: float, tnom: float) -> dict[str, float]:
    """Values of the sources that show what meters read.

    A meter counts the capacitors or inductors at its node, and those at each node that a source of 0 V joins to it,
    whatever is at their other ends: capacitances are added, inductances as in parallel.

    Parameters
    ----------
    circuit : FlatCircuit
    temperature, tnom : float
        Of the circuit, nominal. [°C]

    Returns
    -------
    dict of str to float
        Name of the source → its dc value.
    """
    shown = {}
    for meter in circuit.meters:
        nodes = _joined(circuit, meter.node)
        total = 0.0
        for table in circuit.elements:
            if table.kind == meter.letter:
                values = table.values[table.kind] * temperature_factor(table, temperature, tnom)
                ends = np.sum([(table.nodes[:, :2] == node).any(axis=1) for node in nodes], axis=0)
                total += float(np.sum(ends * values if meter.letter == "c" else ends / values))
        shown[meter.source] = meter.gain * (total if meter.letter == "c" else 1.0 / max(total, NOTHING))
    return shown


def _joined(circuit: FlatCircuit, node: int) -> list[int]:
    """A node and those that sources of 0 V join to it."""
    nodes = [node]
    for table in circuit.elements:
        if table.kind == "v":
            moving = np.array([waveform is not None for waveform in table.waveforms] or [False])
            still = (np.nan_to_num(table.values["dc"]) == 0.0) & ~moving
            for a, b in table.nodes[still, :2].tolist():
                nodes += [b] if a == node else [a] if b == node else []
    return list(dict.fromkeys(nodes))
