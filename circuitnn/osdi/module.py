"""Models of compiled modules: parameters, nodes, and what parameters make of the nodes."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import numpy as np

from circuitnn._cext.osdi import Devices, Module
from circuitnn.errors import AnalysisError, ModelFileError
from circuitnn.models import as_written, special
from circuitnn.models.declarations import INSTANCE, RESERVED, Parameter, State
from circuitnn.models.model import Equations, Model
from circuitnn.osdi.kernel import (
    MULTIPLIER,
    SURROUNDINGS,
    CompiledKernel,
    Layout,
    compiled_kernel,
    multiplier_of,
)

STRING = 2  # type of a parameter
# Names of this package's own, which a module may have for something else.
_TAKEN = RESERVED | {"temp", "tnom", "multiplier", "m"}
_SERIAL = itertools.count(1)


class CompiledModule(Model):
    """Base of the models of compiled modules.

    Attributes
    ----------
    module : Module
    joined : tuple of bool
        Which of the module's collapsible pairs of nodes are one.
    serial : int
    """

    module: ClassVar[Module]
    joined: ClassVar[tuple[bool, ...]]
    serial: ClassVar[int]
    own_kernel: ClassVar[CompiledKernel | None] = None
    of_joined: ClassVar[dict[tuple[bool, ...], type[CompiledModule]]]
    compiled = True
    any_letter = True  # decks for other simulators write M or Q for a module of a transistor
    hidden_units = "a compiled module has equations that nobody can read"
    clock = "a module may read the time"
    jumps = "a module may have jumps"

    @classmethod
    def equations(cls, m: Equations) -> None:
        """Refuse: there are none to read.

        Raises
        ------
        AnalysisError
        """
        raise AnalysisError(
            f"'{as_written(cls.name)}' is a compiled module, whose equations cannot be read; load its Verilog-A "
            'source (.hdl "file.va") for what needs them'
        )

    @classmethod
    def kernel(cls) -> CompiledKernel:
        """Return the kernel of the model, made once."""
        if cls.own_kernel is None:
            inputs = cls.inputs()
            nodes = tuple(inputs.index(name) if name else -1 for name in _unknowns(cls.module, cls.joined))
            cls.own_kernel = compiled_kernel(cls.name, cls.module, Layout(inputs, nodes, *_columns(cls)))
        return cls.own_kernel

    @classmethod
    def kinds(cls, columns: Mapping[str, np.ndarray], count: int) -> Iterator[tuple[type[Model], np.ndarray]]:
        """Models of devices by the nodes that their parameters join, and the rows of each."""
        patterns = cls._patterns(columns, count)
        for pattern in dict.fromkeys(patterns):
            yield cls._kind(pattern), np.array([k for k in range(count) if patterns[k] == pattern])

    @classmethod
    def _patterns(cls, columns: Mapping[str, np.ndarray], count: int) -> list[tuple[bool, ...]]:
        """Which nodes the parameters of each device join; the module may refuse them."""
        names, parameters = _columns(cls)
        usual = {"temp": 27.0, "multiplier": 1.0}
        rows = np.empty((len(names) + len(SURROUNDINGS), count))
        for row, name in zip(rows, (*names, *SURROUNDINGS), strict=True):
            row[:] = columns.get(name, np.nan)
            row[np.isnan(row)] = usual.get(name, np.nan)
        nowhere = [np.full(len(part), -1) for part in 2 * (cls.module.nodes,) + 2 * (cls.module.entries,)]
        devices = Devices(cls.module, parameters, multiplier_of(cls.module), nowhere[0], (0, 0), nowhere)
        try:
            patterns = [devices.joined(rows, k) for k in range(count)]
        except ValueError as error:
            what = str(error) or "its parameters"
            raise AnalysisError(
                f"the model '{as_written(cls.name)}' refuses {what}: out of its range"
            ) from None
        if devices.integrates(rows):
            raise AnalysisError(
                f"'{as_written(cls.name)}' integrates over time (idt), which compiled modules cannot do in all "
                'analyses here; load its Verilog-A source instead: .hdl "file.va"'
            )
        return patterns

    @classmethod
    def _kind(cls, pattern: tuple[bool, ...]) -> type[Model]:
        """The model of devices with these nodes joined, made once."""
        known = cls.of_joined
        if pattern not in known:
            known[pattern] = _model(cls.module, pattern, f"{cls.name}#{cls.serial}.{len(known) + 1}", cls)
        kind = known[pattern]
        # Also one that another process has made, from which this one has its models.
        return kind if kind.joined == cls.joined else special(kind)

    @classmethod
    def unfit(cls, columns: Mapping[str, np.ndarray]) -> str:
        """Say that parameters ask for other nodes than this model has; empty if they do not."""
        count = len(np.atleast_1d(columns["multiplier"]))
        return "" if set(cls._patterns(columns, count)) <= {cls.joined} else "a parameter that joins nodes"


def model_of(module: Module) -> type[CompiledModule]:
    """The model of a module, for devices without joined nodes; `CompiledModule.kinds` makes the others.

    Parameters
    ----------
    module : Module

    Raises
    ------
    ModelFileError
    """
    if any(flow for _, _, flow, *_ in module.nodes[: module.terminals]):
        raise ModelFileError(f"module '{module.name}' has a terminal that is no node")
    if module.delays:
        raise ModelFileError(
            f"module '{module.name}' has delays (absdelay), which compiled modules cannot have here; load its "
            'Verilog-A source: .hdl "file.va"'
        )
    model = _model(module, (False,) * len(module.collapsible), module.name.lower())
    model.of_joined, model.serial = {model.joined: model}, next(_SERIAL)
    return model


def _model(
    module: Module, joined: tuple[bool, ...], name: str, base: type[CompiledModule] = CompiledModule
) -> type[CompiledModule]:
    unknowns = list(dict.fromkeys(name for name in _unknowns(module, joined) if name))
    own = _names(module)
    flows = {own[k] for k, node in enumerate(module.nodes) if node[2]}
    terminals = own[: module.terminals]
    units = dict(zip(own, (node[1] for node in module.nodes), strict=True))
    body: dict[str, Any] = {
        "__doc__": f"The module {module.name} of a compiled library.",
        "name": name,
        "module": module,
        "joined": joined,
        "own_kernel": None,
        "terminals": tuple(terminals),
        "internal": tuple(n for n in unknowns if n not in flows and n not in terminals),
        "states": tuple(
            State(n, units[n] or "A", "a current of the module", 0.0, 1e-12, hold=False)
            for n in unknowns
            if n in flows
        ),
        "parameters": tuple(parameter for parameter, _ in _parameters(module)),
        "instance_parameters": INSTANCE,
        "refused": _refused(module),
    }
    return type(f"Compiled_{module.name}", (base,), body)


def _names(module: Module) -> list[str]:
    """Names of the unknowns of a module's nodes; each one only once."""
    names: list[str] = []
    for node in module.nodes:
        plain = "".join(c if c.isalnum() else "_" for c in node[0].lower()).strip("_") or "node"
        while plain in names or plain in _TAKEN:
            plain += "_"
        names.append(plain)
    return names


