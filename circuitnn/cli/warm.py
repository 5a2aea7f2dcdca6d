"""What a server loads before its first client: everything that small decks use."""

from __future__ import annotations

import contextlib
import gc
import io
import os

# Every kind of element and of analysis in textbook decks.
DECK = """what textbooks use
.param r=1k
vin in 0 dc 1 ac 1 sin(0 1 1k)
vp p 0 pulse(0 1 0 1u 1u 1u 4u)
vdd dd 0 5
i1 0 out 1u
r1 in out {r}
c1 out 0 1n
l1 p q 1u
rq q 0 1k
d1 out 0 dd
q1 c out e qn
rc dd c 1k
re e 0 100
m1 m out 0 0 mn w=10u l=1u
rm dd m 10k
j1 dd p s jn
rs s 0 1k
e1 f 0 out 0 2
g1 f 0 p 0 1m
b1 b 0 v=v(out)*v(p)
rb b 0 1k
xs out 0 half
.subckt half a b
ra a b 2k
.ends
.model dd d(is=1e-14 cjo=1p)
.model qn npn(bf=100 cje=1p)
.model mn nmos(level=1 vto=1 kp=20u)
.model jn njf
.op
.dc vin 0 1 0.5
.ac dec 1 1k 10k
.tran 1u 4u
.noise v(out) vin dec 1 1k 10k
.tf v(out) vin
.meas tran top max v(out)
.print tran v(out)
.four 250k v(out)
.end
"""
# Operating points that only divide voltages have a solver of their own.
DIVIDER = """what is solved to rounding
vin in 0 0
rs in out 1k
d1 out m dz
d2 0 m dz
.model dz d(is=10f bv=5.1)
.options reltol=1e-7 vntol=1e-9
.dc vin -15 15 5
.end
"""


REHEARSAL = """a small deck
v1 in 0 dc 1 ac 1 pulse(0 1 0 1u 1u 1u 4u)
r1 in out 1k
c1 out 0 1n
d1 out 0 dd
.model dd d(cjo=1p)
.op
.tran 0.5u 2u
.ac dec 1 1k 10k
.print tran v(out)
.end
"""


def warm() -> None:
    """Load modules and fill caches that do not depend on the deck."""
    import circuitnn.cli.batch
    import circuitnn.cli.run
    import circuitnn.ngspice.control.interpreter
    import circuitnn.results.measure  # noqa: F401
    from circuitnn.circuit.circuit import Circuit
    from circuitnn.ngspice import result_tables
    from circuitnn.results import rawfile

    Circuit.from_text(DIVIDER).run()
    circuit = Circuit.from_text(DECK)
    results = circuit.run()
    list(result_tables.prints(results, circuit.flat.prints))
    for result in results:
        list(result_tables.summary(result, statistics=True))
        rawfile.header(result)
    with contextlib.redirect_stdout(io.StringIO()):
        circuit.check()
    gc.collect()
    gc.freeze()  # so that collections in workers do not write to shared memory


def rehearse() -> None:
    """Run a small deck in batch mode without output; this process then owns copies of the memory that runs write to."""
    from circuitnn.cli import execute

    deck = os.memfd_create("rehearsal", os.MFD_CLOEXEC)
    try:
        os.write(deck, REHEARSAL.encode())
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            execute(["-b", f"/proc/self/fd/{deck}"])
            execute(["-b", "-r", os.devnull, f"/proc/self/fd/{deck}"])
    finally:
        os.close(deck)
