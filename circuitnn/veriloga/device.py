"""A compact model made of a module.

The model is a class, as other models are. Integers, words, whether a card gives a parameter, and conditions on which
the structure depends are decided when devices are made: devices that differ in these get models of their own, with the
smaller equations that remain (`VerilogA.kinds`).
"""

from __future__ import annotations

import itertools
import sys
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar

import numpy as np

from circuitnn.equations.evaluate import evaluate
from circuitnn.equations.expr import Expr, symbols
from circuitnn.equations.kernel import Kernel
from circuitnn.errors import AnalysisError, DeckWarning
from circuitnn.machine.garbage_collection import paused_collection
from circuitnn.models import as_written, special
from circuitnn.models.declarations import INSTANCE
from circuitnn.models.model import Equations, Model
from circuitnn.records import replace
from circuitnn.veriloga import stored
from circuitnn.veriloga.assembly import Assembled, assemble
from circuitnn.veriloga.design import Design, reshaped, without_ports
from circuitnn.veriloga.evaluation import SURROUNDINGS, Given
from circuitnn.veriloga.execution import STOPPING
from circuitnn.veriloga.grouping import groups, spelled
from circuitnn.veriloga.messages import doubts, text_of
from circuitnn.veriloga.source import Fault, Problem, VerilogAError

RECURSION = 5000
_SERIAL = itertools.count(1)
MOST = 1000  # kinds of devices of one module


class _Assembled:
    """An attribute of a model that follows from its equations, which are made when something asks for them."""

    def __init__(self, read: Any) -> None:
        self.read = read

    def __get__(self, instance: object, owner: type[VerilogA]) -> Any:
        return self.read(owner.assembled())


class Derived:
    """What follows from a module, each made once. Kernels are addresses: another process gets the equations only.

    Parameters
    ----------
    equations : Assembled or StoredAssembled, optional
        What its execution gave, or what the cache knows of it.
    """

    def __init__(self, equations: Any = None) -> None:
        self.equations = equations
        self.kernel: Kernel | None = None
        # of devices whose parameters ask for equations of their own
        self.kinds: dict[Any, list[type[VerilogA]]] = {}
        self.by_nodes: dict[int, type[VerilogA]] = {}  # of devices whose cards name so many nodes only

    def __reduce__(self) -> tuple[type[Derived], tuple[Any]]:
        return Derived, (self.equations,)


