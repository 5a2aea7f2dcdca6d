"""An RC ladder of many stages built in a loop; step response and corner frequency."""

import numpy as np

from circuitnn import Circuit

c = Circuit("ladder").V("in", "n0", "0", "pulse(0 1 0 1n 1n 1 2)", ac=1)
for k, r in enumerate(np.geomspace(1e3, 1e5, 5)):
    c.R(k, f"n{k}", f"n{k + 1}", r).C(k, f"n{k + 1}", "0", value=1e-12, ic=0)
step = c.tran("2u", "10n", uic=True)
half = float(np.interp(0.5, step["v(n5)"], step.time))
print(f"half after {half * 1e9:.1f} ns")
response = c.ac(1e3, 1e9, points=20)
gain = np.abs(response["v(n5)"])
print(response["frequency"].real[gain < 2**-0.5][0])
