"""What only imitates ngspice's face: its control language, printed lists, names of vectors, and C interface.

No solver, model or analysis imports anything from here.
"""

from circuitnn.later import submodules

__getattr__ = submodules(__name__)
