"""A compact model as a module in Verilog-A, from its equations.

A state is how far the potential of a node of its own is from zero, and its value is that plus the initial value: so it
starts right in simulators, too, that begin a transient at 0. States that operating points hold are `idt`, others `ddt`.
What depends on parameters alone is computed first; what several equations need has a name.
"""

from __future__ import annotations

from circuitnn.machine.text import lines_of
from circuitnn.models.model import Model
from circuitnn.records import dataclass
from circuitnn.veriloga.writing import declarations
from circuitnn.veriloga.writing.body import Body
from circuitnn.veriloga.writing.names import Names


@dataclass(frozen=True)
class Written:
    """A module.

    Parameters
    ----------
    text : str
    nodes : dict of str to str
        Unknown of the model → node of the module. That of a state has the state's distance from its initial value.
    parameters : dict of str to str
        Parameter of the model → that of the module, of those that the module has.
    """

    text: str
    nodes: dict[str, str]
    parameters: dict[str, str]


def module(model: type[Model], name: str = "") -> str:
    """Write a model as a module in Verilog-A.

    Parameters
    ----------
    model : type of Model
    name : str, optional
        Of the module; that of the model, and ``_va``, unless given.

    Returns
    -------
    str

    Raises
    ------
    NotWrittenError
        Where the model draws random numbers, or has memories that events change.
    """
    return written(model, name).text


def written(model: type[Model], name: str = "") -> Written:
    """Write a model as `module` does, and say what its unknowns and parameters are called there."""
    names = Names(model, name or f"{model.name}_va")
    body = Body(names)
    around, statements = (
        body.surroundings(),
        list(body.lines()),
    )  # they say which functions and variables there are
    statements = [*body.read(around, statements), *statements]
    ports = ", ".join(names.ports())
    lines = [*declarations.heading(names), *declarations.disciplines(names), f"module {names.name}({ports});"]
    lines += [f"  inout {ports};", *declarations.nodes(names), "", *declarations.parameters(names)]
    lines += declarations.states(names)
    if names.variables:
        lines += declarations.wrapped("  real ", names.variables)
    for function in names.writer.functions.values():
        lines += ["", *(f"  {line}" for line in lines_of(function))]
    lines += ["", "  analog begin", *(f"    {line}" if line else "" for line in statements)]
    lines += ["  end", "endmodule", ""]
    return Written("\n".join(lines), dict(names.nodes), dict(names.parameters))
