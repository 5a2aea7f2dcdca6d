"""Data that a result keeps so that device values can be computed on request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from circuitnn.flat import FlatCircuit
from circuitnn.machine.cached import cached_property
from circuitnn.options import Options

if TYPE_CHECKING:
    from circuitnn.device_values.probes import Probes


class LateProbes:
    """Data from which values of devices can be computed later; see `probes.Probes`."""

    def __init__(self, circuit: FlatCircuit, options: Options, hidden: Mapping[str, np.ndarray]) -> None:
        self.given: tuple[FlatCircuit | None, Options, Mapping[str, np.ndarray]] = circuit, options, hidden
        self.more: dict[str, Any] = {}
        self._again: Callable[[], FlatCircuit] | None = None

    @cached_property
    def _probes(self) -> Probes:
        from circuitnn.device_values.probes import Probes  # rarely needed

        circuit, options, hidden = self.given
        if circuit is None:
            assert self._again is not None
            circuit = self._again()
        probes = Probes(circuit, options, hidden)
        vars(probes).update(self.more)
        return probes

    @property
    def hidden(self) -> Mapping[str, np.ndarray]:
        """Recorded unknowns inside devices that the result does not show."""
        return self.given[2]

    @hidden.setter
    def hidden(self, columns: Mapping[str, np.ndarray]) -> None:
        self.given = (*self.given[:2], columns)
        vars(self).pop("_probes", None)

    def lighten(
        self, again: Callable[[], FlatCircuit], known: dict[tuple[str, ...], tuple[str, ...]]
    ) -> None:
        """Drop the hidden unknowns and the circuit, which is built again on request.

        Parameters
        ----------
        again : callable
            Makes the circuit.
        known : dict of tuple of str to the same tuple
            Names of other results, shared where they are equal; those of this result are added.
        """
        self._again, self.given = again, (None, self.given[1], {})
        vars(self).pop("_probes", None)
        if (rest := self.more.get("rest")) is not None:
            names = tuple(rest[0])
            self.more["rest"] = known.setdefault(names, names), rest[1]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._probes, name)
