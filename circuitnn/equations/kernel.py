"""A kernel: the equations of a model, ready to run. `equations.build` makes one."""

from __future__ import annotations

import struct
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from circuitnn.equations import scalar
from circuitnn.equations.evaluate import Evaluator
from circuitnn.equations.expr import STEPS, ZERO, Expr, order, symbol, symbols
from circuitnn.equations.substitution import substitute
from circuitnn.machine.cached import cached_property
from circuitnn.records import dataclass, field

if TYPE_CHECKING:
    import numpy as np

    from circuitnn._cext.kernel import KernelHandle
    from circuitnn.equations.guard import Guard

# Distributions: between 0 and 1; mean 0 and variance 1; mean 1. The order is that of the draws module.
DISTRIBUTIONS = ("uniform", "normal", "exponential")
# Columns of capacitances that are no derivatives of a charge, see `equations.build`: the share of a step's end in the
# mean of a step; voltages and capacitances, with their numbers
SHARE, VOLTAGE, CAPACITANCE = "_share", "_voltage", "_capacitance"
# Operations that are not linear, though the derivative of most of them is zero.
_BROKEN = STEPS | {"fmod"}
# Operations that may grow by orders of magnitude over a small step of the argument.
_STEEP = frozenset(("exp", "expm1", "sinh", "cosh", "tan", "pow", "pwr", *scalar.QUOTIENTS))


@dataclass(frozen=True)
class Limit:
    """A pn junction whose voltage the engine limits from iteration to iteration.

    Parameters
    ----------
    plus, minus : int
        Input rows of anode and cathode.
    vt, vcrit : str
        Columns of the thermal voltage times emission coefficient and of the critical voltage. [V]
    on : bool
        Whether the first guess of an operating point is that the junction conducts.
    """

    plus: int
    minus: int
    vt: str
    vcrit: str
    on: bool = False


@dataclass(frozen=True)
class Event:
    """An event: changes of memories or states at a time that is located exactly.

    Parameters
    ----------
    condition : Expr
        The event falls where this becomes positive at a converged point.
    updates : tuple of (str, Expr)
        New values of memories, or of inputs that are states, computed from the values before the event.
    redraw : tuple of str
        Random numbers that are drawn anew afterwards.
    """

    condition: Expr
    updates: tuple[tuple[str, Expr], ...]
    redraw: tuple[str, ...] = ()


def flipped(memories: Iterable[str], events: Collection[Event]) -> dict[str, Event]:
    """Memories that one event flips between 0 and 1, and nothing else changes, each with that event."""
    flips = {}
    for name in memories:
        touching = [e for e in events if name in dict(e.updates)]
        if len(touching) == 1 and touching[0].updates == ((name, 1.0 - symbol(name)),):
            flips[name] = touching[0]
    return flips


class Kept(NamedTuple):
    """What variables that keep their values from point to point ask of the time steps.

    Parameters
    ----------
    changing : str
        What goes on changing from point to point after the first one, and not only by events; empty if nothing does.
    error : str
        Column of `carried` with the error of the step, relative to the size of the variables that are integrated by
        formulas of the model's own; empty if there are none.
    longest : str
        Column of `carried` with the longest next step [s]; empty if there is none.
    due : tuple of str
        Memories that are moments at which steps end. [s]
    drawn : tuple of (str, str)
        Random numbers that are drawn anew after accepted points, each with the column of `carried` that says so.
    noisy : tuple of (str, str)
        Unknowns to which such numbers add, each with the column of `carried` that is their sum.
    seeds : tuple of (str, Expr)
        Random numbers whose sequence depends on a number of the instance, from its parameters.
    """

    changing: str = ""
    error: str = ""
    longest: str = ""
    due: tuple[str, ...] = ()
    drawn: tuple[tuple[str, str], ...] = ()
    noisy: tuple[tuple[str, str], ...] = ()
    seeds: tuple[tuple[str, Expr], ...] = ()


class Noise(NamedTuple):
    """A fluctuation of density white + flicker/f^exponent, and the equations that it enters.

    Parameters
    ----------
    name : str
    into : tuple of (str, Expr)
        Inputs to whose residuals it is added, with factors; a current from one node to another enters the
        first with 1 and the second with -1.
    white : Expr
        [A²/Hz] for a current. Where it contains the symbol ``hertz`` it is that of the frequency.
    flicker : Expr
        [A² Hz^(exponent - 1)] for a current.
    exponent : Expr
    """

    name: str
    into: tuple[tuple[str, Expr], ...]
    white: Expr
    flicker: Expr
    exponent: Expr


