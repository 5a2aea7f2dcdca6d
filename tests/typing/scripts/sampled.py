"""Monte Carlo of a divider whose resistor varies."""

from circuitnn import Circuit

deck = """divider
.param r={1k*(1+agauss(0,0.05,1))}
v1 in 0 1
r1 in out {r}
r2 out 0 1k
.op
.meas op gain find v(out) at=0
.end
"""
study = Circuit.from_text(deck).monte_carlo(20, seed=3, limits={"gain": (0.4, 0.6)})
table = study.statistics()
print(table)
print(study.failures)
