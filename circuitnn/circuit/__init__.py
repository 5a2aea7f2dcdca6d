"""The user interface: a `Circuit` is built or loaded, changed, solved and run."""

from circuitnn.circuit.circuit import Circuit, from_pyspice, load
from circuitnn.later import submodules

__all__ = ["Circuit", "from_pyspice", "load"]

__getattr__ = submodules(__name__)
