"""XSPICE's code models of event-driven real numbers: a real net is a node whose voltage is held between events.

Formulas and defaults as measured on ngspice 44. There `real_to_v` forgets its gain after the operating point,
`real_gain` shows its initial value until its input changes, and `~` before the clock of a `real_delay` has no effect.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from circuitnn.elements.card import CardError, unwrap
from circuitnn.elements.codemodels.block import Block
from circuitnn.elements.codemodels.block import Port as AnalogPort
from circuitnn.elements.codemodels.given import Given, check_count, say_idle
from circuitnn.elements.digital import LogicCard, Word, defaults, groups, ramped_source
from circuitnn.logic import code_models
from circuitnn.records import dataclass

if TYPE_CHECKING:
    from circuitnn.netlist.definition import ModelCard, Value
    from circuitnn.netlist.elements import ElementReader

STEP = 1e-12  # duration of a jump of a real net [s]
RESISTANCE = 1e3  # of a lag [Ω]
_DIGITAL, _REAL, _OUT = ("", "d"), ("", "real"), ("", "v", "vd", "i", "id")


@dataclass(frozen=True)
class Sampled:
    """A code model: types that each port may have (``?`` after its name: or null), parameters, and its maker."""

    ports: dict[str, tuple[str, ...]]
    parameters: str
    make: Callable[[Block, Given, list[Word]], None]


def read(reader: ElementReader, name: str, tokens: list[str], model: ModelCard, origin: int) -> None:
    """Read ports and parameters, and add the instance."""
    code = MODELS[model.type]
    ports = list(groups(name, tokens))
    check_count(name, model.type, len(ports), dict.fromkeys(code.ports, False))
    words: list[Word] = []
    for (port, kinds), (vector, connections) in zip(code.ports.items(), ports, strict=True):
        (word,) = connections if not vector and len(connections) == 1 else [Word(("[",))]
        if word.names == ("null",) and port.endswith("?"):
            word = Word(())
        elif (
            word.kind not in kinds or word.names[0] in ("[", "null") or (word.inverted and kinds != _DIGITAL)
        ):
            raise CardError(f"'{name}': port '{port.rstrip('?')}' of a {model.type} is one %{kinds[1]}", name)
        words.append(word)
    say_idle(reader, model, code.parameters.split())
    code.make(
        Block(reader, name, origin), Given(reader, model.name, model.type, model.texts, model.origin), words
    )


def _level(block: Block, word: Word, inside: str, delay: Value) -> str:
    """Text of a digital net's level after a delay: 0, 0.5 if it is unknown, 1."""
    reader, name = block.reader, f"{block.name}#{inside}"
    later, seen = reader.definition.inner_node(f"{name}#net"), reader.definition.inner_node(f"{name}#level")
    buffer, bridge = code_models()["d_buffer"], code_models()["dac_bridge"]
    delays = {**defaults(buffer), "rise_delay": delay, "fall_delay": delay}
    pins = [[(reader.node(word.names[0]), word.inverted)], [(later, False)]]
    reader.definition.logic.append(LogicCard(f"{name}#buffer", block.origin, buffer, pins, delays))
    source = ramped_source(block, f"{name}#bridge", Word((f"{name}#level",)))
    jumps = {**defaults(bridge), "t_rise": STEP, "t_fall": STEP}
    ends = [[(later, False)], [(seen, False)]]
    reader.definition.logic.append(
        LogicCard(f"{name}#bridge", block.origin, bridge, ends, jumps, sources=[source])
    )
    return f"v({name}#level)"


def _show(block: Block, word: Word, text: str) -> None:
    block.put(AnalogPort(word.kind if word.kind in _OUT[1:] else "v", word.names), text)


def _value(block: Block, word: Word) -> str:
    return block.input(AnalogPort("v", word.names))


def _to_real(block: Block, given: Given, words: list[Word]) -> None:
    """Zero, one, or their mean if the level is unknown; 0 unless it is enabled."""
    level, enable, out = words
    delay = block.reader.value(unwrap(given.text("delay", "1e-9")))
    low, high = given.text("zero", "0"), given.text("one", "1")
    text = f"({low}+({high}-{low})*{_level(block, level, 'in', delay)})"
    if enable.names:
        text = f"max(2*{_level(block, enable, 'enable', delay)}-1,0)*{text}"
    _show(block, out, text)


def _gain(block: Block, given: Given, words: list[Word]) -> None:
    """gain·(in + in_offset) + out_offset after a delay; before that `ic`."""
    delay = max(given.number("delay", 1e-9), STEP)
    line = block.delayed(_value(block, words[0]), delay)
    text = (
        f"{given.text('gain', '1')}*({line}+{given.text('in_offset', '0')})+{given.text('out_offset', '0')}"
    )
    _show(block, words[1], f"(time<{delay!r} ? {given.text('ic', '0')} : {text})")


def _delay(block: Block, given: Given, words: list[Word]) -> None:
    """The input at the last rising edge of the clock, shown after a delay; 0 before the first one."""
    reader, name, origin = block.reader, block.name, block.origin
    value, clock, out = words
    level = _level(block, clock, "clock", STEP)
    nodes = [block.follower("#in", _value(block, value)), block.follower("#edge", level)]
    sampler = reader.inner_model(
        f"{name}#sampler",
        "sampler",
        {"delay": reader.value(unwrap(f"max({given.text('delay', '1e-9')},{STEP!r})"))},
        origin,
    )
    nodes += [reader.definition.inner_node(f"{name}#out"), 0]
    reader.row("n:sampler", f"{name}#sampler", nodes, 0.0, origin).models.append(sampler)
    _show(block, out, f"v({name}#out)")


def _to_voltage(block: Block, given: Given, words: list[Word]) -> None:
    """gain times the input, approached exponentially with transition_time: behind a resistor a capacitor."""
    reader, name, origin = block.reader, block.name, block.origin
    target, shown = reader.definition.inner_node(f"{name}#target"), reader.definition.inner_node(f"{name}#x")
    text = f"{given.text('gain', '1')}*{_value(block, words[0])}"
    reader.behaviour.add("v", f"{name}#target", [target, 0], text, origin)
    reader.row("r", f"r{name}#lag", [target, shown], RESISTANCE, origin)
    time = reader.value(f"max({given.text('transition_time', '1e-9')},{STEP!r})/{RESISTANCE!r}")
    reader.row("c", f"c{name}#lag", [shown, 0], time, origin)
    _show(block, words[1], f"v({name}#x)")


MODELS = {
    "d_to_real": Sampled({"in": _DIGITAL, "enable?": _DIGITAL, "out": _REAL}, "zero one delay", _to_real),
    "real_gain": Sampled({"in": _REAL, "out": _REAL}, "in_offset gain out_offset delay ic", _gain),
    "real_delay": Sampled({"in": _REAL, "clk": _DIGITAL, "out": _REAL}, "delay", _delay),
    "real_to_v": Sampled({"in": _REAL, "out": _OUT}, "gain transition_time", _to_voltage),
}
