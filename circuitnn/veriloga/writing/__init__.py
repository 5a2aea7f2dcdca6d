"""Models written out: as modules in Verilog-A, from their equations.

branches      equations of a model, with the currents of its branches
valueless     operations that have no value everywhere
names         what nodes, states, parameters and quantities are called
declarations  head of a module: comments, disciplines, nodes, parameters
body          its analog block
module        all of it
"""

from __future__ import annotations

from circuitnn.later import submodules

__getattr__ = submodules(__name__)
