"""Studies, one file each: a user's question, answered by one command or one call.

A file has the study's function and ``QUESTION``; `circuitnn.registry.studies` finds it by its name.
"""

from circuitnn.later import submodules

__getattr__ = submodules(__name__)
