"""Studies of networks of oscillators, one file each."""

from circuitnn.later import submodules

__getattr__ = submodules(__name__)
