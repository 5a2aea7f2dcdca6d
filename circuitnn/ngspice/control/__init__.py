"""``.control … .endc``: the commands of batch decks, as a small interpreter.

Nothing is passed to Python's `eval`, loops are bounded, and files are written only below the current
folder or the folder of the deck.
"""

from circuitnn.later import submodules
from circuitnn.ngspice.control.interpreter import CommandsFailed
from circuitnn.ngspice.control.run_blocks import run

__all__ = ["CommandsFailed", "run"]

__getattr__ = submodules(__name__)
