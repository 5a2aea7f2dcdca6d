"""What analyses record: variables, rows and results made of them."""

from circuitnn.later import submodules

__getattr__ = submodules(__name__)
