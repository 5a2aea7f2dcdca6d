"""What a reader of a module should know: doubtful constructs, found without running it.

Hidden state, names that are not used or not assigned, divisions of integers, arguments out of a function's domain
within the ranges of parameters, noise without names, contributions under conditions, and what the Compact Model
Coalition asks of parameters: meaning, unit, range.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from circuitnn.errors import nearest
from circuitnn.records import dataclass
from circuitnn.veriloga import tree
from circuitnn.veriloga.checking import parts
from circuitnn.veriloga.design import Bounded
from circuitnn.veriloga.device import VerilogA
from circuitnn.veriloga.source import Place
from circuitnn.veriloga.unparsing import text_of

FEW = 6  # names that one remark lists
NOISE = {"white_noise": 2, "flicker_noise": 3, "noise_table": 2, "noise_table_log": 2}  # with a name
POSITIVE = ("ln", "log", "log10", "$ln", "$log10")
NOT_NEGATIVE = ("sqrt", "$sqrt")


@dataclass(frozen=True)
class Remark:
    """A remark on a module: its kind, the sentence, and where."""

    kind: str
    sentence: str
    place: Place

    def __str__(self) -> str:
        return f"{self.place.file}:{self.place.line}: {self.sentence} [{self.kind}]"


def remarks(model: type[VerilogA]) -> list[Remark]:
    """Read a module.

    Parameters
    ----------
    model : type of VerilogA

    Returns
    -------
    list of Remark
        In the order of the text.
    """
    reader = _Reader(model)
    sorted_remarks = list(reader.remarks())
    place = model.design.place
    return [
        Remark(kind, sentence, place(at)) for kind, sentence, at in sorted(sorted_remarks, key=lambda r: r[2])
    ]


_Found = tuple[str, str, int]


class _Reader:
    def __init__(self, model: type[VerilogA]) -> None:
        self.model, self.scope = model, model.design.scope
        self.columns = {p.name: p for p in model.parameters}
        self.read: set[str] = set()
        self.assigned: set[str] = set()
        self.found: list[_Found] = []
        self.asked: set[str] = set()  # names in conditions around a statement or within an expression
        self.integers = {n for n, p in self.scope.parameters.items() if p.kind == "integer"}
        self.integers |= {n for n, v in self.scope.variables.items() if v.kind in ("integer", "genvar")}

    def remarks(self) -> Iterator[_Found]:
        """All of them."""
        for parameter in self.scope.parameters.values():
            self._expressions(parameter.default, parameter.ranges)
        for function in self.scope.functions.values():
            self._function(function)
        for block in self.scope.analogs:
            self._statement(block.body, ())
        yield from self.found
        yield from self._kept()
        yield from self._unused()
        yield from self._conventions()

    # ------------------------------------------------------------------ statements and expressions

    def _function(self, function: tree.Function) -> None:
        outer, self.assigned = self.assigned, set()
        integers, own = self.integers, [*function.declarations]
        self.integers = {
            item.name for item in own if isinstance(item, tree.Variable) and item.kind == "integer"
        }
        self._statement(function.body, ())
        outputs = [function.name, *(name for name, way in function.arguments if way == "output")]
        for name in outputs:
            if name not in self.assigned:
                said = f"the function '{function.name}' never assigns its output '{name}', which is 0 then"
                self.found.append(("unassigned", said, function.at))
        self.assigned, self.integers = outer, integers

    def _statement(self, statement: tree.Statement, conditions: tuple[tree.Expression, ...]) -> None:
        if isinstance(statement, tree.Assignment):
            self.assigned.add(statement.target.name)
            self._expressions(statement.value, getattr(statement.target, "place", None))
        elif isinstance(statement, tree.Contribution):
            self._contribution(statement, conditions)
        elif isinstance(statement, tree.Task):
            self._expressions(statement.call)
        inner = conditions
        if isinstance(statement, tree.If):
            self._expressions(statement.condition)
            inner = (*conditions, statement.condition)
        elif isinstance(statement, tree.Case):
            self._expressions(statement.value, *(label for labels, _ in statement.items for label in labels))
            inner = (*conditions, statement.value)
        elif isinstance(statement, tree.Loop):
            self._expressions(statement.condition)
        elif isinstance(statement, tree.Repeat):
            self._expressions(statement.times)
        elif isinstance(statement, tree.Event):
            self._expressions(*statement.events)
        before = self.asked
        self.asked = before | {e.name for c in inner for e in tree.within(c) if isinstance(e, tree.Name)}
        for part in parts(statement):
            self._statement(part, inner)
        self.asked = before

    def _contribution(self, statement: tree.Contribution, conditions: tuple[tree.Expression, ...]) -> None:
        self._expressions(statement.value)
        probing = next((c for c in conditions if self._probes(c)), None)
        if probing is not None:
            said = f"a contribution depends on the condition '{text_of(probing)}': where it changes, currents may jump"
            self.found.append(("condition", said, statement.at))

    def _probes(self, e: object) -> bool:
        """Whether an expression reads voltages or currents itself."""
        return any(isinstance(each, tree.Call) and each.name in self.scope.access for each in tree.within(e))

    def _expressions(self, *expressions: object) -> None:
        for expression in expressions:
            before = self.asked
            choices = [e.condition for e in tree.within(expression) if isinstance(e, tree.Conditional)]
            self.asked = before | {
                e.name for c in choices for e in tree.within(c) if isinstance(e, tree.Name)
            }
            for each in tree.within(expression):
                if isinstance(each, tree.Name | tree.Index):
                    self.read.add(each.name)
                elif isinstance(each, tree.Binary) and each.operator == "/":
                    self._quotient(each)
                elif isinstance(each, tree.Call):
                    self._call(each)
            self.asked = before

    def _quotient(self, e: tree.Binary) -> None:
        if self._integer(e.left) and self._integer(e.right):
            exact = (
                isinstance(e.left, tree.Number)
                and isinstance(e.right, tree.Number)
                and (e.right.value == 0 or e.left.value % e.right.value == 0)
            )
            if not exact:
                said = (
                    f"'{text_of(e)}' divides integers, so that the rest is lost; write a number with a point"
                )
                self.found.append(("integers", said, e.at))
        parameter = self._parameter(e.right)
        if parameter is not None and not parameter.refuses_number(0.0):
            said = f"'{text_of(e.right)}' may be 0, and is divided by ({_range(parameter)})"
            self.found.append(("domain", said, e.at))

    def _integer(self, e: tree.Expression) -> bool:
        if isinstance(e, tree.Number):
            return isinstance(e.value, int)
        if isinstance(e, tree.Name | tree.Index):
            return e.name in self.integers
        if isinstance(e, tree.Unary):
            return self._integer(e.operand)
        if isinstance(e, tree.Binary):
            return e.operator in ("+", "-", "*", "%") and self._integer(e.left) and self._integer(e.right)
        return False

    def _parameter(self, e: tree.Expression | None) -> Bounded | None:
        """The parameter that an expression is, with a range of numbers."""
        if not isinstance(e, tree.Name) or e.name not in self.model.design.columns or e.name in self.asked:
            return None  # or a condition has looked at it
        column = self.columns[self.model.design.columns[e.name]]
        declared = self.scope.parameters[e.name]
        if not isinstance(column, Bounded) or declared.local:
            return None
        return column if not declared.ranges or _has_end(column) or column.excluded else None

    def _call(self, call: tree.Call) -> None:
        given = [a for a in call.arguments if a is not None]
        if call.name in NOISE and len(given) < NOISE[call.name]:
            said = f"'{call.name}' has no name, its last argument: results cannot tell this noise from others"
            self.found.append(("noise", said, call.at))
        if call.name in (*POSITIVE, *NOT_NEGATIVE) and given:
            parameter = self._parameter(given[0])
            bad = -1e-300 if call.name in NOT_NEGATIVE else 0.0
            if parameter is not None and not parameter.refuses_number(bad):
                what = "negative" if call.name in NOT_NEGATIVE else "0 or negative"
                said = f"'{text_of(call)}': {text_of(given[0])} may be {what} ({_range(parameter)})"
                self.found.append(("domain", said, call.at))
        if call.name == "$mfactor":
            said = "'$mfactor' is read: currents, charges and noise are multiplied by it anyhow"
            self.found.append(("convention", said, call.at))

    # ------------------------------------------------------------------ names

    def _kept(self) -> Iterator[_Found]:
        for name, at in self.model.assembled().keeping.kept_at.items():
            said = (
                f"'{name}' is read before it is assigned: it keeps its value, and results depend on the steps"
            )
            yield "hidden state", said, at

    def _unused(self) -> Iterator[_Found]:
        outputs = {n for n, v in self.scope.variables.items() if {"desc", "units"} & v.attributes.keys()}
        for name, variable in self.scope.variables.items():
            if variable.kind == "genvar":
                continue
            if name in outputs and name not in self.assigned:
                yield "unassigned", f"the operating-point variable '{name}' is never assigned", variable.at
            elif name in self.read and name not in self.assigned and variable.initial is None:
                near = nearest(name, [n for n in self.assigned if n != name])
                yield "unassigned", f"'{name}' is read and never assigned: it is 0{near}", variable.at
            elif name not in self.read and name not in outputs:
                done = "assigned and never read" if name in self.assigned else "never used"
                yield "unused", f"the variable '{name}' is {done}", variable.at
        aliased = set(self.scope.aliases.values())
        for name, parameter in self.scope.parameters.items():
            if name not in self.read and name not in self.model.design.survey.asked | aliased:
                yield "unused", f"the parameter '{name}' is never used", parameter.at

    def _conventions(self) -> Iterator[_Found]:
        own = {n: p for n, p in self.scope.parameters.items() if not p.local}
        module = self.scope.module
        for word, lacking in (
            ("meaning (desc)", [n for n, p in own.items() if not {"desc", "info"} & p.attributes.keys()]),
            (
                "unit (units)",
                [n for n, p in own.items() if "units" not in p.attributes and p.kind != "integer"],
            ),
            ("range (from)", [n for n, p in own.items() if not p.ranges and p.kind != "string"]),
        ):
            if lacking:
                more = f" and {len(lacking) - FEW} more" if len(lacking) > FEW else ""
                first = ", ".join(lacking[:FEW])
                yield (
                    "convention",
                    f"{len(lacking)} of {len(own)} parameters have no {word}: {first}{more}",
                    module.at,
                )
        known: dict[str, str] = {}
        for name, parameter in own.items():
            other = known.setdefault(name.lower(), name)
            if other != name:
                said = f"the parameters '{other}' and '{name}' differ by upper case only, which decks ignore"
                yield "convention", said, parameter.at


def _has_end(parameter: Bounded) -> bool:
    """Whether a range has an end that is a number."""
    return parameter.low > -math.inf or parameter.high < math.inf


def _range(parameter: Bounded) -> str:
    return f"range {parameter.range}" if _has_end(parameter) or parameter.excluded else "it has no range"
