"""What an analysis found: results, their files and pictures, and what is measured on them."""

from circuitnn.later import submodules
from circuitnn.results.result import Result, Statistics

__all__ = ["Result", "Statistics"]

__getattr__ = submodules(__name__)
