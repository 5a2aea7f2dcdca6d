"""The result of an analysis: named arrays.

Names are ngspice's: ``v(out)`` for a node voltage, ``i(v1)`` for a branch current; the
first variable is the axis (``time``, ``v-sweep``, …), except for an operating point.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Generic

import numpy as np

from circuitnn.errors import AnalysisError, UnknownNameError, nearest
from circuitnn.machine.arguments import checked_arguments
from circuitnn.machine.renamed import Renamed
from circuitnn.machine.text import lowered
from circuitnn.machine.user_input import name_of
from circuitnn.records import dataclass, field
from circuitnn.results import blockwise, conversion, periods, plotting, spiking
from circuitnn.results.phasors import PARTS, SUFFIXES
from circuitnn.results.quantities import UNITS
from circuitnn.results.reported import Reported, Tabulated
from circuitnn.results.special_points import Special
from circuitnn.results.state import State
from circuitnn.results.statistics import Statistics

if TYPE_CHECKING:
    from typing_extensions import TypeVar

    from circuitnn.flat import Sweep
    from circuitnn.results.logic_signal import LogicSignal
    from circuitnn.results.origin import Kept, Origin

    # Of a variable: float for an operating point, otherwise an array; a result from elsewhere may be either.
    Values = TypeVar("Values", default=Any)
else:
    from typing import TypeVar

    Values = TypeVar("Values")

_GROUND = ("v(0)", "v(gnd)")
_PART = re.compile(rf"([vi])({'|'.join(SUFFIXES)})(\([^()]*\))")
DIFFERENCE = re.compile(r"v\(([^(),]+),([^(),]+)\)")
_CURRENT = re.compile(r"i\(([^(),]+)\)")


@dataclass(frozen=True, eq=False, repr=False)
class Result(Reported, Tabulated, Generic[Values]):
    """Named arrays of one analysis.

    Parameters
    ----------
    title : str
        Title line of the deck.
    analysis : str
        Kind of result: name of a `circuitnn.registry.analyses.Plot` (``"op"``, ``"tran"``,
        ``"noise_total"``), or ``"four"`` and ``"spectrum"``.
    plotname : str
        ngspice's name for it: ``Operating Point``, ``Transient Analysis``.
    axis : str or None
        Name of the first variable if it is the axis: ``time``, ``v-sweep``, ``i-sweep``,
        ``temp-sweep``, ``res-sweep``, ``param-sweep``; None for an operating point.
    names, types : tuple of str, length n
        Variables and their quantities: ``time``, ``voltage``, ``current``, ``notype``; square roots of noise densities
        are ``voltage-density``, ``current-density``.
    data : ndarray, shape (points, n)
        In SI units; complex for ``ac``. It cannot be written to: change ``data.copy()`` instead.
    statistics : Statistics
    sweeps : tuple of Sweep
        Axes of a dc sweep, innermost first; the points run through the innermost fastest.
    step : mapping of str to float
        What the ``.step`` cards vary, outermost first, and its values here: ``{"load": 1000.0}``; empty without such
        cards. Not kept in files.
    complete : bool
        False when the run was interrupted or failed; `data` holds the points before that.
    message : str
        Why it is not complete.
    measures : dict of str to float
        Values of the ``.meas`` cards that gave one.
    measured : tuple of Measured
        The outcome of every ``.meas`` card, failed ones included, see `circuitnn.results.measure`.
    probes : callable, optional
        Computes values of devices, ``@m1[gm]``, see `circuitnn.device_values.probes`; not kept in files and pickles.
    arguments : dict of str to object
        Arguments of the analysis, as on its card: ``tstop``, ``sweeps``; not kept in files.
    special : tuple of Special
        Folds, branch points and Hopf points of an arc, see `circuitnn.results.special_points`; not kept in files.
    final_state : State or None
        The state at the end of a transient, for ``tran(start=…)``; not kept in rawfiles, see `State.save`.
    logic : mapping of str to LogicSignal
        Nets of digital code models, by name.
    origin : Origin, Kept or None
        Deck and options of the run, see `provenance`; not kept in pickles.

    Examples
    --------
    >>> import numpy as np
    >>> r = Result("divider", "op", "Operating Point", None, ("v(out)",), ("voltage",), np.array([[2.5]]))
    >>> r["v(out)"]
    2.5
    """

    title: str
    analysis: str
    plotname: str
    axis: str | None
    names: tuple[str, ...]
    types: tuple[str, ...]
    data: np.ndarray
    statistics: Statistics = field(default_factory=Statistics)
    sweeps: tuple[Sweep, ...] = ()
    step: Mapping[str, float] = field(default_factory=dict)
    complete: bool = True
    message: str = ""
    measures: dict[str, float] = field(default_factory=dict)
    measured: tuple[Any, ...] = ()
    probes: Any = None
    arguments: dict[str, Any] = field(default_factory=dict)
    special: tuple[Special, ...] = ()
    final_state: State | None = None
    logic: Mapping[str, LogicSignal] = field(default_factory=dict)
    origin: Origin | Kept | None = None

    def __post_init__(self) -> None:
        self.__dict__.update(_columns={}, _columns_of=())  # places of the names, and the names they are of
        if self.data.ndim != 2 or not self.data.shape[1] == len(self.names) == len(self.types):
            raise AnalysisError(
                f"result of {self.analysis}: {len(self.names)} names and {len(self.types)} types "
                f"for data of shape {self.data.shape}"
            )
        self._protect()

    def _protect(self) -> None:
        """Look at the numbers through a view that cannot be written to: ``r["v(a)"] *= 2`` would change the result."""
        data = self.data.view()
        data.flags.writeable = False
        self.__dict__["data"] = data

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "probes": None, "origin": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._protect()

    def __eq__(self, other: object) -> bool:
        return conversion.equal(self, other) if isinstance(other, Result) else NotImplemented

    def __hash__(self) -> int:
        return hash((self.analysis, self.names, self.data.shape))

    def __len__(self) -> int:
        return len(self.data)

    def __contains__(self, name: object) -> bool:
        try:
            self[str(name)]
        except UnknownNameError:
            return False
        return True

    def __getitem__(self, name: str) -> Values:
        """Values of a variable: ``v(out)``, ``out``, ``v(a,b)``, ``i(v1)``, ``i(r1)``, ``v1#branch``, ``time``.

        Values of devices ``@m1[gm]`` and currents into the first node of an element ``i(r1)`` are computed on request;
        if a device has inner nodes, in a transient or sweep only if the deck asks for one of its values. Of a phasor
        also the parts: ``vm`` magnitude, ``vp`` phase [rad], ``vdb`` decibels, ``vr``, ``vi`` real and imaginary part,
        as in ``vdb(out)``; of currents ``im`` and so on.

        Returns
        -------
        float or ndarray, shape (points,)
            A float for an operating point. An array cannot be written to, as those of pandas: change its ``copy()``.

        Raises
        ------
        UnknownNameError
            With the nearest three names.
        """
        values = self.array(name)
        plain: Any = values[0].item() if self.axis is None and len(values) == 1 else values
        return plain

    def array(self, name: str) -> np.ndarray:
        """Values of a variable as an array, also for an operating point.

        Parameters
        ----------
        name : str
            As for ``result[name]``.

        Returns
        -------
        ndarray, shape (points,)

        Raises
        ------
        UnknownNameError
            With the nearest names.
        """
        match self._meaning(name):
            case "column", number:
                return blockwise.column(self.data, number)
            case "difference", (plus, minus):
                return self.array(plus) - self.array(minus)
            case "part", (part, of):
                return PARTS[part](self.array(of))
            case "device", key:
                return self.probes.values(self, key)
            case "net", (_, net):
                return np.asarray(
                    net.at(self.time if self.axis == "time" else np.full(len(self.data), np.inf))
                )
        return np.zeros(len(self.data))  # ground

    def _meaning(self, name: str) -> tuple[str, Any]:
        """What a name means, and what that consists of.

        Raises
        ------
        UnknownNameError
            With the nearest names.
        """
        key = name_of(name, "name of a variable").replace(" ", "")
        column = self._column(key)
        if column is not None:
            return "column", column
        if key in _GROUND:
            return "ground", ()
        pair = DIFFERENCE.fullmatch(key)
        if pair:
            return "difference", (f"v({pair[1]})", f"v({pair[2]})")
        part = _PART.fullmatch(key)
        if part:
            return "part", (SUFFIXES[part[2]], part[1] + part[3])
        if key[:1] == "@" and self.probes is not None:
            return "device", key
        net = self.net(key)
        if net is not None:
            return "net", (key, net)
        current = _CURRENT.fullmatch(key)
        if current and self.probes is not None and (probe := self.probes.current_into(current[1])):
            return "device", probe
        raise UnknownNameError(f"no variable {name} in this result{nearest(key, self.names)}")

    def find(self, name: str) -> tuple[str, ...]:
        """Names of the variables that a name refers to.

        Parameters
        ----------
        name : str

        Returns
        -------
        tuple of str
            One name; two for a difference ``v(a,b)``; none for ground.

        Raises
        ------
        UnknownNameError
            With the nearest names.
        """
        match self._meaning(name):
            case "column", number:
                return (self.names[number],)
            case "difference", (plus, minus):
                return self.find(plus) + self.find(minus)
            case "part", (_, of):
                return self.find(of)
            case "device", key:
                self.probes.values(self, key)  # raises if there is none
                return (key,)
            case "net", (key, _):
                return (key,)
        return ()  # ground

    @checked_arguments
    def net(self, key: str) -> LogicSignal | None:
        """The digital net that a name refers to, ``q`` or ``v(q)``; None if there is none, or if it is also a variable.

        Parameters
        ----------
        key : str

        Returns
        -------
        LogicSignal or None
        """
        if not self.logic or self._column(key) is not None:
            return None
        from circuitnn.results.logic_signal import net_of  # few circuits have any

        return net_of(self.logic, key)

    def _column(self, key: str) -> int | None:
        if self.__dict__["_columns_of"] is not self.names:
            # Backwards, so that the first of two equal names is the one found.
            last = len(self.names) - 1
            columns = {lowered(name): last - k for k, name in enumerate(reversed(self.names))}
            self.__dict__.update(_columns=columns, _columns_of=self.names)
        columns = self.__dict__["_columns"]
        for candidate in (key, f"v({key})", f"i({key.removesuffix('#branch')})"):
            if candidate in columns and (
                candidate[0] != "i" or key.endswith("#branch") or key == candidate or key[:1] == "@"
            ):
                return columns[candidate]
        return None

    @property
    def time(self) -> np.ndarray:
        """Time points of a transient, shape (points,). [s]"""
        return self.array("time")

    @property
    def provenance(self) -> dict[str, str]:
        """Versions, deck with its digest, options that differ from their defaults, seed; empty if unknown."""
        return {} if self.origin is None else self.origin.texts()

    @property
    def units(self) -> tuple[str, ...]:
        """SI unit of each variable."""
        return tuple(UNITS.get(kind, "") for kind in self.types)

    def __repr__(self) -> str:
        shown = ", ".join(self.names[:6]) + (", …" if len(self.names) > 6 else "")
        state = "" if self.complete else f", incomplete: {self.message}"
        points = f"{len(self)} point" + "s" * (len(self) != 1)
        return f"<Result {self.plotname} of {self.title!r}: {points}, {len(self.names)} variables ({shown}){state}>"

    @property
    def findings(self) -> list[str]:
        """Lines about the findings of the analysis, beside its points."""
        return []

    def summary(self) -> str:
        """Summarise the run: title, range of every variable, measures and statistics.

        Returns
        -------
        str
        """
        lines = [repr(self)[1:-1]]
        if len(self.data):
            shown = np.abs(self.data) if np.iscomplexobj(self.data) else self.data
            low, high = shown.min(axis=0), shown.max(axis=0)
            width = max(len(name) for name in self.names)
            for name, unit, a, b in zip(self.names, self.units, low, high, strict=True):
                span = f"{a:14.6e}" if a == b else f"{a:14.6e} … {b:13.6e}"
                lines.append(f"  {name:<{width}} {span} {unit}")
        lines += [f"  {name} = {value:.6e}" for name, value in self.measures.items()]
        return "\n".join([*lines, str(self.statistics)])

    to_xarray = conversion.to_xarray
    to_pandas = conversion.to_pandas
    save = conversion.save
    spike_train = spiking.spike_train
    spikes = Renamed("spike_train")
    oscillation = periods.oscillation
    period = periods.period
    phase = periods.phase
    duty = periods.duty
    amplitude = periods.amplitude
    section = spiking.section
    plot = plotting.plot

    def _repr_html_(self) -> str:
        from circuitnn.results import markup

        return markup.of_result(self)

    def _ipython_key_completions_(self) -> list[str]:
        return list(self.names)
