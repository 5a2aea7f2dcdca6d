"""A result is written, read back and compared."""

from pathlib import Path

import circuitnn

folder = Path(".")
c = circuitnn.Circuit.from_text("rc\nv1 a 0 sin(0 1 1k)\nr1 a b 1k\nc1 b 0 0.1u\n.end")
run = c.tran("2m", "1u")
run.save(folder / "run.raw")
run.save(folder / "run.csv")
again = circuitnn.read(folder / "run.raw")
found = circuitnn.compare(run, again)
print(found.worst, found)
figure = run.plot("v(b)", path=folder / "run.png", figsize=(4, 3))
figure.savefig(folder / "again.pdf")
frame = run.to_pandas()
data = run.to_xarray()
