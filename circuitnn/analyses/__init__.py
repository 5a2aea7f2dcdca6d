"""Analyses: ways to solve f(x, t) + dq/dt = 0, one file each, described by `ANALYSIS` at the end of the file."""

from circuitnn.later import submodules
from circuitnn.registry.analyses import ANALYSES, Analysis, Plot, Task, register

__all__ = ["ANALYSES", "Analysis", "Plot", "Task", "register"]

__getattr__ = submodules(__name__)
