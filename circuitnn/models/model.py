"""The language compact models are written in: terminals, parameters, equations; nothing else.

A model is a class with a few attributes and one method, ``equations``, that says which
currents flow, which charges are stored, and which events flip which memory. Derivatives,
stamps and code come from the expression graph.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from circuitnn.equations.graph import Expr, as_expr, symbol
from circuitnn.equations.kernel import Kernel, Noise
from circuitnn.models.bounds import Bound
from circuitnn.models.corrections import Correction
from circuitnn.models.declarations import INSTANCE, RESERVED, Drive, Parameter, ParameterSet, State, Stimulus
from circuitnn.models.messages import Message
from circuitnn.models.statements import Equations
from circuitnn.models.stored_kernels import stored_kernel

if TYPE_CHECKING:
    import numpy as np

__all__ = ["Drive", "Equations", "Model", "Parameter", "ParameterSet", "State"]

# Columns that every model may read: instance and nominal temperature. [°C]
TEMPERATURES = ("temp", "tnom")


# Claims that a model may make; ``circuitnn check-model`` verifies them.
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
    fuller : (tuple of str, int), optional
        Parameters of the card that only the model of another level has; not 0, they choose it.
    instead : (tuple of str, str), optional
        Parameters of the card that only the model of another type has; given, whatever their values, they choose it.
    terminals, internal : tuples of str
        Nodes in the order of the card; nodes inside.
    implied : tuple of str
        Last ones of the terminals, which no card names: they are ground.
    parameters, instance_parameters : tuples of Parameter
        Of the model card; of the instance. An instance of letter ``n`` may give a parameter of the
        card a value of its own, and what flows through it is multiplied by its ``multiplier``.
    unwritten : tuple of str
        Instance parameters that follow from the nodes of a card.
    states : tuple of State
    control : bool
        Whether the instance names a voltage source whose current is the unknown ``i_control``.
    foreign : bool
        Of SPICE's letters: whether ngspice has no such model, see `has_twin`.
    any_letter : bool
        Whether cards of any device letter may name it, not those of its own letter only.
    memories : mapping of str to float, str or Expr
        Numbers that only events change, and their values before the first operating point: a
        number, a parameter's name, or an expression in parameters and random numbers.
    randoms : mapping of str to str
        Random numbers and their distributions: ``uniform`` between 0 and 1, ``normal`` of mean 0
        and variance 1, ``exponential`` of mean 1. The first draw is made before the analysis.
    collapse : mapping of str to (str, str)
        Inner node → terminal it is one with where this parameter is 0.
    lags : mapping of str to (Expr, float)
        Inner node → delay [s] and conductance [S] of a follower of two poles, which small-signal analyses make
        exact, see `system.exact_delays`.
    stimuli : sequence of Stimulus
        Phasors of its own in ``.ac``.
    nodesets : mapping of str to Expr
        Terminal or inner node → potential at which it is held in a first solution of an operating point. [V]
    delays : mapping of str to (str, Expr)
        State → the state whose value it has, and how much later [s]. Its own equation says that it is 0; the rest is
        added, see `system.delayed`.
    scaled : mapping of str to int
        Sizes of an instance that option ``scale`` multiplies, and to what power.
    unscaled : tuple of int
        Levels at which it does not.
    settable : bool
        Whether options (``defl``, ``defw``, …) give sizes that an instance leaves out.
    flags : mapping of str to (str, float)
        Bare words on the instance card → parameter or memory they set, and to what.
    bounds : tuple of Bound
        Parameters of a model card that say what its devices bear.
    corrections : tuple of Correction
        Values of a card that the model sets right.
    ignored : tuple of str
        Parameters a model card may give that have no effect here.
    warned : mapping of str to str
        Parameters a model card may give that are not modelled, and why; a warning says so.
    switches : tuple of str
        Those of `warned` that ask for nothing, without a warning, if they are 0.
    refused : mapping of str to str
        Parameters without which the results would be wrong, and why there are none with them.
    choosing : frozenset of str
        Parameters that choose between equations, and may stand in none.
    words : frozenset of str
        Parameters whose values are words.
    arrays : mapping of str to (int, tuple of str)
        Arrays that a card may give: how many values it gives at least, and the parameters that they are.
    instance_warned : mapping of str to str
        The same of parameters that an instance may give.
    claims : frozenset of str
        Out of `CLAIMS`: ``passive``, no power ever comes out of the currents; ``no current at zero
        bias``, whatever the states; ``energy balance``, what `energy` says holds; ``smooth``, currents and rates
        have no kinks.
    sets : mapping of str to ParameterSet
        Published parameter sets, by the name ``set=`` takes.
    messages : sequence of Message
        What it shows at accepted points.
    jumps : str
        Why currents or rates jump where a condition changes, as no device's do; empty if they must not.
    clock : str
        Why the equations contain the time, which those of a device do not; empty if they must not.
    hidden_units : str
        Why numbers in the equations have units, as exp(v) has with v in volts; empty if none have.
    drive : Drive, optional
        Transient to compare with ngspice in, where the sine that is chosen otherwise does not suit.
    heated : tuple of str, optional
        Whether a card may name one more node, the thermal one, and inner nodes that the device has then besides,
        see `models.self_heating`.
    vanishing : (str, tuple of float), optional
        Parameter at whose values the rate of the one state vanishes at both ends of its range, see `models.logit`.
    heat_node : str
        The last terminal, if its voltage against ground is a temperature, 1 V for 1 K, and its current is heat, 1 A
        for 1 W.
    sources : tuple of str
        Terminals into which a device sends a current that it leaves to others to take to ground.
    grounded : str
        What is to be said of currents that leave by no terminal, but to ground; empty if there are none.
    rare : bool
        Whether few circuits have such devices: what is compiled for them is small rather than fast.
    compiled : bool
        Whether its equations are native code of others, which nobody can read.
    """

    name: ClassVar[str]
    letter: ClassVar[str] = "n"
    keywords: ClassVar[tuple[str, ...]] = ()
    variants: ClassVar[Mapping[str, Mapping[str, float]]] = {}
    levels: ClassVar[tuple[int, ...]] = ()
    fuller: ClassVar[tuple[tuple[str, ...], int] | None] = None
    instead: ClassVar[tuple[tuple[str, ...], str] | None] = None
    terminals: ClassVar[tuple[str, ...]]
    implied: ClassVar[tuple[str, ...]] = ()
    internal: ClassVar[tuple[str, ...]] = ()
    parameters: ClassVar[tuple[Parameter, ...]] = ()
    instance_parameters: ClassVar[tuple[Parameter, ...]] = INSTANCE
    unwritten: ClassVar[tuple[str, ...]] = ()
    states: ClassVar[tuple[State, ...]] = ()
    control: ClassVar[bool] = False
    foreign: ClassVar[bool] = False
    any_letter: ClassVar[bool] = False
    memories: ClassVar[Mapping[str, float | str | Expr]] = {}
    randoms: ClassVar[Mapping[str, str]] = {}
    messages: ClassVar[Sequence[Message]] = ()
    collapse: ClassVar[Mapping[str, tuple[str, str]]] = {}
    lags: ClassVar[Mapping[str, tuple[Expr, float]]] = {}
    stimuli: ClassVar[Sequence[Stimulus]] = ()
    nodesets: ClassVar[Mapping[str, Expr]] = {}
    delays: ClassVar[Mapping[str, tuple[str, Expr]]] = {}
    scaled: ClassVar[Mapping[str, int]] = {}
    unscaled: ClassVar[tuple[int, ...]] = ()
    settable: ClassVar[bool] = False
    flags: ClassVar[Mapping[str, tuple[str, float]]] = {}
    bounds: ClassVar[tuple[Bound, ...]] = ()
    corrections: ClassVar[tuple[Correction, ...]] = ()
    ignored: ClassVar[tuple[str, ...]] = ()
    warned: ClassVar[Mapping[str, str]] = {}
    switches: ClassVar[tuple[str, ...]] = ()
    refused: ClassVar[Mapping[str, str]] = {}
    grounded: ClassVar[str] = ""
    choosing: ClassVar[frozenset[str]] = frozenset()
    words: ClassVar[frozenset[str]] = frozenset()
    arrays: ClassVar[Mapping[str, tuple[int, tuple[str, ...]]]] = {}
    instance_warned: ClassVar[Mapping[str, str]] = {}
    claims: ClassVar[frozenset[str]] = frozenset()
    sets: ClassVar[Mapping[str, ParameterSet]] = {}
    jumps: ClassVar[str] = ""
    clock: ClassVar[str] = ""
    hidden_units: ClassVar[str] = ""
    drive: ClassVar[Drive | None] = None
    heated: ClassVar[tuple[str, ...] | None] = None
    vanishing: ClassVar[tuple[str, tuple[float, ...]] | None] = None
    heat_node: ClassVar[str] = ""
    sources: ClassVar[tuple[str, ...]] = ()
    rare: ClassVar[bool] = False
    compiled: ClassVar[bool] = False

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
        """Return the energy stored in the states and the power dissipated elsewhere.

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
    def lacking(cls, card: Mapping[str, Any]) -> Mapping[str, str]:
        """Parameters that cards of this version of the model do not have, and what a warning says of them.

        Parameters
        ----------
        card : mapping of str to float or expression
            What the card gives.

        Returns
        -------
        mapping of str to str
        """
        return {}

    @classmethod
    def followed(cls, m: Equations) -> Mapping[str, Expr]:
        """Parameters of a card that follow from others if it does not give them, as they are at ``tnom``.

        Parameters
        ----------
        m : Equations

        Returns
        -------
        mapping of str to Expr
        """
        return {}

    @classmethod
    def kinds(cls, columns: Mapping[str, np.ndarray], count: int) -> Iterator[tuple[type[Model], np.ndarray]]:
        """Models of devices whose parameters are known: where parameters choose between equations.

        Parameters
        ----------
        columns : mapping of str to ndarray
            Every parameter, of shape () or (count,).
        count : int

        Returns
        -------
        iterator of (type of Model, ndarray of int)
            Each with the rows of its devices.
        """
        import numpy as np  # the language of models needs none

        yield cls, np.arange(count)

    @classmethod
    def unfit(cls, columns: Mapping[str, np.ndarray]) -> str:
        """Say which parameters ask for other equations than these, after they were changed; empty if none do.

        Parameters
        ----------
        columns : mapping of str to ndarray

        Returns
        -------
        str
        """
        return ""

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
    def written_nodes(cls, names: list[str]) -> list[str]:
        """List the nodes of an instance as a card for ngspice does.

        Parameters
        ----------
        names : list of str
            Of the terminals that a card names.

        Returns
        -------
        list of str
        """
        return names

    @classmethod
    def types(cls) -> tuple[str, ...]:
        """List the types that a ``.model`` card may give.

        Returns
        -------
        tuple of str
        """
        return cls.keywords or (cls.name,)

    @classmethod
    def with_first_nodes(cls, count: int) -> type[Model] | None:
        """Return the model of devices whose cards name only the first nodes.

        Parameters
        ----------
        count : int
            Nodes that are named.

        Returns
        -------
        type of Model or None
            None: cards name all nodes.
        """
        return None

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
        """Return the collected statements of the equations, including parallel devices.

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
        unchanged = set(m.memories).difference(
            m.carried, *([t for t, _ in e.updates] for e in m.events.values())
        )
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
        """Noise of devices in parallel: the sum for currents, the mean for states."""
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
        """Return the kernel of the model, made once.

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
        carried=m.carried,
        kept=m.kept,
    )
