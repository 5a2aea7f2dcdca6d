"""The verbs of a `Circuit` that other modules have; these are imported when one is called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from circuitnn.circuit.builder import Builder
from circuitnn.registry.methods import AnalysisMethods

if TYPE_CHECKING:
    from circuitnn.circuit import crossbars as arrays
    from circuitnn.circuit import dynamics, variants, verification
else:
    from circuitnn.later import method


class Verbs(Builder, AnalysisMethods):
    """What can be done with a circuit besides building and analysing it."""

    if TYPE_CHECKING:
        crossbar = arrays.crossbar
        cells = arrays.cells
        altered = variants.altered
        with_options = variants.with_options
        with_analysis = variants.with_analysis
        at_corner = variants.at_corner
        monte_carlo = variants.monte_carlo
        verify = verification.verify
        corners = variants.corners
        system = dynamics.system
    else:  # imported when they are called
        crossbar = method("circuitnn.circuit.crossbars", "crossbar")
        cells = method("circuitnn.circuit.crossbars", "cells")
        altered = method("circuitnn.circuit.variants", "altered")
        with_options = method("circuitnn.circuit.variants", "with_options")
        with_analysis = method("circuitnn.circuit.variants", "with_analysis")
        at_corner = method("circuitnn.circuit.variants", "at_corner")
        monte_carlo = method("circuitnn.circuit.variants", "monte_carlo")
        verify = method("circuitnn.circuit.verification", "verify")
        corners = method("circuitnn.circuit.variants", "corners")
        system = method("circuitnn.circuit.dynamics", "system")
