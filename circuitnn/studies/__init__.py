"""Many runs of one circuit: Monte Carlo samples and corners, in parallel, and what they have in common."""

from circuitnn.later import submodules
from circuitnn.studies.study import Study
from circuitnn.studies.verbs import corners, monte_carlo

__all__ = ["Study", "corners", "monte_carlo"]

__getattr__ = submodules(__name__)
