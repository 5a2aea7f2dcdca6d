"""The cards of a spiking network: sources, read-out of bit lines, neurons, drivers.

Nodes are ``in0``, … and, for the first layer, ``l0_bit0``, … at the ends of bit lines that have an amplifier,
``l0_in0`` and ``l0_out0`` at the neurons, ``l0_line0`` where a neuron drives the next array, ``l0_back0`` where it
drives its own bit line. `label` is ``l0``.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from circuitnn.elements.card import digits
from circuitnn.machine.text import lines_of
from circuitnn.networks.layers import PORTS, Driver, Layer
from circuitnn.networks.spike_input import SpikeInput


def label_of(layer: int) -> str:
    """Beginning of the names of a layer's nodes."""
    return f"l{layer}"


def array_of(layer: int) -> str:
    """Name of a layer's array."""
    return f"array{layer}"


def sources(inputs: SpikeInput) -> Iterator[str]:
    """A source for each line that comes in."""
    shape = f"{digits(inputs.width)} {digits(inputs.rise)}"
    heights = np.asarray(inputs.height).tolist()
    for k, (times, height) in enumerate(zip(inputs.times, heights, strict=True)):
        train = " ".join(map(digits, np.asarray(times).tolist()))
        node = f"in{k}_spikes" if inputs.tail else f"in{k}"
        yield f"v{node} {node} 0 " + (f"spikes(0 {digits(height)} {shape} {train})" if train else "0")
        if inputs.tail:
            yield from _amplifier(Driver(tail=inputs.tail, decay=inputs.decay), node, "0", f"in{k}")


def bit_ends(layer: Layer, label: str) -> str:
    """Nodes at the ends of the bit lines, without their numbers."""
    return f"{label}_{layer.entry if layer.gain is None else 'bit'}"


def read_out(layer: Layer, label: str) -> Iterator[str]:
    """What holds the ends of the bit lines and brings their currents to the neurons."""
    if layer.gain is None:
        return
    if layer.backward is not None:
        yield f".model {label}_gate sw(ron=1u roff=1e12 vt={digits(layer.cell.level)} vh=0)"
    for k in range(layer.array.cols):
        neuron, second = divmod(k, 2) if layer.array.paired else (k, 0)
        entry, gain = f"{label}_{layer.entry}{neuron}", digits(-layer.gain if second else layer.gain)
        if layer.backward is None:
            yield f"v{label}_bit{k} {label}_bit{k} 0 0"
            yield f"f{label}_bit{k} 0 {entry} v{label}_bit{k} {gain}"
        else:
            yield from _gated(
                f"{label}_bit{k}", f"{label}_back{k}", f"{label}_out{k}", f"{label}_gate", entry, gain
            )


def _gated(line: str, back: str, out: str, gate: str, entry: str, gain: str) -> Iterator[str]:
    """A read-out of a bit line that the neuron drives: a switch shorts the current of the line while it spikes."""
    yield f"v{line} {line} {back} 0"
    yield f"f{line} 0 {line}_read v{line} 1"
    yield f"r{line} {line}_read 0 1"
    yield f"s{line} {line}_read 0 {out} 0 {gate}"
    yield f"g{line} 0 {entry} {line}_read 0 {gain}"


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


def drivers(layer: Layer, label: str, last: bool) -> Iterator[str]:
    """What puts the outputs of the neurons on the word lines of the next array, and on their own bit lines."""
    ways = (("line", None if last else layer.forward), ("back", layer.backward))
    for way, driver in ways:
        if driver is None:
            continue
        zero = f"{label}_{way}_offset" if driver.offset else "0"
        if driver.offset:
            yield f"v{zero} {zero} 0 {digits(driver.offset)}"
        for k in range(len(layer)):
            yield from _amplifier(driver, f"{label}_out{k}", zero, f"{label}_{way}{k}")


def inhibition(layer: Layer, label: str) -> Iterator[str]:
    """The sum of all outputs, and what each neuron loses by it, without its own part."""
    if not layer.inhibition:
        return
    total, count = f"{label}_sum", len(layer)
    yield f"r{total} {total} 0 1"
    if layer.forward.offset:
        yield f"i{total} {total} 0 {digits((count - 1) * layer.forward.offset)}"
    for k in range(count):
        yield f"g{total}{k} 0 {total} {label}_out{k} 0 1"
        yield f"g{label}_loss{k} {label}_{layer.entry}{k} 0 {total} {label}_out{k} {digits(layer.inhibition)}"


def _amplifier(driver: Driver, source: str, zero: str, line: str) -> Iterator[str]:
    """Drive a line with a voltage, less its low-passed form: two sources in series, the lower one of the tail."""
    if not driver.tail:
        yield f"e{line} {line} 0 {source} {zero} {digits(driver.gain)}"
        return
    yield f"e{line} {line} {line}_tail {source} {zero} {digits(driver.gain)}"
    yield f"e{line}_tail {line}_tail 0 {line}_lag 0 {digits(-driver.gain * driver.tail)}"
    yield f"g{line}_lag 0 {line}_lag {source} {zero} 1e-6"  # does not load the source
    yield f"r{line}_lag {line}_lag 0 1meg"
    yield f"c{line}_lag {line}_lag 0 {digits(1e-6 * driver.decay)} ic=0"
