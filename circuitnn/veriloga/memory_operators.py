"""Operators with a memory: `transition`, `slew`, `last_crossing`, `idtmod`, and `idt` that is reset."""

from __future__ import annotations

import math
from collections.abc import Callable

from circuitnn.equations import graph
from circuitnn.equations.evaluate import evaluate
from circuitnn.equations.expr import ZERO, Expr, const, is_const, symbol, symbols
from circuitnn.equations.rules import where
from circuitnn.equations.substitution import substitute
from circuitnn.veriloga import tree
from circuitnn.veriloga.analyses import STATIC
from circuitnn.veriloga.calls import Calls
from circuitnn.veriloga.device_memories import NEVER, RUNNING, TIME, Moment
from circuitnn.veriloga.evaluation import SURROUNDINGS, Given, Value
from circuitnn.veriloga.operators import ANALYSIS, BEFORE, HELD, RANDOM, STARTED, Integral
from circuitnn.veriloga.randoms import Randoms
from circuitnn.veriloga.source import Fault

INTEGRAL = "idt "
EXACT, SMALLEST = 1e-6, 1e-12  # tolerance of an integral, as a part of its initial value; if that is 0
FASTEST = 1e-12  # an edge of a transition that gives none, or 0 [s]
PENDING = 8  # changes that a transition with a delay can have before it at a time


