"""From what an execution leaves behind to the equations of a device: rows, states, noise, memories."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from circuitnn.equations.derivative import differentiate
from circuitnn.equations.expr import ZERO, Expr, is_const, symbol, symbols
from circuitnn.equations.kernel import Noise
from circuitnn.equations.rules import add, neg, sub, where
from circuitnn.equations.substitution import substitute
from circuitnn.models.declarations import Probe, State, Stimulus
from circuitnn.models.messages import EVENT, POINT, START, Message
from circuitnn.records import dataclass, field
from circuitnn.veriloga import tree
from circuitnn.veriloga.analyses import DIFFERENT, runs
from circuitnn.veriloga.calls import Calls
from circuitnn.veriloga.design import Design
from circuitnn.veriloga.device_memories import OPERATORS, Site
from circuitnn.veriloga.evaluation import SURROUNDINGS, Given
from circuitnn.veriloga.execution import Execution
from circuitnn.veriloga.initial_values import initial_values
from circuitnn.veriloga.integral_nodes import integrated_nodes, tolerance_of
from circuitnn.veriloga.keeping import Keeper, Keeping, summed, told_by, without_noise
from circuitnn.veriloga.lazy_mapping import Later
from circuitnn.veriloga.memory_operators import INTEGRAL
from circuitnn.veriloga.noise import derived_noise, noise_of
from circuitnn.veriloga.operating_values import probes_of, values_of
from circuitnn.veriloga.operators import (
    ANALYSIS,
    BEFORE,
    DELAYED,
    FLOW,
    HELD,
    NOISE,
    PORT,
    RANDOM,
    STARTED,
    Slope,
    has_rate,
    lift,
    named,
    split,
)
from circuitnn.veriloga.scope import GROUND, Branch
from circuitnn.veriloga.source import Fault
from circuitnn.veriloga.variables import owner

# Resistance of a connection of ports that a module makes [Ω]: both may be one node of the circuit, as where a thermal
# port without self-heating is grounded, and then nothing else would determine the current.
SHORT = 1e-9
POTENTIAL = 1e-6  # tolerance of a voltage that is delayed [V]
CURRENT = 1e-12  # tolerance of the current of a branch whose potential is given [A]


@dataclass
class Assembled:
    """Equations of a device.

    Parameters
    ----------
    inner : list of str
        Inner nodes that are unknowns of their own.
    states : list of State
    f, q : dict of str to Expr
        Rows by unknown.
    present : dict of str to int
        Integrals that are read before they are assigned, and where.
    keeping : Keeping
        What devices keep from point to point.
    messages, told : list of Message
        Those that parameters alone decide, and those that are shown at points.
    tables : dict of str to str
        Paths and texts of the files of samples that were read.
    delays : dict of str to (str, Expr)
        States that follow others, and how much later [s].
    stimuli : list of Stimulus
        Phasors of ``ac_stim``.
    nodesets : dict of str to Expr
        Terminals and inner nodes → potentials at which a first solution holds them.
    grounded : bool
        Whether currents flow to ground.
    """

    inner: list[str] = field(default_factory=list)
    states: list[State] = field(default_factory=list)
    f: dict[str, Expr] = field(default_factory=dict)
    q: dict[str, Expr] = field(default_factory=dict)
    noises: list[Noise] = field(default_factory=list)
    limits: list[tuple[str, str, Expr, Expr]] = field(default_factory=list)
    probes: Mapping[str, Probe] = field(default_factory=dict)
    present: dict[str, int] = field(default_factory=dict)
    keeping: Keeping = field(default_factory=Keeping)
    messages: list[Message] = field(default_factory=list)
    remarks: list[tuple[str, int]] = field(default_factory=list)
    told: list[Message] = field(default_factory=list)
    decided: dict[Expr, bool] = field(default_factory=dict)
    tables: dict[str, str] = field(default_factory=dict)
    delays: dict[str, tuple[str, Expr]] = field(default_factory=dict)
    stimuli: list[Stimulus] = field(default_factory=list)
    nodesets: dict[str, Expr] = field(default_factory=dict)
    grounded: bool = False


def assemble(design: Design, given: Given) -> Assembled:
    """Execute a module for devices with these parameters, and collect their equations."""
    execution = _executed(design, given)
    others = {site: _executed(design, given, site) for site in execution.moments if site[0] not in OPERATORS}
    for site, other in others.items():
        execution.decided |= other.decided
        execution.messages += [m._replace(counter=told_by(site)) for m in other.messages if m.when == EVENT]
    assembly = _Assembly(design, execution, others)
    assembled = assembly.done()
    constants = Calls(design.scope, design.columns, design.nodes, given, design.optional)
    assembly.nodesets(initial_values(design.scope, design.columns, constants))
    assembled.decided |= constants.decided
    return assembled


def _executed(design: Design, given: Given, active: Site | None = None) -> Execution:
    execution = Execution(design.scope, design.columns, design.nodes, given, design.optional)
    execution.place_of = lambda at: design.place(at).file
    execution.run(design.survey, active)
    execution.decided.update(design.shape)
    return execution


class _Assembly:
    def __init__(self, design: Design, execution: Execution, others: dict[Site, Execution]) -> None:
        self.design, self.execution, self.others = design, execution, others
        self.integrals: dict[str, str] = {}  # symbol → unknown
        self.made = Assembled(
            messages=execution.messages,
            remarks=execution.remarks,
            decided=execution.decided,
            tables=execution.tables,
        )
        self.merged: dict[str, str] = {}  # node → the one it is merged with
        self.replaced: dict[str, Expr | float] = {}  # symbols that stand for expressions
        self.unknown_flows: dict[str, str] = {}  # branch → its current among the unknowns

    def done(self) -> Assembled:
        assembled, execution = self.made, self.execution
        for name, (key, _) in execution.read.items():
            if all(
                key not in e.values for e in (execution, *self.others.values())
            ):  # an element that nothing assigns
                first = execution.initial(key, execution.declared[owner(key)])
                self.replaced[BEFORE + name] = first if isinstance(first, Expr) else ZERO
        self._take_integrals()
        sources = self._merge()
        ports = frozenset(self.design.scope.ports())
        touching = {**execution.flows, **execution.probed}
        self.own = integrated_nodes(sources, touching, execution.integrals, self._end, ports)
        sources = [(branch, total) for branch, total in sources if self._end(branch.plus) not in self.own]
        flows = self._flows(sources)
        for node, name in self.design.nodes.items():
            other = self._end(node)
            if other != node:
                self.replaced[name] = self._symbol(other)
        inner = [n for n in self.design.nodes if n not in ports and self._end(n) == n and n not in self.own]
        assembled.inner = [self.design.nodes[node] for node in inner]
        assembled.f = {self.design.nodes[n]: ZERO for n in self.design.nodes if self._end(n) == n}
        assembled.q = dict(assembled.f)
        for branch, total in flows:
            self._into(branch, *split(total, self._varying()))
        for branch, total in sources:
            self._source(branch, total)
        self._switches()
        self._integrals()
        self._delays()
        self._finish()
        derived_noise(assembled, self._free)
        assembled.noises += noise_of(assembled, execution.noises, self._resolved)
        self._ground_loose()
        self._limits(execution)
        self._probes()
        self._memories()
        return assembled

    def _take_integrals(self) -> None:
        """Where a variable is an integral, take its present value where it is read before it is assigned.

        The value that the last point left differs from it by what the step adds. Results then depend on no steps.
        """
        fixed = {*self.design.columns.values(), "multiplier", "temp", "tnom"}
        for name, (key, at) in self.execution.read.items() if self.execution.integrals else ():
            value = self.execution.values.get(key)
            if not isinstance(value, Expr) or INTEGRAL + name not in (names := symbols([value])):
                continue
            if all(n.startswith((INTEGRAL, HELD)) or n in fixed for n in names):
                self.replaced[BEFORE + name] = value
                self.made.present[name] = at

    # ------------------------------------------------------------------ nodes and branches

    def _end(self, node: str) -> str:
        while node in self.merged:
            node = self.merged[node]
        return node

    def _symbol(self, node: str) -> Expr:
        return ZERO if node == GROUND else symbol(self.design.nodes[node])

    def _total(self, kind: str, name: str) -> Expr:
        total = self.execution.values.get((kind, name), ZERO)
        assert isinstance(total, Expr)
        return total

    def _merge(self) -> list[tuple[Branch, Expr]]:
        """Merge nodes between which the potential is 0; return the other branches with a potential."""
        ports, left = {*self.design.scope.ports(), GROUND}, []
        for name, branch in self.execution.sources.items():
            total = self._total("potential", name)
            plus, minus = self._end(branch.plus), self._end(branch.minus)
            if is_const(total, 0.0) and name not in self.execution.probed:
                if plus == minus:
                    continue
                if plus not in ports or minus not in ports:
                    inner, other = (plus, minus) if plus not in ports else (minus, plus)
                    self.merged[inner] = other
                    continue
            left.append((branch, total))
        return left

    def _flows(self, sources: list[tuple[Branch, Expr]]) -> list[tuple[Branch, Expr]]:
        """Branches with a flow, and what stands for flows that are read."""
        execution = self.execution
        driven = (
            {str(branch) for branch, _ in sources} | execution.switches.keys() | execution.indirect.keys()
        )
        flows = []
        for name, branch in execution.flows.items():
            flows.append((branch, self._total("flow", name)))
        for name, branch in execution.probed.items():
            if name in driven:
                continue
            if name not in execution.flows:
                sources.append((branch, ZERO))  # a branch that only measures
                continue
            total = self._total("flow", name)
            if has_rate([total]) or named([total], FLOW):
                sources.append((branch, ZERO))
                self.unknown_flows[name] = ""  # its row follows in _source
            else:
                self.replaced[FLOW + name] = total
        return flows

    def _into(self, branch: Branch, static: Expr, charge: Expr = ZERO) -> None:
        """Let a current flow through a branch."""
        for node, add_to in ((self._end(branch.plus), add), (self._end(branch.minus), sub)):
            if node != GROUND:
                row = self.design.nodes[node]
                self.made.f[row] = add_to(self.made.f[row], static)
                self.made.q[row] = add_to(self.made.q[row], charge)
            elif not is_const(static, 0.0) or not is_const(charge, 0.0):
                self.made.grounded = True

    def _switches(self) -> None:
        """Branches of which a condition chooses what is given, and those with an equation of their own."""
        for name, (branch, given) in self.execution.switches.items():
            current = self._current(branch)
            self._into(branch, symbol(current))
            potential = sub(self._across(branch), self._total("potential", name))
            flow = sub(symbol(current), self._total("flow", name))
            self.made.f[current], self.made.q[current] = where(given, potential, flow), ZERO
        for branch, equation in self.execution.indirect.values():
            current = self._current(branch)
            self._into(branch, symbol(current))
            self.made.f[current], self.made.q[current] = split(equation, self._varying())

    def _across(self, branch: Branch) -> Expr:
        return sub(self.execution.unknowns[branch.plus], self.execution.unknowns[branch.minus])

    def _current(self, branch: Branch) -> str:
        """Make the current of a branch an unknown, and return its name."""
        name = self._free("i_" + str(branch).replace(",", "_").lower())
        self.replaced[FLOW + str(branch)] = symbol(name)
        self.made.states.append(
            State(name, "A", f"current of the branch {branch}", 0.0, tolerance=CURRENT, hold=False)
        )
        return name

    def _source(self, branch: Branch, total: Expr) -> None:
        """A branch whose current is an unknown."""
        name = self._current(branch)
        if str(branch) in self.unknown_flows:  # its current is that of its contributions
            static, charge = split(self._total("flow", str(branch)), self._varying())
            self.made.f[name], self.made.q[name] = sub(symbol(name), static), neg(charge)
            return
        self._into(branch, symbol(name))
        static, charge = split(total, self._varying())
        if {branch.plus, branch.minus} <= {*self.design.scope.ports(), GROUND} and is_const(total, 0.0):
            static = SHORT * symbol(name)
        self.made.f[name], self.made.q[name] = sub(self._across(branch), static), neg(charge)

    def _integrals(self) -> None:
        nodes = {integral.name: node for node, integral in self.own.items()}
        for integral in self.execution.integrals:
            node, tolerance = nodes.get(integral.name), integral.tolerance
            name = self.design.nodes[node] if node is not None else integral.name.lower()
            while node is None and (name in self.made.f or name in self.design.columns.values()):
                name += "_"
            if node is not None:
                tolerance = tolerance_of(self.design.scope, node, tolerance)
            self.replaced[INTEGRAL + integral.name] = symbol(name)
            self.integrals[INTEGRAL + integral.name] = name
            held = integral.initial is not None and not integral.follows
            initial = integral.initial if held and integral.initial is not None else ZERO
            state = State(name, "", f"integral {integral.name}", initial, tolerance, hold=held)
            self.made.states.append(state)
            rate, noise = without_noise(integral.rate, self.execution.means())
            static, charge = split(rate, self._varying())
            if noise is not None:
                charge = add(charge, summed(self.execution, name, noise))
            row = neg(static)
            if integral.follows and integral.initial is not None:  # the first point is the initial value
                row = where(symbol(STARTED), row, sub(symbol(name), integral.initial))
            self.made.f[name], self.made.q[name] = row, sub(symbol(name), charge)

    def _delays(self) -> None:
        """What is delayed becomes a state, and what comes of it another one, whose equation the engine completes."""
        assembled = self.made
        for each in self.execution.delays:
            late, early = (self._free(each.name + end) for end in ("", "_in"))
            tolerance = CURRENT if each.of_flow else POTENTIAL
            for name, meaning in ((early, "what is delayed"), (late, "what was delayed")):
                assembled.states.append(State(name, "", meaning, 0.0, tolerance, hold=False))
            static, charge = split(each.signal, self._varying())
            assembled.f[early], assembled.q[early] = sub(symbol(early), static), neg(charge)
            assembled.f[late], assembled.q[late] = symbol(late), ZERO
            assembled.delays[late] = early, each.delay
            self.replaced[DELAYED + each.name] = symbol(late)

    def _varying(self) -> frozenset[str]:
        """Symbols that change with time."""
        if not hasattr(self, "_moving"):
            values = [v for v in self.execution.values.values() if isinstance(v, Expr)]
            fixed = {*self.design.columns.values(), "multiplier", "temp", "tnom"}
            self._moving = frozenset(symbols(values) - fixed)
        return self._moving

    # ------------------------------------------------------------------ rows

    def _free(self, name: str) -> str:
        """A name that no unknown and no parameter has."""
        while name in self.made.f or name in self.design.columns.values():
            name += "_"
        return name

    def _finish(self) -> None:
        """Substitute what symbols stand for, and give derivatives that are left unknowns of their own."""
        assembled = self.made
        names = [*assembled.f]
        self._resolve_rows()
        if asked := named([*assembled.f.values(), *assembled.q.values()], ANALYSIS):
            self._analyses(asked)
            self._resolve_rows()
        if ports := named([*assembled.f.values(), *assembled.q.values()], PORT):
            self._flows_of_ports(ports)
            names = [*assembled.f]
            self._resolve_rows()
        rows, lifted = lift([*assembled.f.values(), *assembled.q.values()])
        assembled.f, assembled.q = (
            dict(zip(names, rows[: len(names)], strict=True)),
            dict(zip(names, rows[len(names) :], strict=True)),
        )
        for name, of in lifted:
            assembled.states.append(State(name, "", "a time derivative", 0.0, CURRENT, hold=False))
            assembled.f[name], assembled.q[name] = symbol(name), neg(of)
        assembled.states = [
            State(s.name, s.unit, s.meaning, self._resolved([s.start()])[0], s.tolerance, hold=s.hold)
            for s in assembled.states
        ]

    def _resolve_rows(self) -> None:
        """Substitute in all equations."""
        assembled = self.made
        assembled.f = dict(zip(assembled.f, self._resolved(assembled.f.values()), strict=True))
        assembled.q = dict(zip(assembled.q, self._resolved(assembled.q.values()), strict=True))

    def _flows_of_ports(self, ports: Iterable[str]) -> None:
        """Make the flows of ports that equations read unknowns: each is what flows from its row."""
        assembled = self.made
        for port in ports:
            name, row = self._free(f"i_{port.lower()}"), self.design.nodes[port]
            self.replaced[PORT + port] = symbol(name)
            assembled.states.append(State(name, "A", f"flow of the port {port}", 0.0, CURRENT, hold=False))
            assembled.f[name], assembled.q[name] = (
                sub(symbol(name), assembled.f.get(row, ZERO)),
                neg(assembled.q.get(row, ZERO)),
            )

    def _analyses(self, asked: Iterable[str]) -> None:
        """Answer which analysis runs."""
        for key in asked:
            words = key.split(",")
            at = self.execution.analyses[ANALYSIS + key]
            self.made.remarks += [(f'analysis("{w}") {DIFFERENT[w]}', at) for w in words if w in DIFFERENT]
            self.replaced[ANALYSIS + key] = runs(words)

    def _resolved(self, expressions: Iterable[Expr]) -> list[Expr]:
        """Substitute until nothing is left: what stands for a symbol may contain others."""
        return self._with(self.replaced, expressions)

    def _with(self, replaced: dict[str, Expr | float], expressions: Iterable[Expr]) -> list[Expr]:
        """Expressions with what these symbols stand for, and with derivatives."""
        resolved, slopes = list(expressions), self.execution.slopes
        for _ in range(20):
            used = symbols(resolved)
            for name in used & slopes.keys() - replaced.keys():
                replaced[name] = self._slope(slopes[name])
            names = used & replaced.keys()
            if not names:
                return resolved
            resolved = substitute(resolved, {name: replaced[name] for name in names})
        raise Fault("the flows of branches depend on each other in a circle", self.design.scope.module.at)

    def _slope(self, slope: Slope) -> Expr:
        """A derivative, of what may contain others."""
        inner = symbols([slope.of]) & self.execution.slopes.keys()
        known = {name: self._slope(self.execution.slopes[name]) for name in inner}
        return differentiate(substitute([slope.of], known)[0] if known else slope.of, slope.by)

    def _ground_loose(self) -> None:
        """Tie inner nodes to ground that no equation determines."""
        used = symbols([*self.made.f.values(), *self.made.q.values()])
        for name in self.made.inner:
            if name not in used and self.made.f[name] is ZERO and self.made.q[name] is ZERO:
                self.made.f[name] = symbol(name)

    def _limits(self, execution: Execution) -> None:
        for branch, sign, thermal, critical in execution.limits:
            plus, minus = self._end(branch.plus), self._end(branch.minus)
            if GROUND not in (plus, minus) and plus != minus:
                names = self.design.nodes[plus], self.design.nodes[minus]
                plus_name, minus_name = names if sign > 0.0 else names[::-1]
                vt, vcrit = self._resolved([thermal, critical])
                entry = (plus_name, minus_name, vt, vcrit)
                if entry not in self.made.limits:
                    self.made.limits.append(entry)

    def nodesets(self, initial: Mapping[str, Expr]) -> None:
        """Take over the initial values of nodes; of those that are one, the first counts."""
        assembled, design = self.made, self.design
        free = {*assembled.inner, *design.ports}
        for name, value in initial.items():
            net = design.scope.nodes[name]
            node = self._end(design.scope.node(tree.Name(name, net.at)))
            unknown = design.nodes[node] if node != GROUND else ""
            if unknown in free and assembled.nodesets.setdefault(unknown, value) is value:
                continue
            if unknown in free and name in design.scope.joined:
                continue  # the node at a port of an instance comes before the port
            why = "the node is an integral, which has one of its own"
            if unknown in free:
                why = "the node is one with another, which has one"
            elif not unknown:
                why = "the node is ground"
            assembled.remarks.append((f"the initial value of '{name}' has no effect: {why}", net.at))

    # ------------------------------------------------------------------ values that are shown or kept

    def _probes(self) -> None:
        """Find the values that are shown when something asks for them: their derivatives take long."""
        rows, replaced = (self.made.f, self.made.q), dict(self.replaced)
        values = values_of(self.design, self.execution)
        self.made.probes = Later(
            lambda: probes_of(self.design, values, self._with(replaced, values.values()), *rows)
        )

    def _memories(self) -> None:
        """What the equations need from the point before."""
        assembled, execution = self.made, self.execution
        for name in {
            n for e in (execution, *self.others.values()) for n in e.analyses
        } - self.replaced.keys():
            self.replaced[name] = runs(name.removeprefix(ANALYSIS).split(","))
        self._tell()
        told = [e for m in assembled.told for e in (m.condition, *m.arguments) if isinstance(e, Expr)]
        noise = [e for n in assembled.noises for e in (*(e for _, e in n.into), *n[2:])]
        noise += [e for s in assembled.stimuli for e in (*(e for _, e in s.into), *s[1:])]
        keeper = Keeper(execution, self.others, self._resolved, self.integrals)
        assembled.keeping = keeper.keep([*assembled.f.values(), *assembled.q.values(), *noise], told)

    def _tell(self) -> None:
        """Sort out the messages that are shown at points."""
        assembled, fixed = self.made, {*self.design.columns.values(), *SURROUNDINGS}
        late, assembled.messages = _sorted(assembled.messages, fixed)
        known = {*assembled.f, *fixed, "time", "gmin"}
        for message in late:
            condition = self._shown(message.condition, known)
            if condition is None:
                what = f"'{message.task}' is not shown: its condition has a time derivative or the flow of a port"
                assembled.remarks.append((what, message.at))
                continue
            arguments: list[Expr | str] = []
            for each in message.arguments:
                shown = self._shown(each, known) if isinstance(each, Expr) else each
                if shown is None:
                    what = "a time derivative or the flow of a port is not shown in messages"
                    assembled.remarks.append((what, message.at))
                arguments.append("…" if shown is None else shown)
            assembled.told.append(message._replace(condition=condition, arguments=tuple(arguments)))

    def _shown(self, value: Expr, known: set[str]) -> Expr | None:
        """What a message shows, without noise; None if it has no value at a point."""
        (value_shown,) = self._resolved([value])
        (value_shown,) = substitute(
            [value_shown], {n: 0.0 for n in symbols([value_shown]) if n.startswith(NOISE)}
        )
        lost = [
            n for n in symbols([value_shown]) - known if not n.startswith((BEFORE, HELD, RANDOM, STARTED))
        ]
        return None if lost or has_rate([value_shown]) else value_shown


def _sorted(messages: Iterable[Message], fixed: set[str]) -> tuple[list[Message], list[Message]]:
    """Sort messages: those that are shown at points, and those that parameters alone decide, shown once.

    Parameters
    ----------
    messages : iterable of Message
    fixed : set of str
        Symbols of parameters.
    """
    late: list[Message] = []
    once: list[Message] = []
    for message in messages:
        used = symbols([e for e in (message.condition, *message.arguments) if isinstance(e, Expr)])
        (once if message.when in (POINT, START) and used <= fixed else late).append(message)
    return late, once
