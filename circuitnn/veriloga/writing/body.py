"""The analog block of a module: quantities, then contributions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from circuitnn.equations.expr import TRUTHS, ZERO, Expr, as_expr, is_const, make, order, symbol, symbols
from circuitnn.equations.rules import neg, sub
from circuitnn.equations.substitution import resolved, substitute
from circuitnn.equations.verilog_a import Writer
from circuitnn.models.declarations import State
from circuitnn.veriloga.writing.branches import NotWrittenError
from circuitnn.veriloga.writing.names import Names
from circuitnn.veriloga.writing.valueless import ASKED, valueless

LONG = 100  # characters from which a part of an expression gets a name
SHORT = 12  # up to which a part that occurs several times gets none
KELVIN = 273.15


class Body:
    """Writes the analog block."""

    def __init__(self, names: Names) -> None:
        self.names, self.model, self.m = names, names.model, names.m
        self.texts, self.writer = names.texts, names.writer
        self._counts: dict[str, int] = {}

    def surroundings(self) -> list[str]:
        """What the simulator says."""
        lines = []
        self.texts[symbol("time")] = "$abstime"
        kelvin = make("add", (as_expr(KELVIN), symbol("temp")))
        self.texts[kelvin] = "$temperature"
        for name, text in (("temp", f"$temperature - {KELVIN!r}"), ("gmin", '$simparam("gmin", 1e-12)')):
            if name in self.names.used:
                self.texts[symbol(name)] = self.names.variable(name)
                lines.append(f"{self.texts[symbol(name)]} = {text};")
        if "tnom" in self.names.used:
            self.texts[symbol("tnom")] = self.names.variable(
                "tnom_used" if "tnom" in self.names.parameters else "tnom"
            )
            text = '$simparam("tnom", 27.0)'
            own = self.names.parameters.get("tnom")
            text = f"$param_given({own}) ? {own} : {text}" if own else text
            lines.append(f"{self.texts[symbol('tnom')]} = {text};")
        for name, text in self.names.parameters.items():
            self.texts.setdefault(symbol(name), text)
        for name in (
            *self.model.terminals,
            *self.model.internal,
            *(["i_control"] if self.model.control else []),
        ):
            self.texts[symbol(name)] = f"V({self.names.nodes[name]})"
        return lines

    def read(self, around: list[str], body: list[str]) -> Iterator[str]:
        """Lines whose variable is read; the others are not declared either."""
        words = set(re.findall(r"\w+", "\n".join(body)))
        for line in around:
            name = line.partition(" ")[0]
            if name in words:
                yield line
            else:
                self.names.variables.remove(name)

    def lines(self) -> Iterator[str]:
        """Statements of the block."""
        m, roots = self.m, self.m.roots()
        inner = {symbol(n) for n in self.names.nodes} - {symbol(s.name) for s in self.model.states}
        starts = [s.start() for s in self.model.states]
        everything = order([*m.locals.values(), *starts, *roots])
        for node in everything:
            if node.op == "sub" and inner.issuperset(node.args):
                plus, minus = (self.names.nodes[str(a.value)] for a in node.args)
                self.texts[node] = f"V({plus}, {minus})"
        fixed = self._fixed(everything)
        self.writer.guarded |= self._without_value(starts)
        uses = uses_of([*m.locals.values(), *starts, *roots])
        first = [n for n in everything if fixed[n]]
        yield from self._named(first, uses, "k")
        for s, start in zip(self.model.states, starts, strict=True):
            across = f"{self.names.access(s)}({self.names.nodes[s.name]})"
            text = across if is_const(start, 0.0) else f"{self.writer.value(start)} + {across}"
            self.texts[symbol(s.name)] = self.names.values[s.name]
            yield f"{self.names.values[s.name]} = {text};"
        for name, value in m.locals.items():
            yield from self._named(order([value]), uses, "t")
            if symbol(name) not in self.texts:
                text = self.writer.spelled(value).as_number(0)
                called = self.names.variable(name.removeprefix("local "))
                yield f"{called} = {text};"
                self.texts[symbol(name)] = called
                if value.args:
                    self.texts[value] = called
        yield from self._named(everything, uses, "t")
        yield from self._contributions()

    def _without_value(self, starts: list[Expr]) -> set[Expr]:
        """Operations without a value somewhere, as they stand in the equations, in terms of local quantities."""
        roots = [*self.m.locals.values(), *starts, *self.m.roots()]
        listed = [node for node in order(roots) if node.op in ASKED]
        full = substitute(listed, resolved(self.m.locals)) if self.m.locals else listed
        bad = valueless(self.model, full)
        return {node for node, whole in zip(listed, full, strict=True) if whole in bad}

    def _fixed(self, nodes: Iterable[Expr]) -> dict[Expr, bool]:
        own = {*self.names.parameters, "temp", "tnom", "gmin"}
        fixed: dict[Expr, bool] = {}
        for n in nodes:
            fixed[n] = n.value in own if n.op == "symbol" else all(fixed[a] for a in n.args)
        return fixed

    def _named(self, nodes: Iterable[Expr], uses: dict[Expr, int], prefix: str) -> Iterator[str]:
        """Give names to what occurs several times, or is long."""
        for node in nodes:
            if not node.args or node in self.texts or node.op in TRUTHS or node.op in ("neg", "ddt"):
                continue
            text = self.writer.spelled(node).as_number(0)
            if len(text) > LONG or (uses[node] > 1 and len(text) > SHORT):
                bounded = next((s for s in self.model.states if node is s.within()), None)
                called = self.names.variable(f"{bounded.name}_within" if bounded else self._numbered(prefix))
                self.texts[node] = called
                yield f"{called} = {text};"

    def _numbered(self, prefix: str) -> str:
        self._counts[prefix] = self._counts.get(prefix, 0) + 1
        return f"{prefix}{self._counts[prefix]}"

    # ------------------------------------------------------------------ contributions

    def _contributions(self) -> Iterator[str]:
        yield from self._noise_variables()
        if self.names.variables or self.model.states:
            yield ""
        of_branches: dict[frozenset[str], list[str]] = {}
        for plus, minus, line in (*self._currents(), *self._noise()):
            of_branches.setdefault(frozenset((plus, minus)), []).append(line)
        collapsing = {frozenset((n, t)): (n, t, p) for n, (t, p) in self.model.collapse.items()}
        for ends, lines in of_branches.items():
            if ends not in collapsing:
                yield from lines
        for ends, (node, terminal, parameter) in collapsing.items():
            yield f"if ({self.names.parameters[parameter]} == 0.0)"
            yield f"  V({self.names.nodes[node]}, {self.names.nodes[terminal]}) <+ 0.0;"
            if ends in of_branches:
                yield "else begin"
                yield from (f"  {line}" for line in of_branches[ends])
                yield "end"
        for node, (f, q) in self.m.rest().items():
            yield from self._row(f"I({self.names.nodes[node]})", f, q)
        for node in (*self.model.terminals, *self.model.internal):
            for text in self._agitation(node):
                yield f"I({self.names.nodes[node]}) <+ {text};"
        for s in self.model.states:
            yield from self._state(s)

    def _currents(self) -> Iterator[tuple[str, str, str]]:
        """Currents of branches: their ends, and the statement."""
        for plus, minus, current, charge in self.m.flows:
            for line in self._row(f"I({self.names.nodes[plus]}, {self.names.nodes[minus]})", current, charge):
                yield plus, minus, line
        for plus, minus, capacitance in self.m.displacements:
            if capacitance is not ZERO:
                branch = f"{self.names.nodes[plus]}, {self.names.nodes[minus]}"
                yield plus, minus, f"I({branch}) <+ {_factor(self.writer, capacitance)} * ddt(V({branch}));"

    def _row(self, target: str, f: Expr, q: Expr) -> Iterator[str]:
        if f is not ZERO:
            yield f"{target} <+ {self.writer.value(f)};"
        if q is not ZERO:
            yield f"{target} <+ ddt({self.writer.value(q)});"

    def _state(self, s: State) -> Iterator[str]:
        access, node = self.names.access(s), self.names.nodes[s.name]
        f, q = self.m.f[s.name], self.m.q[s.name]
        agitated = self._agitation(s.name)
        if not s.hold or q is ZERO:
            yield from self._row(f"{access}Flow({node})", f, q)
            yield from (f"{access}Flow({node}) <+ {text};" for text in agitated)
            return
        rate = self.writer.value(neg(f)) + "".join(f" - {text}" for text in agitated)
        if q is symbol(s.name):
            yield f"{access}({node}) <+ idt({rate}, 0.0);"
            return
        others = symbols([q]) - {s.name, *self.names.parameters, "temp", "tnom", "gmin"}
        if others:
            raise NotWrittenError(
                f"{self.model.name}: what the state {s.name} stores depends on {min(others)}, which is not written "
                "in Verilog-A"
            )
        moved = sub(q, substitute([q], {s.name: s.start()})[0])
        yield f"{access}Flow({node}) <+ {self.writer.value(moved)} - idt({rate}, 0.0);"

    # ------------------------------------------------------------------ noise

    def _plain(self, into: tuple[tuple[str, Expr], ...]) -> bool:
        """Whether a noise is a current from one node to another."""
        return len(into) == 2 and is_const(into[0][1], 1.0) and is_const(into[1][1], -1.0)

    def _source(self, name: str, white: Expr, flicker: Expr, exponent: Expr) -> str:
        parts = []
        if white is not ZERO:
            parts.append(f'white_noise({self.writer.value(white)}, "{name}")')
        if flicker is not ZERO:
            slope = self.writer.value(exponent)
            parts.append(f'flicker_noise({self.writer.value(flicker)}, {slope}, "{name}_flicker")')
        return " + ".join(parts)

    def _noise_variables(self) -> Iterator[str]:
        """Noise that enters several equations is a variable."""
        self.agitations: dict[str, list[tuple[str, Expr]]] = {}
        for n in self.m.noises:
            text = self._source(*n[:1], *n[2:])
            if text and not self._plain(n.into):
                name = self.names.variable(f"noise_{n.name}")
                yield f"{name} = {text};"
                for target, factor in n.into:
                    self.agitations.setdefault(target, []).append((name, factor))

    def _agitation(self, target: str) -> list[str]:
        terms = []
        for name, factor in self.agitations.get(target, []):
            one = is_const(factor, 1.0)
            terms.append(name if one else f"{_factor(self.writer, factor)} * {name}")
        return terms

    def _noise(self) -> Iterator[tuple[str, str, str]]:
        """Noise currents of branches."""
        for n in self.m.noises:
            text = self._source(*n[:1], *n[2:])
            if text and self._plain(n.into):
                (plus, _), (minus, _) = n.into
                yield plus, minus, f"I({self.names.nodes[plus]}, {self.names.nodes[minus]}) <+ {text};"


def _factor(writer: Writer, factor: Expr) -> str:
    """A text as a factor."""
    return writer(factor).as_number(6)


def uses_of(roots: list[Expr]) -> dict[Expr, int]:
    """How often each node below these is used."""
    uses: dict[Expr, int] = {}
    for node in order(roots):
        uses.setdefault(node, 0)
        for a in node.args:
            uses[a] += 1
    for e in roots:
        uses[e] += 1
    return uses
