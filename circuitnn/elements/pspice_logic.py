"""PSPICE's digital parts (U) as XSPICE's code models, with the delays that ngspice 44 estimates for them.

Gates have a rise and a fall delay; flip-flops and latches have delays of clock, set and reset. Logic expressions become
gates of 1 ps, pin delays become buffers. A delay is its typical value, else the mean of minimum and maximum, else the
one of them that is given.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from circuitnn.elements.card import CardError, unwrap, words
from circuitnn.elements.digital import LogicCard
from circuitnn.elements.logic_expressions import assignments
from circuitnn.logic import code_models
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
_GATE = re.compile(rf"({'|'.join((*GATES, *TWO_LEVELS))})(3?)(a?)")
_SECTION = re.compile(r"\b([a-z_]+):")
_DELAY = re.compile(r"\bdelay\s*\(([^()]*)\)")
_ENABLE = re.compile(r"\benable\s+(hi|lo)\s*=?\s*(\S+)")
_NO_NET = "$d_nc"
Pin = tuple[str, bool]


def known(kind: str) -> bool:
    """Whether a part of that kind can be read here."""
    return (
        _GATE.fullmatch(kind) is not None
        or kind in STORED
        or kind in IGNORED
        or kind in ("logicexp", "pindly", "pullup", "pulldn", "dlyline")
    )


def read(reader: ElementReader, text: str, origin: int) -> None:
    """Read the card of a part."""
    head = _HEAD.match(text)
    if head is None:
        raise CardError("a digital part needs a kind, supplies and nets", text.split()[0])
    name, kind, sizes, rest = head.groups()
    reader.claim(name, origin)
    if kind in IGNORED:
        reader.idle(origin, f"'{name}': a {kind} has no effect, as in ngspice")
        return
    part = _Part(reader, name, origin, _sizes(name, sizes), rest)
    gate = _GATE.fullmatch(kind)
    if gate is not None:
        part.gates(*gate.groups())
    elif kind in STORED:
        part.stored(*STORED[kind])
    else:
        {
            "logicexp": part.logic,
            "pindly": part.pin_delays,
            "pullup": lambda: part.pull("d_pullup"),
            "pulldn": lambda: part.pull("d_pulldown"),
            "dlyline": part.line,
        }[kind]()


def _sizes(name: str, text: str | None) -> list[int]:
    given = (text or "").replace(",", " ").split()
    if not all(word.isdecimal() for word in given):
        raise CardError(f"'{name}': '{text}' are no numbers of gates, inputs or bits", text or name)
    return [int(word) for word in given]


class _Part:
    """A part that is being read: code models are added to the definition.

    Parameters
    ----------
    reader : ElementReader
    name : str
    origin : int
    sizes : list of int
        Numbers of gates, inputs, bits.
    rest : str
        What follows on the card.
    """

    def __init__(self, reader: ElementReader, name: str, origin: int, sizes: list[int], rest: str) -> None:
        self.reader, self.name, self.origin, self.sizes = reader, name, origin, sizes
        start = _SECTION.search(rest)
        self.sections = rest[start.start() :] if start is not None else ""
        found = [w for w in words(rest[: start.start()] if start is not None else rest) if "=" not in w]
        if len(found) < 4:
            raise CardError(f"'{name}' needs supplies, nets and models", name)
        self.words = found[2:]  # without the supplies

    # ------------------------------------------------------------------ common to all kinds

    def size(self, k: int, default: int = 1) -> int:
        """Number k in brackets."""
        return self.sizes[k] if k < len(self.sizes) else default

    def nets(self, count: int) -> list[str]:
        """The next nets on the card."""
        if len(self.words) < count:
            raise CardError(
                f"'{self.name}' has {len(self.words)} more words, and needs {count} more nets", self.name
            )
        taken, self.words = self.words[:count], self.words[count:]
        return taken

    def pin(self, net: str, flip: bool = False) -> tuple[int, bool]:
        """Pin at a net; constants come from an inverter of ground."""
        if net == _NO_NET:
            return -1, False
        if net in ("$d_hi", "$d_lo"):
            return self.constant(), flip != (net == "$d_lo")
        return self.reader.node(net), flip

    def constant(self) -> int:
        """Net that is always one in this definition."""
        definition = self.reader.definition
        if "$d_hi" not in definition.index:
            net = definition.node("$d_hi")
            self.add("$d_hi", "d_inverter", [[(0, False)], [(net, False)]])
        return definition.index["$d_hi"]

    def add(self, name: str, model: str, pins: list[list[tuple[int, bool]]], **settings: Value | str) -> None:
        """Add an instance of a code model."""
        of = code_models()[model]
        given: dict[str, Value | list[Value] | str] = {
            key: list(value) if isinstance(value, tuple) else value for key, value in of.parameters.items()
        }
        self.reader.definition.logic.append(
            LogicCard(f"a{name}", self.origin, of, pins, {**given, **settings})
        )

    def gate(
        self, name: str, kind: str, inputs: Sequence[Pin], output: str, rise: Value, fall: Value
    ) -> None:
        """Add a gate; buffers and inverters have one input."""
        ins = [self.pin(net, flip) for net, flip in inputs]
        inertial = {"inertial_delay": 1.0, "rise_delay": rise, "fall_delay": fall}
        self.add(name, f"d_{kind}", [ins, [self.pin(output)]], **inertial)

    def timing(self) -> dict[str, str]:
        """Parameters of the timing model; empty if there is none, as for PSPICE's models without delay."""
        name = self.words[0] if self.words else ""
        card = self.reader.definition.model(name)
        if card is None:
            if not name.startswith(("d0_", "d_0")):
                self.reader.idle(self.origin, f"'{self.name}': no timing model '{name}': nothing takes time")
            return {}
        return card.texts

    def delay(self, texts: dict[str, str], *names: str) -> Value | None:
        """The first of these delays that is given."""
        for name in names:
            found = estimate([self.value(texts.get(f"{name}{kind}", "-1")) for kind in ("mn", "ty", "mx")])
            if found is not None:
                return found
        return None

    def value(self, text: str) -> Value:
        return self.reader.value(unwrap(text))

    # ------------------------------------------------------------------ kinds

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

    def tristate(self, name: str, data: Pin, enable: Pin, output: str, delay: Value) -> None:
        pins = [[self.pin(*data)], [self.pin(*enable)], [self.pin(output)]]
        self.add(name, "d_tristate", pins, delay=delay, inertial_delay=1.0)

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
        self.nets(self.size(0, 0))
        outputs = set(self.nets(self.size(1, 0)))
        numbers = iter(range(1_000_000))
        own: dict[str, str] = {}

        def net(name: str) -> str:
            return own.get(name, name)

        def made(kind: str, inputs: list[Pin], output: str) -> None:
            self.gate(f"{self.name}_{next(numbers)}", kind, inputs, output, LEAST, LEAST)

        for target, expression in assignments(self.name, _section(self.sections, "logic")):
            aim = target if target in outputs else own.setdefault(target, f"{self.name}#{target}")
            _gates_of(expression, aim, net, made, f"{self.name}#")

    def pin_delays(self) -> None:
        """Add buffers, tristate ones if there is an enable, with the smallest delay stated for each output."""
        paths, enables = self.size(0), self.size(1, 0)
        sources = self.nets(paths)
        self.nets(enables + self.size(2, 0))
        outputs = self.nets(paths)
        stated: dict[str, tuple[Value, Pin | None]] = {}
        for section in ("pindly", "tristate"):
            for names, delay, enable in self._stated(_section(self.sections, section)):
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


