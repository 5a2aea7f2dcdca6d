"""What the analyses share: a circuit made ready for solving, its operating point, its failures and its probes."""

from circuitnn.later import submodules

__getattr__ = submodules(__name__)
