"""Compiled Verilog-A: libraries with the OSDI interface, and the models that their modules are.

A library is native code. Only Python (`circuitnn.load_models`) and the command line (``--models model.osdi``) load one;
a deck cannot.
"""

from __future__ import annotations

from circuitnn.later import submodules

__getattr__ = submodules(__name__)
