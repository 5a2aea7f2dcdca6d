"""XSPICE's analog code models, one file per family."""

from __future__ import annotations

from circuitnn.elements.codemodels import (
    branches,
    gridded,
    magnetics,
    meters,
    oscillators,
    pulses,
    spectral_tables,
    stateful,
    stateless,
    storage,
    timed,
)

_FAMILIES = (
    stateless,
    stateful,
    branches,
    magnetics,
    oscillators,
    pulses,
    storage,
    timed,
    spectral_tables,
    gridded,
    meters,
)
MODELS = {name: model for family in _FAMILIES for name, model in family.MODELS.items()}
