"""Parser: from tokens to the syntax tree, by recursive descent."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from circuitnn.errors import nearest
from circuitnn.veriloga import tree
from circuitnn.veriloga.expressions import KEYWORDS
from circuitnn.veriloga.source import Fault, Sources
from circuitnn.veriloga.statements import KINDS
from circuitnn.veriloga.structure import StructureParser
from circuitnn.veriloga.tokens import END, NAME, Token

DIRECTIONS = ("inout", "input", "output")
_UNSUPPORTED = {
    "connectmodule": "a connect module",
    "connectrules": "connect rules",
    "initial": "a digital initial block",
    "always": "a digital always block",
    "assign": "a digital assignment",
    "wire": "a digital net",
    "reg": "a digital variable",
    "task": "a task",
    "specify": "a specify block",
}


def parse(sources: Sources, tokens: list[Token]) -> tree.File:
    """Parse all tokens; faults are collected in `sources`."""
    return Parser(sources, tokens).file()


class Parser(StructureParser):
    """Parser of files; after a fault it goes on with the next item."""

    def file(self) -> tree.File:
        """Natures, disciplines and modules."""
        modules, natures, disciplines, paramsets = [], [], [], []
        while self.token.kind != END:
            try:
                attributes = self._attributes()
                if self.token.text in ("module", "macromodule"):
                    modules.append(self._module(attributes))
                elif self.token.text == "paramset":
                    paramsets.append(self._paramset(attributes))
                elif self.token.text == "nature":
                    natures.append(self._nature())
                elif self.token.text == "discipline":
                    disciplines.append(self._discipline())
                elif self.accept(";"):
                    continue
                elif self.token.kind != END:
                    raise self._not_here("outside modules", ["module", "nature", "discipline", "paramset"])
            except Fault as fault:
                self.sources.report(fault)
                self._depth = 0
                self._recover(("endmodule", "endnature", "enddiscipline", "endparamset", "endconnectrules"))
        return tree.File(tuple(modules), tuple(natures), tuple(disciplines), tuple(paramsets))

    def _not_here(self, where: str, known: list[str]) -> Fault:
        word = self.token.text
        if word in _UNSUPPORTED:
            return Fault(f"{_UNSUPPORTED[word]} is not supported", self.token.at)
        near = nearest(word, known) if self.token.kind == NAME else ""
        return Fault(f"{word!r} cannot stand here, {where}{near}", self.token.at)

    def _recover(self, ends: tuple[str, ...]) -> None:
        """Go on behind one of these words."""
        while self.token.kind != END and self.advance().text not in ends:
            pass

    def _nature(self) -> tree.Nature:
        at = self.advance().at
        name = self.name("the name of the nature").text
        if self.accept(":"):
            self.name("the nature it is derived from")
        self.accept(";")
        values: dict[str, tree.Expression] = {}
        while not self.accept("endnature"):
            key = self.name("an attribute of the nature").text
            self.expect("=", f"after '{key}'")
            values[key] = self.expression()
            self.expect(";", f"after '{key}'")
        return tree.Nature(name, values, at)

    def _discipline(self) -> tree.Discipline:
        at = self.advance().at
        name = self.name("the name of the discipline").text
        self.accept(";")
        natures = {"potential": "", "flow": "", "domain": ""}
        while not self.accept("enddiscipline"):
            key = self.name("'potential', 'flow' or 'domain'").text
            if key not in natures:
                raise Fault(
                    f"'{key}' is no property of a discipline{nearest(key, list(natures))}", self.token.at
                )
            natures[key] = self.advance().text
            self.expect(";", f"after '{key}'")
        return tree.Discipline(name, natures["potential"], natures["flow"], at)

    def _module(self, attributes: tree.Attributes) -> tree.Module:
        at = self.advance().at
        name = self.name("the name of the module").text
        self.port_branches = {}
        items: list[tree.Item] = []
        if self.accept("#"):
            self._header_parameters(items)
        ports = self._ports(items) if self.accept("(") else ()
        self.expect(";", "after the ports of the module")
        while self.token.text != "endmodule":
            if self.token.kind == END:
                raise Fault(f"module '{name}' has no endmodule", at)
            begin = self.position
            try:
                self._item(items)
            except Fault as fault:
                self.sources.report(fault)
                self._depth = 0
                self._next_item(begin)
        end = self.advance().at
        self._label(name)
        return tree.Module(name, ports, tuple(items), attributes, at, end)

    def _label(self, name: str) -> None:
        """``endmodule : name``, with that name."""
        if self.token.text == ":" and self.tokens[self.position + 1].text == name:
            self.advance()
            self.advance()

    def _next_item(self, begin: int) -> None:
        """After a fault, go on at what can begin an item: behind a semicolon, outside blocks."""
        if self.position == begin:
            self.advance()
        while self.token.kind != END and self.token.text != "endmodule":
            before = self.tokens[self.position - 1].text
            if self.token.text in self._items and before in (";", "end", "endfunction", "*)", "endcase"):
                return
            self.advance()

    def _header_parameters(self, items: list[tree.Item]) -> None:
        self.expect("(")
        while not self.accept(")"):
            attributes = self._attributes()
            if self.token.text != "parameter":
                raise self.unexpected("each parameter in the head of a module begins with 'parameter'")
            items += self._parameters(attributes, header=True)
            self.accept(",")

    def _ports(self, items: list[tree.Item]) -> tuple[tree.Name, ...]:
        """Ports: names alone, or with direction and discipline."""
        ports: list[tree.Name] = []
        direction = discipline = ""
        while not self.accept(")"):
            attributes = self._attributes()
            if self.token.text in DIRECTIONS:
                direction, discipline = self.advance().text, ""
            bounds = self._bounds()
            if self.tokens[self.position + 1].kind == NAME:
                discipline = self.advance().text
                bounds = bounds or self._bounds()
            token = self.name("the name of a port")
            ports.append(tree.Name(token.text, token.at))
            if direction:
                initial = self.expression() if self.accept("=") else None
                net = tree.Net(
                    token.text, discipline, direction, False, bounds, attributes, token.at, initial
                )
                items.append(net)
            if self.token.text != ")":
                self.expect(",", "between the ports")
        return tuple(ports)

    def _item(self, items: list[tree.Item]) -> None:
        attributes = self._attributes()
        word = self.token.text
        read = self._items.get(word) if self.token.kind == NAME else None
        if word in KINDS and not self.begins_variables():
            read = None
        if read is not None:
            items += read(self, attributes)
        elif self.accept(";"):
            pass
        elif self.token.kind == NAME and word not in _UNSUPPORTED and self._may_follow(self.position + 1):
            items += self._nets_or_instance(attributes)
        else:
            raise self._not_here("where a declaration or 'analog' is expected", list(self._items))

    def _may_follow(self, position: int) -> bool:
        """Whether a token can follow a discipline or the name of a module."""
        token = self.tokens[position]
        return token.text in ("[", "#") or (token.kind == NAME and token.text not in KEYWORDS)

    def _nets_or_instance(self, attributes: tree.Attributes) -> list[tree.Item]:
        """``electrical a, b;``, or instances of a module."""
        if self._begins_instance():
            return self._instances()
        return self._nets(attributes, self.advance().text, "", False)

    def _nets(
        self, attributes: tree.Attributes, discipline: str, direction: str, ground: bool
    ) -> list[tree.Item]:
        bounds = self._bounds()
        nets: list[tree.Item] = []
        while True:
            token = self.name("the name of a node")
            own = self._bounds() or bounds
            initial = self.expression() if self.accept("=") else None
            noted = {**attributes, **self._attributes()}
            nets.append(tree.Net(token.text, discipline, direction, ground, own, noted, token.at, initial))
            if not self.accept(","):
                break
        self.expect(";", "after the nodes")
        return nets

    def _bounds(self) -> tree.Bounds | None:
        if not self.accept("["):
            return None
        low = self.expression()
        self.expect(":", "between the bounds")
        high = self.expression()
        self.expect("]", "after the bounds")
        return low, high

    def _directed(self, attributes: tree.Attributes) -> list[tree.Item]:
        direction = self.advance().text
        attributes = {**attributes, **self._attributes()}
        bounds = self._bounds()
        discipline = ""
        if self.tokens[self.position + 1].kind == NAME and self.tokens[self.position + 1].text != ",":
            discipline = self.advance().text
        nets = self._nets(attributes, discipline, direction, False)
        return [net._replace(bounds=net.bounds or bounds) for net in nets if isinstance(net, tree.Net)]

    def _ground(self, attributes: tree.Attributes) -> list[tree.Item]:
        self.advance()
        discipline = ""
        if self.tokens[self.position + 1].kind == NAME:
            discipline = self.advance().text
        return self._nets(attributes, discipline, "", True)

    def _branches(self, attributes: tree.Attributes) -> list[tree.Item]:
        self.advance()
        self.expect("(", "after 'branch'")
        if self.token.text == "<":
            port = self._port()
            self.expect(")", "after the port of the branch")
            while True:
                self.port_branches[self.name("the name of the branch").text] = port
                if not self.accept(","):
                    break
            self.expect(";", "after the branch")
            return []
        plus = self.expression()
        minus = self.expression() if self.accept(",") else None
        self.expect(")", "after the nodes of the branch")
        branches: list[tree.Item] = []
        while True:
            token = self.name("the name of the branch")
            branches.append(tree.Branch(token.text, plus, minus, self._bounds(), token.at))
            if not self.accept(","):
                break
        self.expect(";", "after the branch")
        return branches

    def _variables(self, attributes: tree.Attributes) -> list[tree.Item]:
        return [*self.variables(attributes)]

    def _declared_parameters(self, attributes: tree.Attributes) -> list[tree.Item]:
        return [*self._parameters(attributes)]

    def _alias(self, attributes: tree.Attributes) -> list[tree.Item]:
        self.advance()
        token = self.name("another name of a parameter")
        self.expect("=", "after the name")
        of = self.name("a parameter").text
        self.expect(";", "after 'aliasparam'")
        return [tree.Alias(token.text, of, token.at)]

    def _analog(self, attributes: tree.Attributes) -> list[tree.Item]:
        at = self.advance().at
        if self.token.text == "function":
            return [self._function()]
        initial = self.accept("initial")
        return [tree.Analog(initial, self.statement(), at)]

    def _function(self) -> tree.Function:
        at = self.advance().at
        kind = KINDS.get(self.token.text, "")
        if kind:
            self.advance()
        name = self.name("the name of the function").text
        arguments: dict[str, str] = {}
        declared: list[tree.Variable] = []
        if self.accept("("):
            while not self.accept(")"):
                self._arguments(arguments, declared)
        self.expect(";", "after the name of the function")
        values: list[tree.Statement] = []
        while True:
            variables, given = self._local_declarations()
            declared, values = declared + variables, values + given
            if self.token.text not in DIRECTIONS:
                break
            self._arguments(arguments, declared)
            self.expect(";", "after the arguments")
        body = self.statements_up_to("endfunction")
        self.expect("endfunction")
        self._label(name)
        body = body._replace(statements=(*values, *body.statements))
        return tree.Function(name, kind or "real", tuple(arguments.items()), tuple(declared), body, at)

    def _arguments(self, arguments: dict[str, str], declared: list[tree.Variable]) -> None:
        """``input a, b``, also with their kind, ``input real a``; in brackets the next direction follows a comma."""
        if self.token.text not in DIRECTIONS:
            raise self.unexpected("'input', 'output' or 'inout' is missing before the argument")
        direction = self.advance().text
        kind = KINDS[self.advance().text] if self.begins_variables() else ""
        bounds = self._bounds()
        while True:
            token = self.name("an argument")
            own = self._bounds() or bounds
            arguments[token.text] = direction
            if kind:
                declared.append(tree.Variable(token.text, kind, own, None, {}, token.at))
            if not self.accept(",") or self.token.text in DIRECTIONS:
                return

    _items: ClassVar[dict[str, Callable[[Parser, tree.Attributes], list[tree.Item]]]] = {
        "parameter": _declared_parameters,
        "localparam": _declared_parameters,
        "aliasparam": _alias,
        "real": _variables,
        "integer": _variables,
        "string": _variables,
        "genvar": _variables,
        "realtime": _variables,
        "time": _variables,
        "inout": _directed,
        "input": _directed,
        "output": _directed,
        "ground": _ground,
        "branch": _branches,
        "analog": _analog,
        "defparam": StructureParser._defparam,
        "generate": StructureParser._generate,
        "for": StructureParser._generated,
        "if": StructureParser._generated,
        "case": StructureParser._generated,
    }
