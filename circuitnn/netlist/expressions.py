"""Expressions of a deck, read into the expression graph.

A Pratt parser: every operator has a binding strength, ``**`` and ``^`` bind tightest and
associate to the left, as in ngspice. Nothing is ever handed to Python's `eval`, and nesting
is bounded, so that no text can exhaust the stack.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from math import e as EULER
from math import pi

from circuitnn.equations import graph
from circuitnn.equations.expr import ZERO, make, order
from circuitnn.equations.graph import Expr, const, substitute, symbol, where
from circuitnn.errors import Fault, NetlistError
from circuitnn.machine.text import lowered
from circuitnn.netlist.doubtful_numbers import note
from circuitnn.netlist.foreign_functions import FUNCTIONS, unknown
from circuitnn.netlist.language import Draw, Language, UserFunction, draw_symbol
from circuitnn.records import replace
from circuitnn.units import NUMBER, parse_number

MAX_DEPTH = 120
MAX_LENGTH = 1_000_000
MAX_OPERATIONS = 200_000  # that calls of .func functions may add to one expression
GROUND_NAMES = ("0", "gnd")
CONSTANTS = {"pi": pi, "e": EULER, "hertz": 0.0}
SETTINGS = ("temper", "temp", "vt", "gmin", "tnom")
"""Names that the simulator gives a value where no card does."""
RANDOM = {
    "agauss": (3,),
    "gauss": (1, 3),
    "unif": (2,),
    "aunif": (2,),
    "limit": (2,),
    "mc": (2,),
    "flat": (1,),  # LTspice's, as is gauss with one
}
"""Functions that draw a number, and how many arguments they may have."""

_PARTS = "(?:m|p|db|r|i)"  # magnitude, phase, decibels, real and imaginary part of a phasor


def _tokens(probes: str) -> re.Pattern[str]:
    return re.compile(
        r"\s*(?:"
        rf"(?P<number>{NUMBER})"
        rf"|(?P<probe>{probes})\s*\((?P<inside>[^()]*)\)"
        r"|(?P<name>[a-z_#@$][\w.$#@]*(?:\[[^\]]*\])?)"
        r"|(?P<operator>\*\*|<=|>=|==|!=|<>|&&?|\|\|?|[-+*/%\\^<>!~=?:(),{}'])"
        r"|(?P<end>$))"
    )


def _draw(name: str, given: list[Expr]) -> Draw:
    """The random number that a call draws; LTspice's with one argument lie about 0."""
    if len(given) == 1:
        about = graph.as_expr(0.0), *given
        if name == "flat":
            return Draw("aunif", about, anew=True)
        return Draw("agauss", (*about, graph.as_expr(1.0)), anew=True)
    return Draw("unif", tuple(given), anew=True) if name == "mc" else Draw(name, tuple(given))


def _divide(a: Expr, b: Expr) -> Expr:
    return a / b


_TOKEN, _TOKEN_OF_RESULTS = _tokens("[vi]"), _tokens(f"[vi]{_PARTS}?")
_BINARY: dict[str, tuple[int, Callable[[Expr, Expr], Expr]]] = {
    "||": (2, graph.or_),
    "|": (2, graph.or_),  # in ngspice conditions, as in PSPICE and LTspice, not bits
    "&&": (3, graph.and_),
    "&": (3, graph.and_),
    "==": (4, graph.eq),
    "=": (4, graph.eq),
    "!=": (4, graph.ne),
    "<>": (4, graph.ne),
    "<": (5, lambda a, b: a < b),
    "<=": (5, lambda a, b: a <= b),
    ">": (5, lambda a, b: a > b),
    ">=": (5, lambda a, b: a >= b),
    "+": (6, lambda a, b: a + b),
    "-": (6, lambda a, b: a - b),
    "*": (7, lambda a, b: a * b),
    "/": (7, _divide),
    "%": (7, graph.fmod),
    "\\": (7, lambda a, b: graph.trunc(a / b)),
    "^": (9, graph.power),
    "**": (9, graph.power),
}
_UNARY_STRENGTH = 8
_CLOSING = {"(": ")", "{": "}"}


