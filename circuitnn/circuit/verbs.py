"""The verbs of a `Circuit` that other modules define."""

from __future__ import annotations

from circuitnn.circuit import crossbars, dynamics, many_runs, variants, verification
from circuitnn.circuit.builder import Builder
from circuitnn.registry.methods import AnalysisMethods


class Verbs(AnalysisMethods, Builder):
    """What can be done with a circuit besides building and analysing it."""

    crossbar = crossbars.crossbar
    cells = crossbars.cells
    altered = variants.altered
    with_options = variants.with_options
    with_parameters = variants.with_parameters
    without_control = variants.without_control
    with_card = variants.with_card
    with_dialect = variants.with_dialect
    with_analysis = variants.with_analysis
    with_external = variants.with_external
    at_corner = variants.at_corner
    monte_carlo = many_runs.monte_carlo
    verify = verification.verify
    corners = many_runs.corners
    study = many_runs.study
    system = dynamics.system
