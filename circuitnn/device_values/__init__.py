"""Values of devices: ``@m1[gm]``, tables of devices and models, safe operating areas."""

from circuitnn.later import submodules

__getattr__ = submodules(__name__)
