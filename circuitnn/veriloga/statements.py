"""Parser of statements, and of declarations that modules, functions and blocks share."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from circuitnn.veriloga import tree
from circuitnn.veriloga.expressions import ExpressionParser
from circuitnn.veriloga.source import Fault
from circuitnn.veriloga.tokens import END, NAME

_INF = ("inf", "infinity")
KINDS = {
    "real": "real",
    "integer": "integer",
    "string": "string",
    "realtime": "real",
    "time": "integer",
    "genvar": "genvar",
}
_REFUSED = {
    "forever": "a loop without an end cannot stand in an analog block; write 'while' with a condition",
    "disable": "'disable' is not supported; let a variable in the condition of the loop end it",
    "wait": "'wait' belongs to digital Verilog; write @(cross(…)) or @(timer(…))",
    "fork": "'fork' belongs to digital Verilog and is not supported",
    "do": "'do' is not supported; write 'while' with the condition first",
    "elseif": "write 'else if'",
    "elsif": "write 'else if'",
    "elif": "write 'else if'",
}


class StatementParser(ExpressionParser):
    """Parser of statements, parameters and variables."""

    def statement(self) -> tree.Statement:
        """One statement."""
        self.deeper()
        self._attributes()
        read = self._keywords.get(self.token.text) if self.token.kind == NAME else None
        if read is not None:
            statement = read(self)
        elif self.token.text == "@":
            statement = self._event()
        elif self.token.text == ";":
            statement = tree.Block("", (), (), self.advance().at)
        elif self.token.kind == NAME:
            if self.token.text in _REFUSED:
                raise Fault(_REFUSED[self.token.text], self.token.at)
            statement = self._simple()
            self.expect(";", "after the statement")
        else:
            raise self.unexpected("a statement is missing")
        self._depth -= 1
        return statement

    def _simple(self) -> tree.Statement:
        """An assignment, a contribution, or a call."""
        target = self._named()
        if isinstance(target, tree.Name | tree.Index) and self.token.text == "=":
            return self._assignment_to(target)
        if isinstance(target, tree.Call) and self.token.text == "<+":
            at = self.advance().at
            return tree.Contribution(target, self.expression(), False, at)
        if isinstance(target, tree.Call) and self.token.text == ":":
            at = self.advance().at
            return tree.Contribution(target, self.expression(), True, at)
        if isinstance(target, tree.Call) and self.token.text in ("=", "<"):
            raise Fault("a contribution is written '<+'", self.token.at)
        if isinstance(target, tree.Call):
            return tree.Task(target, target.at)
        if isinstance(target, tree.Name) and target.name.startswith("$"):
            return tree.Task(tree.Call(target.name, (), target.at), target.at)
        self._no_shorthand(target)
        raise self.unexpected("'=' is missing after the variable")

    def _no_shorthand(self, target: tree.Expression) -> None:
        """Refuse ``i++`` and ``x += 1``."""
        sign, following = self.token.text, self.tokens[self.position + 1].text
        if isinstance(target, tree.Name) and sign in ("+", "-", "*", "/") and following in (sign, "="):
            what = "1" if following == sign else "…"
            message = f"'{sign}{following}' is no operator of Verilog-A; write {target.name} = {target.name}"
            raise Fault(f"{message} {sign} {what}", self.token.at)

    def _assignment_to(self, target: tree.Name | tree.Index) -> tree.Assignment:
        at = self.expect("=").at
        return tree.Assignment(target, self.expression(), at)

    def _assignment(self) -> tree.Assignment:
        """An assignment in the head of a loop; ``i++`` is none."""
        if self.token.text in KINDS:
            word = self.token.text
            raise Fault(
                f"declare the variable of the loop before it: {word} i; for (i = 0; …)", self.token.at
            )
        target = self._named()
        if not isinstance(target, tree.Name | tree.Index):
            raise Fault("a loop needs an assignment here", target.at)
        self._no_shorthand(target)
        return self._assignment_to(target)

    def statements_up_to(self, *ends: str) -> tree.Block:
        """Statements up to one of these words, which is not taken."""
        at = self.token.at
        statements = []
        while self.token.text not in ends or self.token.kind != NAME:
            if self.token.kind == END or self.token.text == "endmodule":
                raise Fault(f"'{ends[0]}' is missing for what begins here", at)
            statements.append(self.statement())
        return tree.Block("", (), tuple(statements), at)

    def _block(self) -> tree.Statement:
        at = self.advance().at
        name = self.name("the name of the block").text if self.accept(":") else ""
        declarations, statements = self._local_declarations()
        if declarations and not name:
            name = f"begin {at}"
        while not (self.token.text == "end" and self.token.kind == NAME):
            if self.token.kind == END or self.token.text in ("endmodule", "endfunction", "endcase"):
                raise Fault("this 'begin' has no 'end'", at)
            depth = self._depth
            try:
                statements.append(self.statement())
            except Fault as fault:
                if self.token.kind == END or self.token.text in ("endmodule", "endfunction"):
                    raise
                self.sources.report(fault)
                self._depth = depth
                self._next_statement()
        self.advance()
        if name and self.token.text == ":" and self.tokens[self.position + 1].text == name:
            self.advance()
            self.advance()
        return tree.Block(name, tuple(declarations), tuple(statements), at)

    def _next_statement(self) -> None:
        """After a fault, go on behind the next semicolon of the block, or at its end."""
        inner = 0
        while self.token.kind != END and self.token.text != "endmodule":
            word = self.token.text
            if word in ("end", "endcase"):
                if not inner:
                    return
                inner -= 1
            inner += word in ("begin", "case", "casex", "casez")
            self.advance()
            if word == ";" and not inner and self.token.text != "else":
                return

    def _local_declarations(self) -> tuple[list[tree.Variable], list[tree.Statement]]:
        """Variables of a block or function, and assignments that give its parameters their values."""
        declared: list[tree.Variable] = []
        values: list[tree.Statement] = []
        while True:
            attributes = self._attributes()
            if self.begins_variables():
                declared += self.variables(attributes)
            elif self.token.text in ("parameter", "localparam"):
                for p in self._parameters(attributes):
                    whole = isinstance(p.default, tree.Number) and isinstance(p.default.value, int)
                    kind = p.kind or ("integer" if whole else "real")
                    declared.append(tree.Variable(p.name, kind, p.bounds, None, p.attributes, p.at))
                    values.append(tree.Assignment(tree.Name(p.name, p.at), p.default, p.at))
            else:
                return declared, values

    def begins_variables(self) -> bool:
        """Whether a declaration of variables begins here: ``time`` may be the name of one, too."""
        following = self.tokens[self.position + 1]
        return self.token.text in KINDS and (following.kind == NAME or following.text == "[")

    def _if(self) -> tree.Statement:
        at = self.advance().at
        self.expect("(", "after 'if'")
        condition = self.expression()
        self.expect(")", "after the condition")
        yes = self.statement()
        no = self.statement() if self.accept("else") else None
        return tree.If(condition, yes, no, at)

    def _case(self) -> tree.Statement:
        at = self.advance().at
        self.expect("(", "after 'case'")
        value = self.expression()
        self.expect(")", "after the value")
        items: list[tuple[tuple[tree.Expression, ...], tree.Statement]] = []
        while not self.accept("endcase"):
            if self.token.kind == END or self.token.text in ("end", "endmodule", "endfunction"):
                raise Fault("this 'case' has no 'endcase'", at)
            labels: list[tree.Expression] = []
            if self.accept("default"):
                self.accept(":")
            else:
                labels.append(self.expression())
                while self.accept(","):
                    labels.append(self.expression())
                self.expect(":", "after the labels of a case")
            items.append((tuple(labels), self.statement()))
        return tree.Case(value, tuple(items), at)

    def _for(self) -> tree.Statement:
        at = self.advance().at
        self.expect("(", "after 'for'")
        start = self._assignment()
        self.expect(";", "after the start of the loop")
        condition = self.expression()
        self.expect(";", "after the condition of the loop")
        step = self._assignment()
        self.expect(")", "after the step of the loop")
        return tree.Loop(start, condition, step, self.statement(), at)

    def _while(self) -> tree.Statement:
        at = self.advance().at
        self.expect("(", "after 'while'")
        condition = self.expression()
        self.expect(")", "after the condition")
        return tree.Loop(None, condition, None, self.statement(), at)

    def _repeat(self) -> tree.Statement:
        at = self.advance().at
        self.expect("(", "after 'repeat'")
        count = self.expression()
        self.expect(")", "after the number of repetitions")
        return tree.Repeat(count, self.statement(), at)

    def _event(self) -> tree.Statement:
        at = self.advance().at
        if self.token.text == "(*":
            raise Fault("'@*' belongs to digital Verilog and is not supported", at)
        self.expect("(", "after '@'")
        if self.token.text in ("posedge", "negedge"):
            sign = "+1" if self.token.text == "posedge" else "-1"
            message = (
                f"'{self.token.text}' is an event of digital signals; write @(cross(V(node) - 0.5, {sign}))"
            )
            raise Fault(message, self.token.at)
        events = [self.expression()]
        while self.accept("or") or self.accept(","):
            events.append(self.expression())
        self.expect(")", "after the event")
        return tree.Event(tuple(events), self.statement(), at)

    _keywords: ClassVar[dict[str, Callable[[StatementParser], tree.Statement]]] = {
        "begin": _block,
        "if": _if,
        **dict.fromkeys(("case", "casex", "casez"), _case),
        "for": _for,
        "while": _while,
        "repeat": _repeat,
    }

    def variables(self, attributes: tree.Attributes) -> list[tree.Variable]:
        """``real a, b = 1, c[0:3];``."""
        kind = KINDS[self.advance().text]
        bounds = self._bounds()
        declared = []
        while True:
            token = self.name(f"the name of a variable after '{kind}'")
            own = self._bounds() or bounds
            if self.token.text == "[":
                message = f"arrays of several dimensions are not supported; write one with all elements: {token.text}"
                raise Fault(f"{message}[columns*i + j]", self.token.at)
            initial = self.expression() if self.accept("=") else None
            declared.append(tree.Variable(token.text, kind, own, initial, attributes, token.at))
            if not self.accept(","):
                break
        self.expect(";", "after the variables")
        return declared

    def _bounds(self) -> tree.Bounds | None:
        """``[0:3]``."""
        raise NotImplementedError

    def _parameters(self, attributes: tree.Attributes, header: bool = False) -> list[tree.Parameter]:
        """``parameter real a = 1 from (0:inf), b = 2;``."""
        local = self.advance().text == "localparam"
        kind = self.advance().text if self.token.text in ("real", "integer", "string") else ""
        bounds = self._bounds()
        declared = []
        while True:
            token = self.name("the name of a parameter")
            own = self._bounds() or bounds
            self.expect("=", f"after '{token.text}': a parameter needs a default")
            default = self.expression()
            ranges = []
            while self.token.text in ("from", "exclude") and self.token.kind == NAME:
                ranges.append(self._range())
            noted = {**attributes, **self._attributes()}
            declared.append(
                tree.Parameter(token.text, kind, default, tuple(ranges), own, local, noted, token.at)
            )
            if self.token.text != "," or (header and self.tokens[self.position + 1].text == "parameter"):
                break
            self.advance()
        if not header:
            self.expect(";", "after the parameter")
        return declared

    def _range(self) -> tree.Range:
        at = self.token.at
        exclude = self.advance().text == "exclude"
        if self.token.text in ("'{", "{"):
            return tree.Range(exclude, None, None, False, False, self._list().items, at)
        if self.token.text not in ("(", "["):
            value = self.expression()
            return tree.Range(exclude, value, value, False, False, (), at)
        low_open = self.token.text == "("
        before = self.position
        self.advance()
        low = self._bound()
        if self.token.text == ")" and low_open:  # exclude (value)
            self.position = before
            self.token = self.tokens[before]
            value = self.expression()
            return tree.Range(exclude, value, value, False, False, (), at)
        if not self.accept(":"):
            self.expect(",", "between the ends of a range")
        high = self._bound()
        if self.token.text not in (")", "]"):
            raise self.unexpected("')' or ']' is missing after the range")
        return tree.Range(exclude, low, high, low_open, self.advance().text == ")", (), at)

    def _bound(self) -> tree.Expression | None:
        """An end of a range; None is infinite."""
        signed = self.token.text in "+-" and self.tokens[self.position + 1].text in _INF
        if signed:
            self.advance()
        if self.token.text in _INF:
            self.advance()
            return None
        return self.expression()
