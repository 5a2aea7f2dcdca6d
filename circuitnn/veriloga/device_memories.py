"""What a module keeps from point to point besides its variables: memories of operators, events, random numbers.

A module with events is executed once more for each of them, with the statements of that event. What variables hold at
the end then, and do not hold without the event, is what the event changes.
"""

from __future__ import annotations

from circuitnn.equations import graph
from circuitnn.equations.expr import ONE, ZERO, Expr, const, order, symbol
from circuitnn.equations.rules import compare, logical_not, where
from circuitnn.equations.substitution import rebuild
from circuitnn.records import dataclass
from circuitnn.veriloga.calls import Calls
from circuitnn.veriloga.operators import HELD, STARTED
from circuitnn.veriloga.source import Fault

NEVER = 1e300  # a moment that does not come [s]
# A step that ends at a moment, up to rounding, has reached it.
EARLY, AT_ZERO = 1e-13, 1e-30
TIME, RUNNING = symbol("time"), symbol(STARTED)
# Where an event comes from: that of an operator, or a statement of the module and the place in its list.
Site = tuple[str, str]
OPERATORS = frozenset(("flag", "last", "edge", "push", "pop", "up", "down", "reset"))


@dataclass(frozen=True)
class Memory:
    """A number that an operator keeps: its value before the first point, and what accepted points leave, if they do."""

    before: Expr
    carried: Expr | None


@dataclass(frozen=True)
class Moment:
    """An event.

    Parameters
    ----------
    name : str
    condition : Expr
        It happens where this becomes positive.
    always : dict of str to Expr
        What it changes whenever it happens: memories, and integrals by name.
    acts : Expr
        Whether the statements of a module that wait for it are executed then.
    """

    name: str
    condition: Expr
    always: dict[str, Expr]
    acts: Expr


@dataclass(frozen=True)
class Draw:
    """A random number.

    Parameters
    ----------
    kind : str
        Its distribution.
    seed : Expr, optional
        A number of parameters on which the sequence depends.
    again : Expr, optional
        Where an accepted point uses it up, so that it is drawn anew; None: an event does, or nothing.
    at : int
    """

    kind: str
    seed: Expr | None
    again: Expr | None
    at: int


def sides(expression: Expr, positive: Expr) -> dict[Expr, Expr]:
    """What is known where an expression has just crossed zero, of comparisons with the same two sides.

    The equations are solved anew at an event, and rounding may then leave the expression a little short of zero. A
    comparison in the event's statements, ``@(cross(V(a) - v)) if (V(a) > v) …``, goes by the way it was crossed.

    Parameters
    ----------
    expression : Expr
    positive : Expr
        1 if it has become positive.
    """
    while expression.op == "neg":
        expression, positive = expression.args[0], logical_not(positive)
    pairs = [(expression, ZERO)]
    if expression.op == "sub":
        pairs.append((expression.args[0], expression.args[1]))
    elif expression.op == "add":
        first, second = expression.args
        pairs += [(first, -second), (second, -first)]
    known: dict[Expr, Expr] = {}
    for a, b in pairs:
        for word in ("lt", "le"):
            known[compare(word, b, a)] = positive
            known[compare(word, a, b)] = logical_not(positive)
    return known


