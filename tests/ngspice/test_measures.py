"""The numbers of ``.meas`` cards beside those of ngspice, on every analysis that has them there."""

import re
import subprocess
import sys

import pytest

from validation.ngspice import available

pytestmark = pytest.mark.skipif(not available(), reason="ngspice is not installed")
_LINE = re.compile(r"^(\w+) +=\s+([-+.\de]+)", re.MULTILINE)

TRAN = """measures of a transient
.param lev=0.4
.func sq(x) {x*x}
.options reltol=1e-5
v1 a 0 pwl(0 0 1 1 2 0 3 2 4 0 5 3 6 0)
v2 b 0 pwl(0 0.5 6 0.7)
v3 c 0 sin(0 1 0.7)
r1 a 0 1k
r2 b 0 1k
r3 c 0 1k
.tran 10m 6 0 5m
.meas tran w1 when v(a)=0.45 rise=2
.meas tran w2 when v(a)=v(b) fall=2
.meas tran w3 when v(c)=0.3 cross=last
.meas tran w4 when v(a)=0.45 td=1.2
.meas tran w5 when v(a)='lev+0.05' fall=last
.meas tran w6 when v(a)=0.45 cross=3
.meas tran w7 when v(a)=0.45 rise=1 from=1.5 to=4
.meas tran w8 when par('v(a)*lev')=0.2 rise=2
.meas tran w9 when v(a)=par('v(c)') rise=1
.meas tran w10 WHEN V(A)=0.45 RISE=LAST
.meas tran f1 find v(c) when v(a)=0.45 fall=2
.meas tran f2 find v(c) at=2.503
.meas tran f4 find i(v1) at=2.503
.meas tran f5 find par('v(a)*v(c)') at=2.503
.meas tran f6 find v(c) when v(a)=v(b) rise=2
.meas tran f7 find par('v(a)*2') when v(c)=0.3 rise=3
.meas tran f8 find v(c) at='lev*5'
.meas tran f9 find par('v(a)*lev') at=2.503
.meas tran f10 find par('sq(v(a))') at=2.503
.meas tran f11 find v(c) when time=2.55
.meas tran t1 find time when v(a)=0.45 rise=2
.meas tran d1 trig v(a) val=0.45 rise=1 targ v(c) val=-0.2 fall=2
.meas tran d2 trig at=1 targ v(a) val=0.5 fall=last
.meas tran d3 trig v(a) val='lev' rise=1 targ v(a) val='lev' rise=2
.meas tran d4 trig v(a) val=0.45 td=1.5 rise=1 targ v(a) val=0.45 td=1.5 fall=1
.meas tran d5 trig v(a) val=0.45 cross=2 targ v(a) val=0.45 cross=4
.meas tran d6 trig v(a) val=0.5 rise=1 targ at=3
.meas tran d7 trig par('v(a)*2') val=0.9 rise=1
+ targ par('v(a)*2') val=0.9 fall=1
.meas tran d8 trig v(c) val=0.1 rise=1 targ v(a) val=0.45 fall=1 from=2.1
.meas tran d9 trig v(c) val=0.1 rise=1 from=1.2 targ v(a) val=0.45 fall=1
.meas tran d10 trig v(c) val=0.1 rise=1 from=1.2 targ v(a) val=0.45 fall=1 from=2.1
.meas tran d11 trig v(c) val=0.1 rise=1 td=2 targ v(a) val=0.45 fall=1 td=1 from=2.1
.meas tran d12 trig v(c) val=0.1 rise=1 td=3 from=1.2 targ v(a) val=0.45 fall=1
.meas tran d13 trig at=1 targ v(a) val=0.45 fall=1 from=2.1
.meas tran d14 trig v(a) val=0.45 rise=last targ v(a) val=0.45 fall=last to=3.5
.meas tran d15 trig v(a) val=0.45 rise=last to=3.5 targ v(a) val=0.45 fall=last
.meas tran a1 avg v(c)
.meas tran a2 avg par('v(a)*v(a)') from=1 to=3
.meas tran r1 rms v(c) from=1.001 to=3.003
.meas tran n1 integ v(c) from=1.001 to=3.003
.meas tran m1 min v(c) from=0.3 to=4.2
.meas tran m2 max v(c) from=0.3 to=4.2
.meas tran m3 max_at v(a)
.meas tran m4 max par('time*v(a)')
.meas tran p1 pp v(c)
.meas tran q1 param='m2*2'
.meas tran q2 param='q1*lev'
.meas tran q3 param='max(w1,w3)'
.meas tran q4 param={w1*lev}
.meas tran q5 param='f9 > 0.1 ? 1 : 2'
.meas tran zero trig v(c) rise=2 targ v(c) fall=3
.meas tran twice when v(a)=0.45 rise=1
.meas tran twice when v(a)=0.45 rise=2
.meas tran lost when v(a)=5
.meas tran lost2 find v(a) at=10
.meas tran lost3 trig v(a) val=0.45 rise=1 targ v(a) val=0.45 fall=3 from=2.1
.meas tran lost4 trig v(a) val=0.45 rise=1 targ v(a) val=0.45 fall=3 to=5
.meas tran lost5 avg p(r1) from=1 to=2
.meas tran lost6 foo v(b)
.meas tran lost7 max
.meas tran lost8 param='w1*nosuch'
.end
"""
DC = """measures of a sweep
.options reltol=1e-6
v1 a 0 1
r1 a b 1k
r2 b 0 2k
d1 b 0 dm
.model dm d(is=1e-14)
.dc v1 -2 2 0.1
.meas dc w1 when v(b)=0.33
.meas dc f1 find v(b) at=0.55
.meas dc f2 find i(v1) when v(b)=0.2
.meas dc f3 find par('v(a)-v(b)') at=1
.meas dc m1 max v(b)
.meas dc m2 min v(b) from=-1 to=1
.meas dc m3 max_at v(b)
.meas dc p1 pp v(b)
.meas dc d1 trig v(b) val=0.1 rise=1 targ v(b) val=0.5 rise=1
.meas dc q1 param='m1-m2'
.end
"""
AC = """measures of an ac analysis
v1 a 0 dc 0 ac 1
r1 a b 1k
c1 b 0 159.155n
l1 b c 10m
r2 c 0 100
.ac dec 10 10 100k
.print ac v(a) v(b) v(c)
.meas ac w1 when vdb(b)=-30
.meas ac w2 when vm(b)=0.09
.meas ac w3 when vp(b)=-0.5
.meas ac f1 find vdb(b) at=1k
.meas ac f2 find vp(b) at=1k
.meas ac f3 find vm(b) when vp(b)=-0.5
.meas ac f4 find vr(b) at=2k
.meas ac f5 find vi(b) at=2k
.meas ac f6 find v(b) at=2k
.meas ac m1 max vdb(b)
.meas ac m2 max_at vdb(b)
.meas ac m4 max vm(b)
.meas ac n1 integ vm(b)
.meas ac r1 rms vm(b)
.meas ac p1 pp vdb(b)
.meas ac d1 trig vdb(b) val=-20 rise=1 targ vdb(b) val=-20 fall=1
.meas ac q1 param='m1*2'
.end
"""


