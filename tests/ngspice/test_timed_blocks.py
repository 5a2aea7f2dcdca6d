"""XSPICE's code models that follow the time, against ngspice's own: lines through points, files, delays."""

import numpy as np
import pytest

from circuitnn.circuit.circuit import Circuit, load
from circuitnn.errors import DeckWarning, NetlistError
from circuitnn.netlist.writer import write
from validation.cases import both
from validation.ngspice import available

needs_ngspice = pytest.mark.skipif(not available(), reason="ngspice is not installed")
TABLE = "* time and two values\n1e-5 1 2\n1e-4 2 4\n2e-4 -1 3\n"


def agree(deck, tmp_path, *names, atol=1e-6, but=()):
    """Whether both have the same in the middle of each microsecond, but in those that are named."""
    ours, theirs = both(deck, tmp_path)
    at = np.setdiff1d(np.arange(400), but) * 1e-6 + 0.5e-6
    for name in names:
        mine, other = (np.interp(at, each["time"], each[name]) for each in (ours, theirs))
        np.testing.assert_allclose(mine, other, atol=atol, err_msg=name)
        assert np.ptp(other) > 0.0


@needs_ngspice
@pytest.mark.parametrize("card", ["limit=true input_domain=0.1", "input_domain=5u fraction=false", ""])
def test_lines_over_the_time(card, tmp_path):
    deck = f"""lines
a1 b m
rb b 0 1k
.model m pwlts(x_array=[10u 100u 200u] y_array=[0.5 2 -1] {card})
.tran 0.1u 400u 0 0.1u
.end
"""
    agree(deck, tmp_path, "v(b)", atol=2e-4)


@needs_ngspice
@pytest.mark.parametrize(
    ("card", "end"),
    [
        ("amplscale=[1] amploffset=[0]", 200),
        ("amplscale=[2] amploffset=[0.5] timescale=1.5 timeoffset=20u", 320),
        ("amplscale=[2] amploffset=[0.5] amplstep=true", 200),
        ("amplscale=[1] amploffset=[0] timeoffset=-20u", 180),
    ],
)
@pytest.mark.parametrize("port", ["%v([b])", "%i([b])", "%vd([b 0])"])
def test_a_column_of_a_file(port, card, end, tmp_path):
    """Before its first time the value comes from 0; after its last it stays.

    After the end ngspice stays, or has what its memory held there: that depends on the environment's variables.
    """
    (tmp_path / "table.txt").write_text(TABLE)
    deck = f"""file
a1 {port} m
rb b 0 1k
.model m filesource(file="{tmp_path}/table.txt" {card})
.tran 0.1u 400u 0 0.1u
.end
"""
    corners = [9, 10, 34, 35, 79, 80, 99, 100, 169, 170, 179, 180, 199, 200, 319, 320]
    agree(deck, tmp_path, "v(b)", atol=1e-6, but=[*corners, *range(end, 400)])
    ours = Circuit.from_text(deck).run()[0]
    late = ours["v(b)"][ours["time"] > 1e-6 * (end + 1)]
    assert len(late) > 100
    last = -2.0 + 0.5 if "[2]" in card else -1.0
    np.testing.assert_allclose(late, -1e3 * last if "%i" in port else last, rtol=1e-9)


def test_names_of_files(tmp_path):
    """Capital letters count, and the folder is that of the model's card."""
    (tmp_path / "Models").mkdir()
    (tmp_path / "Models" / "Table.txt").write_text(TABLE)
    (tmp_path / "Models" / "Part.lib").write_text('.model m filesource(file="Table.txt")\n')
    deck = "file\na1 [b] m\nrb b 0 1k\n.include Models/Part.lib\n"
    (tmp_path / "deck.cir").write_text(deck)
    assert load(tmp_path / "deck.cir").tran("100u")["v(b)"][-1] == pytest.approx(2.0)


