"""Resources of the machine: text to read, files to write, memory and time."""

from circuitnn.later import submodules

__getattr__ = submodules(__name__)
