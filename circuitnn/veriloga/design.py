"""A module that has been looked through: its names, and what this package calls them."""

from __future__ import annotations

import math

import numpy as np

from circuitnn.equations.expr import Expr
from circuitnn.machine.text import lowered
from circuitnn.models.declarations import RESERVED, Parameter
from circuitnn.records import dataclass, replace
from circuitnn.veriloga import tree
from circuitnn.veriloga.calls import Calls
from circuitnn.veriloga.card_parameters import arrays, is_word, pieces, spellings, too_long, words
from circuitnn.veriloga.checking import Survey, Surveyor
from circuitnn.veriloga.evaluation import Evaluation, Given
from circuitnn.veriloga.functions import rounded
from circuitnn.veriloga.hierarchy import Flat, flattened, needs_flattening
from circuitnn.veriloga.initial_values import initial_values
from circuitnn.veriloga.modules import library_of, without_last
from circuitnn.veriloga.ranges import guarded
from circuitnn.veriloga.scope import Scope, parameters_of, scope_of
from circuitnn.veriloga.source import Fault, Place, Sources

# Columns that every device has; a module's own parameter of that name gets another column.
_TAKEN = (*RESERVED, "temp", "tnom", "multiplier")


@dataclass(frozen=True)
class Bounded(Parameter):
    """A parameter whose range may leave out its ends and other numbers.

    Parameters
    ----------
    low_open, high_open : bool
    excluded : tuple of (float, float, bool, bool)
        Intervals that are invalid: low, high, and whether they leave out their ends.
    """

    low_open: bool = False
    high_open: bool = False
    excluded: tuple[tuple[float, float, bool, bool], ...] = ()

    @property
    def range(self) -> str:
        """The range in words."""
        first, last = "(" if self.low_open else "[", ")" if self.high_open else "]"
        without = [f"{a:g}" if a == b else f"{a:g}:{b:g}" for a, b, _, _ in self.excluded]
        return f"{first}{self.low:g}:{self.high:g}{last}" + "".join(f" exclude {text}" for text in without)

    def refuses_number(self, value: float) -> bool:
        """Whether a number lies outside the range."""
        return bool(self.refuses(np.array([value]))[0])

    def refuses(self, values: np.ndarray) -> np.ndarray:
        """Find the values that lie outside the range."""
        bad = (values <= self.low) if self.low_open and math.isfinite(self.low) else values < self.low
        bad |= (values >= self.high) if self.high_open and math.isfinite(self.high) else values > self.high
        for low, high, low_open, high_open in self.excluded:
            above = values > low if low_open else values >= low
            bad |= above & (values < high if high_open else values <= high)
        return bad


@dataclass(frozen=True, eq=False)
class Design:
    """A module, its names, and its parameters as this package declares them.

    Parameters
    ----------
    scope : Scope
    survey : Survey
    sources : Sources
        For places in messages.
    columns : dict of str to str
        Parameter → name of its column.
    nodes : dict of str to str
        Node → name of its unknown.
    optional : frozenset of str
        Parameters for which it matters whether a card gives them.
    parameters : tuple of Parameter
    refused : dict of str to str
        Parameters that a card cannot give, and why.
    words : dict of str to str
        Columns of words → the parameters, or elements of arrays, that they are.
    arrays : dict of str to (int, tuple of str)
        Arrays as cards name them: how many values a card gives at least, and the columns of the elements.
    module, file : tree.Module, tree.File
        What was read.
    shape : dict of Expr to bool
        Conditions on parameters that decided which instances and nodes there are.
    """

    scope: Scope
    survey: Survey
    sources: Sources
    columns: dict[str, str]
    nodes: dict[str, str]
    optional: frozenset[str]
    parameters: tuple[Parameter, ...]
    refused: dict[str, str]
    words: dict[str, str]
    arrays: dict[str, tuple[int, tuple[str, ...]]]
    module: tree.Module
    file: tree.File
    shape: dict[Expr, bool]

    @property
    def name(self) -> str:
        """Name of the module in decks."""
        return lowered(self.scope.module.name)

    @property
    def ports(self) -> tuple[str, ...]:
        """Unknowns of the ports."""
        return tuple(self.nodes[port] for port in self.scope.ports())

    @property
    def scalar_ports(self) -> bool:
        """Whether no port is an array."""
        return len(self.module.ports) == len(self.ports)

    @property
    def integers(self) -> tuple[str, ...]:
        """Parameters and elements of arrays that are integers and have columns."""
        return tuple(n for n, p in pieces(self.scope).items() if p.kind == "integer" and n in self.columns)

    @property
    def spellings(self) -> dict[str, str]:
        """Words that the module writes, by what decks make of them, if cards give it any."""
        return spellings(self.module) if self.words else {}

    @property
    def meaning(self) -> str:
        """What the module says of itself."""
        module = self.scope.module
        return module.attributes.get("desc", f"Module {module.name} of {self.place(module.at).file}.")

    def place(self, at: int) -> Place:
        """File, line and column of a place in the module."""
        return self.sources.place(at)


