"""The cards of a spiking network: sources, read-out of bit lines, neurons, drivers.

Nodes are ``in0``, … and, for the first layer, ``l1_bit0``, … at the ends of bit lines that have an amplifier,
``l1_in0`` and ``l1_out0`` at the neurons, ``l1_line0`` where a neuron drives the next array. `label` is ``l1``, ….
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from circuitnn.elements.card import digits
from circuitnn.machine.text import lines_of
from circuitnn.networks.layers import PORTS, Layer
from circuitnn.networks.spike_input import SpikeInput


def sources(inputs: SpikeInput) -> Iterator[str]:
    """A source for each line that comes in."""
    shape = f"{digits(inputs.width)} {digits(inputs.rise)}"
    heights = np.asarray(inputs.height).tolist()
    for k, (times, height) in enumerate(zip(inputs.times, heights, strict=True)):
        train = " ".join(map(digits, np.asarray(times).tolist()))
        yield f"vin{k} in{k} 0 " + (f"spikes(0 {digits(height)} {shape} {train})" if train else "0")


def bit_ends(layer: Layer, label: str) -> str:
    """Nodes at the ends of the bit lines, without their numbers."""
    return f"{label}_{layer.entry if layer.gain is None else 'bit'}"


def read_out(layer: Layer, label: str) -> Iterator[str]:
    """What holds the ends of the bit lines and brings their currents to the neurons."""
    if layer.gain is None:
        return
    for k in range(layer.array.cols):
        neuron, second = divmod(k, 2) if layer.array.paired else (k, 0)
        gain = -layer.gain if second else layer.gain
        yield f"v{label}_bit{k} {label}_bit{k} 0 0"
        yield f"f{label}_bit{k} 0 {label}_{layer.entry}{neuron} v{label}_bit{k} {digits(gain)}"


def neurons(layer: Layer, label: str) -> Iterator[str]:
    """The neurons, and the sources of their rails."""
    cell = layer.cell
    defaults = " ".join(f"{name}=0" for name in cell.parameters)
    yield f".subckt {label}_neuron {' '.join(layer.ports)} {defaults}".rstrip()
    yield from lines_of(cell.body)
    yield ".ends"
    for rail, voltage in cell.rails.items():
        yield f"v{label}_rail_{rail} {label}_rail_{rail} 0 {digits(voltage)}"
    values = {name: np.broadcast_to(given, (len(layer),)) for name, given in cell.parameters.items()}
    for k in range(len(layer)):
        nodes = [f"{label}_{port}{k}" if port in PORTS else f"{label}_rail_{port}" for port in layer.ports]
        given = " ".join(f"{name}={digits(of[k])}" for name, of in values.items())
        yield f"x{label}_{k} {' '.join(nodes)} {label}_neuron {given}".rstrip()


def drivers(layer: Layer, label: str) -> Iterator[str]:
    """What puts the outputs of the neurons on the word lines of the next array."""
    driver, zero = layer.forward, "0"
    if driver.offset:
        zero = f"{label}_offset"
        yield f"v{zero} {zero} 0 {digits(driver.offset)}"
    for k in range(len(layer)):
        yield f"e{label}_line{k} {label}_line{k} 0 {label}_out{k} {zero} {digits(driver.gain)}"
