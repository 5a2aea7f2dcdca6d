import numpy as np

from circuitnn._cext.conditions import Conditions
from circuitnn._cext.delays import Delays
from circuitnn._cext.group import DeviceGroup
from circuitnn._cext.randomcurrents import RandomCurrents
from circuitnn._cext.waveforms import Sources

Compact = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]

BARE: Conditions

class Assembly:
    n: int
    nonzeros: int
    n_groups: int
    linear: bool
    pattern: tuple[np.ndarray, np.ndarray]
    device_groups: list[DeviceGroup]
    sources: Sources
    delays: Delays
    noise: RandomCurrents | None
    conductances: Compact
    capacitances: Compact
    limited: bool
    loads: int
    def __init__(
        self,
        n: int,
        column_starts: np.ndarray,
        rows: np.ndarray,
        conductances: Compact,
        capacitances: Compact,
        sources: Sources,
        source_plus: np.ndarray,
        source_minus: np.ndarray,
        diagonal: np.ndarray,
        groups: list[DeviceGroup],
        gmin: float,
    ) -> None: ...
    def set_conductances(self, parts: Compact) -> None: ...
    def set_capacitances(self, parts: Compact) -> None: ...
    def set_sources(self, sources: Sources) -> None: ...
    def set_delays(self, delays: Delays) -> None: ...
    def set_noise(self, noise: RandomCurrents) -> None: ...
    def evaluate(
        self,
        x: np.ndarray,
        t: float = 0.0,
        alpha: float = 0.0,
        conditions: Conditions = ...,
        anchor: bool = False,
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]: ...