def design_of(module: tree.Module, file: tree.File, sources: Sources) -> Design | None:
    """Look through a module; faults are collected in `sources`, and then there is no design."""
    module = guarded(module)
    known = parameters_of(module)
    columns = _columns(known)
    try:
        flat, constants = _flat(known, file, columns, Given(), frozenset())
    except Fault as found:
        sources.report(found)
        return None
    scope, faults = scope_of(flat.module, file, flat.joined, flat.vectors)
    surveyor = Surveyor(scope)
    survey = surveyor.survey()
    faults += surveyor.faults
    if not scope.ports():
        faults.append(Fault(f"module '{module.name}' has no ports", module.at))
    for fault in faults:
        sources.report(fault)
    if faults:
        return None
    try:
        return _design(scope, survey, sources, columns, module, file, constants.decided)
    except Fault as fault:
        sources.report(fault)
        return None


def without_ports(design: Design, count: int) -> Design:
    """The design of devices whose cards leave out the nodes of the last `count` ports.

    Raises
    ------
    VerilogAError
    """
    design_left = design_of(without_last(design.module, count), design.file, design.sources)
    design.sources.check()
    assert design_left is not None
    return design_left


def reshaped(design: Design, given: Given) -> Design:
    """The design for devices whose parameters ask for other instances and nodes.

    Raises
    ------
    Fault
        If these have other ports.
    """
    known = parameters_of(design.module)
    flat, constants = _flat(known, design.file, design.columns, given, design.optional)
    scope, faults = scope_of(flat.module, design.file, flat.joined, flat.vectors)
    surveyor = Surveyor(scope)
    survey = surveyor.survey()
    for fault in faults + surveyor.faults:
        raise fault
    if scope.ports() != design.scope.ports():
        raise Fault("the number of ports cannot depend on parameters of the card", design.module.at)
    nodes = _nodes(scope, {*_TAKEN, *design.columns.values()})
    return replace(design, scope=scope, survey=survey, nodes=nodes, shape=constants.decided)


def _flat(
    known: Scope, file: tree.File, columns: dict[str, str], given: Given, optional: frozenset[str]
) -> tuple[Flat, Calls]:
    """The module without instances, for devices of which something may be given."""
    constants = Calls(known, columns, {}, given, optional)
    module = known.module
    if not needs_flattening(module):
        return Flat(module), constants
    if not given.sample:
        own = Calls(known, {}, {}, Given(), frozenset())
        single = [
            name for name in columns if name in known.parameters and not is_word(known.parameters[name])
        ]
        usual = {name: own.number(known.parameters[name].default) for name in single}
        numbers = {columns[name]: value.number for name, value in usual.items() if value.op == "const"}
        follow = frozenset(name for name, value in usual.items() if value.op != "const")
        constants = Calls(known, columns, {}, Given(sample=numbers), follow)
    return flattened(module, library_of(file), constants), constants


