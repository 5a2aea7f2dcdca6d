"""SPICE primitives that modules may have instances of (annex E of the reference manual), as modules.

Their ports and parameters are those of the manual, but for what belongs to single analyses (`ic`, `dc`, `mag`,
`phase`). Transistors and diodes are not among them, since these need the model card of a deck.
"""

from __future__ import annotations

_SINE = (
    "offset = 0, ampl = 0, freq = 1 from (0:inf), td = 0, damp = 0, sinephase = 0, ammodindex = 0, ammodfreq = 1, "
    "ammodphase = 0, fmmodindex = 0, fmmodfreq = 1",
    """t = max($abstime - td, 0);
    x = offset + ampl * exp(-damp * t) * (1 + ammodindex * sin(`M_TWO_PI * ammodfreq * t + ammodphase * `M_PI / 180))
      * sin(`M_TWO_PI * freq * t + fmmodindex * sin(`M_TWO_PI * fmmodfreq * t) + sinephase * `M_PI / 180);""",
)
_EXPONENTIAL = (
    "val0 = 0, val1 = 1, td0 = 0, tau0 = 1 from (0:inf), td1 = 1, tau1 = 1 from (0:inf)",
    """t = $abstime;
    x = val0 + (val1 - val0) * (1 - exp(-max(t - td0, 0) / tau0));
    x = x + (val0 - val1) * (1 - exp(-max(t - td1, 0) / tau1));""",
)


def _source(name: str, access: str, wave: tuple[str, str]) -> str:
    parameters, statements = wave
    return f"""
module {name}(p, n);
  inout p, n; electrical p, n;
  parameter real {parameters};
  real t, x;
  analog begin
    {statements}
    {access}(p, n) <+ x;
  end
endmodule
"""


TEXT = f"""`include "disciplines.vams"
`include "constants.vams"
module resistor(p, n);
  inout p, n; electrical p, n;
  parameter real r = 1 from (-inf:inf) exclude 0, tc1 = 0, tc2 = 0;
  real dt;
  analog begin
    dt = $temperature - 273.15 - $simparam("tnom", 27);
    I(p, n) <+ V(p, n) / (r * (1 + tc1 * dt + tc2 * dt * dt));
  end
endmodule
module capacitor(p, n);
  inout p, n; electrical p, n;
  parameter real c = 1;
  analog I(p, n) <+ ddt(c * V(p, n));
endmodule
module inductor(p, n);
  inout p, n; electrical p, n;
  parameter real l = 1;
  analog V(p, n) <+ ddt(l * I(p, n));
endmodule
module vccs(sink, src, ps, ns);
  inout sink, src, ps, ns; electrical sink, src, ps, ns;
  parameter real gm = 1;
  analog I(sink, src) <+ gm * V(ps, ns);
endmodule
module vcvs(p, n, ps, ns);
  inout p, n, ps, ns; electrical p, n, ps, ns;
  parameter real gain = 1;
  analog V(p, n) <+ gain * V(ps, ns);
endmodule
{_source("vsine", "V", _SINE)}{_source("isine", "I", _SINE)}
{_source("vexp", "V", _EXPONENTIAL)}{_source("iexp", "I", _EXPONENTIAL)}"""
