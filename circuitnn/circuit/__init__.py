"""The user's face: a `Circuit` is built, loaded, changed, solved and run."""

from circuitnn.circuit.circuit import Circuit, from_pyspice, load

__all__ = ["Circuit", "from_pyspice", "load"]