def estimate(times: Sequence[Value]) -> Value | None:
    """Choose a delay from minimum, typical and maximum; negative ones are not given."""
    least, typical, largest = (
        None if isinstance(t, float) and t < 0.0 else t for t in (*times, -1.0, -1.0, -1.0)[:3]
    )
    if typical is not None:
        return typical
    if least is not None and largest is not None:
        return 0.5 * (least + largest)
    return largest if least is None else least


def _section(text: str, name: str) -> str:
    """Text of a section of a card, up to the next section."""
    marks = list(_SECTION.finditer(text))
    for k, mark in enumerate(marks):
        if mark[1] == name:
            return text[mark.end() : marks[k + 1].start() if k + 1 < len(marks) else len(text)]
    return ""


def _gates_of(
    expression: tuple[object, ...],
    target: str,
    net: Callable[[str], str],
    made: Callable[[str, list[Pin], str], None],
    prefix: str,
) -> None:
    """Add the gates of an expression, the last of which drives `target`."""
    operator, *operands = expression
    if operator == "net":
        made("buffer", [(net(str(operands[0])), bool(operands[1]))], target)
        return
    inputs: list[Pin] = []
    for k, operand in enumerate(operands):
        assert isinstance(operand, tuple)
        if operand[0] == "net":
            inputs.append((net(str(operand[1])), bool(operand[2])))
        else:
            inner = f"{target if target.startswith(prefix) else prefix + target}.{k}"
            _gates_of(operand, inner, net, made, prefix)
            inputs.append((inner, False))
    made(str(operator), inputs, target)
