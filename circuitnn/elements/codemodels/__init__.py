"""XSPICE's analog code models, a file for each family."""

from __future__ import annotations

from circuitnn.elements.codemodels import branches, magnetics, oscillators, stateful, stateless

MODELS = stateless.MODELS | stateful.MODELS | branches.MODELS | magnetics.MODELS | oscillators.MODELS
