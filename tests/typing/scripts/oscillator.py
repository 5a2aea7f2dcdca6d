"""Period, orbit and phase noise of an oscillator."""

import numpy as np

from circuitnn import Circuit

c = (
    Circuit("van der Pol")
    .C("1", "a", 0, 1e-9, ic=0.5)
    .L("1", "a", 0, 1e-6)
    .B("1", "a", 0, I="-1m*v(a)+1m*v(a)*v(a)*v(a)")
)
transient = c.tran("20u", tmax="10n", uic=True)
print(transient.period("v(a)", start=10e-6))
orbit = c.pss(tstab=10e-6, uic=True)
print(orbit, np.ptp(orbit["v(a)"]))
