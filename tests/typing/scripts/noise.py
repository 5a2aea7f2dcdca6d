"""Noise and poles of a filter."""

from circuitnn import Circuit

c = Circuit("filter").V("1", "in", "0", 0, ac="1").R("1", "in", "out", 1e4).C("1", "out", "0", 1e-9)
spectrum, total = c.noise("v(out)", "v1", 1, 1e6, points=10)
print(spectrum["onoise_spectrum"][0], total["onoise_total"])
tf = c.tf("v(out)", "v1")
print(tf["transfer_function"], tf["output_impedance"] if "output_impedance" in tf.names else None)
for name in c.pz(("in", "0"), "out", wanted="pol").names:
    print(name)
