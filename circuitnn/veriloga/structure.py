"""Parser of what makes modules of modules: instances, ``generate``, ``defparam``, ``paramset``."""

from __future__ import annotations

from collections.abc import Mapping

from circuitnn.veriloga import tree
from circuitnn.veriloga.renaming import renamed
from circuitnn.veriloga.source import Fault
from circuitnn.veriloga.statements import StatementParser
from circuitnn.veriloga.tokens import END, NAME

Values = tuple[tuple[str, tree.Expression | None], ...]


class StructureParser(StatementParser):
    """Parser of instances and of items that are chosen or repeated."""

    def _item(self, items: list[tree.Item]) -> None:
        """One item of a module, added to `items`."""
        raise NotImplementedError

    # ------------------------------------------------------------------ instances

    def _begins_instance(self) -> bool:
        """Whether an instance of a module begins here: its name is followed by connections."""
        position = self.position + 1
        if self.tokens[position].text == "#":
            return True
        if self.tokens[position].kind != NAME:
            return False
        position += 1
        if self.tokens[position].text == "[":  # an array of instances
            while self.tokens[position].kind != END and self.tokens[position].text != "]":
                position += 1
            position += 1
        return position < len(self.tokens) and self.tokens[position].text == "("

    def _instances(self) -> list[tree.Item]:
        """``module #(parameters) name (connections), name (connections);``."""
        module = self.advance().text
        parameters: Values = ()
        if self.accept("#"):
            self.expect("(", "after '#'")
            parameters = self._values("the parameters")
        instances: list[tree.Item] = []
        while True:
            token = self.name("the name of the instance")
            bounds = self._bounds()
            self.expect("(", "after the name of the instance")
            connections = self._values("the connections")
            instances.append(tree.Instance(module, parameters, token.text, bounds, connections, token.at))
            if not self.accept(","):
                break
        self.expect(";", "after the instance")
        return instances

    def _values(self, what: str) -> Values:
        """``.name(value), …)`` or ``value, …)``; a value may be missing."""
        values: list[tuple[str, tree.Expression | None]] = []
        while not self.accept(")"):
            self._attributes()
            if self.accept("."):
                values.append(self._named_value())
            elif self.token.text in (",", ")"):
                values.append(("", None))
            else:
                values.append(("", self.expression()))
            if self.token.text != ")":
                self.expect(",", f"between {what}")
        return tuple(values)

    def _named_value(self) -> tuple[str, tree.Expression | None]:
        name = self.name("a name after the point").text
        self.expect("(", f"after '.{name}'")
        value = None if self.token.text == ")" else self.expression()
        self.expect(")", f"after the value of '{name}'")
        return name, value

    def _defparam(self, attributes: tree.Attributes) -> list[tree.Item]:
        self.advance()
        items: list[tree.Item] = []
        while True:
            target = self._named()
            if not isinstance(target, tree.Name) or "." not in target.name:
                raise Fault("'defparam' needs instance.parameter", target.at)
            self.expect("=", "after the parameter")
            items.append(tree.Defparam(target.name, self.expression(), target.at))
            if not self.accept(","):
                break
        self.expect(";", "after 'defparam'")
        return items

    # ------------------------------------------------------------------ generate

    def _generate(self, attributes: tree.Attributes) -> list[tree.Item]:
        at = self.advance().at
        items: list[tree.Item] = []
        while not self.accept("endgenerate"):
            if self.token.kind == END or self.token.text == "endmodule":
                raise Fault("this 'generate' has no 'endgenerate'", at)
            if self.token.text == "begin":
                items += self._generated_block()[1]
            else:
                self._item(items)
        return items

    def _generated(self, attributes: tree.Attributes) -> list[tree.Item]:
        """``for``, ``if`` or ``case`` among the items of a module."""
        self.deeper()
        word = self.token.text
        item = {"for": self._generate_loop, "if": self._generate_if, "case": self._generate_case}[word]()
        self._depth -= 1
        return [item]

    def _generate_loop(self) -> tree.Item:
        at = self.advance().at
        self.expect("(", "after 'for'")
        self.accept("genvar")
        start = self._assignment()
        self.expect(";", "after the start of the loop")
        condition = self.expression()
        self.expect(";", "after the condition of the loop")
        step = self._assignment()
        self.expect(")", "after the step of the loop")
        name, items = self._generated_block()
        return tree.GenerateLoop(start, condition, step, name, items, at)

    def _generate_if(self) -> tree.Item:
        at = self.advance().at
        self.expect("(", "after 'if'")
        condition = self.expression()
        self.expect(")", "after the condition")
        yes = self._generated_block()
        no: tuple[str, tuple[tree.Item, ...]] = ("", ())
        if self.accept("else"):
            no = self._generated_block()
        return tree.GenerateIf(condition, yes, no, at)

    def _generate_case(self) -> tree.Item:
        at = self.advance().at
        self.expect("(", "after 'case'")
        value = self.expression()
        self.expect(")", "after the value")
        choices: list[tuple[tuple[tree.Expression, ...], str, tuple[tree.Item, ...]]] = []
        while not self.accept("endcase"):
            if self.token.kind == END or self.token.text == "endmodule":
                raise Fault("this 'case' has no 'endcase'", at)
            labels: list[tree.Expression] = []
            if self.accept("default"):
                self.accept(":")
            else:
                labels.append(self.expression())
                while self.accept(","):
                    labels.append(self.expression())
                self.expect(":", "after the labels of a case")
            choices.append((tuple(labels), *self._generated_block()))
        return tree.GenerateCase(value, tuple(choices), at)

    def _generated_block(self) -> tuple[str, tuple[tree.Item, ...]]:
        """An item, or items between ``begin`` and ``end``; also the name of the block."""
        at = self.token.at
        items: list[tree.Item] = []
        if not self.accept("begin"):
            self._item(items)
            return "", tuple(items)
        name = self.name("the name of the block").text if self.accept(":") else ""
        while not self.accept("end"):
            if self.token.kind == END or self.token.text in ("endmodule", "endgenerate"):
                raise Fault("this 'begin' has no 'end'", at)
            self._item(items)
        if self.accept(":"):
            self.name("the name of the block")
        return name, tuple(items)

    # ------------------------------------------------------------------ paramset

    def _without_variables(self, variables: Mapping[str, tree.Expression | None]) -> tree.Expression:
        """An expression with what the variables of a paramset stand for in their place."""
        known = {name: value for name, value in variables.items() if value is not None}
        expression: tree.Expression = renamed(self.expression(), known)
        return expression

    def _paramset(self, attributes: tree.Attributes) -> tree.Paramset:
        at = self.advance().at
        name = self.name("the name of the paramset").text
        of = self.name("the module that it is of").text
        self.expect(";", "after the head of the paramset")
        items: list[tree.Item] = []
        values: list[tuple[str, tree.Expression | None]] = []
        variables: dict[str, tree.Expression | None] = {}  # by name: what they stand for, once it is assigned
        while self.token.text != "endparamset":
            if self.token.kind == END:
                raise Fault(f"paramset '{name}' has no endparamset", at)
            if self.accept("."):
                key = self.name("a parameter of the module").text
                self.expect("=", f"after '.{key}'")
                values.append((key, self._without_variables(variables)))
                self.expect(";", f"after '.{key}'")
            elif self.token.text == "real" and self.begins_variables():
                variables |= dict.fromkeys(item.name for item in self.variables({}))
            elif self.token.text in variables:
                key = self.advance().text
                self.expect("=", f"after '{key}'")
                variables[key] = self._without_variables(variables)
                self.expect(";", f"after '{key}'")
            elif self.token.text in ("parameter", "localparam", "aliasparam", "(*"):
                self._item(items)
            else:
                message = (
                    "a paramset has parameters, 'real' variables with values, and lines '.parameter = value;'"
                )
                raise Fault(f"{message}; conditions and loops are not supported", self.token.at)
        end = self.advance().at
        return tree.Paramset(name, of, tuple(items), tuple(values), attributes, at, end)