class VerilogA(Model):
    """Base of all models made of modules.

    Attributes
    ----------
    design : Design
    given : Given
        What is known of the parameters of the devices that the model is for.
    """

    design: ClassVar[Any]  # a Design, or what the cache knows of it
    given: ClassVar[Given]
    any_letter = True  # decks for other simulators write M or Q for a module of a transistor
    internal = _Assembled(lambda made: tuple(made.inner))
    states = _Assembled(lambda made: tuple(made.states))
    memories = _Assembled(lambda made: made.keeping.before)
    randoms = _Assembled(lambda made: made.keeping.randoms)
    stimuli = _Assembled(lambda made: made.stimuli)
    nodesets = _Assembled(lambda made: made.nodesets)
    delays = _Assembled(lambda made: made.delays)
    messages = _Assembled(lambda made: made.told)
    grounded = _Assembled(lambda made: "the module's currents flow to ground, too" if made.grounded else "")
    hidden_units = "equations of others have units in their numbers"
    clock = "a module may read the time"
    jumps = "a module may have jumps"
    derived: ClassVar[Derived]

    @classmethod
    def assembled(cls) -> Assembled:
        """The equations, made once.

        Raises
        ------
        VerilogAError
            If the module uses what is not supported.
        """
        if cls.derived.equations is None:
            cls.derived.equations = cls._made()
        return cls.derived.equations

    @classmethod
    def _made(cls) -> Any:
        """The equations, from the cache if they are there."""
        begin, known = time.process_time(), cls._stored()
        assembled, origin = known or cls._executed(), cls.origin
        if origin is not None:
            origin.tables.update(stored.digests(assembled))
            worth = known is None and origin.worth(time.process_time() - begin)
            if worth and "#" not in cls.name:  # others ask for a kernel next
                stored.keep_assembled(origin.key, cls.design, cls.given, assembled, None)
        return assembled

    origin: ClassVar[stored.Origin | None] = None  # the file, if it may have entries in the cache

    @classmethod
    def _executed(cls) -> Assembled:
        usual = sys.getrecursionlimit()
        sys.setrecursionlimit(max(usual, RECURSION))  # rounds of loops lie within each other
        try:
            with paused_collection(), _placed(cls.design):
                return assemble(cls.design, cls.given)
        except RecursionError:
            message = "an expression is nested too deep; split it"
            raise VerilogAError([Problem(message, cls.design.place(cls.design.scope.module.at))]) from None
        finally:
            sys.setrecursionlimit(usual)

    @classmethod
    def _stored(cls) -> Any:
        """Equations from the cache, where the file has been found there."""
        if not isinstance(cls.design, stored.StoredDesign):
            return None
        one = {name: np.array([value]) for name, value in cls.given.sample.items()}
        return stored.assembled(
            cls.design, cls.given, cls._executed, lambda made: bool(_decides(made.decided, one, 1)[0])
        )

    @classmethod
    def kernel(cls) -> Kernel:
        """Return the kernel of the model, made once."""
        if cls.derived.kernel is None:
            cls.derived.kernel = cls._compiled()
        return cls.derived.kernel

    @classmethod
    def _compiled(cls) -> Kernel:
        assembled = cls.assembled()
        if isinstance(assembled, stored.StoredAssembled) and assembled.has_kernel:
            return assembled.kernel(cls.name)
        begin = time.process_time()
        with paused_collection():
            kernel = super().kernel()
        if cls.origin is not None and cls.origin.worth(time.process_time() - begin):
            stored.keep_assembled(cls.origin.key, cls.design, cls.given, assembled, kernel)
        return kernel

    @classmethod
    def equations(cls, m: Equations) -> None:
        """Take over what the execution of the module gave."""
        assembled = cls.assembled()
        m.f.update(assembled.f)
        m.q.update(assembled.q)
        m.noises += assembled.noises
        m.probes = assembled.probes  # type: ignore[assignment]  # nobody adds to them
        m.carried.update(assembled.keeping.carried)
        m.events.update(assembled.keeping.events)
        m.kept = assembled.keeping.kept
        for plus, minus, thermal, critical in assembled.limits:
            m.limits.append((m.inputs.index(plus), m.inputs.index(minus), thermal, critical, False))

    @classmethod
    def kinds(cls, columns: Mapping[str, np.ndarray], count: int) -> Iterator[tuple[type[Model], np.ndarray]]:
        """Models of devices by what their parameters decide, and the rows of each."""
        own = cls._own(columns, count)
        for fixed, given, rows in groups(cls.design, own, count):
            while rows.size:
                sample = {name: float(column[rows[0]]) for name, column in own.items()}
                kind = cls._kind(fixed, given, sample)
                fits = kind._fits({name: column[rows] for name, column in own.items()})
                kind._tell({name: column[rows[fits]] for name, column in own.items()})
                yield kind, rows[fits]
                rows = rows[~fits]

    @classmethod
    def _own(cls, columns: Mapping[str, np.ndarray], count: int) -> dict[str, np.ndarray]:
        """Numbers that decide: parameters, and the temperature, which is usual unless a card gives it."""
        own = {name: np.broadcast_to(columns[name], count) for name in cls.design.columns.values()}
        for name, usual in SURROUNDINGS.items():
            column = np.broadcast_to(columns.get(name, usual), count)
            own[name] = np.where(np.isnan(column), usual, column)
        return own

    @classmethod
    def _kind(
        cls, fixed: dict[str, float | str], given: frozenset[str], sample: Mapping[str, float]
    ) -> type[VerilogA]:
        """The model of devices like this one, made once."""
        known = cls.derived.kinds.setdefault((tuple(sorted(fixed.items())), given), [])
        one = {name: np.array([value]) for name, value in sample.items()}
        for kind in known:
            if kind._fits(one)[0]:
                return kind
        number = sum(map(len, cls.derived.kinds.values())) + 1
        if number > MOST:
            raise AnalysisError(
                f"the parameters of '{as_written(cls.name)}' ask for more than {MOST} kinds of devices"
            )
        kind = _derived(cls, f"{cls.name}#{cls.serial}.{number}", Given(fixed, given, dict(sample)))
        if isinstance(cls.design, stored.StoredDesign) and cls.design.shape:
            kind.design = cls.design.of_kind(lambda whole: _reshaped(whole, kind.given))
        elif cls.design.shape:
            kind.design = _reshaped(cls.design, kind.given)
        known.append(kind)
        return kind

    @classmethod
    def with_first_nodes(cls, count: int) -> type[VerilogA] | None:
        """The model of devices whose cards name the nodes of the first `count` ports; None if there is none.

        The others are inner nodes then, for which ``$port_connected`` is 0.
        """
        left = len(cls.terminals) - count
        if left < 0 or count < 1 or not cls.design.scalar_ports:
            return None  # arrays of ports are connected as a whole
        known = cls.derived.by_nodes
        if count not in known:
            known[count] = _leaving_out(cls, left)
        return known[count]

    serial: ClassVar[int]  # a module that replaces another of its name has kinds of other names

    @classmethod
    def _fits(cls, columns: Mapping[str, np.ndarray]) -> np.ndarray:
        """Which devices decide as those that the model was made for, if their integers are the same."""
        return _decides(cls.assembled().decided, columns, len(columns["multiplier"]))

    @classmethod
    def written_at(cls, at: int) -> str:
        """File and line of a place in the module."""
        place = cls.design.place(at)
        return f"{place.file}:{place.line}"

    @classmethod
    def unfit(cls, columns: Mapping[str, np.ndarray]) -> str:
        """Say what parameters ask for another structure than this model has; empty if none do."""
        design, count = cls.design, len(np.atleast_1d(columns["multiplier"]))
        own = cls._own(columns, count)
        for name, value in cls.given.fixed.items():
            column = own.get(design.columns[name])
            if column is None:
                continue
            there = set(np.rint(column[~np.isnan(column)]).tolist())  # not np.unique, which imports numpy.ma
            if any(
                (spelled(design, number) if isinstance(value, str) else number) != value for number in there
            ):
                return design.columns[name]
        for name in design.optional:
            if not np.all(np.isnan(own[design.columns[name]]) == (name not in cls.given.given)):
                return design.columns[name]
        if cls.assembled().decided and not cls._fits(own).all():
            return ", ".join(sorted(symbols(cls.assembled().decided)))
        return ""

    @classmethod
    def _tell(cls, columns: Mapping[str, np.ndarray]) -> None:
        """Show the messages of the module that follow from parameters, and say what has no effect."""
        assembled = cls.assembled()
        for message in assembled.messages:
            holds = np.not_equal(evaluate([message.condition], columns)[0], 0.0)
            if not np.any(holds):
                continue
            row = int(np.flatnonzero(np.atleast_1d(holds))[0])
            text = text_of(message, {name: float(column[row]) for name, column in columns.items()})
            place = cls.design.place(message.at)
            said = f"{place.file}:{place.line}: {message.task}: {text}"
            if message.task in STOPPING:
                raise AnalysisError(f"the model '{as_written(cls.name)}' refuses its parameters: {said}")
            warnings.warn(said, DeckWarning, stacklevel=2)
        if "_told" not in vars(cls):
            cls._told = True
            cls.tell()

    @classmethod
    def tell(cls) -> None:
        """Warn of what a user of the model should know."""
        for sentence in doubts(cls, cls.assembled()):
            warnings.warn(sentence, DeckWarning, stacklevel=2)

    _told: ClassVar[bool]