class ExpressionError(ValueError):
    """An error in an expression, with its position in the text."""

    def __init__(self, message: str, position: int = -1) -> None:
        super().__init__(message)
        self.position = position


def parse_expression(text: str, language: Language | None = None) -> Expr:
    """Read an expression.

    Parameters
    ----------
    text : str
        In lower case.
    language : Language, optional

    Returns
    -------
    Expr
        Node voltages are symbols ``"v(a)"``, branch currents ``"i(v1)"``, everything else a
        bare name.

    Raises
    ------
    ExpressionError
        With the position of the fault.

    Examples
    --------
    >>> from circuitnn.equations.evaluate import evaluate
    >>> evaluate([parse_expression("2*k + 1meg")], {"k": 3.0})
    [1000006.0]
    """
    if len(text) > MAX_LENGTH:
        raise ExpressionError("expression is too long", 0)
    return _Parser(text, language or Language(), 0, {}).whole()


def parse_signal(text: str) -> Expr:
    """Read an expression of signals, as ``.meas`` and `Result.evaluate` use them.

    Parameters
    ----------
    text : str
        For instance ``"v(a,b)*i(v1)"``.

    Returns
    -------
    Expr
        Its symbols are ``"v(a)"``, ``"i(v1)"``, ``"vdb(a)"``, ``"time"``, or a bare word as it stands.

    Raises
    ------
    NetlistError
    """
    try:
        return parse_expression(lowered(text), Language(results=True))
    except ExpressionError as error:
        raise NetlistError([Fault(str(error), text=text, column=error.position)]) from None


