"""Parser of expressions, by precedence climbing."""

from __future__ import annotations

from circuitnn.veriloga import tokens, tree
from circuitnn.veriloga.source import Fault, Sources
from circuitnn.veriloga.tokens import END, NAME, NUMBER, OPERATOR, STRING, Token

DEEP = 200  # brackets, blocks and operators within each other: what Python's own stack bears

# Binary operators and how tightly they bind.
PRECEDENCE = {
    word: level
    for level, words in enumerate(
        (
            "||",
            "&&",
            "|",
            "^ ~^ ^~",
            "&",
            "== != === !==",
            "< <= > >=",
            "<< >> <<< >>>",
            "+ -",
            "* / %",
            "**",
        ),
        1,
    )
    for word in words.split()
}
_REDUCING = ("&", "|", "^", "~^", "^~")  # operators on the bits of one integer; in two tokens: ~& and ~|
_UNARY = frozenset("+-!~")
_INFINITE = ("inf", "infinity")
KEYWORDS = frozenset(
    "aliasparam analog and begin branch case default discipline electrical else end endcase enddiscipline endfunction "
    "endmodule endgenerate endnature endparamset exclude for from function generate genvar ground if inf inout input "
    "integer localparam "
    "module macromodule nature or output parameter paramset real repeat string while".split()
) - {"electrical"}


def plain(text: str) -> str:
    """An escaped name that needs no escape is the same as without; that of a keyword is another."""
    return text[1:] if text[1:].isidentifier() and text[1:] not in KEYWORDS else text


