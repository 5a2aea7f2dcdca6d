"""Results of analyses: arrays, files, pictures and measures."""

from circuitnn.later import submodules
from circuitnn.results.result import Result
from circuitnn.results.statistics import Statistics

__all__ = ["Result", "Statistics"]

__getattr__ = submodules(__name__)