class _Parser:
    """One pass over one text."""

    def __init__(self, text: str, language: Language, depth: int, local: Mapping[str, Expr]) -> None:
        self.text = text
        self.language = language
        self.tokens = _TOKEN_OF_RESULTS if language.results else _TOKEN
        self.depth = depth
        self.operations = 0
        self.local = local
        self.position = 0  # of the current token
        self.following = 0
        self.kind = ""
        self.token = ""
        self.inside = ""
        self.advance()

    def advance(self) -> None:
        match = self.tokens.match(self.text, self.following)
        if match is None:
            at = self.following + len(self.text[self.following :]) - len(self.text[self.following :].lstrip())
            raise ExpressionError(f"unexpected '{self.text[at]}' in an expression", at)
        kind = match.lastgroup or "end"
        if kind == "inside":
            kind = "probe"
            self.inside = match.group("inside")
        self.kind = kind
        self.token = match.group(kind)
        self.position = match.start(kind)
        self.following = match.end()

    def fail(self, message: str, position: int | None = None) -> ExpressionError:
        return ExpressionError(message, self.position if position is None else position)

    def unexpected(self, wanted: str) -> ExpressionError:
        seen = "the end" if self.kind == "end" else f"'{self.token}'"
        return self.fail(f"expected {wanted}, found {seen}")

    def whole(self) -> Expr:
        result = self.ternary()
        if self.kind != "end":
            raise self.unexpected("an operator")
        return result

    def ternary(self) -> Expr:
        """Condition ? a : b, with a chain of else branches taken in a loop."""
        choices: list[tuple[Expr, Expr]] = []
        while True:
            value = self.binary(0)
            if self.token != "?" or self.kind != "operator":
                break
            self.advance()
            self.descend()
            chosen = self.ternary()
            self.depth -= 1
            if self.token != ":":
                raise self.unexpected("':'")
            self.advance()
            choices.append((value, chosen))
        for condition, chosen in reversed(choices):
            value = where(condition, chosen, value)
        return value

    def descend(self) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.fail(f"expression is nested more than {MAX_DEPTH} deep")

    def binary(self, strength: int) -> Expr:
        left = self.prefix()
        while self.kind == "operator" and self.token in _BINARY:
            binding, build = _BINARY[self.token]
            if binding <= strength:
                break
            self.advance()
            self.descend()
            right = self.binary(binding)
            if build is _divide and self.language.as_parameter and left is ZERO and right.op != "const":
                left = make("div", (left, right))  # 0/p is 0 only where p is not 0
            elif build is graph.power:
                left = self.language.dialect.power(left, right)
            else:
                left = build(left, right)
            self.depth -= 1
        return left

    def prefix(self) -> Expr:
        kind, token, position, inside = self.kind, self.token, self.position, self.inside
        if kind == "end" or (kind == "operator" and token not in "-+!~({'"):
            raise self.unexpected("a number, a name or '('")
        self.advance()
        if kind == "number":
            return self.number(token, position)
        if kind == "probe":
            return self.probe(token, inside, position)
        if kind == "name" and self.kind == "operator" and self.token in _CLOSING:
            return self.call(token, position)
        if kind == "name":
            return self.local[token] if token in self.local else symbol(token)
        if token in ("-", "+", "!", "~"):
            self.descend()
            operand = self.binary(_UNARY_STRENGTH)
            self.depth -= 1
            return -operand if token == "-" else graph.not_(operand) if token in "!~" else operand
        self.descend()
        result = self.ternary()
        self.depth -= 1
        closing = _CLOSING.get(token, token)
        if self.token != closing:
            raise self.unexpected(f"'{closing}'")
        self.advance()
        return result

    def number(self, token: str, position: int) -> Expr:
        note(token, self.language.noted)
        try:
            return const(parse_number(token))
        except ValueError as error:
            raise self.fail(str(error), position) from None

    def probe(self, letter: str, inside: str, position: int) -> Expr:
        letter, part = letter[0], letter[1:]
        try:
            names = probed_names(letter, inside)
        except ExpressionError as error:
            raise self.fail(str(error), position) from None
        if part:
            return symbol(f"{letter}{part}({','.join(names)})")
        first = node_voltage(names[0]) if letter == "v" else symbol(f"i({names[0]})")
        return first - node_voltage(names[1]) if len(names) == 2 else first

    def arguments(self) -> list[Expr]:
        arguments: list[Expr] = []
        closing = _CLOSING[self.token]  # as in ngspice, braces do as well: LIMIT{V(1),0,1}
        self.advance()
        if self.token == closing:
            self.advance()
            return arguments
        while True:
            self.descend()
            arguments.append(self.ternary())
            self.depth -= 1
            if self.kind == "operator" and self.token == closing:
                self.advance()
                return arguments
            if self.kind != "operator" or self.token != ",":
                raise self.unexpected(f"',' or '{closing}'")
            self.advance()

    def call(self, name: str, position: int) -> Expr:
        given = self.arguments()
        user = self.language.functions.get(name)
        if user is not None:
            if name in self.language.active:
                raise self.fail(f"function {name} calls itself", position)
            return self.call_user(user, given, position)
        if len(given) in RANDOM.get(name, ()) and self.language.draws is not None:
            self.language.draws.append(_draw(name, given))
            return symbol(draw_symbol(len(self.language.draws) - 1))
        if name in ("pwl", "table"):
            return self.pwl(name, given, position)
        special = self.language.dialect.call(name, given, self.language.as_parameter)
        if special is not None:
            return special
        if self.language.as_parameter and name in _PARAMETER_RULES and len(given) == 2:
            return _PARAMETER_RULES[name](*given)
        function = FUNCTIONS.get(name) or graph.FUNCTIONS.get(name)
        if function is None:
            if name in RANDOM:
                self.check_arity(name, (min(RANDOM[name]), max(RANDOM[name])), len(given), position)
                raise self.fail(
                    f"{name} draws a number for each card: write it on the card, or in a parameter", position
                )
            raise self.fail(
                unknown(name, [*graph.FUNCTIONS, *FUNCTIONS, *self.language.functions, *RANDOM]), position
            )
        arity, build = function
        self.check_arity(name, arity, len(given), position)
        try:
            return build(*given)
        except (ValueError, TypeError) as error:
            raise self.fail(f"{name}: {error}", position) from None

    def check_arity(self, name: str, arity: int | tuple[int, int], given: int, position: int) -> None:
        low, high = (arity, arity) if isinstance(arity, int) else arity
        if not low <= given <= high:
            wants = f"{low}" if low == high else f"{low} to {high}" if high < 255 else f"at least {low}"
            plural = "" if wants == "1" else "s"
            raise self.fail(f"{name} takes {wants} argument{plural}, {given} given", position)

    def call_user(self, user: UserFunction, given: list[Expr], position: int) -> Expr:
        self.check_arity(user.name, len(user.arguments), len(given), position)
        actual = {f"\0{a}": g for a, g in zip(user.arguments, given, strict=True)}
        if user.parsed is None or self.language.draws is not None:
            self.descend()
            formal = {a: symbol(f"\0{a}") for a in user.arguments}
            draws = self.language.draws if self.language.draws is not None else []
            before = len(draws)
            language = replace(self.language, active=self.language.active | {user.name})
            try:
                parser = _Parser(user.body, language, self.depth, formal)
                user.parsed = parser.whole()
                user.operations = len(order([user.parsed]))
            except ExpressionError as error:
                raise self.fail(f"in function {user.name}: {error}", position) from None
            self.depth -= 1
            for draw in draws[before:]:  # of this call
                draw.arguments = tuple(substitute(draw.arguments, actual))
        self.operations += user.operations
        if self.operations > MAX_OPERATIONS:
            raise self.fail(
                f"the functions that {user.name} calls amount to more than {MAX_OPERATIONS} operations",
                position,
            )
        return substitute([user.parsed], actual)[0]

    def pwl(self, name: str, given: list[Expr], position: int) -> Expr:
        """Straight lines through points; LTspice's ``table`` is constant beyond them."""
        if len(given) < 5 or len(given) % 2 == 0:
            raise self.fail(f"{name} takes x and then at least two pairs x, y", position)
        x, points = given[0], given[1:]
        if name == "table":
            x = graph.min_(graph.max_(x, points[0]), points[-2])
        if all(p.op == "const" for p in points):
            try:
                return graph.pwl_points(x, *points)
            except ValueError as error:
                raise self.fail(str(error), position) from None
        xs, ys = points[::2], points[1::2]
        lines = [
            ya + (yb - ya) / (xb - xa) * (x - xa)
            for xa, ya, xb, yb in zip(xs, ys, xs[1:], ys[1:], strict=False)
        ]
        result = lines[-1]
        for corner, line in zip(reversed(xs[1:-1]), reversed(lines[:-1]), strict=True):
            result = where(x < corner, line, result)
        return result


def probed_names(letter: str, inside: str) -> list[str]:
    """Nodes of ``v(a,b)`` or the source of ``i(v1)``, from the text in the parentheses.

    Raises
    ------
    ExpressionError
    """
    names = [name.strip() for name in inside.split(",")]
    if not all(names) or any(" " in name for name in names) or len(names) > (2 if letter == "v" else 1):
        raise ExpressionError(f"{letter}(…) takes {'one or two nodes' if letter == 'v' else 'one source'}")
    return names


def node_voltage(name: str) -> Expr:
    """Symbol of a node's voltage; ground is the number 0."""
    return ZERO if name in GROUND_NAMES else symbol(f"v({name})")


def is_probe(name: str) -> bool:
    """Whether a symbol is a voltage or a current of the circuit: ``v(a)``, ``i(v1)``."""
    return name.startswith(("v(", "i("))


_PARAMETER_RULES: dict[str, Callable[[Expr, Expr], Expr]] = {"pow": lambda a, b: a**b, "pwr": graph.power}