def test_columns_of_a_file(tmp_path):
    """ngspice forgets the last values of several columns when its file ends."""
    (tmp_path / "table.txt").write_text(TABLE)
    deck = f'file\na1 [b c] m\nrb b 0 1k\nrc c 0 1k\n.model m filesource(file="{tmp_path}/table.txt")\n'
    found = Circuit.from_text(deck).tran("300u")
    t = found["time"]
    for name, values in (("v(b)", [1, 2, -1]), ("v(c)", [2, 4, 3])):
        expected = np.interp(t, [0, 10e-6, 100e-6, 200e-6], [0, *values])
        np.testing.assert_allclose(found[name], expected, atol=1e-12)


@pytest.mark.parametrize(
    ("content", "message"),
    [("1u 2\n", "needs lines of 3 numbers"), ("", "needs lines of 3"), ("2u 1 1\n1u 1 1\n", "must increase")],
)
def test_files_that_make_no_sense(content, message, tmp_path):
    (tmp_path / "table.txt").write_text(content)
    deck = f'file\na1 [b c] m\nrb b 0 1k\nrc c 0 1k\n.model m filesource(file="{tmp_path}/table.txt")\n'
    with pytest.raises(NetlistError, match=message):
        Circuit.from_text(deck).tran("300u")


def test_relative_times_have_no_effect(tmp_path):
    (tmp_path / "table.txt").write_text(TABLE)
    model = f'.model m filesource(file="{tmp_path}/table.txt" timerelative=true)'
    with pytest.warns(DeckWarning, match="'timerelative' of model 'm' has no effect, as in ngspice"):
        Circuit.from_text(f"file\na1 [b] m\nrb b 0 1k\n{model}\n").op()


DELAY = """delay
v1 a 0 dc 0.2 ac 1 pulse(0.2 1 100u 10u 10u 50u 1m)
a1 {ports} m
rb b 0 1k
.model m delay(delay={delay})
"""


@needs_ngspice
@pytest.mark.parametrize("ports", ["a b", "a b null"])
@pytest.mark.parametrize("delay", ["50u", "0"])
def test_delays(ports, delay, tmp_path):
    deck = DELAY.format(ports=ports, delay=delay) + ".tran 1u 400u 0 1u\n.end\n"
    agree(deck, tmp_path, "v(b)", but=[*range(98, 112), *range(148, 172), *range(208, 222)])
    at = np.linspace(0, 400e-6, 300)
    (found,) = Circuit.from_text(deck).run()
    late = at - (50e-6 if delay == "50u" else 0.0)
    expected = np.interp(late, [0, 100e-6, 110e-6, 160e-6, 170e-6], [0.2, 0.2, 1, 1, 0.2])
    np.testing.assert_allclose(np.interp(at, found["time"], found["v(b)"]), expected, atol=1e-6)


def test_phases_of_a_delay():
    """Where ngspice has no small signal."""
    found = Circuit.from_text(DELAY.format(ports="a %i(b)", delay="50u")).ac(1e3, 1e5, 3)
    expected = -1e3 * np.exp(-2j * np.pi * found["frequency"] * 50e-6)
    np.testing.assert_allclose(found["v(b)"], expected, rtol=1e-9)


def test_controlled_delays_are_refused():
    with pytest.raises(NetlistError, match="delays that a voltage controls are not supported"):
        Circuit.from_text(DELAY.format(ports="a b a", delay="1u has_delay_cnt=true")).op()


def test_a_file_written_as_a_source(tmp_path):
    (tmp_path / "table.txt").write_text(TABLE)
    deck = f'file\na1 [b c] m\nrb b 0 1k\nrc c 0 1k\n.model m filesource(file="{tmp_path}/table.txt")\n'
    circuit = Circuit.from_text(deck + ".tran 1u 300u\n.end\n")
    (found,), (again,) = circuit.run(), Circuit.from_text(write(circuit.flat)).run()
    for name in ("v(b)", "v(c)"):
        np.testing.assert_allclose(
            np.interp(found["time"], again["time"], again[name]), found[name], atol=1e-12
        )