def _columns(scope: Scope) -> dict[str, str]:
    """Columns of the parameters, and of the elements of arrays."""
    taken = set(_TAKEN)
    return {name: _free(lowered(name).replace("[", "_").rstrip("]"), taken) for name in pieces(scope)}


def _nodes(scope: Scope, taken: set[str]) -> dict[str, str]:
    """Names of unknowns of the nodes that are not connected to others."""
    unknowns: dict[str, str] = {}
    for name, net in scope.nodes.items():
        if not net.ground and name not in scope.joined:
            unknowns[name] = _free(lowered(name).replace("[", "_").replace("]", "").replace(".", "_"), taken)
    return unknowns


def _design(
    scope: Scope,
    survey: Survey,
    sources: Sources,
    columns: dict[str, str],
    module: tree.Module,
    file: tree.File,
    shape: dict[Expr, bool],
) -> Design:
    own = pieces(scope)
    words_ = words(scope, columns)
    single = {name: own[name] for name in columns if own[name].bounds is None and columns[name] not in words_}
    nodes = _nodes(scope, {*_TAKEN, *columns.values()})
    constants = Calls(scope, columns, nodes, Given(), frozenset())
    defaults = {name: constants.number(declared.default) for name, declared in single.items()}
    initial_values(scope, columns, constants)  # finds faults
    asked = survey.asked
    optional = {name for name, e in defaults.items() if name in asked or e.op != "const"}
    optional |= columns.keys() - single.keys()
    parameters = []
    for name, column in columns.items():
        value = math.nan
        if name not in optional:
            default = defaults[name]
            value = (rounded(default) if own[name].kind == "integer" else default).number
        parameters.append(_parameter(constants, own[name], column, value))
    return Design(
        scope,
        survey,
        sources,
        columns,
        nodes,
        frozenset(optional),
        tuple(parameters),
        too_long(scope, columns),
        words_,
        arrays(scope, columns),
        module,
        file,
        shape,
    )


def _free(name: str, taken: set[str]) -> str:
    """A name that is not taken yet."""
    while name in taken:
        name += "_"
    taken.add(name)
    return name


def _parameter(constants: Evaluation, declared: tree.Parameter, column: str, default: float) -> Parameter:
    attributes, own = declared.attributes, lowered(declared.name)
    aliases: list[str] = []
    meaning = attributes.get("desc", attributes.get("info", ""))
    if declared.bounds is not None:
        meaning = meaning or f"an element of {declared.name}"
    else:
        aliases = [lowered(a) for a, of in constants.scope.aliases.items() if of == declared.name]
        aliases += [own] if own != column else []
    low, high, low_open, high_open = -math.inf, math.inf, False, False
    excluded: list[tuple[float, float, bool, bool]] = []
    for each in declared.ranges if not is_word(declared) else ():
        ends = _ends(constants, each)
        if ends is None:
            continue  # it depends on other parameters
        if each.exclude:
            excluded.append((*ends, each.low_open, each.high_open))
        else:
            (low, high), low_open, high_open = ends, each.low_open, each.high_open
    return Bounded(
        column,
        default,
        attributes.get("units", ""),
        meaning,
        low,
        high,
        tuple(aliases),
        low_open=low_open,
        high_open=high_open,
        excluded=tuple(excluded),
        nonzero=any(a < 0.0 < b or (a == 0.0 and not c) or (b == 0.0 and not d) for a, b, c, d in excluded),
    )


def _ends(constants: Evaluation, of: tree.Range) -> tuple[float, float] | None:
    """Ends of a range that are numbers."""
    ends: list[float] = []
    for end, infinite in ((of.low, -math.inf), (of.high, math.inf)):
        value = constants.number(end) if end is not None else None
        if value is not None and value.op != "const":
            return None
        ends.append(infinite if value is None else value.number)
    return ends[0], ends[1]
