"""An array between sources and amplifiers, in a circuit."""

from circuitnn import Circuit, Crossbar
from circuitnn.crossbar import Pulse

tile = Circuit("tile").V("1", "in0", "0", 0.1).V("2", "in1", "0", 0.2)
for j in range(3):
    tile.E(f"a{j}", f"out{j}", "0", "0", f"bl{j}", 1e6).R(f"f{j}", f"bl{j}", f"out{j}", 1e4)
tile.crossbar("x1", Crossbar(2, 3, 1e-5, wordline_resistance=1), left="in", bottom="bl")
result = tile.op()
print(result["v(out2)"], tile.cells("x1", result).cell_current.sum())
print(Pulse(1e-6, rise=1e-9, fall=1e-9))