class ExpressionParser:
    """Parser of expressions; the parser of statements is derived from it.

    Parameters
    ----------
    sources : Sources
    found : list of Token
        Of all files, without an end.
    """

    def __init__(self, sources: Sources, found: list[Token]) -> None:
        self.sources = sources
        last = found[-1].at + len(found[-1].text) if found else 0
        end = Token(END, "", last)
        self.tokens = [*found, end, end]  # twice: there is always a next token to look at
        self.position = 0
        self.token = self.tokens[0]
        self._depth = 0
        self.port_branches: dict[str, tree.PortFlow] = {}  # branches of a port's flow, by name

    def advance(self) -> Token:
        """Take the current token."""
        token = self.token
        if token.kind != END:
            self.position += 1
            self.token = self.tokens[self.position]
        return token

    def accept(self, text: str) -> bool:
        """Take the current token if it is this word or operator."""
        if self.token.text == text and self.token.kind != STRING:
            self.advance()
            return True
        return False

    def expect(self, text: str, after: str = "") -> Token:
        """Take this token, or report that it is missing."""
        if self.token.text == text and self.token.kind != STRING:
            return self.advance()
        raise self.unexpected(f"'{text}' is missing{f' {after}' if after else ''}")

    def unexpected(self, message: str) -> Fault:
        """A fault at the current token; what is missing is missed behind the last one if a line ends between."""
        token = self.token
        instead = "the end of the file" if token.kind == END else f"{token.text!r}"
        return Fault(f"{message}, {instead} was found", token.at)

    def name(self, what: str) -> Token:
        """Take a name."""
        if self.token.kind != NAME or self.token.text in KEYWORDS:
            raise self.unexpected(f"{what} is missing")
        token = self.advance()
        return token if token.text[0] != "\\" else token._replace(text=plain(token.text))

    def deeper(self) -> None:
        """Count nested constructs; the caller decrements `_depth` afterwards."""
        self._depth += 1
        if self._depth > DEEP:
            raise Fault(f"more than {DEEP} constructs within each other; split them", self.token.at)

    def expression(self, least: int = 0) -> tree.Expression:
        """An expression whose operators bind at least so tightly; 0: with ``?:``."""
        self.deeper()
        left = self._operand()
        tokens_, precedence = self.tokens, PRECEDENCE
        while True:
            operator = tokens_[self.position]
            level = precedence.get(operator.text) if operator.kind == OPERATOR else None
            if level is None or level < least:
                break
            self.advance()
            left = tree.Binary(operator.text, left, self.expression(level + 1), operator.at)
        if least == 0 and self.token.text == "?":
            at = self.advance().at
            self._attributes()
            yes = self.expression()
            self.expect(":", "between the two values of '?'")
            left = tree.Conditional(left, yes, self.expression(), at)
        self._depth -= 1
        return left

    def _operand(self) -> tree.Expression:
        token = self.token
        if token.kind == NUMBER:
            self.advance()
            return tree.Number(tokens.number(token.text), token.at)
        if token.kind == NAME:
            if token.text in _INFINITE:
                raise Fault(f"'{token.text}' stands in ranges only; write 1e300 for a number", token.at)
            return self._named()
        if token.kind == STRING:
            self.advance()
            return tree.String(tokens.string(token.text), token.at)
        if token.text in _UNARY or (
            token.text in _REDUCING and self._begins_value(self.tokens[self.position + 1])
        ):
            return self._unary()
        if token.text == "(":
            self.advance()
            inside = self.expression()
            self.expect(")", "after the expression")
            return inside
        if token.text in ("{", "'{"):
            return self._list()
        if token.text == "(*":
            self._attributes()
            return self._operand()
        raise self.unexpected("a value is missing")

    def _unary(self) -> tree.Unary:
        """An operator in front of a value."""
        token = self.advance()
        operator = token.text
        if operator == "~" and self.token.text in ("&", "|"):  # ~&, ~|
            operator += self.advance().text
        self.deeper()
        operand = self._operand()
        self._depth -= 1
        return tree.Unary("~^" if operator == "^~" else operator, operand, token.at)

    @staticmethod
    def _begins_value(token: Token) -> bool:
        """Whether a value can begin with a token."""
        name = token.kind == NAME and token.text not in KEYWORDS
        return name or token.kind == NUMBER or token.text in ("(", "~", "-", "+", "!")

    def _named(self) -> tree.Expression:
        token = self.token
        if token.text in KEYWORDS:
            if token.text in ("integer", "real") and self.tokens[self.position + 1].text == "(":
                hint = "$rtoi(x) cuts off what follows the point, and an assignment to an integer rounds"
                raise Fault(f"'{token.text}' is no function; {hint}", token.at)
            raise self.unexpected("a value is missing")
        self.advance()
        name = self._rest_of_name(token.text if token.text[0] != "\\" else plain(token.text))
        if self.token.text == "(*":
            self._attributes()
        if self.token.text == "(":
            return self.call(name, token.at)
        while self.token.text == "[":
            self.advance()
            index = self.expression()
            if self.accept(":"):
                last = self.expression()
                self.expect("]", "after the last element")
                return tree.Slice(name, index, last, token.at)
            self.expect("]", "after the index")
            if self.token.text != ".":
                return tree.Index(name, index, token.at)
            if not isinstance(index, tree.Number):
                raise Fault("only a number can be the index of an instance or a block", index.at)
            name = self._rest_of_name(f"{name}[{index.value}]")
        return tree.Name(name, token.at)

    def _rest_of_name(self, name: str) -> str:
        """A hierarchical name from its first point on."""
        while self.token.text == ".":
            self.advance()
            name += f".{self.name('the rest of the name').text}"
        return name

    def call(self, name: str, at: int) -> tree.Call:
        """A call, from its bracket on."""
        self.expect("(")
        arguments: list[tree.Expression | None] = []
        while not self.accept(")"):
            if self.token.text == "<" and not arguments:
                arguments.append(self._port())
            elif self.token.text in (",", ")"):
                arguments.append(None)
            else:
                arguments.append(self.expression())
            if self.token.text != ")":
                self.expect(",", f"between the arguments of '{name}'")
        if len(arguments) == 1 and isinstance(arguments[0], tree.Name):
            arguments = [self.port_branches.get(arguments[0].name, arguments[0])]
        return tree.Call(name, tuple(arguments), at)

    def _port(self) -> tree.PortFlow:
        at = self.advance().at
        port = self.name("a port").text
        if self.accept("["):
            index = self.expression()
            if not isinstance(index, tree.Number):
                raise Fault("only a number can be the index of a port here", index.at)
            self.expect("]", "after the index")
            port += f"[{index.value}]"
        self.expect(">", "after the port")
        return tree.PortFlow(port, at)

    def _list(self) -> tree.List:
        at = self.advance().at
        items: list[tree.Expression] = []
        while not self.accept("}"):
            item = self.expression()
            if self.token.text == "{":  # a replication, {3{0.0}}
                items += self._replicated(item)
            else:
                items.append(item)
            if self.token.text != "}":
                self.expect(",", "between the values of a list")
        return tree.List(tuple(items), at)

    def _replicated(self, count: tree.Expression) -> list[tree.Expression]:
        inner = self._list().items
        if not isinstance(count, tree.Number) or not isinstance(count.value, int) or count.value > 10_000:
            raise Fault("the number of repetitions must be a whole number up to 10000", count.at)
        return list(inner) * count.value

    def _attributes(self) -> dict[str, str]:
        """Attributes ``(* name = value *)``; their values as text."""
        attributes: dict[str, str] = {}
        while self.token.text == "(*" and self.token.kind == OPERATOR:
            self.advance()
            while not self.accept("*)"):
                if self.token.kind == END:
                    raise self.unexpected("'*)' is missing after the attributes")
                name = self.advance().text
                value = "1"
                if self.accept("="):
                    given = self.expression()
                    value = str(given.value) if isinstance(given, tree.String | tree.Number) else ""
                attributes[name] = value
                self.accept(",")
        return attributes
