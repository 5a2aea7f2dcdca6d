"""S: switches controlled by a voltage."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from circuitnn.elements.card import CardError, Node, card, unwrap
from circuitnn.elements.device import Device

if TYPE_CHECKING:
    from circuitnn.netlist.elements import ElementReader

_CONTROL = re.compile(
    r"(?P<before>.*?)\bcontrol\s*=\s*(?P<expression>\{.*\}|'[^']*')\s*(?P<after>.*)", re.DOTALL
)


class Switch(Device):
    """Model types ``sw``, and ``vswitch`` or ``switch``."""

    letter, name, plural = "s", "switch", "switches"
    example = "S1 p n cp cn mymodel on"
    meaning = (
        "switch controlled by a voltage, with hysteresis (`sw`) or a gradual transition (`vswitch`, `switch`); or by "
        "an expression, as in Xyce: `S1 p n mymodel control={v(a)*i(v1)}`; `sw` with LTspice's `level=2`, or a "
        "negative `vh` beside `vser`, `ilimit`, `epsilon` or `noiseless`, is LTspice's smooth one"
    )
    terminals = ("plus", "minus", "cp", "cn")
    parallel = {"ron": -1, "roff": -1}
    types = ("sw", "vswitch", "switch", "ltswitch")
    model_flags: ClassVar = {"sw": frozenset(("noiseless", "oneway"))}
    remembers = summarised = True

    def read(self, reader: ElementReader, text: str, origin: int) -> None:
        """Read a card; the expression of ``control=`` becomes the voltage of an inner node."""
        controlled = _CONTROL.fullmatch(text)
        if controlled is None:
            super().read(reader, text, origin)
            return
        name, *nodes = controlled["before"].split()
        if len(nodes) not in (2, 3):
            raise CardError(f"'{name}' needs two nodes, a model and control={{expression}}", name)
        control = f"{name}#control"
        number = reader.definition.inner_node(control)
        reader.behaviour.add(
            "i", f"b{control}", [number, 0], f"v({control})-({unwrap(controlled['expression'])})", origin
        )
        rest = " ".join((*nodes[2:], controlled["after"]))
        super().read(reader, f"{name} {' '.join(nodes[:2])} {control} 0 {rest}", origin)

    @staticmethod
    def build(name: str, p: Node, n: Node, cp: Node, cn: Node, model: str) -> str:
        """Add a switch controlled by the voltage between `cp` and `cn`."""
        return card(f"s{name}", p, n, cp, cn, model)
