"""The warm process of ``circuitnn serve``: its address, its requests, and its workers."""

from circuitnn.later import submodules

__getattr__ = submodules(__name__)
