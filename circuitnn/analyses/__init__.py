"""Analyses: each a way to solve f(x, t) + dq/dt = 0, each one public function in a module of its own."""

from circuitnn.later import submodules

__getattr__ = submodules(__name__)
