"""What a type checker is to make of results; `make lint` checks this file, and nothing runs it."""

import numpy as np
from numpy.typing import NDArray
from typing_extensions import assert_type

from circuitnn import Circuit
from circuitnn.results.result import Result

circuit = Circuit("divider").V("1", "in", "0", 5).R("1", "in", "out", 1e3).R("2", "out", "0", 1e3)

assert_type(circuit.op(), Result[float])
assert_type(circuit.op()["v(out)"], float)
assert_type(circuit.tf("v(out)", "v1")["transfer_function"], float)
assert_type(circuit.tran("1m")["v(out)"], NDArray[np.float64])
assert_type(circuit.ac(1, 1e3)["v(out)"], NDArray[np.complex128])
spectrum, total = circuit.noise("v(out)", "v1", 1, 1e3)
assert_type(spectrum["onoise_spectrum"], NDArray[np.float64])
assert_type(total["onoise_total"], float)
