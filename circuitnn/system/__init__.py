"""The system of equations f(x, t) + dq/dt = 0 of a flat circuit."""

from circuitnn.later import submodules
from circuitnn.system.system import System

__all__ = ["System"]

__getattr__ = submodules(__name__)
