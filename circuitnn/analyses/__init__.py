"""Analyses: each a way to solve f(x, t) + dq/dt = 0, each one file, which its `ANALYSIS` at the end describes."""

from circuitnn.later import submodules
from circuitnn.registry.analyses import ANALYSES, Analysis, Plot, Task, register

__all__ = ["ANALYSES", "Analysis", "Plot", "Task", "register"]

__getattr__ = submodules(__name__)
