"""``python -m bench.veriloga_mutations [--count N] [--seed S] [--files FOLDER]``: mutated Verilog-A files.

Each mutation must work or give errors with a place: what ends otherwise, or takes more than `LIMIT` seconds, is printed
with its text, and the exit status is 1. With ``--files``, files of a folder are mutated, too.
"""

from __future__ import annotations

import argparse
import random
import re
import signal
import sys
import traceback
from pathlib import Path

from circuitnn.veriloga.device import model_of
from circuitnn.veriloga.library import read_text
from circuitnn.veriloga.source import VerilogAError

LIMIT = 30.0  # of processor time [s]
HEAD = '`include "disciplines.vams"\n`include "constants.vams"\n'
SEEDS = (
    HEAD
    + """
`define HALF(x) (0.5*(x))
module seed(a, b, c);
  inout a, b, c; electrical a, b, c, i; thermal t;
  parameter real r = 1k from (0:inf) exclude 5; parameter integer n = 2 from [1:9]; aliasparam rr = r;
  parameter real l[0:2] = '{1, 2, 3}; localparam real q = r * 2;
  branch (a, i) ai; real x, y, z[0:3]; integer k; (* desc = "d", units = "A" *) real op;
  analog function real f; input u; output w; real u, w; begin w = u * 2; f = u + 1; end endfunction
  analog begin
    @(initial_step) y = 3;
    for (k = 0; k < 4; k = k + 1) z[k] = k * `HALF(V(a, b));
    case (n) 1: x = 1; 2, 3: x = z[2]; default: x = 0; endcase
    while (k > 0) k = k - 1;
    if (V(a) > 0 && $param_given(r)) x = f(x, y) ** 2; else if (n == 3) x = -x; else x = ddx(V(a) * x, V(a));
    if (r > 100) I(ai) <+ V(ai) / r + ddt(1p * V(ai)) + white_noise(4 * `P_K * $temperature / r, "n");
    else V(ai) <+ 0;
    I(i, b) <+ (x > 0) ? ln(1 + x) : limexp(V(i, b) / $vt) + l[1] + idt(V(c), q);
    Pwr(t) <+ Temp(t) - x * y; op = I(ai); V(c) <+ 2 * I(c);
    begin : block real w; w = $simparam("gmin", 1e-12) + y; y = w; end
    $strobe("x %g", x);
  end
endmodule
""",
    HEAD
    + """
module other(inout electrical p, inout electrical n);
`ifdef ONE
  parameter real g = 1;
`elsif __VAMS_COMPACT_MODELING__
  parameter real g = 2 from [0, 5];
`else
  parameter real g = 3;
`endif
  real state;
  analog begin
    state = state + g * V(p, n) * ($abstime - state);
    repeat (3) state = min(state, hypot(state, 1)) % 7;
    I(p, n) <+ state + flicker_noise(g, 1.2);
  end
endmodule
""",
    HEAD
    + """
module part(p, n);
  inout p, n; electrical p, n; parameter real r = 1 from (0:inf); parameter integer k = 2; real y;
  analog begin : main real w; w = V(p, n) / r; if (w > 0) V(p, n) <+ w * $param_given(k); else I(p, n) <+ y; end
endmodule
module whole(a, b);
  inout [1:0] a; inout b; electrical [1:0] a; electrical b; parameter integer n = 3 from [1:9];
  electrical [0:n] m; branch (m[1], b) x; branch (m, b) y [n:0]; genvar i; integer k;
  generate for (i = 0; i < n; i = i + 1) begin : st
    part #(.r(i + 1), .k(2)) s (m[i], m[i + 1]); resistor #(4) g (.p(m[i]), .n(b));
    if (i % 2 == 1) part t [0:1] (m[i:i+1], b); else begin : u electrical w; part t (w, b); end
  end endgenerate
  case (n) 1, 2: part z (a[0], b); default: vsine #(.ampl(2)) z (a[1], b); endcase
  defparam st[0].s.r = 7;
  analog begin V(a[0], m[0]) <+ 0; V(x) : V(x) + pow(V(x), 3) == V(a[1]);
    for (k = 0; k < n; k = k + 1) I(y[k]) <+ V(st[1].u.w) / 3; end
endmodule
paramset fine part; parameter real l = 2; .r = 3 * l; endparamset
""",
)
WORDS = (
    "begin end if else for while case endcase endmodule module analog real integer parameter I V <+ ( ) [ ] { } "
    "'{ ; , : ? + - * / ** == < > = & | ! ~ 1 0 1e400 1e-320 x r n k ddt idt ddx $limit @ ` `define `ifdef `endif "
    '`include " // /* '
    "\\ # inf from exclude branch ground electrical string 99999999999999999999 1.5.5 $finish -> (* *) \x00 é"
).split(" ")


def mutated(text: str, draw: random.Random) -> str:
    """A text with one or two changes."""
    for _ in range(draw.randint(1, 2)):
        parts = re.findall(r"\w+|\s+|.", text, re.DOTALL)
        at = draw.randrange(len(parts))
        kind = draw.randrange(6)
        if kind == 0:
            parts[at] = ""
        elif kind == 1:
            parts[at] = f" {draw.choice(WORDS)} "
        elif kind == 2:
            parts.insert(at, f" {draw.choice(WORDS)} ")
        elif kind == 3:
            other = draw.randrange(len(parts))
            parts[at], parts[other] = parts[other], parts[at]
        elif kind == 4:
            parts[at:at] = parts[at : at + draw.randint(1, 30)]
        else:
            del parts[at : at + draw.randint(1, 30)]
        text = "".join(parts)
    return text


class OutOfTime(BaseException):
    """A mutation has taken too long."""


def _end(*_: object) -> None:
    raise OutOfTime


def ending(text: str) -> str:
    """How a mutation ends: "works", "refused", or in what is wrong."""
    signal.setitimer(signal.ITIMER_VIRTUAL, LIMIT)
    try:
        for design in read_text(text, "mutated.va"):
            model_of(design).assembled()
    except VerilogAError:
        return "refused"
    except (Exception, OutOfTime):
        return traceback.format_exc()
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0.0)
    return "works"


def main() -> int:
    """Run the campaign."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--files", type=Path)
    given = parser.parse_args()
    texts = [*SEEDS]
    if given.files:
        texts += [p.read_text(errors="replace") for p in sorted(given.files.rglob("*.va")) if p.is_file()]
    draw = random.Random(given.seed)
    signal.signal(signal.SIGVTALRM, _end)
    bad = good = 0
    for number in range(given.count):
        text = mutated(draw.choice(texts), draw)
        how = ending(text)
        good += how == "works"
        if how not in ("works", "refused"):
            bad += 1
            print(f"--- {number}\n{text}\n{how}", flush=True)
    print(f"{given.count} mutations: {good} still work, {bad} ended badly")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
