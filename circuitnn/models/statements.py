"""Statements of a model's ``equations`` method: currents, charges, rates of states, noise, probes."""

from __future__ import annotations

import math
from collections.abc import Mapping

from circuitnn.equations.graph import ONE, ZERO, Expr, as_expr, ddt, ln, symbol
from circuitnn.equations.kernel import Noise
from circuitnn.models.declarations import Probe, State
from circuitnn.models.events import Happenings
from circuitnn.models.locals import Locals


class Equations(Happenings):
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
        super().__init__()
        self.inputs = inputs
        self.states = {state.name: state for state in states}
        self.f: dict[str, Expr] = dict.fromkeys(inputs, ZERO)
        self.q: dict[str, Expr] = dict.fromkeys(inputs, ZERO)
        self.displacements: list[tuple[str, str, Expr]] = []
        self.noises: list[Noise] = []
        self.limits: list[tuple[int, int, Expr, Expr, bool]] = []
        self.branches: list[tuple[str, str]] = []  # nodes of each flow
        self.with_equation: list[str] = []  # states with an equation so far
        self.laws: dict[str, tuple[Expr, Expr]] = {}  # of states: rate and storage, as they were stated
        self.probes: dict[str, Probe] = {}
        self.locals = Locals()

    def __getitem__(self, parameter: str) -> Expr:
        """Symbol of a parameter."""
        return symbol(parameter)

    def unknown(self, name: str) -> Expr:
        """Return a local unknown: the voltage of a node, a controlling current, or a state within its bounds.

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
            raise ValueError(f"{name} is not an unknown of the model, only {', '.join(self.inputs)}")
        return self.states[name].within() if name in self.states else symbol(name)

    def voltage(self, plus: str, minus: str) -> Expr:
        """Return the voltage between two nodes.

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
        """Name a quantity; whatever is computed from it is differentiated with respect to it first.

        Derivatives by unknowns follow by the chain rule. If many expressions depend on the unknowns only through a few
        such quantities, the kernel is smaller.

        Parameters
        ----------
        name : str
        value : Expr
            May use earlier ones.

        Returns
        -------
        Expr
            Stands for the value.
        """
        return self.locals.name(name, value)

    def partial(self, value: Expr, name: str) -> Expr:
        """Return the derivative of an expression by a local quantity, also through later ones.

        Parameters
        ----------
        value : Expr
        name : str

        Returns
        -------
        Expr
        """
        return self.locals.partial(value, name)

    def spell_out(self, equations: bool = True) -> None:
        """Substitute the values of local quantities for their symbols.

        Parameters
        ----------
        equations : bool
            Whether in f and q, too.
        """
        if not self.locals:
            return
        spelled = self.locals.spelled
        if equations:
            for rows in (self.f, self.q):
                rows.update(zip(rows, spelled(rows.values()), strict=True))
        self.noises = [
            Noise(n.name, tuple((name, spelled([factor])[0]) for name, factor in n.into), *spelled(n[2:]))
            for n in self.noises
        ]
        for name, law in self.laws.items():
            rate, storage = spelled(law)
            self.laws[name] = rate, storage
        self.displacements = [(plus, minus, spelled([c])[0]) for plus, minus, c in self.displacements]
        values = spelled(probe.value for probe in self.probes.values())
        for (name, probe), value in zip(list(self.probes.items()), values, strict=True):
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

        Raises
        ------
        ValueError
            If both nodes are the same one, or one is none of the model's.
        """
        if plus == minus:
            raise ValueError(f"a current from {plus} to {plus} flows nowhere: a flow needs two nodes")
        self.branches.append((plus, minus))
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

        The rate is clamped at the bounds of the state.

        Parameters
        ----------
        name : str
        rate : Expr or float
            [unit of the storage / s]
        storage : Expr, optional
            Default: the state itself.
        """
        self.with_equation.append(name)
        self.laws[name] = as_expr(rate), symbol(name) if storage is None else storage
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
            Its name in results: ``onoise_d1_<name>``.
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
            Its name and aliases, separated by blanks.
        unit, meaning : str
        value : Expr or float
            May contain rates of charges, ``ddt``.
        """
        self.probes.update(dict.fromkeys(names.split(), Probe(unit, meaning, as_expr(value))))

    def current(self, *nodes: str) -> Expr:
        """Return the current into a terminal, including an inner node that may be merged with it.

        Parameters
        ----------
        *nodes : str

        Returns
        -------
        Expr
            [A]
        """
        current = sum((self.f[node] + ddt(self.q[node]) for node in nodes), ZERO)
        for plus, minus, capacitance in self.displacements:
            sign = (plus in nodes) - (minus in nodes)
            if sign:
                current = current + sign * capacitance * ddt(self.voltage(plus, minus))
        return current

    def power(self, *nodes: str) -> Expr:
        """Return the power that enters through nodes; give all nodes, since inner ones take up none of their own.

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
        """Return the derivative of an expression by a local unknown.

        Parameters
        ----------
        value : Expr
        node : str

        Returns
        -------
        Expr
        """
        return self.locals.slope(value, node)
