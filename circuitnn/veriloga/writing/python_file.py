"""Modules as a Python file of models: the language of the package's own models, from the equations of the module.

What a module decides by integers and by what a card gives is decided as for a card that gives nothing.
"""

from __future__ import annotations

import keyword
import math
import re
from collections.abc import Iterator

from circuitnn import __version__
from circuitnn.equations.expr import ZERO, Expr, order, symbol, symbols
from circuitnn.equations.infix import COMPARE, PRODUCT, SIGN, SUM
from circuitnn.equations.rules import add, neg
from circuitnn.equations.verilog_a import Text, Writer, number
from circuitnn.models.declarations import Parameter
from circuitnn.models.model import Equations
from circuitnn.veriloga.design import Bounded
from circuitnn.veriloga.device import VerilogA
from circuitnn.veriloga.writing.body import LONG, SHORT, uses_of
from circuitnn.veriloga.writing.branches import NotWrittenError

_INFIX = {"add": (" + ", SUM), "sub": (" - ", SUM), "mul": (" * ", PRODUCT), "div": (" / ", PRODUCT)}
_INFIX |= {"lt": (" < ", COMPARE), "le": (" <= ", COMPARE)}
_NAMES = {"abs": "abs_", "min": "min_", "max": "max_", "and": "and_", "or": "or_", "pow": "power"}
_TAKEN = frozenset(("m", "Model", "Parameter", "State", "Equations", "Noise", "math"))


def text(models: list[type[VerilogA]]) -> str:
    """Write modules as a Python file.

    Parameters
    ----------
    models : list of type of VerilogA

    Returns
    -------
    str

    Raises
    ------
    NotWrittenError
        Where variables of a module keep their values, or events change them.
    """
    classes = [_Class(model) for model in models]
    bodies = ["\n".join(each.lines()) for each in classes]
    called = sorted(set().union(*(each.writer.called for each in classes)))
    file = models[0].design.place(models[0].design.scope.module.at).file
    head = [f'"""Models of {file.rpartition("/")[2]}, written by circuitnn {__version__}."""', ""]
    head += ["from __future__ import annotations", ""]
    head += [f"from circuitnn.equations.graph import {', '.join(called)}"] if called else []
    head += (
        ["from circuitnn.equations.kernel import Noise"] if any("Noise(" in body for body in bodies) else []
    )
    names = [
        "Equations",
        "Model",
        "Parameter",
        *(["State"] if any("State(" in body for body in bodies) else []),
    ]
    head += [f"from circuitnn.models import {', '.join(names)}", "", ""]
    return "\n".join([*head, "\n\n\n".join(bodies), ""])


class _Python(Writer):
    """Writes expressions as Python."""

    def __init__(self, names: dict[Expr, str]) -> None:
        super().__init__(names)
        self.called: set[str] = set()

    def _operation(self, node: Expr, args: list[Text]) -> Text:
        op = node.op
        if all(a.op == "const" for a in node.args) and op != "ddt":
            self.called.add("const")  # Python would compute it as numbers
            args = [Text(f"const({args[0].text})", SIGN + 1), *args[1:]]
        if op == "neg":
            return Text(f"-{args[0].within(SIGN + 1)}", SIGN)
        if op in _INFIX:
            word, strength = _INFIX[op]
            left = args[0].within(strength + (strength == COMPARE))
            return Text(f"{left}{word}{args[1].within(strength + 1)}", strength)
        name = _NAMES.get(op, op)
        if op == "pwc":
            raise NotWrittenError("the slope of a table has no form in Python here")
        self.called.add(name)
        table = [repr(list(column)) for column in node.table] if op == "pwl" else []
        return Text(f"{name}({', '.join([*(a.text for a in args), *table])})", SIGN + 1)


