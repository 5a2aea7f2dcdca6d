"""A cell of a crossbar is read; products with line resistance."""

import numpy as np

from circuitnn import Crossbar
from circuitnn.crossbar import Access, Device, Resistance, Series

g = 10 ** np.random.default_rng(1).uniform(-6, -4, (16, 16))
array = Crossbar(16, 16, g, wordline_resistance=2, bitline_resistance=2)
currents = array.mvm(np.full(16, 0.2))
print(currents[:3].sum(), array.conductance_error().min())
cells = Series(Device("sinh_selector", i0=1e-6), Resistance(1 / g))
read = Crossbar(16, 16, cells, line_resistance=2.0).op(Access(10, 3, 1.0, "half"))
print(read.sneak_current, read.ir_drop.max(), read["cell_current"][10, 3])
