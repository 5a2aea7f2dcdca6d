"""The warm process of ``circuitnn serve``: where it listens, what it takes, and what becomes of a worker."""

from circuitnn.later import submodules

__getattr__ = submodules(__name__)