class _Class:
    """Writes one class."""

    def __init__(self, model: type[VerilogA]) -> None:
        self.model, self.m = model, Equations(model.inputs(), model.states)
        model.equations(self.m)
        if self.m.memories or self.m.carried or self.m.events or self.m.randoms:
            what = ", ".join(sorted(self.m.memories or self.m.carried or self.m.events or self.m.randoms))
            raise NotWrittenError(
                f"{model.name}: variables that keep their values ({what}) are not written in Python yet"
            )
        spectra = any("hertz" in symbols(n[2:]) for n in self.m.noises)
        for there, what in (
            (model.delays, "delays"),
            (model.stimuli, "phasors of 'ac_stim'"),
            (spectra, "tables of noise"),
        ):
            if there:
                raise NotWrittenError(f"{model.name}: {what} have no form in Python here")
        self.texts: dict[Expr, str] = {}
        self.writer = _Python(self.texts)
        self.taken = set(_TAKEN)
        for name in model.inputs():
            self.texts[symbol(name)] = self._free(name)
        self.texts |= {symbol("time"): "m.time", symbol("gmin"): "m.gmin"}
        self.used = symbols(self._roots())
        own = [p.name for p in model.parameters if p.name in self.used]
        self.texts |= {symbol(n): f'm["{n}"]' for n in (*own, *(self.used & {"temp", "tnom", "multiplier"}))}

    def _free(self, name: str) -> str:
        free = re.sub(r"\W", "_", name)
        while free in self.taken or keyword.iskeyword(free):
            free += "_"
        self.taken.add(free)
        return free

    def _roots(self) -> list[Expr]:
        m = self.m
        roots = [*m.f.values(), *m.q.values(), *(e for limit in m.limits for e in limit[2:4])]
        roots += [e for n in m.noises for e in (*(factor for _, factor in n.into), *n[2:])]
        roots += [s.start() for s in self.model.states]
        return roots + [probe.value for probe in m.probes.values()]

    def lines(self) -> Iterator[str]:
        """Text of the class."""
        body = list(self._equations())
        model = self.model
        yield f"class {''.join(part.capitalize() for part in re.split('_+', model.name))}(Model):"
        decided = [p.name for p in model.parameters if p.name not in self.used]
        yield f'    """Module {model.design.scope.module.name}."""'
        if decided:
            yield ""
            yield from _wrapped("    # As by default, or without effect: ", decided)
        yield ""
        yield f'    name = "{model.name}"'
        yield f"    terminals = {model.terminals!r}"
        if model.internal:
            yield f"    internal = {model.internal!r}"
        yield "    parameters = ("
        for p in model.parameters:
            if p.name in self.used:
                yield f"        {_parameter(p)},"
        yield "    )"
        if model.states:
            yield "    states = ("
            for s in model.states:
                start = s.start()
                first = f'"{start.value}"' if start.op == "symbol" else self._start(start)
                yield f"        State({s.name!r}, {s.unit!r}, {s.meaning!r}, {first}, {s.tolerance!r}, hold={s.hold}),"
            yield "    )"
        yield f"    hidden_units = {model.hidden_units!r}"
        yield f"    clock = {model.clock!r}"
        yield f"    jumps = {model.jumps!r}"
        yield ""
        yield "    @classmethod"
        yield "    def equations(cls, m: Equations) -> None:"
        yield from (f"        {line}" for line in body)

    def _start(self, start: Expr) -> str:
        if start.op == "const":
            return repr(start.number)
        self.writer.called.add("symbol")
        plain = _Python({symbol(n): f'symbol("{n}")' for n in symbols([start])})
        text = plain(start).text
        self.writer.called |= plain.called
        return text

    def _equations(self) -> Iterator[str]:
        m, model, write = self.m, self.model, self.writer
        for name in model.inputs():
            yield f'{self.texts[symbol(name)]} = m.unknown("{name}")'
        roots = self._roots()
        uses = uses_of(roots)
        for node in order(roots):
            if not node.args or node in self.texts or node.op in ("neg", "ddt"):
                continue
            line = write.spelled(node).text
            if len(line) > LONG or (uses[node] > 1 and len(line) > SHORT):
                self.texts[node] = self._free(
                    f"t{sum(v[0] == 't' and v[1:].isdigit() for v in self.taken) + 1}"
                )
                yield f"{self.texts[node]} = {line}"
        yield from self._flows()
        for state in model.states:
            f, q = m.f[state.name], m.q[state.name]
            stored = "" if q is symbol(state.name) else f", {self._value(q)}"
            yield f'm.state("{state.name}", {self._value(neg(f))}{stored})'
        for plus, minus, vt, vcrit, on in m.limits:
            ends = f'm.inputs.index("{m.inputs[plus]}"), m.inputs.index("{m.inputs[minus]}")'
            yield f"m.limits.append(({ends}, {self._value(vt)}, {self._value(vcrit)}, {on}))"
        for n in m.noises:
            into = ", ".join(f'("{name}", {self._value(factor)})' for name, factor in n.into)
            yield f'm.noises.append(Noise("{n.name}", ({into},), {", ".join(map(self._value, n[2:]))}))'
        for name, probe in m.probes.items():
            yield f'm.probe("{name}", {probe.unit!r}, {probe.meaning!r}, {self._value(probe.value)})'

    def _value(self, e: Expr) -> str:
        """Text of an expression that must be one."""
        if e.op == "const":
            self.writer.called.add("const")
            return f"const({number(e.number).text})"
        return self.writer(e).text

    def _flows(self) -> Iterator[str]:
        """Currents into nodes: from each to the last terminal, if they balance; else row by row."""
        m, model = self.m, self.model
        nodes = (*model.terminals, *model.internal)
        last = model.terminals[-1]
        balanced = len(model.terminals) == 2 and not model.internal
        for rows in (m.f, m.q):
            balanced &= add(rows[nodes[0]], rows[last]) is ZERO
        for node in nodes:
            f, q = m.f[node], m.q[node]
            if (f is ZERO and q is ZERO) or (balanced and node == last):
                continue
            if balanced:
                charge = "" if q is ZERO else f", {self.writer(q).text}"
                yield f'm.flow("{node}", "{last}", {self.writer(f).text}{charge})'
                continue
            for what, e in (("f", f), ("q", q)):
                if e is not ZERO:
                    yield f'm.{what}["{node}"] = m.{what}["{node}"] + {self.writer(e).within(SUM + 1)}'


def _parameter(p: Parameter) -> str:
    assert isinstance(p, Bounded)
    low = math.nextafter(p.low, math.inf) if p.low_open and math.isfinite(p.low) else p.low
    high = math.nextafter(p.high, -math.inf) if p.high_open and math.isfinite(p.high) else p.high
    words = [
        repr(p.name),
        'float("nan")' if p.default != p.default else repr(p.default),
        repr(p.unit),
        repr(p.meaning),
    ]
    words += [f"low={low!r}"] if math.isfinite(low) else []
    words += [f"high={high!r}"] if math.isfinite(high) else []
    words += [f"aliases={p.aliases!r}"] if p.aliases else []
    words += ["nonzero=True"] if any(a == b == 0.0 for a, b, _, _ in p.excluded) else []
    return f"Parameter({', '.join(words)})"


def _wrapped(start: str, names: list[str]) -> Iterator[str]:
    line = start
    for name in names:
        if len(line) + len(name) > 100:
            yield line.rstrip()
            line = "    # "
        line += f"{name} "
    yield line.rstrip()