def _unknowns(module: Module, joined: tuple[bool, ...]) -> list[str]:
    """Name of each node's unknown where some are joined; empty for ground. Terminals keep theirs."""
    names = _names(module)
    of_node = dict(enumerate(names))
    for (first, second), one in zip(module.collapsible, joined, strict=True):
        if not one:
            continue
        a, b = of_node[first], of_node[second] if second >= 0 else ""
        keep, gone = (a, b) if a in names[: module.terminals] or not a else (b, a)
        if not gone or gone in names[: module.terminals]:
            keep, gone = gone, keep
        if keep in names[: module.terminals] and gone in names[: module.terminals]:
            continue  # a card has two nodes there
        of_node = {k: keep if name == gone else name for k, name in of_node.items()}
    return [of_node[k] for k in range(len(names))]


def _parameters(module: Module) -> list[tuple[Parameter, int]]:
    """Parameters that a card may give, with their numbers."""
    parameters = []
    for k, (names, kind, _, length, meaning, unit) in enumerate(module.parameters):
        if kind == STRING or length or MULTIPLIER in names:
            continue
        first, *others = (name.lower() for name in names)
        aliases = tuple(other for other in others if other != first)
        if first in _TAKEN:
            first, aliases = first + "_", (*aliases, first)
        parameters.append((Parameter(first, np.nan, unit, meaning, aliases=aliases), k))
    return parameters


def _columns(model: type[CompiledModule]) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Names of the columns of parameters, and their numbers in the module."""
    pairs = _parameters(model.module)
    return tuple(parameter.name for parameter, _ in pairs), tuple(number for _, number in pairs)


def _refused(module: Module) -> dict[str, str]:
    """Parameters that no card can give, and why."""
    reasons: dict[str, str] = {}
    for names, kind, _, length, *_ in module.parameters:
        if kind == STRING or length:
            what = "words" if kind == STRING else "several numbers"
            reason = f"{what} can be given to Verilog-A source only, not to a compiled module"
            reasons |= dict.fromkeys((name.lower() for name in names), reason)
    return reasons