@dataclass(frozen=True)
class Kernel:
    """Equations f(x) + d/dt q(x) = 0 of one model, with G = ∂f/∂x and C = ∂q/∂x.

    Parameters
    ----------
    name : str
    inputs : tuple of str
        Local unknowns; equation row i belongs to unknown i.
    columns : tuple of str
        Numbers of each instance which the kernel reads at run time.
    f, q : tuple of Expr
        One per input row; 0 where there is none.
    G, C : tuple of (row, column, Expr)
        Entries that are not zero everywhere.
    events : tuple of Event
    setup : tuple of (column, Expr)
        Columns computed once, each from parameters alone.
    limits : tuple of Limit
    memories : tuple of (str, Expr)
        Columns that events change, and their initial values, from parameters and random numbers.
    randoms : tuple of (str, str)
        Columns of random numbers, and their distributions.
    noises : tuple of Noise
        Fluctuating currents, for noise analyses.
    carried : tuple of (column, Expr)
        Memories that take a new value at every accepted point, from the unknowns there and the values before.
    kept : Kept, optional
        Given if these are variables of a model, and not the path of its unknowns.
    """

    name: str
    inputs: tuple[str, ...]
    columns: tuple[str, ...]
    f: tuple[Expr, ...]
    q: tuple[Expr, ...]
    G: tuple[tuple[int, int, Expr], ...]
    C: tuple[tuple[int, int, Expr], ...]
    # Fields with expressions have no class defaults, so that `__getattr__` can read those of a stored kernel.
    events: tuple[Event, ...] = field(default_factory=tuple)
    setup: tuple[tuple[str, Expr], ...] = field(default_factory=tuple)
    limits: tuple[Limit, ...] = ()
    memories: tuple[tuple[str, Expr], ...] = field(default_factory=tuple)
    randoms: tuple[tuple[str, str], ...] = ()
    noises: tuple[Noise, ...] = field(default_factory=tuple)
    carried: tuple[tuple[str, Expr], ...] = field(default_factory=tuple)
    kept: Kept | None = None
    compiled = False  # whether the equations are compiled code of others, and their expressions unknown

    def __getattr__(self, name: str) -> Any:
        """Read a part of a stored kernel when it is first used."""
        unread = vars(self).get("_unread")
        if unread is None:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        vars(self).update(unread())  # may be interrupted, and must then be repeatable
        vars(self).pop("_unread", None)
        return getattr(self, name)

    @cached_property
    def derived(self) -> tuple[tuple[str, ...], Evaluator]:
        """Columns computed once, with their expressions."""
        expressions = {name: e for name, e in self.setup if name in self.columns}
        return tuple(expressions), Evaluator(expressions.values())

    @cached_property
    def computed(self) -> dict[tuple[tuple[str, ...], bytes], np.ndarray]:
        """Cache of columns of small groups: the next analysis, sample or step often needs the same."""
        return {}

    @cached_property
    def f_rows(self) -> tuple[int, ...]:
        """Rows whose static residual is not zero everywhere."""
        return tuple(i for i, e in enumerate(self.f) if e is not ZERO)

    @cached_property
    def q_rows(self) -> tuple[int, ...]:
        """Rows whose charge is not zero everywhere."""
        return tuple(i for i, e in enumerate(self.q) if e is not ZERO)

    @cached_property
    def G_places(self) -> tuple[tuple[int, int], ...]:
        """Row and column of each entry of G."""
        return tuple((row, column) for row, column, _ in self.G)

    @cached_property
    def C_places(self) -> tuple[tuple[int, int], ...]:
        """Row and column of each entry of C."""
        return tuple((row, column) for row, column, _ in self.C)

    @cached_property
    def rate_rows(self) -> tuple[int, ...]:
        """Rows of the form y = d(e)/dt: f contains only the unknown, q only others."""
        static = {row: [c for r, c in self.G_places if r == row] for row in self.q_rows}
        diagonal = {row for row, column in self.C_places if row == column}
        return tuple(row for row, columns in static.items() if columns == [row] and row not in diagonal)

    @cached_property
    def outputs(self) -> list[Expr]:
        """What the kernel computes, in the order of its rows: f, q, G, C, conditions, updates of events."""
        entries = [e for _, _, e in (*self.G, *self.C)]
        entries += [event.condition for event in self.events]
        entries += [e for event in self.events for _, e in event.updates]
        return [*(self.f[i] for i in self.f_rows), *(self.q[i] for i in self.q_rows), *entries]

    @cached_property
    def carried_columns(self) -> tuple[str, ...]:
        """Columns that take a new value at every accepted point."""
        return tuple(name for name, _ in self.carried)

    @cached_property
    def moving(self) -> frozenset[str]:
        """Columns that events and accepted points change."""
        return frozenset(name for name, _ in (*self.memories, *self.randoms))

    @cached_property
    def digest(self) -> str:
        """Hash of the computation, independent of names."""
        from hashlib import sha256  # takes 3 ms; built-in kernels have it stored

        names = {n: f"x{i}" for i, n in enumerate(self.inputs)} | {
            n: f"c{i}" for i, n in enumerate(self.columns)
        }
        number: dict[Expr, int] = {}
        h = sha256()
        outputs = [*self.outputs, *(e for _, e in self.carried)]
        for node in order(outputs):
            value = node.value
            if node.op == "symbol":
                value = names.get(str(value), value)
            word = struct.pack("<d", value).hex() if isinstance(value, float) else repr(value)
            h.update(f"{node.op} {word} {[number[a] for a in node.args]};".encode())
            number[node] = len(number)
        sizes = (len(self.inputs), len(self.columns), [number[e] for e in outputs], *self.carried_columns)
        h.update(repr(sizes).encode())
        return h.hexdigest()[:32]

    @cached_property
    def linear(self) -> bool:
        """Whether f and q are linear in the inputs, with G and C fixed numbers of each instance."""
        moving = {*self.inputs, "time", *self.moving}
        if symbols(e for _, _, e in (*self.G, *self.C)) & moving:
            return False
        depends: dict[Expr, bool] = {}
        for node in order([*self.f, *self.q]):
            depends[node] = any(depends[a] for a in node.args) or (
                node.op == "symbol" and node.value in self.inputs
            )
            if depends[node] and node.op in _BROKEN:
                return False
            if node.op == "where" and depends[node.args[0]]:
                return False
        return True

    @cached_property
    def steep(self) -> bool:
        """Whether currents may grow steeply other than at declared junctions; the engine then limits steps.

        A model that declares its junctions is trusted if nothing else in it is exponential, a power or a quotient:
        its other currents are at most products of voltages.
        """
        if self.linear or not self.limits:
            return not self.linear
        declared = {frozenset((self.inputs[limit.plus], self.inputs[limit.minus])) for limit in self.limits}
        varying = {*self.inputs, "time", *self.moving}
        for node in order(self.f):
            if node.op not in _STEEP or not symbols(node.args) & varying:
                continue
            argument = node.args[0]
            voltage = argument.args[-1] if argument.op == "mul" else argument
            scale = symbols(argument.args[:-1]) if argument.op == "mul" else set()
            pair = frozenset(str(a.value) for a in voltage.args) if voltage.op == "sub" else None
            if node.op != "exp" or pair not in declared or scale & varying:
                return True
        return False

    @cached_property
    def guard(self) -> Guard:
        """The guard of the equations."""
        from circuitnn.equations.guard import Guard  # arrays do not use it

        return Guard(self._watched, self.inputs)

    def _watched(self) -> list[Expr]:
        exprs = [*self.f, *self.q, *(event.condition for event in self.events)]
        return substitute(exprs, dict(self.setup))

    @cached_property
    def quick_guard(self) -> KernelHandle | None:
        """A program that is positive where an operation has no value, as the build stored it; None if there is none.

        It reads the kernel's own columns, and does not say which operation.
        """
        program = vars(self).get("_guard_program")
        if program is None:
            return None
        from circuitnn.equations.bytecode import Assembly

        return Assembly(*program).handle()

    @cached_property
    def time_dependent(self) -> bool:
        """Whether the kernel reads the time."""
        return "time" in symbols(self.outputs)