def _decides(decided: Mapping[Expr, bool], columns: Mapping[str, np.ndarray], count: int) -> np.ndarray:
    """For which devices conditions turn out as they did."""
    fits = np.ones(count, dtype=bool)
    for value, wanted in zip(evaluate(decided, columns), decided.values(), strict=True):
        fits &= np.broadcast_to(np.not_equal(value, 0.0), count) == wanted
    return fits


@contextmanager
def _placed(design: Any) -> Iterator[None]:
    """Faults within this context become errors with their place."""
    try:
        yield
    except Fault as fault:
        raise VerilogAError([Problem(str(fault), design.place(fault.at))]) from None


def _reshaped(design: Any, given: Given) -> Design:
    """The design for devices whose parameters ask for other instances and nodes; faults have their place."""
    with _placed(design):
        return reshaped(design, given)


def model_of(design: Design) -> type[VerilogA]:
    """The model of a module; its equations are made when they are asked for."""
    body = {
        "name": design.name,
        "terminals": design.ports,
        "parameters": design.parameters,
        "instance_parameters": INSTANCE,
        "refused": design.refused,
        "choosing": frozenset(
            design.columns[n] for n in (*design.integers, *design.optional, *design.words.values())
        ),
        "words": frozenset(
            p for each in design.parameters if each.name in design.words for p in (each.name, *each.aliases)
        ),
        "arrays": design.arrays,
        "design": design,
        "given": Given({}, frozenset(), {p.name: float(p.default) for p in design.parameters} | SURROUNDINGS),
        "derived": Derived(),
        "serial": next(_SERIAL),
        "__module__": __name__,
        "__doc__": design.meaning,
    }
    return type(design.name, (VerilogA,), body)


def _leaving_out(model: type[VerilogA], count: int) -> type[VerilogA]:
    """The model of devices whose cards leave out the nodes of the last `count` ports."""
    design = model.design
    if isinstance(design, stored.StoredDesign):
        design = design.without_ports(count, lambda whole: without_ports(whole, count))  # type: ignore[arg-type]
    else:
        design = without_ports(design, count)
    shorter = model_of(design)
    shorter.name = f"{model.name}~{len(design.ports)}nodes"
    shorter.keywords = (shorter.name,)
    if model.origin is not None:
        shorter.origin = replace(model.origin, key=f"{model.origin.key}-{count}", kept=True)
    special(shorter)
    return shorter


def numbered(model: type[VerilogA], number: int) -> type[VerilogA]:
    """The same model under a name that no other has."""
    body = {
        "name": f"{model.name}~{number}",
        "derived": Derived(),
        "serial": next(_SERIAL),
        "__module__": __name__,
        "__doc__": model.__doc__,
    }
    return type(model.__name__, (model,), body)


def _derived(model: type[VerilogA], name: str, given: Given) -> type[VerilogA]:
    body = {
        "name": name,
        "keywords": (name,),
        "given": given,
        "derived": Derived(),
        "__module__": __name__,
        "__doc__": model.__doc__,
    }
    kind = type(model.__name__, (model,), body)
    special(kind)
    return kind
