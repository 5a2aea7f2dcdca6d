"""From what executions leave behind to what devices keep: variables, memories, events, random numbers, and steps."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from circuitnn.equations import graph
from circuitnn.equations.expr import ONE, ZERO, Expr, const, order, symbol, symbols
from circuitnn.equations.kernel import Event, Kept
from circuitnn.equations.rules import add, div, sub, where
from circuitnn.equations.substitution import substitute
from circuitnn.models.messages import COUNT, EVENT
from circuitnn.records import dataclass, field
from circuitnn.veriloga.device_memories import NEVER, RUNNING, TIME, Draw, Site
from circuitnn.veriloga.execution import Execution
from circuitnn.veriloga.operators import BEFORE, HELD, RANDOM, STARTED, has_rate
from circuitnn.veriloga.source import Fault
from circuitnn.veriloga.variables import owner

CLOCK = HELD + "clock"  # time of the last accepted point
SUM = HELD + "sum "  # of what random numbers have added to an integral
# A variable must be as exact as a part of how far it has moved: a state that runs away does so at the right time.
# Less than this part of itself does not count as a movement, nor does less than this number.
LITTLE, LEAST = 1e-2, 1e-30


@dataclass
class Keeping:
    """What devices keep.

    Parameters
    ----------
    before : dict of str to Expr
        Memories, by symbol: their values before the first point, of parameters and random numbers.
    carried : dict of str to Expr
        Those that take a value at every accepted point, and that value.
    events : dict of str to Event
    randoms : dict of str to str
        Random numbers and their distributions.
    kept : Kept, optional
    kept_at : dict of str to int
        Variables that are read before they are assigned, and where.
    moving : set of str
        Those of them that a formula of the module integrates.
    clocks : set of str
        Those of them that hold the time of the last point.
    drawn_at : dict of str to int
        Where each random number is drawn.
    """

    before: dict[str, Expr] = field(default_factory=dict)
    carried: dict[str, Expr] = field(default_factory=dict)
    events: dict[str, Event] = field(default_factory=dict)
    randoms: dict[str, str] = field(default_factory=dict)
    kept: Kept | None = None
    kept_at: dict[str, int] = field(default_factory=dict)
    moving: set[str] = field(default_factory=set)
    clocks: set[str] = field(default_factory=set)
    drawn_at: dict[str, int] = field(default_factory=dict)


Resolve = Callable[[Iterable[Expr]], list[Expr]]


class Keeper:
    """Finds what the equations of a device need from the point before.

    Parameters
    ----------
    execution : Execution
    others : dict of Site to Execution
        The same with the statements of each event.
    resolve : callable
        Substitutes what symbols stand for.
    inputs : dict of str to str
        Symbols of integrals, and the names of their unknowns.
    """

    def __init__(
        self, execution: Execution, others: dict[Site, Execution], resolve: Resolve, inputs: dict[str, str]
    ) -> None:
        self.execution, self.others, self.resolve, self.inputs = execution, others, resolve, inputs
        self.made = Keeping()
        self._seen: set[str] = set()
        self._updates: dict[Site, dict[str, Expr]] = {site: {} for site in execution.moments}
        self._passing: dict[Site, dict[str, Expr]] = {site: {} for site in execution.moments}
        self._drawn: dict[str, Expr] = {}
        self._waiting: list[Expr] = []

    def keep(self, roots: Iterable[Expr], told: Iterable[Expr] = ()) -> Keeping:
        """Find all that these expressions depend on, and what messages tell, on which no result depends."""
        execution, keeping = self.execution, self.made
        self._waiting = [*roots, *map(symbol, execution.dues)]
        self._told()
        longest = self._longest()
        resolved = {site: self.resolve([m.condition, m.acts]) for site, m in execution.moments.items()}
        for site, expressions in resolved.items():
            self._always(site)
            self._waiting += expressions
        self._close()
        known = dict(keeping.kept_at), set(keeping.moving)
        self._waiting = [*told]
        self._close()
        keeping.kept_at, keeping.moving = known
        error = self._error()
        self._close()
        acting = [
            self._event(site, moment.name, *resolved[site]) for site, moment in execution.moments.items()
        ]
        for events in acting:  # after those that pass by, which change the same variables
            keeping.events |= events
        drawn_anew = self._flags()
        dues = tuple(name for name in execution.dues if name in keeping.before)
        seeds = tuple((n, seed) for n in keeping.randoms if (seed := self._draw(n).seed) is not None)
        if keeping.before or keeping.randoms or longest:
            keeping.kept = Kept(self._changing(), error, longest, dues, drawn_anew, self._noisy(), seeds)
        return keeping

    # ------------------------------------------------------------------ what is needed

    def _close(self) -> None:
        """Follow symbols until nothing new is needed."""
        while self._waiting:
            names = symbols(self._waiting) - self._seen
            self._waiting = []
            for name in sorted(names):
                self._seen.add(name)
                self._follow(name)

    def _follow(self, name: str) -> None:
        """Keep what a symbol stands for."""
        if name.startswith(BEFORE):
            self._variable(name)
        elif name == STARTED:
            self._carry(name, ZERO, ONE)
        elif name == CLOCK:
            self._carry(name, ZERO, TIME)
        elif name.startswith(HELD) and name in self.execution.memories:
            memory = self.execution.memories[name]
            before, *carried = self.resolve(
                [memory.before, *([] if memory.carried is None else [memory.carried])]
            )
            self._carry(name, before, carried[0] if carried else None)
        elif name.startswith(RANDOM):
            self._random(name)

    def _carry(self, name: str, before: Expr, value: Expr | None) -> None:
        self.made.before[name] = before
        self._waiting.append(before)
        if value is not None:
            self.made.carried[name] = value
            self._waiting.append(value)

    def _variable(self, symbol_name: str) -> None:
        """A variable that keeps its value: what points, and events, leave in it."""
        name = symbol_name.removeprefix(BEFORE)
        key, at = self._key(name)
        kept = symbol(symbol_name)
        value = self._final(self.execution, key, kept)
        if has_rate([value]):
            raise Fault(f"'{name}' keeps a time derivative from point to point; this is not supported", at)
        declared = self.execution.declared[owner(key)]
        before = self.execution.initial(key, declared)
        if not isinstance(before, Expr) or not self._of_parameters(before):
            raise Fault(f"the first value of '{name}' must be a number of parameters", at)
        changed = False
        for site, other in self.others.items():
            then = self._final(other, key, kept)
            if then is not value:
                changed = True
                self._updates[site][symbol_name] = then
                if value is not kept:
                    self._passing[site][symbol_name] = where(RUNNING, value, kept)
                    self._waiting.append(RUNNING)
                self._waiting.append(self._updates[site][symbol_name])
        self._carry(symbol_name, before, None if value is kept and changed else value)
        if value is not kept and key not in self.execution.latches:
            self.made.kept_at[name] = at
            if value is TIME:
                self.made.clocks.add(name)
            if declared.kind == "real" and accumulates(value, kept):
                self.made.moving.add(name)

    def _key(self, name: str) -> tuple[object, int]:
        for execution in (self.execution, *self.others.values()):
            if name in execution.read:
                return execution.read[name]
        raise KeyError(name)

    def _final(self, execution: Execution, key: object, kept: Expr) -> Expr:
        """What an execution leaves in a variable."""
        value = execution.values.get(key)
        return self.resolve([value])[0] if isinstance(value, Expr) else kept

    def _of_parameters(self, value: Expr) -> bool:
        drawn = {name: ZERO for name in symbols([value]) if name.startswith(RANDOM)}
        return self.execution.given_by(substitute([value], drawn)[0], self.execution._constants)

    # ------------------------------------------------------------------ events and random numbers

    def _event(self, site: Site, name: str, condition: Expr, acts: Expr) -> dict[str, Event]:
        """The event of a moment at which its statements are executed; another one, where it passes by, is noted.

        Where a crossing the other way changes the same variables at the same moment, the event that does not act must
        leave to the other what it does.
        """
        updates, passing = self._updates[site], self._passing[site]
        if not updates:
            return {}
        if updates == passing or acts.op == "const":
            return {name: Event(condition, tuple(updates.items()), self._drawn_by(site))}
        never = -graph.abs_(condition)
        if passing:
            by = where(acts, never, condition)
            self.made.events[f"{name} passes"] = Event(by, tuple(passing.items()))
        return {name: Event(where(acts, condition, never), tuple(updates.items()), self._drawn_by(site))}

    def _told(self) -> None:
        """Count the events that show messages."""
        for site, other in self.others.items():
            if any(message.when == EVENT for message in other.messages):
                name = told_by(site)
                self.made.before[name] = ZERO
                self._updates[site][name] = add(symbol(name), ONE)

    def _always(self, site: Site) -> None:
        """What an event changes in any case."""
        always = self.execution.moments[site].always
        for target, value in zip(always, self.resolve(always.values()), strict=True):
            name = self.inputs.get(target, target)
            self._updates[site][name] = self._passing[site][name] = value
            self._waiting += [value, symbol(target)]

    def _draw(self, name: str) -> Draw:
        return next(e.draws[name] for e in (self.execution, *self.others.values()) if name in e.draws)

    def _random(self, name: str) -> None:
        draw = self._draw(name)
        self.made.randoms[name], self.made.drawn_at[name] = draw.kind, draw.at
        if draw.again is not None:
            (self._drawn[name],) = self.resolve([draw.again])
            self._waiting.append(self._drawn[name])

    def _drawn_by(self, site: Site) -> tuple[str, ...]:
        """Random numbers that an event uses up."""
        other = self.others.get(site)
        return tuple(sorted(other.used_up & self.made.randoms.keys())) if other is not None else ()

    def _flags(self) -> tuple[tuple[str, str], ...]:
        """Memories that say which random numbers an accepted point has used."""
        by_condition: dict[Expr, str] = {}
        flags = []
        for name, again in self._drawn.items():
            flag = by_condition.setdefault(again, f"{HELD}drawn {len(by_condition)}")
            self.made.before[flag], self.made.carried[flag] = ZERO, where(again, ONE, ZERO)
            flags.append((name, flag))
        return tuple(flags)

    def _changing(self) -> str:
        """What changes from point to point, in the words of the module."""
        if self.made.kept_at:
            return f"the variable '{min(self.made.kept_at)}'"
        fixed = (f"{HELD}off ", f"{HELD}side ", f"{HELD}flag ", f"{HELD}was ", HELD + "longest", STARTED)
        latched = {f"{BEFORE}{key}" for key in self.execution.latches}
        others = [n for n in self.made.carried if not n.startswith(fixed) and n not in latched]
        return "the point before, for an operator or a timer" if others or self.execution.dues else ""

    def _noisy(self) -> tuple[tuple[str, str], ...]:
        """Integrals to which random numbers add at every point."""
        sums = [(name, SUM + name) for name in self.inputs.values()]
        return tuple((name, total) for name, total in sums if total in self.made.carried)

    # ------------------------------------------------------------------ steps

    def _longest(self) -> str:
        """The memory with the longest next step, if the module asks for one."""
        if not self.execution.longest:
            return ""
        name = HELD + "longest"
        shortest: Expr = const(NEVER)
        for bound in self.resolve(self.execution.longest):
            shortest = graph.min_(shortest, where(bound > 0.0, bound, NEVER))
        self._carry(name, const(NEVER), shortest)
        return name

    def _error(self) -> str:
        """The memory with the error of the step in variables that formulas of the module integrate.

        Their formulas are of the first order: their error is half of the step times the change of the rate. Random
        numbers count as their means: what they add is no error.
        """
        means = self.execution.means()
        passed = sub(TIME, symbol(CLOCK))
        worst: Expr = ZERO
        for name in sorted(self.made.moving):
            kept = symbol(BEFORE + name)
            value = self.made.carried[BEFORE + name]
            (usual,) = substitute([value], {n: means[n] for n in symbols([value]) & means.keys()})
            change = sub(usual, kept)
            rate, size = symbol(f"{HELD}rate {name}"), symbol(f"{HELD}size {name}")
            first = self.made.before[BEFORE + name]
            moved = graph.max_(size, graph.abs_(sub(value, first)))
            now = graph.max_(moved, graph.max_(LITTLE * graph.abs_(value), LEAST))
            self._carry(str(rate.value), ZERO, where(passed > 0.0, div(change, passed), rate))
            self._carry(str(size.value), ZERO, moved)
            worst = graph.max_(worst, div(graph.abs_(sub(change, passed * rate)), now))
        if worst is ZERO:
            return ""
        name = HELD + "error"
        self._carry(name, ZERO, where(passed > 0.0, 0.5 * worst, ZERO))
        return name


def told_by(site: Site) -> str:
    """The memory that counts an event that shows messages."""
    return COUNT + " ".join(site)


def accumulates(value: Expr, kept: Expr) -> bool:
    """Whether arithmetic is done with what a variable held, and not a choice of it alone."""
    holds: dict[Expr, bool] = {}
    holds_sum: dict[Expr, bool] = {}
    for node in order([value]):
        holds[node] = node is kept or any(holds[a] for a in node.args)
        if node.op in ("where", "min", "max"):
            chosen = node.args[1:] if node.op == "where" else node.args
            holds_sum[node] = any(holds_sum[a] for a in chosen)
        else:
            holds_sum[node] = any(holds[a] for a in node.args)
    return holds_sum[value]


def without_noise(rate: Expr, means: dict[str, Expr | float]) -> tuple[Expr, Expr | None]:
    """A rate with random numbers at their means, and what they add to it; None: nothing.

    A number that changes from point to point has no time derivative that a step could follow. What it adds is summed up
    from point to point.
    """
    drawn = symbols([rate]) & means.keys()
    if not drawn:
        return rate, None
    (usual,) = substitute([rate], {name: means[name] for name in drawn})
    return usual, sub(rate, usual)


def summed(execution: Execution, name: str, noise: Expr) -> Expr:
    """The sum of what random numbers have added to an integral up to now."""
    now = add(symbol(SUM + name), noise * sub(TIME, symbol(CLOCK)))
    execution.memory((SUM + name).removeprefix(HELD), ZERO, now)
    return now
