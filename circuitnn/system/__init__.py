"""From a flat circuit to one system of equations f(x, t) + dq/dt = 0."""

from circuitnn.later import submodules
from circuitnn.system.system import System

__all__ = ["System"]

__getattr__ = submodules(__name__)