class Moments(Calls):
    """Keeps the memories, events and random numbers of an execution.

    Attributes
    ----------
    active : Site, optional
        The event whose statements are executed.
    memories : dict of str to Memory
        By symbol.
    moments : dict of Site to Moment
    draws : dict of str to Draw
        By symbol.
    used_up : set of str
        Random numbers that the statements of the event use.
    longest : list of Expr
        Longest next steps. [s]
    dues : list of str
        Memories that are moments at which steps end.
    """

    conditions: list[Expr]  # that hold where the statement is

    def begin_moments(self, active: Site | None) -> None:
        """Begin without any, for the statements of an event."""
        self.active = active
        self.memories: dict[str, Memory] = {}
        self.moments: dict[Site, Moment] = {}
        self.draws: dict[str, Draw] = {}
        self.used_up: set[str] = set()
        self.longest: list[Expr] = []
        self.dues: list[str] = []
        self.starting = self.in_event = False
        self.sides: dict[Expr, Expr] = {}  # comparisons that the event decides
        self.happened = False  # whether the statements of the event have been executed
        self._counts: dict[tuple[int, str], int] = {}

    def numbered(self, at: int, word: str) -> str:
        """A name for the next thing of a kind at a place, which is the same in each execution."""
        count = self._counts[at, word] = self._counts.get((at, word), 0) + 1
        return f"{word}{at}.{count}"

    def _compared(self, comparison: Expr) -> Expr:
        """A comparison; the event whose statements are executed may decide it."""
        return self.sides.get(comparison, comparison) if self.in_event else comparison

    def holds(self) -> Expr:
        """Whether the present statement is executed."""
        executed: Expr = ONE
        for condition in self.conditions:
            executed = graph.and_(executed, condition)
        return executed

    def memory(self, name: str, before: Expr = ZERO, carried: Expr | None = None) -> Expr:
        """Keep a number; returns its symbol."""
        self.memories[HELD + name] = Memory(before, carried)
        return symbol(HELD + name)

    def at_every_point(self, call_name: str, at: int) -> None:
        """Refuse an operator that must be computed at every point where it is not."""
        if self.in_event or self.starting:
            raise Fault(
                f"'{call_name}' cannot stand in the statements of an event: it has to see every point", at
            )

    # ------------------------------------------------------------------ crossings

    def crossing(self, name: str, expression: Expr, direction: int = 0) -> tuple[Expr, dict[str, Expr], Expr]:
        """An event where an expression crosses zero: condition, change of its memory, whether it counts.

        The memory has the side on which the expression is. Nothing is crossed before an accepted point was off zero.
        """
        off, side = symbol(f"{HELD}off {name}"), symbol(f"{HELD}side {name}")
        self.memory(f"off {name}", ZERO, where(graph.ne(expression, 0.0), ONE, off))
        self.memory(f"side {name}", ZERO, where(off, side, expression > 0.0))
        counts = off
        if direction:
            counts = graph.and_(off, logical_not(side) if direction > 0 else side)
        return where(side, -expression, expression), {f"{HELD}side {name}": 1.0 - side}, counts

    def above(self, name: str, expression: Expr) -> tuple[Expr, dict[str, Expr], Expr]:
        """An event where an expression becomes positive, also at the start."""
        side = self.memory(f"side {name}")
        return where(side, -expression, expression), {f"{HELD}side {name}": 1.0 - side}, logical_not(side)

    def latched(self, name: str, expression: Expr) -> Expr:
        """The expression with memories in place of its comparisons; each flips at its moment."""
        replaced: dict[Expr, Expr] = {}
        for node in order([expression]):
            args = tuple(replaced[a] for a in node.args)
            if node.op in ("lt", "le") and not self.given_by(node, self._constants):
                replaced[node] = self._flag(f"{name} {len(replaced)}", args[1] - args[0])
            else:
                replaced[node] = rebuild(node, args) if args else node
        return replaced[expression]

    def _flag(self, name: str, difference: Expr) -> Expr:
        """A memory that is 1 where a difference is positive."""
        flag = symbol(f"{HELD}flag {name}")
        self.memory(f"flag {name}", ZERO, where(RUNNING, flag, difference > 0.0))
        condition = where(flag, -difference, difference)
        self.moments["flag", name] = Moment(
            f"flag {name}", condition, {f"{HELD}flag {name}": 1.0 - flag}, ZERO
        )
        return flag

    # ------------------------------------------------------------------ moments

    def timer(self, name: str, start: Expr, period: Expr | None) -> tuple[Expr, dict[str, Expr], Expr]:
        """An event at a moment and, with a period, from then on again and again."""
        seen, due = symbol(f"{HELD}seen {name}"), symbol(f"{HELD}due {name}")
        self.dues.append(f"{HELD}due {name}")
        if period is None:
            # a moment that lies in the past when it is set does not come
            self.memory(f"seen {name}", const(-NEVER), where(start < TIME, start, seen))
            coming = where(graph.ne(start, seen), start, NEVER)
            self.memory(f"due {name}", const(NEVER), coming)
            return self.reached(coming), {f"{HELD}seen {name}": start}, ONE
        if self.given_by(start, self._constants):
            first = where(start < 0.0, start + period * graph.ceil(-start / period), start)
            self.memory(f"due {name}", first)
        else:
            self.memory(f"seen {name}", const(-NEVER), start)
            self.memory(f"due {name}", const(NEVER), where(graph.ne(start, seen), start, due))
        later = due + period * graph.max_(graph.ceil((TIME - due) / period), 1.0)
        return self.reached(due), {f"{HELD}due {name}": where(period > 0.0, later, NEVER)}, ONE

    @staticmethod
    def reached(moment: Expr) -> Expr:
        """Positive from a moment on."""
        return TIME - moment + (EARLY * graph.abs_(moment) + AT_ZERO)
