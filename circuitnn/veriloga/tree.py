"""The syntax tree. Every node knows its place, `at`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

# ---------------------------------------------------------------------- expressions


class Number(NamedTuple):
    """A number; an `int` is an integer."""

    value: int | float
    at: int


class String(NamedTuple):
    """A string."""

    value: str
    at: int


class Name(NamedTuple):
    """A name, or a hierarchical one with points."""

    name: str
    at: int


class Index(NamedTuple):
    """An element of an array, ``x[i]``."""

    name: str
    place: Expression
    at: int


class Slice(NamedTuple):
    """Elements of an array of nodes, ``n[3:0]``, in a connection."""

    name: str
    first: Expression
    last: Expression
    at: int


class PortFlow(NamedTuple):
    """The port in ``I(<p>)``."""

    port: str
    at: int


class Unary(NamedTuple):
    """An operator before its operand."""

    operator: str
    operand: Expression
    at: int


class Binary(NamedTuple):
    """An operator between two operands."""

    operator: str
    left: Expression
    right: Expression
    at: int


class Conditional(NamedTuple):
    """``condition ? yes : no``."""

    condition: Expression
    yes: Expression
    no: Expression
    at: int


class Call(NamedTuple):
    """A call of a function, of an operator as ``ddt``, or of an access function as ``V``."""

    name: str
    arguments: tuple[Expression | None, ...]
    at: int


class List(NamedTuple):
    """A list of values, ``'{1, 2}``, ``{1, 2}`` or ``'{3{0.0}}``."""

    items: tuple[Expression, ...]
    at: int


Expression = Number | String | Name | Index | Slice | PortFlow | Unary | Binary | Conditional | Call | List

# ---------------------------------------------------------------------- statements


class Assignment(NamedTuple):
    """``target = value``."""

    target: Name | Index
    value: Expression
    at: int


class Contribution(NamedTuple):
    """``I(a, b) <+ value``; with a `condition` the indirect ``V(a) : condition``."""

    target: Call
    value: Expression
    indirect: bool
    at: int


class If(NamedTuple):
    """``if (condition) yes else no``."""

    condition: Expression
    yes: Statement
    no: Statement | None
    at: int


class Case(NamedTuple):
    """``case (value) …``: labels and statement of each item; no labels: ``default``."""

    value: Expression
    items: tuple[tuple[tuple[Expression, ...], Statement], ...]
    at: int


class Loop(NamedTuple):
    """``for (start; condition; step) body``; ``while`` has no start and step."""

    start: Assignment | None
    condition: Expression
    step: Assignment | None
    body: Statement
    at: int


class Repeat(NamedTuple):
    """``repeat (count) body``."""

    times: Expression
    body: Statement
    at: int


class Block(NamedTuple):
    """``begin … end``; a named one may declare variables."""

    name: str
    declarations: tuple[Variable | Parameter, ...]
    statements: tuple[Statement, ...]
    at: int


class Event(NamedTuple):
    """``@(event or event) body``."""

    events: tuple[Expression, ...]
    body: Statement
    at: int


class Task(NamedTuple):
    """A call as a statement: a system task, or a function whose value is not used."""

    call: Call
    at: int


class Round(NamedTuple):
    """One round of a loop and those after it, where their number changes during the simulation; no text has it."""

    loop: Loop
    rounds: int
    at: int


Statement = Round | Assignment | Contribution | If | Case | Loop | Repeat | Block | Event | Task

# ---------------------------------------------------------------------- declarations

Attributes = Mapping[str, str]
Bounds = tuple["Expression", "Expression"]


class Range(NamedTuple):
    """A ``from`` or ``exclude`` of a parameter; one value has `low` is `high`. ``None`` is infinite."""

    exclude: bool
    low: Expression | None
    high: Expression | None
    low_open: bool
    high_open: bool
    words: tuple[Expression, ...]  # of a string parameter, '{"a", "b"}
    at: int


class Parameter(NamedTuple):
    """A ``parameter`` or ``localparam``; `kind` is empty if none is given."""

    name: str
    kind: str
    default: Expression
    ranges: tuple[Range, ...]
    bounds: Bounds | None
    local: bool
    attributes: Attributes
    at: int


class Alias(NamedTuple):
    """``aliasparam name = parameter``."""

    name: str
    parameter: str
    at: int


class Variable(NamedTuple):
    """A ``real``, ``integer`` or ``string`` variable, or a ``genvar``."""

    name: str
    kind: str
    bounds: Bounds | None
    initial: Expression | None
    attributes: Attributes
    at: int


class Net(NamedTuple):
    """A node: of a discipline, a port of a direction, or ground; what is not said is empty.

    With `initial` it is held at this potential in a first solution of an operating point.
    """

    name: str
    discipline: str
    direction: str
    ground: bool
    bounds: Bounds | None
    attributes: Attributes
    at: int
    initial: Expression | None = None


class Branch(NamedTuple):
    """``branch (plus, minus) name``; no `minus`: to ground."""

    name: str
    plus: Expression
    minus: Expression | None
    bounds: Bounds | None
    at: int


class Function(NamedTuple):
    """An ``analog function``: its arguments with their directions, and its variables."""

    name: str
    kind: str
    arguments: tuple[tuple[str, str], ...]
    declarations: tuple[Variable | Parameter, ...]
    body: Statement
    at: int


class Analog(NamedTuple):
    """An ``analog`` block; `initial` if it is ``analog initial``."""

    initial: bool
    body: Statement
    at: int


class Nature(NamedTuple):
    """A nature: its attributes as ``access``, ``abstol``, ``units``."""

    name: str
    values: Mapping[str, Expression]
    at: int


class Discipline(NamedTuple):
    """A discipline: names of its natures, empty if it has none."""

    name: str
    potential: str
    flow: str
    at: int


class Instance(NamedTuple):
    """``module #(.name(value)) name (connections)``; names of parameters and ports are empty where order tells."""

    module: str
    parameters: tuple[tuple[str, Expression | None], ...]
    name: str
    bounds: Bounds | None
    connections: tuple[tuple[str, Expression | None], ...]
    at: int