def displacements(kernel: Kernel) -> list[tuple[Expr, Expr]]:
    """Voltages and capacitances, times the end's share, where a kernel's are no derivatives of a charge."""
    values = dict(kernel.carried)
    count = sum(name.startswith(VOLTAGE) for name in values) if kernel.kept is None else 0
    return [(values[f"{VOLTAGE}{k}"], values[f"{CAPACITANCE}{k}"]) for k in range(count)]


def handle(
    kernel: Kernel, evaluations: float = 0.0, hostcompile: str = "auto", notes: list[str] | None = None
) -> KernelHandle:
    """Return the kernel in callable form: compiled into the package, or by the host's compiler, or as bytecode.

    Parameters
    ----------
    kernel : Kernel
    evaluations : float
        Expected evaluations times instances.
    hostcompile : {"auto", "on", "off"}
        See `circuitnn.equations.host`.
    notes : list of str, optional
        Receives a note if the host's compiler was needed and failed.
    """
    from circuitnn._cext.kernel import native_handle

    if kernel.compiled:
        brought: KernelHandle = cast("Any", kernel).callable_form()
        return brought
    native = native_handle(kernel.name, kernel.digest)
    if native is not None:
        return native
    from circuitnn.equations import host
    from circuitnn.equations.bytecode import assemble

    if host.wanted(hostcompile, evaluations):
        try:
            return host.compiled(kernel)
        except host.HostCompileError as error:
            if notes is not None:
                notes.append(f"{kernel.name} runs as bytecode: {error}")
    return assemble(kernel)
