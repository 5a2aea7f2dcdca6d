"""XSPICE's controlled oscillators: a phase whose rate is the frequency, and waves or edges as functions of the phase.

Formulas and defaults as measured on ngspice 44, whose phases are integrated less exactly.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from circuitnn.elements.codemodels.block import Block, CodeModel, Pin, Port
from circuitnn.elements.codemodels.given import Given
from circuitnn.elements.codemodels.stateless import lines, points

LATE = "1e-9"  # threshold of the turn to one, above 0 so that rounding cannot cause one at phase 0
Wave = Callable[[Block, Given, str], str]  # phase in cycles → text of a value from 0 to 1


def _oscillator(wave: Wave, block: Block, given: Given, ports: list[list[Port]]) -> None:
    """A wave, from 0 to 1 as a function of the phase in cycles, scaled to out_low and out_high."""
    (control,), (port,) = ports
    phase = block.state(_frequency(given, block.input(control)), "0")
    _pace(block, phase)
    low, high = given.text("out_low", "-1"), given.text("out_high", "1")
    block.put(port, f"{low}+({high}-{low})*({wave(block, given, phase)})")


def _frequency(given: Given, control: str) -> str:
    """Frequency by straight lines through points, extrapolated but not below 0. [Hz]"""
    xs = given.amounts("cntl_array") if "cntl_array" in given.texts else [0.0, 1.0]
    ys = given.amounts("freq_array") if "freq_array" in given.texts else [1e3, 2e3]
    return f"max({lines(control, *points(given.name, 'cntl_array', xs, 'freq_array', ys))},0)"


def _pace(block: Block, phase: str) -> None:
    """Add a charge that oscillates four times per period, so that time steps resolve the wave: about thirty of them."""
    node = f"{block.name}#pace"
    number = block.reader.definition.inner_node(node)
    text = f"v({node})-1e-6*ddt(sin(8*pi*{phase}))"
    block.reader.behaviour.add("i", node, [number, 0], text, block.origin)


def _sine(block: Block, given: Given, phase: str) -> str:
    return f"0.5+0.5*sin(2*pi*{phase})"


def _triangle(block: Block, given: Given, phase: str) -> str:
    """Up in the share duty_cycle of a period, then down."""
    duty, part = given.text("duty_cycle", "0.5"), f"({phase}-floor({phase}))"
    return f"min({part}/{duty},(1-{part})/(1-{duty}))"


def _square(block: Block, given: Given, phase: str) -> str:
    """Down first, up in the last share duty_cycle of a period; edges of rise_time and fall_time."""
    duty = given.text("duty_cycle", "0.5")
    up = block.memory(f"cos(2*pi*({phase}+0.5*{duty}))-cos(pi*{duty})", LATE, "0")
    return block.edges(up, given.text("rise_time", "1e-9"), given.text("fall_time", "1e-9"))


_PINS = (Pin("cntl_in"), Pin("out"))
_ALL = "cntl_array freq_array out_low out_high"
MODELS = {
    "sine": CodeModel(_PINS, _ALL, partial(_oscillator, _sine)),
    "triangle": CodeModel(_PINS, f"{_ALL} duty_cycle", partial(_oscillator, _triangle)),
    "square": CodeModel(_PINS, f"{_ALL} duty_cycle rise_time fall_time", partial(_oscillator, _square)),
}