class Defparam(NamedTuple):
    """``defparam instance.parameter = value``."""

    path: str
    value: Expression
    at: int


class GenerateLoop(NamedTuple):
    """A ``for`` among the items of a module; `name` is that of its block."""

    start: Assignment
    condition: Expression
    step: Assignment
    name: str
    items: tuple[Item, ...]
    at: int


class GenerateIf(NamedTuple):
    """An ``if`` among the items of a module, with the names and items of its blocks."""

    condition: Expression
    yes: tuple[str, tuple[Item, ...]]
    no: tuple[str, tuple[Item, ...]]
    at: int


class GenerateCase(NamedTuple):
    """A ``case`` among the items of a module: labels, name of the block and items; no labels: ``default``."""

    value: Expression
    choices: tuple[tuple[tuple[Expression, ...], str, tuple[Item, ...]], ...]
    at: int


Generate = GenerateLoop | GenerateIf | GenerateCase
Item = Parameter | Alias | Variable | Net | Branch | Function | Analog | Instance | Defparam | Generate


class Module(NamedTuple):
    """A module."""

    name: str
    ports: tuple[Name, ...]
    items: tuple[Item, ...]
    attributes: Attributes
    at: int
    end: int


class Paramset(NamedTuple):
    """A ``paramset``: a module with parameters of its own, from which those of another module follow."""

    name: str
    of: str
    items: tuple[Item, ...]
    values: tuple[tuple[str, Expression | None], ...]
    attributes: Attributes
    at: int
    end: int


class File(NamedTuple):
    """What a file declares; `standard`: modules of the language that its instances may be of."""

    modules: tuple[Module, ...]
    natures: tuple[Nature, ...]
    disciplines: tuple[Discipline, ...]
    paramsets: tuple[Paramset, ...] = ()
    standard: tuple[Module, ...] = ()


def within(part: object) -> Iterator[Expression]:
    """All nodes within a part of a tree, itself included, also those in tuples and ranges."""
    waiting = [part]
    while waiting:
        each = waiting.pop()
        if isinstance(each, tuple):
            if type(each) is not tuple:
                yield each  # type: ignore[misc]  # named tuples are nodes; some, as ranges, are no expressions
            waiting += [inner for inner in each if isinstance(inner, tuple)]
