"""A divider, its operating point and a sweep."""

import numpy as np

from circuitnn import Circuit

c = Circuit("divider").V("1", "in", 0, 5).R("1", "in", "out", "4.7k").R(2, "out", 0, 1e3, tc1=1e-3)
point = c.op(temp=85)
print(f"{point['v(out)']:.3f} V, {-1e3 * point['i(v1)']:.3f} mA")
sweep = c.dc("v1", 0, 5, 0.5, reltol=1e-6, gmin="1p", temp=np.float64(27))
print(sweep["v(out)"].max(), sweep.statistics)
