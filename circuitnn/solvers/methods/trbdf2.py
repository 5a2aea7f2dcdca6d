"""TR-BDF2: a trapezoidal stage, then Gear's formula through its end; second order, damps fast modes.

Both stages have the same matrix. The error is half that of the trapezoidal rule, which takes one stage, with the
same step.

References
----------
R. E. Bank et al., "Transient simulation of silicon devices and circuits", IEEE Trans. Electron Devices 32, 1992
(1985), doi:10.1109/T-ED.1985.22232. M. E. Hosea, L. F. Shampine, "Analysis and implementation of TR-BDF2", Appl.
Numer. Math. 20, 21 (1996), doi:10.1016/0168-9274(95)00115-8.
"""

from math import sqrt

from circuitnn._cext.method import Method
from circuitnn.solvers.methods import Stage, be

GAMMA = 2.0 - sqrt(2.0)  # end of the first stage: both have the same matrix
ALPHA = 2.0 + sqrt(2.0)  # 2/GAMMA = 1 + 1/(1 - GAMMA)
MIDDLE = -1.0 / (GAMMA * (1.0 - GAMMA))

METHOD = Method(
    "trbdf2",
    (
        Stage(GAMMA, ALPHA, (-ALPHA,), (-1.0,)),
        Stage(1.0, ALPHA, (-ALPHA - MIDDLE, MIDDLE)),
    ),
    starter=be.METHOD,
)
