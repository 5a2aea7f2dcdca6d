"""Code shared by the analyses: systems ready to solve, operating points, failures, probes."""

from circuitnn.later import submodules

__getattr__ = submodules(__name__)
