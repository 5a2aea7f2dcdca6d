"""Reading and writing decks of the SPICE3/ngspice dialect.

`parse` turns text into a `Deck`, `elaborate` a deck into a `FlatCircuit`, `writer.write` a flat circuit
into a deck for ngspice.
"""

from circuitnn.later import submodules
from circuitnn.netlist.definition import Deck
from circuitnn.netlist.elaborate import elaborate, reread
from circuitnn.netlist.parser import parse, read

__all__ = ["Deck", "elaborate", "parse", "read", "reread"]

__getattr__ = submodules(__name__)
