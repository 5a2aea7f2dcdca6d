"""What a run takes from its machine: text that it reads, files that it writes, memory and time."""

from circuitnn.later import submodules

__getattr__ = submodules(__name__)