def printed(command, path):
    run = subprocess.run(
        [*command, "-b", path.name], cwd=path.parent, capture_output=True, text=True, timeout=60
    )
    return run.stdout, run.stderr, run.returncode


@pytest.mark.parametrize("deck", [TRAN, DC, AC], ids=["tran", "dc", "ac"])
def test_the_same_numbers(tmp_path, deck):
    path = tmp_path / "deck.cir"
    path.write_text(deck)
    theirs, _, their_code = printed(["ngspice"], path)
    ours, errors, code = printed([sys.executable, "-m", "circuitnn"], path)
    wanted, found = dict(_LINE.findall(theirs)), dict(_LINE.findall(ours))
    asked = set(re.findall(r"^\.meas \w+ (\w+)", deck, re.MULTILINE))
    asked = {name for name in asked if not name.startswith("lost")}
    assert asked <= set(wanted)
    for name in sorted(asked):
        assert float(found[name]) == pytest.approx(float(wanted[name]), rel=2e-4, abs=2e-5), name
    assert code == their_code == 0
    for name in re.findall(r" (lost\d?) ", deck):  # both run on, and say it
        assert name not in wanted
        assert re.search(rf"^{name} += +failed", ours, re.MULTILINE)
        assert f"measure  {name} " in errors


def test_where_ngspice_differs(tmp_path):
    """Of a window only the points inside count there; here its ends are cut out of the straight lines."""
    path = tmp_path / "deck.cir"
    path.write_text("t\nv1 a 0 1\nr1 a 0 1\n.dc v1 0 2 0.1\n.meas dc m max v(a) from=0 to=0.57\n.end\n")
    theirs, ours = (printed(c, path)[0] for c in (["ngspice"], [sys.executable, "-m", "circuitnn"]))
    assert float(dict(_LINE.findall(theirs))["m"]) == pytest.approx(0.5)
    assert float(dict(_LINE.findall(ours))["m"]) == pytest.approx(0.57)
