"""PSPICE's digital parts (U) as XSPICE's code models, with the delays that ngspice 44 estimates for them.

Gates have a rise and a fall delay; flip-flops and latches have delays of clock, set and reset. Logic expressions become
gates of 1 ps, pin delays become buffers. A delay is its typical value, else the mean of minimum and maximum, else the
one of them that is given.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from circuitnn.elements.card import CardError
from circuitnn.elements.logic_expressions import assignments
from circuitnn.elements.pspice_part import Part, Pin, estimate
from circuitnn.logic.code_model import LEAST

if TYPE_CHECKING:
    from circuitnn.netlist.definition import Value
    from circuitnn.netlist.elements import ElementReader

# Kind of gate → equivalent code model.
GATES = {"buf": "buffer", "inv": "inverter", "nxor": "xnor"} | {
    k: k for k in ("and", "nand", "or", "nor", "xor")
}
# Gates of two levels → gates of the first and of the second level.
TWO_LEVELS = {"ao": ("and", "or"), "oa": ("or", "and"), "aoi": ("and", "nor"), "oai": ("or", "nand")}
STORED = {
    "dff": ("d_dff", 1, True),
    "jkff": ("d_jkff", 2, True),
    "srff": ("d_srlatch", 2, False),
    "dltch": ("d_dlatch", 1, False),
}
IGNORED = ("constraint",)
_HEAD = re.compile(r"(u\S*)\s+([a-z]+3?a?)\s*(?:\(([^)]*)\))?\s+(.*)", re.DOTALL)
_GATES = "|".join((*GATES, *TWO_LEVELS))
_GATE = re.compile(rf"({_GATES})(3?)(a?)")
NOT_HERE = ("stim", "adc", "dac", "rom", "ram")  # kinds that cannot be read
_DELAY = re.compile(r"\bdelay\s*\(([^()]*)\)")
_ENABLE = re.compile(r"\benable\s+(hi|lo)\s*=?\s*(\S+)")


def read(reader: ElementReader, text: str, origin: int) -> None:
    """Read the card of a part."""
    head = _HEAD.match(text)
    if head is None:
        raise CardError("a digital part needs a kind, supplies and nets", text.split()[0])
    name, kind, sizes, rest = head.groups()
    if kind in NOT_HERE:
        message = f"'{name}' is a digital part of PSPICE ('{kind}') of a kind that is not supported"
        raise CardError(message, kind)
    reader.claim(name, origin)
    if kind in IGNORED:
        reader.idle(origin, f"'{name}': a {kind} has no effect, as in ngspice")
        return
    part = _Kinds(reader, name, origin, _sizes(name, sizes), rest)
    gate = _GATE.fullmatch(kind)
    if gate is not None:
        part.gates(*gate.groups())
    elif kind in STORED:
        part.stored(*STORED[kind])
    else:
        _OTHERS[kind](part)


def _sizes(name: str, text: str | None) -> list[int]:
    given = (text or "").replace(",", " ").split()
    if not all(word.isdecimal() for word in given):
        raise CardError(f"'{name}': '{text}' are not numbers of gates, inputs or bits", text or name)
    return [int(word) for word in given]


class _Kinds(Part):
    """The kinds of parts, each as code models."""

    def gates(self, kind: str, three: str, array: str) -> None:
        """Add gates: one or an array, of one level or two, with or without tristate outputs."""
        if kind in TWO_LEVELS:
            each, first, count = self.size(0) * self.size(1), self.size(0), 1
        elif kind in ("buf", "inv"):
            each, first, count = 1, 1, self.size(0)
        elif kind in ("xor", "nxor"):
            each, first, count = 2, 2, self.size(0)
        else:
            each, first, count = self.size(0, 2), self.size(0, 2), self.size(1)
        count = count if array else 1
        inputs = [self.nets(each) for _ in range(count)]
        enable = self.nets(1)[0] if three else ""
        outputs = self.nets(count)
        texts = self.timing()
        rise, fall = (self.delay(texts, name) for name in ("tplh", "tphl"))
        rise, fall = (LEAST if v is None else v for v in (rise, fall))
        for k, (ins, output) in enumerate(zip(inputs, outputs, strict=True)):
            name, pins = f"{self.name}_{k}" if array else self.name, [(net, False) for net in ins]
            if not three:
                self.one_gate(name, kind, first, pins, output, rise, fall)
                continue
            data = pins[0][0], kind == "inv"
            if kind not in ("buf", "inv"):
                data = f"{name}#out", False
                self.one_gate(f"{name}_in", kind, first, pins, data[0], LEAST, LEAST)
            self.tristate(name, data, (enable, False), output, rise)

    def one_gate(
        self, name: str, kind: str, first: int, pins: list[Pin], output: str, rise: Value, fall: Value
    ) -> None:
        """Add a gate of one level or two; `first`: number of inputs of each gate of the first level."""
        if kind not in TWO_LEVELS:
            self.gate(name, GATES[kind], pins, output, rise, fall)
            return
        outer, inner = TWO_LEVELS[kind][::-1]
        between = [(f"{name}#{j}", False) for j in range(len(pins) // first)]
        for j, (net, _) in enumerate(between):
            self.gate(f"{name}_{j}", inner, pins[j * first : (j + 1) * first], net, LEAST, LEAST)
        self.gate(name, outer, between, output, rise, fall)

    def stored(self, model: str, data: int, clocked: bool) -> None:
        """Add flip-flops or latches that share preset and clear, both active low, and clock or gate."""
        bits = self.size(0)
        preset, clear, clock = self.nets(3)
        inputs = [self.nets(bits) for _ in range(data)]
        out, inverse = self.nets(bits), self.nets(bits)
        texts = self.timing()
        settings: dict[str, Value | None] = {
            "set_delay": self.delay(texts, "tppcqlh", "tppcqhl"),
            "reset_delay": self.delay(texts, "tppcqhl", "tppcqlh"),
        }
        if clocked:
            settings["clk_delay"] = self.delay(texts, "tpclkqlh", "tpclkqhl")
        else:
            settings["enable_delay"] = self.delay(texts, "tpgqlh", "tpgqhl")
            settings["data_delay" if data == 1 else "sr_delay"] = self.delay(texts, "tpdqlh", "tpdqhl")
        given = {key: value for key, value in settings.items() if value is not None}
        if not texts:
            given = dict.fromkeys((*settings, "rise_delay", "fall_delay"), LEAST)
        falling = model == "d_jkff"
        for k in range(bits):
            held = [(-1, False) if net == "$d_hi" else self.pin(net, True) for net in (preset, clear)]
            pins = [[self.pin(ins[k])] for ins in inputs]
            pins += [[self.pin(clock, falling)], *([pin] for pin in held)]
            pins += [[self.pin(out[k])], [self.pin(inverse[k])]]
            self.add(f"{self.name}_{k}", model, pins, **given)

    def pull(self, model: str) -> None:
        for k, net in enumerate(self.nets(self.size(0))):
            self.add(f"{self.name}_{k}", model, [[self.pin(net)]])

    def line(self) -> None:
        """Add a delay line, which passes pulses of any length."""
        source, target = self.nets(2)
        delay = self.delay(self.timing(), "dly")
        time = LEAST if delay is None else delay
        pins = [[self.pin(source)], [self.pin(target)]]
        self.add(self.name, "d_buffer", pins, rise_delay=time, fall_delay=time)

    def logic(self) -> None:
        """Add a gate for each operator of logic expressions."""
        self.needed("logic")
        self.nets(self.size(0, 0))
        outputs = set(self.nets(self.size(1, 0)))
        numbers = iter(range(1_000_000))
        own: dict[str, str] = {}

        def net(name: str) -> str:
            return own.get(name, name)

        def add_gate(kind: str, inputs: list[Pin], output: str) -> None:
            self.gate(f"{self.name}_{next(numbers)}", kind, inputs, output, LEAST, LEAST)

        for target, expression in assignments(self.name, self.section("logic")):
            aim = target if target in outputs else own.setdefault(target, f"{self.name}#{target}")
            _gates_of(expression, aim, net, add_gate, f"{self.name}#")

    def pin_delays(self) -> None:
        """Add buffers, tristate ones if there is an enable, with the smallest delay stated for each output."""
        self.needed("pindly", "tristate")
        paths, enables = self.size(0), self.size(1, 0)
        sources = self.nets(paths)
        self.nets(enables + self.size(2, 0))
        outputs = self.nets(paths)
        stated: dict[str, tuple[Value, Pin | None]] = {}
        for section in ("pindly", "tristate"):
            for names, delay, enable in self._stated(self.section(section)):
                stated |= dict.fromkeys(names, (delay, enable if section == "tristate" else None))
        for k, (source, output) in enumerate(zip(sources, outputs, strict=True)):
            delay, enable = stated.get(output, (LEAST, None))
            if enable is None:
                self.gate(f"{self.name}_{k}", "buffer", [(source, False)], output, delay, delay)
            else:
                self.tristate(f"{self.name}_{k}", (source, False), enable, output, delay)

    def _stated(self, text: str) -> Iterator[tuple[list[str], Value, Pin | None]]:
        """Outputs, their smallest delay, and their enable."""
        enable: Pin | None = None
        for before, body in re.findall(r"([^{}]*)\{((?:[^{}])*)\}", text):
            named = _ENABLE.search(before)
            if named is not None:
                enable = named[2], named[1] == "lo"
                before = before[named.end() :]
            names = before.replace("=", " ").split()
            delays = [estimate([self.value(t) for t in group.split(",")]) for group in _DELAY.findall(body)]
            known_delays = [d for d in delays if d is not None]
            numbers = [d for d in known_delays if isinstance(d, float)]
            least: Value = min(numbers) if numbers else known_delays[0] if known_delays else LEAST
            yield names, least, enable


_OTHERS: dict[str, Callable[[_Kinds], None]] = {
    "logicexp": _Kinds.logic,
    "pindly": _Kinds.pin_delays,
    "pullup": lambda part: part.pull("d_pullup"),
    "pulldn": lambda part: part.pull("d_pulldown"),
    "dlyline": _Kinds.line,
}
# Pattern of all kinds.
KINDS = "|".join((f"(?:{_GATES})3?a?", *STORED, *IGNORED, *_OTHERS, *NOT_HERE))


def _gates_of(
    expression: tuple[object, ...],
    target: str,
    net: Callable[[str], str],
    add_gate: Callable[[str, list[Pin], str], None],
    prefix: str,
) -> None:
    """Add the gates of an expression, the last of which drives `target`."""
    operator, *operands = expression
    if operator == "net":
        add_gate("buffer", [(net(str(operands[0])), bool(operands[1]))], target)
        return
    inputs: list[Pin] = []
    for k, operand in enumerate(operands):
        assert isinstance(operand, tuple)
        if operand[0] == "net":
            inputs.append((net(str(operand[1])), bool(operand[2])))
        else:
            inner = f"{target if target.startswith(prefix) else prefix + target}.{k}"
            _gates_of(operand, inner, net, add_gate, prefix)
            inputs.append((inner, False))
    add_gate(str(operator), inputs, target)
