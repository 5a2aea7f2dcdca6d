"""Studies, one file each: the question a user has, asked by one command or one call.

A file has a function that asks, and ``QUESTION``; `circuitnn.registry.studies` finds it by its name.
"""

from circuitnn.later import submodules

__getattr__ = submodules(__name__)
