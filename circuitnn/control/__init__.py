"""``.control … .endc``: the commands that batch decks use, as a small interpreter.

Nothing is given to Python's `eval`, loops are bounded, and files are written below the working
directory or the deck's own folder only.
"""

from circuitnn.control.interpreter import CommandsFailed, run
from circuitnn.later import submodules

__all__ = ["CommandsFailed", "run"]

__getattr__ = submodules(__name__)
