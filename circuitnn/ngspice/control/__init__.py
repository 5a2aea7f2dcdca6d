"""``.control … .endc``: the commands of batch decks, as a small interpreter.

Nothing is passed to Python's `eval`, loops are bounded, and files are written only below the current
folder or the folder of the deck.
"""

from circuitnn.later import submodules
from circuitnn.ngspice.control.entry import run
from circuitnn.ngspice.control.interpreter import CommandsFailed

__all__ = ["CommandsFailed", "run"]

__getattr__ = submodules(__name__)
