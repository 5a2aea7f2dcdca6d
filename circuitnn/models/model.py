"""The language compact models are written in: terminals, parameters, equations; nothing else.

A model is a class with a few attributes and one method, ``equations``, that says which
currents flow, which charges are stored, and which events flip which memory. Derivatives,
stamps and code come from the expression graph.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import ClassVar

from circuitnn.equations.graph import ONE, ZERO, Expr, as_expr, ceil, ddt, limit, ln, sinh, symbol, where
from circuitnn.equations.kernel import Event, Kernel, Noise
from circuitnn.equations.rules import resolved, substitute
from circuitnn.models.declarations import INSTANCE, RESERVED, Drive, Parameter, ParameterSet, Probe, State
from circuitnn.models.stored import stored_kernel

__all__ = ["Drive", "Equations", "Model", "Parameter", "ParameterSet", "State", "limited_sinh"]

# Columns that every model may read: instance and nominal temperature. [°C]
TEMPERATURES = ("temp", "tnom")


def limited_sinh(x: Expr, most: float = 40.0) -> Expr:
    """Hyperbolic sine that continues as a straight line beyond ±`most`, so that Newton steps stay useful."""
    inside = limit(x, -most, most)
    return sinh(inside) + math.cosh(most) * (x - inside)


def _local(name: str) -> str:
    """Symbol of a local quantity, which no parameter or node can be called."""
    return f"local {name}"


class Equations:
    """Collects what a model's ``equations`` method states.

    Parameters
    ----------
    inputs : tuple of str
        Terminals, inner nodes, states, and ``i_control`` for a current-controlled model.
    states : tuple of State
    """

    time = symbol("time")
    gmin = symbol("gmin")

    def __init__(self, inputs: tuple[str, ...], states: tuple[State, ...] = ()) -> None:
        self.inputs = inputs
        self.states = {state.name: state for state in states}
        self.f: dict[str, Expr] = dict.fromkeys(inputs, ZERO)
        self.q: dict[str, Expr] = dict.fromkeys(inputs, ZERO)
        self.events: dict[str, Event] = {}
        self.memories: dict[str, Expr] = {}
        self.displacements: list[tuple[str, str, Expr]] = []
        self.randoms: dict[str, str] = {}
        self.noises: list[Noise] = []
        self.limits: list[tuple[int, int, Expr, Expr, bool]] = []
        self.told: list[str] = []  # states whose equation has been stated
        self.probes: dict[str, Probe] = {}
        self.locals: dict[str, Expr] = {}  # symbols of `local`, and what they stand for

    def __getitem__(self, parameter: str) -> Expr:
        """Symbol of a parameter."""
        return symbol(parameter)

    def unknown(self, name: str) -> Expr:
        """Give a local unknown: the voltage of a node, a controlling current, or a state within its bounds.

        Parameters
        ----------
        name : str

        Returns
        -------
        Expr

        Raises
        ------
        ValueError
            If the model has no such unknown.
        """
        if name not in self.f:
            raise ValueError(f"{name} is no unknown of the model, only {', '.join(self.inputs)}")
        return self.states[name].within() if name in self.states else symbol(name)

    def voltage(self, plus: str, minus: str) -> Expr:
        """Give the voltage between two nodes.

        Parameters
        ----------
        plus, minus : str

        Returns
        -------
        Expr
            [V]
        """
        return self.unknown(plus) - self.unknown(minus)

    def local(self, name: str, value: Expr) -> Expr:
        """Give a quantity a name by which everything made from it is differentiated first.

        Derivatives by unknowns are those by local quantities times theirs. Where many expressions depend on the
        unknowns by few such quantities alone, the kernel is smaller.

        Parameters
        ----------
        name : str
        value : Expr
            May have earlier ones in it.

        Returns
        -------
        Expr
            Stands for the value.
        """
        self.locals[_local(name)] = value
        return symbol(_local(name))

    def partial(self, value: Expr, name: str) -> Expr:
        """Give the derivative of an expression by a local quantity, also by way of later ones.

        Parameters
        ----------
        value : Expr
        name : str

        Returns
        -------
        Expr
        """
        from circuitnn.equations.derivative import differentiate

        listed = list(self.locals)
        later = {key: self.locals[key] for key in listed[listed.index(_local(name)) + 1 :]}
        return differentiate(substitute([value], resolved(later))[0], _local(name))

    def spell_out(self, equations: bool = True) -> None:
        """Put what local quantities stand for in their place.

        Parameters
        ----------
        equations : bool
            Whether in f and q, too.
        """
        if not self.locals:
            return
        full = resolved(self.locals)

        def of(*values: Expr) -> list[Expr]:
            return substitute(values, full)

        if equations:
            for rows in (self.f, self.q):
                rows.update(zip(rows, of(*rows.values()), strict=True))
        self.noises = [
            Noise(n.name, tuple((name, of(factor)[0]) for name, factor in n.into), *of(*n[2:]))
            for n in self.noises
        ]
        found = of(*(probe.value for probe in self.probes.values()))
        for (name, probe), value in zip(list(self.probes.items()), found, strict=True):
            self.probes[name] = Probe(probe.unit, probe.meaning, value)

    def flow(self, plus: str, minus: str, current: Expr | float = ZERO, charge: Expr | float = ZERO) -> None:
        """Add a current from one node to another.

        Parameters
        ----------
        plus, minus : str
            Nodes.
        current : Expr or float
            Static current. [A]
        charge : Expr or float
            Charge whose time derivative is added. [C]
        """
        for node, sign in ((plus, 1.0), (minus, -1.0)):
            self.unknown(node)
            self.f[node] = self.f[node] + sign * as_expr(current)
            self.q[node] = self.q[node] + sign * as_expr(charge)

    def displace(self, plus: str, minus: str, capacitance: Expr) -> None:
        """Add a current C·dv/dt from one node to another for a capacitance that is not the derivative of a charge.

        The charge is integrated along the path of the unknowns, with the mean capacitance of both ends of each step,
        and is therefore not conserved on a closed path. If C depends on v alone, give its charge to `flow`.

        Parameters
        ----------
        plus, minus : str
            Nodes.
        capacitance : Expr
            [F]
        """
        self.displacements.append((plus, minus, as_expr(capacitance)))

    def rate(self, node: str, of: Expr) -> Expr:
        """Let the voltage of an inner node be d(of)/dt, for terms such as C(x)·dv/dt that no charge can express.

        No current flows into that node. Scale `of` such that its rate is of order one.

        Parameters
        ----------
        node : str
        of : Expr

        Returns
        -------
        Expr
            The voltage of the node. [V]
        """
        self.f[node] = self.f[node] + self.unknown(node)
        self.q[node] = self.q[node] - of
        return self.unknown(node)

    def state(self, name: str, rate: Expr | float, storage: Expr | None = None) -> None:
        """State the equation d(storage)/dt = rate of a state.

        The rate is stopped at the bounds of the state.

        Parameters
        ----------
        name : str
        rate : Expr or float
            [unit of the storage / s]
        storage : Expr, optional
            Default: the state itself.
        """
        self.told.append(name)
        state, within = self.states[name], self.unknown(name)
        outside = symbol(name) - within  # 0, unless it is an iterate
        self.f[name] = self.f[name] - state.bounded(as_expr(rate))
        if not state.hold:  # an operating point needs a slope there, even where the rate has none
            self.f[name] = self.f[name] + outside
        stored = symbol(name) if storage is None else storage
        if storage is not None and storage is not ZERO:  # it sees no value outside: there it grows by itself
            stored = storage + outside
        self.q[name] = self.q[name] + stored

    def limit_junction(
        self,
        plus: str,
        minus: str,
        vt: Expr,
        saturation_current: Expr,
        sign: Expr = ONE,
        on: bool = False,
    ) -> None:
        """Limit the voltage of a pn junction from iteration to iteration.

        The voltage of the first node is moved. Where several junctions meet in a node, name it second, so that
        they do not disturb each other.

        Parameters
        ----------
        plus, minus : str
            Nodes.
        vt : Expr
            Thermal voltage times emission coefficient. [V]
        saturation_current : Expr
            [A]
        sign : Expr
            1 if the junction conducts from `plus` to `minus`, -1 for the reverse direction.
        on : bool
            Whether operating points start with the junction conducting; other junctions of the model
            then start without voltage.
        """
        vcrit = vt * ln(vt / (math.sqrt(2.0) * saturation_current))
        self.limits.append((self.inputs.index(plus), self.inputs.index(minus), sign * vt, vcrit, on))

    def memory(self, name: str, flips: Expr) -> Expr:
        """Declare a memory of value 0 or 1 that flips when a condition becomes true.

        Parameters
        ----------
        name : str
        flips : Expr
            The memory flips where this becomes positive at a converged point.

        Returns
        -------
        Expr
            The memory.
        """
        self.event(name, flips, {name: 1.0 - symbol(name)})
        return symbol(name)

    def event(
        self, name: str, condition: Expr, updates: Mapping[str, Expr | float], redraw: tuple[str, ...] = ()
    ) -> None:
        """Change memories and states at the moment a condition becomes positive.

        Parameters
        ----------
        name : str
            Of the event.
        condition : Expr
            Must not be positive any more once the updates are made. Moments are located in time
            (along straight lines), stepped onto, and only seen at converged points.
        updates : mapping of str to Expr or float
            Memory or state → its new value, from the values before. Operating points change
            memories, but no states.
        redraw : tuple of str
            Random numbers that are drawn anew afterwards.
        """
        made = tuple((target, as_expr(value)) for target, value in updates.items())
        self.events[name] = Event(condition, made, redraw)

    def fluctuation(
        self,
        name: str,
        plus: str,
        minus: str,
        white: Expr,
        flicker: Expr | float = ZERO,
        rates: Mapping[str, Expr | float] | None = None,
        exponent: Expr | float = ONE,
    ) -> None:
        """State a noise current of density white + flicker/f^exponent, for noise analyses.

        Parameters
        ----------
        name : str
            As it is called in results: ``onoise_d1_<name>``.
        plus, minus : str
            Nodes between which it flows.
        white : Expr
            [A²/Hz]
        flicker : Expr or float
            [A²]
        rates : mapping of str to Expr or float, optional
            States whose rates it enters too, and times what.
        exponent : Expr or float
        """
        for node in (plus, minus):
            self.unknown(node)
        into = ((plus, ONE), (minus, -ONE), *self._entering(rates or {}))
        self.noises.append(Noise(name, into, white, as_expr(flicker), as_expr(exponent)))

    def agitation(self, name: str, white: Expr, rates: Mapping[str, Expr | float]) -> None:
        """State white noise that enters rates of states alone, for noise analyses.

        Parameters
        ----------
        name : str
        white : Expr
            Its density, in the square of its own unit, per hertz.
        rates : mapping of str to Expr or float
            States whose rates it enters, and times what.
        """
        self.noises.append(Noise(name, self._entering(rates), white, ZERO, ONE))

    def _entering(self, rates: Mapping[str, Expr | float]) -> tuple[tuple[str, Expr], ...]:
        return tuple((name, -as_expr(factor)) for name, factor in rates.items() if self.states[name])

    def probe(self, names: str, unit: str, meaning: str, value: Expr | float) -> None:
        """State a value that decks may ask for: ``@q1[gm]``.

        Parameters
        ----------
        names : str
            What it is called, and after blanks what else.
        unit, meaning : str
        value : Expr or float
            May have rates of charges in it, ``ddt``.
        """
        self.probes.update(dict.fromkeys(names.split(), Probe(unit, meaning, as_expr(value))))

    def current(self, *nodes: str) -> Expr:
        """Give the current into a terminal, including an inner node that may be merged with it.

        Parameters
        ----------
        *nodes : str

        Returns
        -------
        Expr
            [A]
        """
        found = sum((self.f[node] + ddt(self.q[node]) for node in nodes), ZERO)
        for plus, minus, capacitance in self.displacements:
            sign = (plus in nodes) - (minus in nodes)
            if sign:
                found = found + sign * capacitance * ddt(self.voltage(plus, minus))
        return found

    def power(self, *nodes: str) -> Expr:
        """Give the power that enters through nodes; give all nodes, since inner ones take up none of their own.

        Parameters
        ----------
        *nodes : str

        Returns
        -------
        Expr
            [W]
        """
        return sum((self.unknown(node) * self.current(node) for node in nodes), ZERO)

    def slope(self, value: Expr, node: str) -> Expr:
        """Give the derivative of an expression by a local unknown.

        Parameters
        ----------
        value : Expr
        node : str

        Returns
        -------
        Expr
        """
        from circuitnn.equations.derivative import differentiate

        return differentiate(substitute([value], resolved(self.locals))[0], node)

    def noise(self, name: str, interval: Expr) -> Expr:
        """Give a normal random value of variance 1 that changes at regular intervals from t = 0 on.

        The values and their times depend on the seed alone, not on the time steps. The power
        spectral density at low frequencies is 2·interval (one-sided, 1/Hz), its first zero at
        1/interval.

        Parameters
        ----------
        name : str
        interval : Expr
            0: no noise. [s]

        Returns
        -------
        Expr
        """
        due, on = f"{name}_due", interval > 0.0
        self.randoms[name] = "normal"
        self.memories[due] = interval
        late = where(on, (symbol("time") - symbol(due)) / where(on, interval, 1.0), -1.0)
        self.event(name, late, {due: symbol(due) + interval * ceil(late)}, redraw=(name,))
        return where(on, symbol(name), 0.0)


# What a model may claim of itself, and ``circuitnn check-model`` holds it to.
CLAIMS = frozenset({"passive", "no current at zero bias", "energy balance", "smooth"})


class Model:
    """A compact model; see the module's docstring.

    Attributes
    ----------
    name : str
    letter : str
        Element letter of its instances; ``n`` for all but SPICE's own devices.
    keywords : tuple of str
        Types a ``.model`` card may give; the name if there is none.
    variants : mapping of str to mapping of str to float
        Types of a card that set parameters: type → parameter → value.
    levels : tuple of int
        Values of ``level`` a card may give, 1 if it gives none; any if there are none.
    terminals, internal : tuples of str
        Nodes in the order of the card; nodes inside.
    implied : tuple of str
        Last ones of the terminals, which no card names: they are ground.
    parameters, instance_parameters : tuples of Parameter
        Of the model card; of the instance. An instance of letter ``n`` may give a parameter of the
        card a value of its own, and what flows through it is multiplied by its ``multiplier``.
    states : tuple of State
    control : bool
        Whether the instance names a voltage source whose current is the unknown ``i_control``.
    foreign : bool
        Of SPICE's letters: whether ngspice has no such model, see `has_twin`.
    memories : mapping of str to float, str or Expr
        Numbers that only events change, and their values before the first operating point: a
        number, a parameter's name, or an expression in parameters and random numbers.
    randoms : mapping of str to str
        Random numbers and their distributions: ``uniform`` between 0 and 1, ``normal`` of mean 0
        and variance 1, ``exponential`` of mean 1. The first draw is made before the analysis.
    collapse : mapping of str to (str, str)
        Inner node → terminal it is one with where this parameter is 0.
    scaled : mapping of str to int
        Sizes of an instance that option ``scale`` multiplies, and to what power.
    flags : mapping of str to (str, float)
        Bare words on the instance card → parameter or memory they set, and to what.
    ignored : tuple of str
        Parameters a model card may give that have no effect here.
    warned : mapping of str to str
        Parameters a model card may give that are not modelled, and why; a warning says so.
    refused : mapping of str to str
        Parameters without which the results would be wrong, and why there are none with them.
    instance_warned : mapping of str to str
        The same of parameters that an instance may give.
    claims : frozenset of str
        Out of `CLAIMS`: ``passive``, no power ever comes out of the currents; ``no current at zero
        bias``, whatever the states; ``energy balance``, what `energy` says holds; ``smooth``, currents and rates
        have no kinks.
    sets : mapping of str to ParameterSet
        Published parameter sets, by the name ``set=`` takes.
    jumps : str
        Why currents or rates jump where a condition changes, as no device's do; empty if they must not.
    clock : str
        Why the equations contain the time, which those of a device do not; empty if they must not.
    drive : Drive, optional
        Transient to compare with ngspice in, where the sine that is chosen otherwise does not suit.
    """

    name: ClassVar[str]
    letter: ClassVar[str] = "n"
    keywords: ClassVar[tuple[str, ...]] = ()
    variants: ClassVar[Mapping[str, Mapping[str, float]]] = {}
    levels: ClassVar[tuple[int, ...]] = ()
    terminals: ClassVar[tuple[str, ...]]
    implied: ClassVar[tuple[str, ...]] = ()
    internal: ClassVar[tuple[str, ...]] = ()
    parameters: ClassVar[tuple[Parameter, ...]] = ()
    instance_parameters: ClassVar[tuple[Parameter, ...]] = INSTANCE
    states: ClassVar[tuple[State, ...]] = ()
    control: ClassVar[bool] = False
    foreign: ClassVar[bool] = False
    memories: ClassVar[Mapping[str, float | str | Expr]] = {}
    randoms: ClassVar[Mapping[str, str]] = {}
    collapse: ClassVar[Mapping[str, tuple[str, str]]] = {}
    scaled: ClassVar[Mapping[str, int]] = {}
    flags: ClassVar[Mapping[str, tuple[str, float]]] = {}
    ignored: ClassVar[tuple[str, ...]] = ()
    warned: ClassVar[Mapping[str, str]] = {}
    refused: ClassVar[Mapping[str, str]] = {}
    instance_warned: ClassVar[Mapping[str, str]] = {}
    claims: ClassVar[frozenset[str]] = frozenset()
    sets: ClassVar[Mapping[str, ParameterSet]] = {}
    jumps: ClassVar[str] = ""
    clock: ClassVar[str] = ""
    drive: ClassVar[Drive | None] = None

    @classmethod
    def equations(cls, m: Equations) -> None:
        """State the model's equations.

        Parameters
        ----------
        m : Equations
            Collects them.
        """
        raise NotImplementedError

    @classmethod
    def energy(cls, m: Equations) -> tuple[Expr, Expr]:
        """Give the energy stored in the states and the power lost other than into them.

        Together they account for all power that enters. Required for models that claim an energy balance.

        Parameters
        ----------
        m : Equations

        Returns
        -------
        stored, lost : Expr
            [J], [W]
        """
        raise NotImplementedError

    @classmethod
    def has_twin(cls) -> bool:
        """Say whether a deck written for ngspice contains the model's equations, since ngspice has no such model.

        Returns
        -------
        bool
        """
        return cls.letter == "n" or cls.foreign

    @classmethod
    def named_terminals(cls) -> tuple[str, ...]:
        """List the terminals that a card names.

        Returns
        -------
        tuple of str
        """
        return cls.terminals[: len(cls.terminals) - len(cls.implied)]

    @classmethod
    def types(cls) -> tuple[str, ...]:
        """List the types that a ``.model`` card may give.

        Returns
        -------
        tuple of str
        """
        return cls.keywords or (cls.name,)

    @classmethod
    def card(cls, name: str, kind: str = "", parameters: Iterable[str] = ()) -> str:
        """Write a ``.model`` card.

        Parameters
        ----------
        name : str
        kind : str
            Type; default: the first one.
        parameters : iterable of str
            ``key=value`` texts.

        Returns
        -------
        str
            Name, type, level where it is not 1, and the parameters.
        """
        pairs = [*(f"level={n}" for n in cls.levels[:1] if n != 1), *parameters]
        return f".model {name} {kind or cls.types()[0]}" + (f"({' '.join(pairs)})" if pairs else "")

    @classmethod
    def stated(cls, short: bool = False) -> Equations:
        """Give what the equations state, parallel devices included.

        Parameters
        ----------
        short : bool
            Whether f and q are left in terms of local quantities.

        Returns
        -------
        Equations

        Raises
        ------
        ValueError
            If the equations contradict the model's declarations.
        """
        names = [p.name for p in (*cls.parameters, *cls.instance_parameters)] + list(cls.inputs())
        for name in RESERVED.intersection(names):
            raise ValueError(f"{cls.name}: {name} is reserved for the simulator; choose another name")
        m = Equations(cls.inputs(), cls.states)
        m.memories.update(
            {n: symbol(v) if isinstance(v, str) else as_expr(v) for n, v in cls.memories.items()}
        )
        m.randoms.update(cls.randoms)
        cls.equations(m)
        unchanged = set(m.memories).difference(*([t for t, _ in e.updates] for e in m.events.values()))
        if unchanged:
            raise ValueError(f"{cls.name}: no event changes the memory {min(unchanged)}")
        if cls.letter == "n" and any(p.name == "multiplier" for p in cls.instance_parameters):
            for node in (*cls.terminals, *cls.internal):
                m.f[node], m.q[node] = m["multiplier"] * m.f[node], m["multiplier"] * m.q[node]
            m.displacements = [(a, b, m["multiplier"] * c) for a, b, c in m.displacements]
            m.noises = [cls._of_several(n, m["multiplier"]) for n in m.noises]
        m.spell_out(equations=not short)
        return m

    @classmethod
    def _of_several(cls, noise: Noise, number: Expr) -> Noise:
        """Noise of devices in parallel: of currents the sum counts, of states the mean."""
        states = {state.name for state in cls.states}
        into = tuple((target, f / number if target in states else f) for target, f in noise.into)
        return noise._replace(into=into, white=number * noise.white, flicker=number * noise.flicker)

    @classmethod
    def inputs(cls) -> tuple[str, ...]:
        """List the local unknowns: terminals, inner nodes, states, controlling current.

        Returns
        -------
        tuple of str
        """
        states = (state.name for state in cls.states)
        return (*cls.terminals, *cls.internal, *states, *(("i_control",) if cls.control else ()))

    @classmethod
    def kernel(cls) -> Kernel:
        """Give the kernel of the model, which is made once.

        Returns
        -------
        Kernel
        """
        if cls not in _kernels:
            _kernels[cls] = stored_kernel(cls) or derived_kernel(cls)
        return _kernels[cls]


_kernels: dict[type[Model], Kernel] = {}


def derived_kernel(model: type[Model]) -> Kernel:
    """Kernel of a model, from its equations."""
    from circuitnn.equations.build import build_kernel  # not of those models whose kernels the build stored

    inputs, m = model.inputs(), model.stated(short=True)
    names = [p.name for p in (*model.parameters, *model.instance_parameters)]
    return build_kernel(
        model.name,
        inputs,
        [m.f[name] for name in inputs],
        [m.q[name] for name in inputs],
        dict.fromkeys([*names, *TEMPERATURES]),
        events=list(m.events.values()),
        limits=m.limits,
        memories=m.memories,
        randoms=m.randoms,
        noises=m.noises,
        displacements=m.displacements,
        locals_=m.locals,
    )
