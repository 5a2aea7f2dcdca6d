"""Verilog-A: from the text of a module to a compact model.

A file passes through these modules in turn:

    source        texts of files, and places in them
    tokens        text → tokens
    preprocessor  directives: macros, include files, conditional text
    tree          what the parser makes: a syntax tree
    parser        tokens → syntax tree
    scope         declarations of a module: what its names stand for
    checking      faults that are seen without running anything
    execution     the analog block, executed with expressions in place of numbers
    device        a model of this package made of a module
    library       files and their models
"""

from __future__ import annotations

from circuitnn.later import submodules

__getattr__ = submodules(__name__)
