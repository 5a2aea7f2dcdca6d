"""From a flat circuit to one system of equations f(x, t) + dq/dt = 0."""

from circuitnn.system.system import System

__all__ = ["System"]
