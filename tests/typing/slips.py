"""Slips that a type checker finds: each line that has one says so."""

import numpy as np

from circuitnn import Circuit, Crossbar
from circuitnn.crossbar import Access

c = Circuit("slips").V("1", "in", "0", 1.0)
c.R("1", "in", "0", [1e3])  # slip: unit: a list in place of a number
c.R("in", "0", 1e3)  # slip: the name is forgotten
c.R("1", "in", 0.0, 1e3)  # slip: a node is a name or an integer
c.R("1", "in", "0", 1e3, tc11=1e-3)  # slip: a keyword is misspelt
c.C("1", "in", "0")  # slip: no value
c.V("2", "a", "0", 1 + 1j)  # slip: complex
c.M("1", "d", "g", "s", "nmos")  # slip: a bulk is missing
c.B("1", "a", "0", W="v(in)")  # slip: neither I nor V
c.T("1", "a", "0", "b", "0", zo=50.0)  # slip: z0
c.transient("1m")  # slip: no such analysis
c.tran()  # slip: no end
c.tran("1m", reltoll=1e-4)  # slip: a misspelt option
c.op(gmin=[1e-12])  # slip: a list in place of a number
c.pss("1u", methods="gear")  # slip: neither its method nor an option
c.ac(1, 1e3, npoints=10)  # slip: no such argument or option
c.tran("1m", method=2)  # slip: a method is a word
c.op()["v(in)"].max()  # slip: a float has no maximum
c.ac(1, 1e3)["v(in)"].upper()  # slip: an array
Crossbar("64", 64, np.ones((64, 64)))  # slip: a number of lines is an integer
Crossbar(64, 64, 1e-5, wire_resistance=1.0)  # slip: old word
Access((3, 7), 1.0, "half")  # slip: row and column are two arguments
