"""Expression graph: build, simplify, differentiate, evaluate, compile."""

from circuitnn.later import submodules

__getattr__ = submodules(__name__)
