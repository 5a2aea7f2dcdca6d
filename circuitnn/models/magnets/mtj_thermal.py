"""Magnetic tunnel junction in a heat bath: the macrospin of mtj with a thermal field.

To the field B of ``mtj`` comes, in each direction by itself, a Gaussian field of standard deviation

    b = √(2·alpha·k·T/(gamma·ms·area·tfree·interval))

that takes a new value every `interval` seconds, on a grid in time that has nothing to do with time steps.

Derivation. White noise with <bj(t)·bk(t')> = 2·D·djk·delta(t - t') gives the Boltzmann distribution exp(-E/kT) if
D = alpha·k·T/(gamma·ms·volume) (fluctuation and dissipation, W. F. Brown 1963, in the form in which the field acts in
precession and damping alike, as here); a value held for `interval` has the same spectral density at low frequencies if
b²·interval = 2·D. At a frequency f the density is less by sinc²(f·interval), which is what the interval has to
be short for: of the fluctuations at 6.75 GHz, 5 ps leave 99 % and 10 ps 97 %. `interval` is the noise's
correlation time, and the limit of interval → 0 is that of Stratonovich, |m| = 1 being kept. Small-angle
fluctuations are <mx²> = k·T/(ms·volume·Bk) of a field Bk along the axis.

With a barrier of less than some 12 kT the junction flips by itself in affordable times; else see ``smtj``.
interval = 0 switches the field off. Each sample is an event in every such junction, so that time steps are at most
`interval`.

Noise analyses have that field too, 4·alpha·k·T/(gamma·ms·area·tfree) [T²/Hz] in each direction unless interval = 0,
and the shot noise of ``mtj``.

References
----------
W. F. Brown, Phys. Rev. 130, 1677 (1963), doi:10.1103/PhysRev.130.1677.
J. L. García-Palacios, F. J. Lázaro, Phys. Rev. B 58, 14937 (1998), doi:10.1103/PhysRevB.58.14937.
"""

from __future__ import annotations

from circuitnn.constants import BOLTZMANN, KELVIN
from circuitnn.equations.graph import ceil, sqrt, symbol, where
from circuitnn.models.magnets.mtj import GAMMA, MTJ, Vector
from circuitnn.models.model import Drive, Equations, Parameter


class MTJThermal(MTJ):
    """Two-terminal magnetic tunnel junction with a thermal field; plus is at the free layer."""

    name = "mtj_thermal"
    drive = Drive(
        "PULSE(0 -0.4 20p 50p 50p 10n)", "n1 in 0 m theta0=0.1 interval=0.3n", "1p 1.2n 0 1p uic", edge=2e-12
    )
    parameters = (
        *MTJ.parameters,
        Parameter(
            "interval", 5e-12, "s", "time for which the thermal field keeps its value; 0: no field", low=0.0
        ),
    )

    memories = {"due": "interval"}
    randoms = {"along_x": "normal", "along_y": "normal", "along_z": "normal"}

    @classmethod
    def equations(cls, m: Equations) -> None:
        super().equations(m)
        moment = GAMMA * m["ms"] * m["area"] * m["tfree"]
        density = 4.0 * m["alpha"] * BOLTZMANN * (m["temp"] + KELVIN) / moment
        for axis in "xyz":  # as the external field enters
            rates = {name: -m.slope(m.f[name], f"b{axis}") for name in m.states}
            m.agitation(f"field_{axis}", where(m["interval"] > 0.0, density, 0.0), rates)

    @classmethod
    def field(cls, m: Equations, spin: Vector) -> Vector:
        interval, due = m["interval"], symbol("due")
        on = interval > 0.0
        held = where(on, interval, 1.0)
        # One event draws all three; m.noise would be three.
        late = where(on, (m.time - due) / held, -1.0)
        m.event("sample", late, {"due": due + interval * ceil(late)}, redraw=tuple(cls.randoms))
        energy = 2.0 * m["alpha"] * BOLTZMANN * (m["temp"] + KELVIN)
        moment = GAMMA * m["ms"] * m["area"] * m["tfree"]
        size = where(on, sqrt(energy / (moment * held)), 0.0)
        bx, by, bz = (b + size * symbol(z) for b, z in zip(super().field(m, spin), cls.randoms, strict=True))
        return bx, by, bz
