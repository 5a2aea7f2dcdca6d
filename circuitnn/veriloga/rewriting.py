"""Modules that integrate by hand, ``x = x + rate*dt`` with dt from ``$abstime``, rewritten with `idt`.

An explicit step makes results depend on the time steps, and compilers without hidden state drop it. The rewritten
module has a node for x, whose potential is how far x is from its initial value, and integrates the rate. What bounds x
afterwards stays: where it moves x back, the rate in that direction stops.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from textwrap import wrap

from circuitnn.equations.evaluate import evaluate
from circuitnn.machine.text import lines_of
from circuitnn.records import dataclass
from circuitnn.veriloga import tree
from circuitnn.veriloga.checking import parts
from circuitnn.veriloga.device import VerilogA
from circuitnn.veriloga.operators import BEFORE
from circuitnn.veriloga.unparsing import text_of

TIME = ("$abstime", "$realtime")
AT_START = ("initial_step", "initial_model", "initial_instance", "initial")


@dataclass(frozen=True)
class Step:
    """A variable that is integrated: its statement, its rate and its initial value as texts."""

    name: str
    statement: tree.Assignment
    rate: str
    initial: str
    tolerance: float
    bounded: bool


@dataclass(frozen=True)
class Rewritten:
    """A text with integrals, and what could not be rewritten: sentences with ``file:line``."""

    text: str
    steps: tuple[Step, ...]
    left: tuple[str, ...]


def rewrite(models: list[type[VerilogA]], file: str, text: str) -> Rewritten:
    """Rewrite the modules of a file.

    Parameters
    ----------
    models : list of type of VerilogA
        Those of the file.
    file, text : str
        Its name, and all of it; what included files say stays as it is.

    Returns
    -------
    Rewritten
    """
    edits: list[tuple[int, int, str]] = []
    steps: list[Step] = []
    left: list[str] = []
    lines = [0]
    for line in text.split("\n"):
        lines.append(lines[-1] + len(line) + 1)
    for model in models:
        module = _Module(model, file, text, lines)
        rewritten, more = module.steps()
        left += more
        if rewritten:
            edits += module.edits(rewritten)
            steps += rewritten
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    return Rewritten(text, tuple(steps), tuple(left))


class _Module:
    def __init__(self, model: type[VerilogA], file: str, text: str, lines: list[int]) -> None:
        self.model, self.file, self.text, self.lines = model, file, text, lines
        self.scope = model.design.scope
        self.kept = model.assembled().keeping.kept_at
        self.assigned: dict[str, list[tree.Assignment]] = {}
        self.first: dict[str, tree.Assignment] = {}
        for block in self.scope.analogs:
            self._collect(block.body, block.initial)

    def _collect(self, statement: tree.Statement, starting: bool) -> None:
        if isinstance(statement, tree.Assignment):
            name = statement.target.name
            if starting:
                self.first[name] = statement
            else:
                self.assigned.setdefault(name, []).append(statement)
        if isinstance(statement, tree.Event):
            starting = {getattr(event, "name", "") for event in statement.events} <= {*AT_START}
        for part in parts(statement):
            self._collect(part, starting)

    # ------------------------------------------------------------------ what is a step

    def _once(self, e: tree.Expression) -> tree.Expression:
        """The value of a variable that is assigned once and is no state; other expressions are themselves."""
        for _ in range(8):
            assignments = self.assigned.get(e.name, []) if isinstance(e, tree.Name) else []
            if len(assignments) != 1 or e.name in self.kept:  # type: ignore[union-attr]
                break
            e = assignments[0].value
        return e

    def _is_time(self, e: tree.Expression) -> bool:
        return getattr(self._once(e), "name", "") in TIME

    def _is_last_time(self, e: tree.Expression) -> bool:
        assignments = self.assigned.get(e.name, []) if isinstance(e, tree.Name) else []
        return bool(assignments) and all(self._is_time(each.value) for each in assignments)

    def _is_step(self, e: tree.Expression) -> bool:
        e = self._once(e)
        return (
            isinstance(e, tree.Binary)
            and e.operator == "-"
            and self._is_time(e.left)
            and self._is_last_time(e.right)
        )

    def _over_step(self, e: tree.Expression) -> str:
        """Text of what is multiplied by the time step; empty if nothing is."""
        for each in (e, self._once(e)):
            if self._is_step(each):
                return "1.0"
            if isinstance(each, tree.Binary) and each.operator in ("*", "/"):
                left = self._over_step(each.left)
                right = self._over_step(each.right) if each.operator == "*" and not left else ""
                if left:
                    other = text_of(each.right)
                    factor = (
                        ""
                        if left == "1.0" and each.operator == "*"
                        else f"{_bracketed(left)} {each.operator} "
                    )
                    return f"{factor}({other})" if factor or isinstance(each.right, tree.Binary) else other
                if right:
                    return text_of(each.left) if right == "1.0" else f"({text_of(each.left)}) * ({right})"
            if isinstance(each, tree.Unary) and each.operator == "-":
                inner = self._over_step(each.operand)
                if inner:
                    return f"-({inner})"
        return ""

    def _rate(self, name: str, e: tree.Expression) -> str:
        """Rate of a variable that a statement moves by one step: explicit, or implicit in a linear decay."""
        if not isinstance(e, tree.Binary):
            return ""
        own = [isinstance(side, tree.Name) and side.name == name for side in (e.left, e.right)]
        if e.operator == "+" and any(own):
            return self._over_step(e.right if own[0] else e.left)
        if e.operator == "-" and own[0]:
            rate = self._over_step(e.right)
            return f"-({rate})" if rate else ""
        if e.operator == "/" and isinstance(e.right, tree.Binary) and e.right.operator == "+":
            one, more = e.right.left, e.right.right
            gain, decay = self._rate(name, e.left), self._over_step(more)
            if isinstance(one, tree.Number) and one.value == 1 and gain and decay:
                return f"{gain} - {name} * ({decay})"
        return ""

    def steps(self) -> tuple[list[Step], list[str]]:
        """Variables that are integrated by hand, and sentences on the others that keep their values."""
        explicit, left = [], []
        clocks = {n for n in self.kept if all(self._is_time(a.value) for a in self.assigned.get(n, []))}
        for name, at in self.kept.items():
            if name in clocks:
                continue
            place = self.model.design.place(at)
            rates = [(each, self._rate(name, each.value)) for each in self.assigned.get(name, [])]
            moving = [(each, rate) for each, rate in rates if rate]
            why = ""
            if len(moving) != 1:
                why = (
                    f"no statement '{name} = {name} + rate*dt' moves it"
                    if not moving
                    else "several statements move it"
                )
            elif self._offset(moving[0][0]) is None:
                why = "its statement does not stand in this file itself, but in a macro or an included file"
            if why:
                left.append(f"{place.file}:{place.line}: '{name}' stays as it is: {why}")
                continue
            statement, rate = moving[0]
            first = self.first.get(name)
            initial = text_of(first.value) if first is not None else "0.0"
            explicit.append(Step(name, statement, rate, initial, self._tolerance(name), len(rates) > 1))
        return explicit, left

    def _tolerance(self, name: str) -> float:
        before = self.model.assembled().keeping.before.get(BEFORE + name)
        size = abs(float(evaluate([before], self.model.given.sample)[0])) if before is not None else 0.0
        return size * 1e-6 or 1e-12

    # ------------------------------------------------------------------ the text

    def _offset(self, node: tree.Statement | tree.Module | tree.Analog) -> int | None:
        """Where a part begins in the text of the file; None if it comes from elsewhere."""
        place = self.model.design.place(node.at)
        if place.file != self.file:
            return None
        offset = self.lines[place.line - 1] + place.column - 1
        if isinstance(node, tree.Assignment):  # its place may be that of its operator
            name = node.target.name
            offset = self.text.rfind(name, 0, offset + len(name))
            if offset < 0 or not re.match(rf"{re.escape(name)}\s*=", self.text[offset:]):
                return None
        return offset

    def edits(self, steps: list[Step]) -> Iterator[tuple[int, int, str]]:
        """Changes of the text: from, to, new text."""
        module = self.scope.module
        place = self.model.design.place(module.end)
        end = self.text.rfind("endmodule", 0, self.lines[place.line - 1] + place.column + len("endmodule"))
        before = max(self.text.rfind("module", 0, self.lines[self.model.design.place(module.at).line]), 0)
        before = self.text.rfind("\n", 0, before) + 1
        body = next(block for block in self.scope.analogs if not block.initial)
        analog = self._offset(body)
        assert analog is not None
        analog = self.text.rfind("analog", 0, analog + len("analog"))
        start = self.text.rfind("\n", 0, analog) + 1
        yield before, before, "".join(map(_discipline, steps))
        declared = "".join(f"    {_kind(s)} {s.name}_node;\n    real {s.name}_rate;\n" for s in steps)
        values = "".join(f"        {s.name} = {_value(s)};\n        {s.name}_rate = 0.0;\n" for s in steps)
        yield start, start, f"{declared}    analog begin\n{values}    end\n"
        for s in steps:
            offset = self._offset(s.statement)
            assert offset is not None
            yield offset, self.text.index(";", offset) + 1, f"{s.name}_rate = {s.rate};"
        yield (
            end,
            end,
            "    analog begin\n" + "".join(f"        {_integral(s)}\n" for s in steps) + "    end\n",
        )


def _bracketed(text: str) -> str:
    return text if re.fullmatch(r"[\w.]+", text) else f"({text})"


def _kind(s: Step) -> str:
    return f"{s.name}_state"


def _discipline(s: Step) -> str:
    kind = _kind(s)
    return (
        f'nature {kind}_value; access = {s.name}_moved; units = ""; abstol = {s.tolerance!r}; endnature\n'
        f'nature {kind}_flow; access = {s.name}_flow; units = ""; abstol = 1e-12; endnature\n'
        f"discipline {kind}; potential {kind}_value; flow {kind}_flow; enddiscipline\n"
    )


def _value(s: Step) -> str:
    return f"{s.initial} + {s.name}_moved({s.name}_node)"


def _integral(s: Step) -> str:
    rate = f"{s.name}_rate"
    if s.bounded:  # what follows the step has moved it back
        rate = f"({s.name} - ({_value(s)})) * {rate} < 0.0 ? 0.0 : {rate}"
    return f"{s.name}_moved({s.name}_node) <+ idt({rate}, 0.0);"


def beside(old: str, new: str, width: int = 70) -> str:
    """Changed lines of two texts beside each other, with the numbers of the old ones.

    Parameters
    ----------
    old, new : str
    width : int
        Of the old column; longer lines are folded.

    Returns
    -------
    str
    """
    before, after = lines_of(old), lines_of(new)
    rows = [("", "as it is".ljust(width), "with integrals"), ("", "-" * width, "-" * width)]
    for kind, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        left = [(str(a + k + 1), part) for k, line in enumerate(before[a:b]) for part in _folded(line, width)]
        right = [part for line in after[c:d] for part in _folded(line, width)]
        for k in range(max(len(left), len(right))):
            number, text = left[k] if k < len(left) else ("", "")
            rows.append((number, text.ljust(width), right[k] if k < len(right) else ""))
        rows.append(("", "", ""))
    return "\n".join(f"{number:>5} {text} | {more}".rstrip(" |") for number, text, more in rows[:-1])


def _folded(line: str, width: int) -> list[str]:
    return wrap(line.expandtabs(4), width, subsequent_indent="        ", drop_whitespace=False) or [""]
