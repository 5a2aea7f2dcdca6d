"""What nodes, states, parameters and quantities of a model are called in a module."""

from __future__ import annotations

import math
import re

from circuitnn.equations.expr import Expr, symbols
from circuitnn.equations.verilog_a import Writer
from circuitnn.models.declarations import State
from circuitnn.models.model import Model
from circuitnn.veriloga.writing.branches import NotWrittenError, branches_of

# Reserved words of Verilog-AMS 2.4 that a model might use as names, and names that every module here has.
WORDS = frozenset(
    """above abs absdelay abstol access acos acosh ac_stim aliasparam always analog analysis and asin asinh assert
assign atan atan2 atanh automatic begin branch buf case ceil cell config connect constant continuous cos cosh cross ddt
ddx deassign default define design disable discipline discrete domain driver edge else end endcase enddiscipline
endfunction endmodule endnature endparamset event exclude exp final_step flicker_noise floor flow for force forever
fork from function generate genvar ground highz0 hypot idt idtmod if ifnone include inf initial initial_step inout
input instance integer join laplace_nd large last_crossing library limexp ln localparam log macromodule max medium
merged min module nand nature negedge net_resolution nmos noise_table nor not notif0 or output parameter paramset
pmos posedge potential pow primitive pull0 pulldown pullup rcmos real realtime reg release repeat resolveto scalared
sin sinh slew small specify split sqrt string strong0 supply0 supply1 table tan tanh task time timer tran transition
tri tri0 tri1 unsigned use vectored wait wand weak0 while white_noise wire wor wreal xnor xor zi_nd
root V I electrical""".split()
)


class Names:
    """Names of a module.

    Attributes
    ----------
    model : type of Model
    name : str
        Of the module.
    m : Branches
        Equations of the model.
    nodes, values, parameters : dict of str to str
        Unknown → node; state → variable with its value; parameter → parameter of the module.
    used : set of str
        Symbols in the equations.
    given, of_instance : list of Parameter
        Parameters of the card and of the instance that the equations read.
    texts : dict of Expr to str
        Texts of symbols, and names of quantities.
    writer : Writer
    variables : list of str
    """

    def __init__(self, model: type[Model], name: str) -> None:
        self.model, self.name = model, name
        self.m = branches_of(model)
        self.taken = {name}
        self.nodes = {n: self.free(n) for n in (*model.terminals, *model.internal)}
        self.nodes |= {"i_control": self.free("i_control")} if model.control else {}
        self.nodes |= {s.name: self.free(f"d_{s.name}") for s in model.states}
        self.values = {s.name: self.free(s.name) for s in model.states}
        self.used = self._symbols()
        self.given = [p for p in model.parameters if p.name in self.used]
        self.of_instance = [
            p
            for p in model.instance_parameters
            if p.name in self.used and p.name not in ("multiplier", "temp")
        ]
        for p in (*self.given, *self.of_instance):
            if isinstance(p.default, float) and math.isnan(p.default) and p.name != "tnom":
                raise NotWrittenError(
                    f"{model.name}: whether '{p.name}' is given has no form in Verilog-A here"
                )
        self.parameters = {p.name: self.free(p.name) for p in (*self.given, *self.of_instance)}
        self.texts: dict[Expr, str] = {}
        self.writer = Writer(self.texts, frozenset(self.taken))
        self.variables: list[str] = []

    def free(self, name: str) -> str:
        """A name that nothing else has, and no word of the language."""
        free = re.sub(r"\W", "_", name)
        free = free if free[0].isalpha() or free[0] == "_" else f"_{free}"
        while free.lower() in self.taken or free in WORDS:
            free += "_"
        self.taken.add(free.lower())
        return free

    def _symbols(self) -> set[str]:
        starts = [s.start() for s in self.model.states]
        used = symbols([*self.m.roots(), *self.m.locals.values(), *starts])
        return used | {parameter for _, parameter in self.model.collapse.values()}

    def kinds(self) -> dict[str, tuple[str, float]]:
        """Disciplines of the states: unit and tolerance of each."""
        listed = dict.fromkeys((s.unit, s.tolerance) for s in self.model.states)
        return {f"{self.name}_state{k or ''}": pair for k, pair in enumerate(listed)}

    def access(self, state: State) -> str:
        """Access function of a state's node."""
        kind = next(k for k, pair in self.kinds().items() if pair == (state.unit, state.tolerance))
        return kind.capitalize()

    def ports(self) -> list[str]:
        """Ports of the module."""
        terminals = [self.nodes[n] for n in self.model.terminals]
        return [*terminals, *([self.nodes["i_control"]] if self.model.control else [])]

    def variable(self, name: str) -> str:
        """A new variable, which may be called so."""
        variable = self.free(name)
        self.variables.append(variable)
        return variable