class Remembering(Randoms):
    """Evaluates calls of operators with a memory."""

    def call(self, call: tree.Call) -> Value:
        """Value of a call."""
        if call.name in _OPERATORS and call.name not in self.scope.functions:
            self.at_every_point(call.name, call.at)
            return _OPERATORS[call.name](self, call)
        return super().call(call)

    def direction(self, argument: tree.Expression | None) -> int:
        """A direction of crossings: 1 up, -1 down, 0 both."""
        if argument is None:
            return 0
        value = self.sampled(self.number(argument), argument.at)
        if value not in (-1.0, 0.0, 1.0):
            raise Fault(f"a direction is 1, -1 or 0, not {value:g}", argument.at)
        return int(value)

    def _last_crossing(self, call: tree.Call) -> Expr:
        given = call.arguments
        if not 1 <= len(given) <= 2 or given[0] is None:
            raise Fault("'last_crossing' takes an expression and a direction", call.at)
        name = self.numbered(call.at, "last")
        direction = self.direction(given[1] if len(given) > 1 else None)
        condition, always, counts = self.crossing(name, self.number(given[0]), direction)
        last = self.memory(f"moment {name}", const(-1.0))
        always[f"{HELD}moment {name}"] = where(counts, TIME, last)
        self.moments["last", name] = Moment(name, condition, always, ZERO)
        return last

    # ------------------------------------------------------------------ edges

    def _transition(self, call: tree.Call) -> Expr:
        value, *more = self.arguments(call, 1, 5)
        name = self.numbered(call.at, "transition")
        value = self.latched(name, value)
        kept = (BEFORE, HELD, RANDOM, STARTED)
        fixed = {*self.columns.values(), "multiplier", "temp", "tnom"}
        if [s for s in symbols([self._while_running(value)]) if not s.startswith(kept) and s not in fixed]:
            message = "the input of 'transition' changes continuously; it takes one that jumps between values"
            raise Fault(
                f"{message}, as that of a comparison does ('slew' takes others; a factor that varies goes in front: "
                "V(ref) * transition(code))",
                call.at,
            )
        delay, rise, *rest = (*more, ZERO, ZERO)[: max(len(more), 2)]
        fall = rest[0] if rest else rise
        if not is_const(delay, 0.0):
            value = self._delayed(name, value, delay)
        return self._edges(name, value, rise, fall)

    def _while_running(self, value: Expr) -> Expr:
        """A value behind the first point, where what operating points choose counts no more."""
        static = [n for n in self.analyses if {*n.removeprefix(ANALYSIS).split(",")} <= STATIC]
        known: dict[str, Expr | float] = {STARTED: 1.0, **dict.fromkeys(static, 0.0)}
        return substitute([value], known)[0]

    def _edges(self, name: str, value: Expr, rise: Expr, fall: Expr) -> Expr:
        """Follow a value that jumps by straight lines."""
        target, start = symbol(f"{HELD}target {name}"), symbol(f"{HELD}start {name}")
        begin, end = symbol(f"{HELD}begin {name}"), symbol(f"{HELD}due {name}")
        self.memory(f"target {name}", ZERO, where(RUNNING, target, value))
        self.memory(f"start {name}", ZERO, where(RUNNING, start, value))
        self.memory(f"begin {name}", const(-1.0))
        self.memory(f"due {name}", const(-1.0))
        self.dues.append(f"{HELD}due {name}")
        part = (TIME - begin) / (end - begin)
        now = where(end <= TIME, target, start + (target - start) * part)
        length = graph.max_(where(value > now, rise, fall), FASTEST)
        always = {
            f"{HELD}target {name}": value,
            f"{HELD}start {name}": where(RUNNING, now, value),
            f"{HELD}begin {name}": TIME,
            f"{HELD}due {name}": where(RUNNING, TIME + length, TIME),
        }
        self.moments["edge", name] = Moment(name, graph.abs_(value - target), always, ZERO)
        return now

    def _delayed(self, name: str, value: Expr, delay: Expr) -> Expr:
        """A value that jumps, later: a queue of moments and values, of which the first moves up when it has come."""
        seen, present = symbol(f"{HELD}seen {name}"), symbol(f"{HELD}present {name}")
        count = symbol(f"{HELD}count {name}")
        self.memory(f"seen {name}", ZERO, where(RUNNING, seen, value))
        self.memory(f"present {name}", ZERO, where(RUNNING, present, value))
        self.memory(f"count {name}")
        moments = [self.memory(f"due {name} {k}", const(NEVER)) for k in range(PENDING)]
        values = [self.memory(f"value {name} {k}") for k in range(PENDING)]
        self.dues += [str(moments[0].value)]
        room = graph.min_(count, float(PENDING - 1))
        push = {f"{HELD}seen {name}": value, f"{HELD}count {name}": where(RUNNING, room + 1.0, 0.0)}
        push[f"{HELD}present {name}"] = where(RUNNING, present, value)
        pop = {f"{HELD}present {name}": values[0], f"{HELD}count {name}": count - 1.0}
        for k in range(PENDING):
            here = graph.and_(graph.eq(room, float(k)), RUNNING)
            push[str(moments[k].value)] = where(here, TIME + delay, moments[k])
            push[str(values[k].value)] = where(here, value, values[k])
            pop[str(moments[k].value)] = moments[k + 1] if k + 1 < PENDING else const(NEVER)
            pop[str(values[k].value)] = values[k + 1] if k + 1 < PENDING else ZERO
        self.moments["push", name] = Moment(f"push {name}", graph.abs_(value - seen), push, ZERO)
        self.moments["pop", name] = Moment(f"pop {name}", self.reached(moments[0]), pop, ZERO)
        return present

    def _slew(self, call: tree.Call) -> Expr:
        """At each point as near to the input as the slopes allow, from the point before."""
        value, *slopes = self.arguments(call, 1, 3)
        if self.has_rate(value):
            raise Fault("'slew' of a time derivative is not supported; give it a node of its own", call.at)
        if not slopes:
            return value
        name = self.numbered(call.at, "slew")
        rise, fall = slopes[0], slopes[1] if len(slopes) > 1 else -slopes[0]
        last, then = symbol(f"{HELD}last {name}"), symbol(f"{HELD}then {name}")
        passed = TIME - then
        now = graph.min_(graph.max_(value, last + fall * passed), last + rise * passed)
        now = where(RUNNING, now, value)
        self.memory(f"last {name}", ZERO, now)
        self.memory(f"then {name}", ZERO, TIME)
        return now

    # ------------------------------------------------------------------ integrals

    def _idtmod(self, call: tree.Call) -> Expr:
        """An integral, less the turns that a memory counts."""
        given = self.arguments(call, 1, 5)
        if len(given) < 3:
            return self.integral(call, given[0], given[1] if len(given) > 1 else ZERO)
        rate, initial, modulus = given[:3]
        offset = given[3] if len(given) > 3 else ZERO
        if not self.given_by(initial, self._constants):
            raise Fault("the initial value of 'idtmod' must depend on parameters alone", call.at)
        name = self.numbered(call.at, "turns")
        turns = self.memory(name, graph.floor((initial - offset) / modulus))
        tolerance = given[4] if len(given) > 4 else None
        angle = self.integral(call, rate, initial, tolerance) - modulus * turns
        for word, condition, more in (
            ("up", angle - offset - modulus, 1.0),
            ("down", offset - angle, -1.0),
        ):
            always = {HELD + name: turns + more}
            self.moments[word, name] = Moment(f"{word} {name}", condition / modulus, always, ZERO)
        return angle

    def _idt(self, call: tree.Call) -> Expr:
        given = self.arguments(call, 1, 4)
        tolerance = given[3] if len(given) > 3 else None
        if len(given) < 3 or is_const(given[2], 0.0):
            return self.integral(call, given[0], given[1] if len(given) > 1 else None, tolerance)
        name = self.numbered(call.at, "reset")
        rate, initial = given[:2]
        resets = graph.ne(self.latched(name, given[2]), 0.0)
        was = symbol(f"{HELD}was {name}")
        self.memory(f"was {name}", ZERO, where(RUNNING, was, resets))
        total = self.integral(call, where(resets, 0.0, rate), initial, tolerance)
        always = {f"{HELD}was {name}": 1.0 - was, str(total.value): initial}
        self.moments["reset", name] = Moment(f"reset {name}", graph.abs_(resets - was) - 0.5, always, ZERO)
        return where(resets, initial, total)

    def integral(
        self, call: tree.Call, rate: Expr, initial: Expr | None, tolerance: Expr | None = None
    ) -> Expr:
        """An integral, which becomes an unknown."""
        if initial is not None and self.has_rate(initial):
            raise Fault(f"a time derivative cannot be the initial value of '{call.name}'", call.at)
        follows = initial is not None and not self.given_by(initial, self._constants)
        number = len(self.integrals) + 1
        name = self.target_name() or f"idt{number}"
        if any(integral.name == name for integral in self.integrals):
            name = f"{name}{number}"
        least = self._usual_size(initial) * EXACT or SMALLEST
        if tolerance is not None:
            least = abs(self.sampled(tolerance, call.at)) or least
        self.integrals.append(Integral(name, rate, initial, follows, least))
        return symbol(INTEGRAL + name)

    def _usual_size(self, initial: Expr | None) -> float:
        """Size of an initial value where all parameters have their defaults; 0 if it changes, or there is none."""
        if initial is None or not self.given_by(initial, self._constants):
            return 0.0
        defaults = Calls(self.scope, {}, {}, Given(), frozenset())
        numbers = dict(SURROUNDINGS)
        used = symbols([initial])
        for name, column in self.columns.items():
            if column in used:
                value = defaults.parameter(name)
                numbers[column] = value.number if isinstance(value, Expr) and value.op == "const" else 0.0
        size = abs(float(evaluate([initial], numbers)[0]))
        return size if math.isfinite(size) else 0.0


_OPERATORS: dict[str, Callable[[Remembering, tree.Call], Expr]] = {
    "last_crossing": Remembering._last_crossing,
    "transition": Remembering._transition,
    "slew": Remembering._slew,
    "idtmod": Remembering._idtmod,
    "idt": Remembering._idt,
}
