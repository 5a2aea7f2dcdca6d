"""Many switches that turn in quick succession: none of them slides, so each turns at its own moment."""

import numpy as np

from circuitnn import Circuit

INSULATOR, METAL, ON, OFF = 100.2e3, 0.99e3, 1.99, 1.0  # vo2_switch [Ohm, V]
LEVEL = 1.5  # [V]


def rises(current, capacitance, tstop):
    """Times at which the voltage of a switch beside a capacitor rises through the level. [s]"""

    def passage(resistance, begin, end):
        final = current * resistance
        return resistance * capacitance * np.log((final - begin) / (final - end))

    found, t, begin = [], 0.0, 0.0
    while t < tstop:
        found.append(t + passage(INSULATOR, begin, LEVEL))
        t += passage(INSULATOR, begin, ON) + passage(METAL, ON, OFF)
        begin = OFF
    return np.array([moment for moment in found if moment < tstop])


def test_events_of_different_switches_are_no_sliding():
    count, tstop = 300, 8e-6
    rng = np.random.default_rng(2)
    currents, capacitances = rng.uniform(38e-6, 42e-6, count), rng.uniform(9e-12, 11e-12, count)
    cards = ["many switches"]
    for k, (current, capacitance) in enumerate(zip(currents.tolist(), capacitances.tolist(), strict=True)):
        cards += [f"i{k} 0 a{k} {current!r}", f"c{k} a{k} 0 {capacitance!r} ic=0", f"n{k} a{k} 0 vo2"]
    circuit = Circuit.from_text("\n".join([*cards, ".model vo2 vo2_switch", ".end"]))
    levels = {f"v(a{k})": LEVEL for k in range(count)}
    result = circuit.spikes(tstop, levels, uic=True, reltol=1e-6)
    worst = 0.0
    for k, name in enumerate(levels):
        times, exact = result.time[result.array("signal") == k], rises(currents[k], capacitances[k], tstop)
        assert len(times) == len(exact) > 10, name
        worst = max(worst, float(np.max(np.abs(times - exact))))
    assert worst < 5e-12
