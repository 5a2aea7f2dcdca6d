"""Random networks of gates against a plain simulator of events, written here."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from circuitnn import Circuit, load
from circuitnn.errors import CircuitnnError, ConvergenceError

INPUTS, ROWS = 3, 12
RULES = {
    "and": lambda levels: 0 if 0 in levels else None if None in levels else 1,
    "or": lambda levels: 1 if 1 in levels else None if None in levels else 0,
    "xor": lambda levels: None if None in levels else sum(levels) % 2,
}
RULES |= {
    inverse: (lambda rule: lambda levels: None if (y := rule(levels)) is None else 1 - y)(RULES[gate])
    for inverse, gate in (("nand", "and"), ("nor", "or"), ("xnor", "xor"))
}


class Gate:
    """A gate with delays in picoseconds."""

    def __init__(self, rule, inputs, rise, fall, inertial):
        self.rule, self.inputs, self.rise, self.fall, self.inertial = rule, inputs, rise, fall, inertial
        self.want, self.now, self.coming = 0, 0, []  # (time, level)

    def ask(self, time, levels):
        """Note what is to come."""
        level = RULES[self.rule](
            [levels[k] if not flip or levels[k] is None else 1 - levels[k] for k, flip in self.inputs]
        )
        if level == self.want:
            return
        before = self.now if self.inertial else self.want
        self.want = level
        at = time + (self.rise if level == 1 or (level is None and before == 0) else self.fall)
        self.coming = [] if self.inertial else [event for event in self.coming if event[0] < at]
        if not (self.inertial and level == self.now):
            self.coming.append((at, level))


def simulate(rows, gates):
    """Times and levels of each net: inputs first, then gates; `rows`: times, levels of inputs."""
    levels = [*rows[0][1], *[0] * len(gates)]
    for _ in range(len(gates) + 1):  # at rest
        for k, gate in enumerate(gates):
            gate.coming = []
            gate.ask(0, levels)
            gate.coming = []
            levels[INPUTS + k] = gate.now = gate.want
    found = [[(0, level)] for level in levels]
    ahead = list(rows[1:])
    while ahead or any(gate.coming for gate in gates):
        time = min([*(row[0] for row in ahead[:1]), *(g.coming[0][0] for g in gates if g.coming)])
        changed = set()
        new = list(levels)
        if ahead and ahead[0][0] == time:
            new[:INPUTS] = ahead.pop(0)[1]
        for k, gate in enumerate(gates):
            while gate.coming and gate.coming[0][0] == time:
                gate.now = new[INPUTS + k] = gate.coming.pop(0)[1]
        for k, (old, level) in enumerate(zip(levels, new, strict=True)):
            if old != level:
                changed.add(k)
                found[k].append((time, level))
        levels = new
        for gate in gates:
            if changed & {k for k, _ in gate.inputs}:
                gate.ask(time, levels)
    return found


@st.composite
def networks(draw):
    """Gates that read inputs and gates before them, so that nothing runs in circles."""
    gates = []
    for k in range(draw(st.integers(1, 12))):
        reads = draw(
            st.lists(st.tuples(st.integers(0, INPUTS + k - 1), st.booleans()), min_size=1, max_size=3)
        )
        delays = [draw(st.integers(50, 4000)) for _ in range(2)]
        gates.append((draw(st.sampled_from(sorted(RULES))), reads, *delays, draw(st.booleans())))
    return gates


@st.composite
def stimuli(draw):
    """Times in picoseconds that nothing else falls on, and levels."""
    times = itertools.accumulate(draw(st.lists(st.integers(200, 9000), min_size=ROWS, max_size=ROWS)))
    level = st.sampled_from((0, 1, 0, 1, None))
    return [(t if k else 0, [draw(level) for _ in range(INPUTS)]) for k, t in enumerate(times)]


def deck_of(gates, end):
    lines = ["random network", "v1 q 0 1", "r1 q 0 1", "asource [ n0 n1 n2 ] source"]
    lines.append('.model source d_source(input_file="rows.txt")')
    for k, (rule, reads, rise, fall, inertial) in enumerate(gates):
        pins = " ".join(f"{'~' * flip}n{net}" for net, flip in reads)
        lines.append(f"a{k} [ {pins} ] n{INPUTS + k} m{k}")
        lines.append(
            f".model m{k} d_{rule}(rise_delay={rise}p fall_delay={fall}p inertial_delay={str(inertial).lower()})"
        )
    return "\n".join([*lines, f".tran 1n {end}p", ".end", ""])


WORDS = {0: "0s", 1: "1s", None: "Us"}


@settings(max_examples=60, deadline=None)
@given(networks(), stimuli())
def test_events_of_random_networks(tmp_path_factory, gates, rows):
    folder = tmp_path_factory.mktemp("network")
    text = "\n".join(f"{t}p {' '.join(WORDS[level] for level in levels)}" for t, levels in rows)
    (folder / "rows.txt").write_text(text + "\n")
    expected = simulate(rows, [Gate(*gate) for gate in gates])
    end = max(t for history in expected for t, _ in history) + 1000
    (folder / "deck.cir").write_text(deck_of(gates, end))
    logic = load(folder / "deck.cir").run()[0].logic
    for k, history in enumerate(expected):
        if f"n{k}" not in logic:  # an input that no gate reads
            continue
        signal = logic[f"n{k}"]
        assert list(signal.words) == [WORDS[level] for _, level in history]
        assert signal.times == pytest.approx([t * 1e-12 for t, _ in history], abs=1e-16)


def test_a_loop_that_never_rests_is_an_error_with_a_net():
    deck = "ring\nv1 q 0 1\nr1 q 0 1\na1 n3 n1 m\na2 n1 n2 m\na3 n2 n3 m\n.model m d_inverter\n.tran 1n 9n\n.end\n"
    with pytest.raises(ConvergenceError, match=r"logic does not come to rest: 'n[123]' goes on changing"):
        Circuit.from_text(deck).run()


def test_a_loop_through_the_circuit_that_never_rests_is_an_error():
    deck = """comparator that inverts itself
a1 [ a ] [ d ] adc
.model adc adc_bridge(in_low=0.5 in_high=0.5)
a2 d e m
.model m d_inverter
a3 [ e ] [ o ] dac
.model dac dac_bridge
r1 o a 1k
r2 a 0 1meg
.op
.end
"""
    with pytest.raises(ConvergenceError, match="logic and circuit do not agree"):
        Circuit.from_text(deck).run()


def test_a_loop_through_the_circuit_that_rests():
    """A latch of a gate and an amplifier: it stays where the gate begins."""
    deck = """latch
a1 [ a ] [ d ] adc
.model adc adc_bridge(in_low=0.4 in_high=0.6)
a2 [ d set ] e m
.model m d_or
v1 set 0 {level}
a3 [ e ] [ o ] dac
.model dac dac_bridge
r1 o a 1k
r2 a 0 1meg
.end
"""
    for level, expected in ((0, 0.0), (5, 1.0)):
        result = Circuit.from_text(deck.format(level=level)).op()
        assert result["v(o)"] == expected
        assert result["v(a)"] == pytest.approx(expected / 1.001)


def test_signals():
    deck = """clock and divider
v1 c 0 pulse(0 5 1n 0.1n 0.1n 4.9n 10n)
a1 q0 c null null q q0 m
.model m d_dff(clk_delay=1p rise_delay=1n fall_delay=2n)
.tran 0.1n 50n
.meas tran up when v(q)=0.5 rise=2
.end
"""
    result = Circuit.from_text(deck).run()[0]
    q = result.logic["q"]
    edges = [1e-9 + 0.033e-9 + 1e-9 + 1.001e-9 + k * 20e-9 for k in range(3)]
    assert q.rises == pytest.approx(edges, abs=1e-14)
    assert q.falls == pytest.approx([e + 11e-9 for e in edges[:2]], abs=1e-14)
    assert q.at(10e-9) == 1.0
    assert q.at([0.0, 20e-9]).tolist() == [0.0, 0.0]
    times, levels = q.steps(50e-9)
    assert times[-1] == 50e-9
    assert levels[-1] == 1.0
    assert result["v(q)"][-1] == result["q"][-1] == 1.0
    assert result.measures["up"] == pytest.approx(edges[1], abs=1e-14)


def test_a_written_deck_does_the_same(tmp_path):
    deck = """logic of all sorts
.param vcc=4
v1 a 0 pulse(0 4 5n 1n 1n 20n 50n)
a1 [ a ~b ] y gate
.model gate d_nand(rise_delay=2n inertial_delay=true)
v2 b 0 pulse(0 4 15n 1n 1n 20n 50n)
a2 y a null null q null flipflop
.model flipflop d_dff(ic=1)
a3 [ q y ] [ oq oy ] dac
.model dac dac_bridge(out_high=3)
a4 [ oq ] [ back ] adc
.model adc adc_bridge
a5 [ back q ] z table
.model table d_lut(table_values="0110")
r1 oq 0 1k
r2 oy 0 1k
r3 z 0 1k
.tran 0.5n 100n
.end
"""
    first = Circuit.from_text(deck)
    again = Circuit.from_text(first.export()).run()[0].logic
    for name, signal in first.run()[0].logic.items():
        assert again[name].words == signal.words
        assert again[name].times == pytest.approx(signal.times, abs=1e-15)


def test_a_file_of_values_must_lie_where_a_deck_may_read(tmp_path):
    from circuitnn.errors import NetlistError
    from circuitnn.machine.access import confined

    inside = tmp_path / "inside"
    inside.mkdir()
    (tmp_path / "values.txt").write_text("0 1s\n")
    deck = 'file\nv1 q 0 1\nr1 q 0 1\na1 [ y ] m\n.model m d_source(input_file="../values.txt")\n.op\n.end\n'
    (inside / "deck.cir").write_text(deck)
    assert load(inside / "deck.cir").run()[0].logic["y"].words == ("1s",)
    with confined(inside), pytest.raises(NetlistError, match="outside the folders that this deck may read"):
        load(inside / "deck.cir").run()
    (tmp_path / "values.txt").write_text("0 secret\n")
    with pytest.raises(Exception, match="line 1 of its file has a word that is not a value") as raised:
        load(inside / "deck.cir").run()
    assert "secret" not in str(raised.value)


def test_each_point_of_a_sweep_has_its_own_levels():
    deck = """a gate's characteristic
v1 a 0 0
a1 a y m
.model m d_inverter
a2 [ y ] [ o ] dac
.model dac dac_bridge(out_high=5)
r1 o 0 1k
.dc v1 0 3 0.5
.end
"""
    result = Circuit.from_text(deck).run()[0]
    assert result["v(o)"].tolist() == [5.0, 5.0, 5.0, 5.0, 0.0, 0.0, 0.0]


def test_small_signals_see_fixed_outputs():
    deck = """a bridge's output is a voltage of its own
v1 a 0 dc 5 ac 1
a1 a y m
.model m d_buffer
a2 [ y ] [ o ] dac
.model dac dac_bridge(out_high=5)
r1 o p 1k
r2 p a 1k
.ac lin 1 1k 1k
.end
"""
    result = Circuit.from_text(deck).run()[0]
    assert result["v(o)"][0] == 0.0
    assert result["v(p)"][0] == pytest.approx(0.5)


@pytest.mark.parametrize(
    "card",
    ["arc v1 0 5", "solutions", "lyapunov 1m 1m", "pss 1k 1m", "pac dec 1 1 10", "pxf v(a) dec 1 1 10"],
)
def test_analyses_of_flows_refuse_logic(card):
    deck = f"logic\nv1 a 0 0\nr1 a 0 1\na1 a y m\n.model m d_buffer\n.{card}\n.end\n"
    with pytest.raises(CircuitnnError, match="digital parts switch"):
        Circuit.from_text(deck).run()


def test_a_transient_goes_on_from_no_state_of_logic():
    deck = "logic\nv1 a 0 0\nr1 a 0 1\na1 a y m\n.model m d_buffer\n.end\n"
    circuit = Circuit.from_text(deck)
    state = circuit.tran("1u").final_state
    with pytest.raises(CircuitnnError, match="what logic is about to do is not in a state"):
        circuit.tran("2u", start=state)


def test_without_an_operating_point_logic_begins_with_the_initial_conditions():
    deck = """uic
c1 a 0 1n ic=5
r1 a 0 1k
a1 a y m
.model m d_buffer(fall_delay=10n)
.tran 10n 5u uic
.end
"""
    y = Circuit.from_text(deck).run()[0].logic["y"]
    assert y.words == ("1s", "0s")
    assert y.times[1] == pytest.approx(1e-6 * 1.1086626245216111 + 1e-9 + 10e-9, rel=1e-3)  # ln(5/1.65)


def test_logic_alone(tmp_path):
    (tmp_path / "values.txt").write_text("0 0s\n5n 1s\n")
    deck = 'alone\na1 [ x ] m\n.model m d_source(input_file="values.txt")\na2 x y i\n.model i d_inverter\n'
    deck += ".tran 1n 20n\n.end\n"
    (tmp_path / "deck.cir").write_text(deck)
    circuit = load(tmp_path / "deck.cir")
    result = circuit.run()[0]
    assert result.names == ("time", "i(auto_logic)")
    assert result.logic["y"].falls == pytest.approx([6e-9])
    assert "auto_logic" not in circuit.export()


LATCH = """latch whose gates change at one moment, over and over, if they are evaluated at once
vs s 0 {high}
vr r 0 {high}
aa [{inputs}] [{seen}] adc
.model adc adc_bridge(in_low=1 in_high=2)
{gates}
.model g {model}(rise_delay=1n fall_delay=1n)
ad [q qb] [vq vqb] dac
.model dac dac_bridge(out_low=0 out_high=5)
"""
GATES = ["a1 [dr qb] q g", "a2 [ds q] qb g"]


@pytest.mark.parametrize(
    ("model", "inputs", "order", "q"),
    [
        ("d_nor", "s r", 1, 5.0),
        ("d_nor", "s r", -1, 0.0),
        ("d_nand", "s r", 1, 5.0),
        ("d_nand", "r s", 1, 0.0),
    ],
)
def test_a_latch_of_gates_holds_one_of_its_states(model, inputs, order, q):
    """As in ngspice the gate whose input the circuit has changed first wins, or else the first one of the deck."""
    deck = LATCH.format(
        model=model,
        inputs=inputs,
        seen=" ".join("d" + name for name in inputs.split()),
        gates="\n".join(GATES[::order]),
        high=5 * (model == "d_nand"),
    )
    r = Circuit.from_text(deck).op()
    assert (r["v(vq)"], r["v(vqb)"]) == (q, 5.0 - q)


RING = """an inverter of logic with a delay, fed back through an RC
ad [q] [o] dac
r1 o c 1k
c1 c 0 1n
aa [c] [d] adc
ai d q inv
.model dac dac_bridge(out_low=0 out_high=5 t_rise=1p t_fall=1p)
.model adc adc_bridge(in_low=2.5 in_high=2.5 rise_delay=1p fall_delay=1p)
.model inv d_inverter(rise_delay=1u fall_delay=1u)
"""


def test_an_oscillator_of_logic_starts_without_an_operating_point():
    """After each delay the RC swings back to the threshold: T = 2 (D + RC ln(2 - exp(-D / RC)))."""
    with pytest.raises(
        ConvergenceError, match=r"no operating point: try .tran with uic, or .options noopalter"
    ):
        Circuit.from_text(RING).tran("20u", "10n")
    r = Circuit.from_text(RING + ".options noopalter\n").tran("20u", "10n")
    v = r["v(c)"] - 2.5
    (at,) = np.nonzero((v[:-1] < 0.0) & (v[1:] >= 0.0))
    rises = r.time[at] - v[at] * np.diff(r.time)[at] / np.diff(v)[at]
    np.testing.assert_allclose(np.diff(rises), 2e-6 * (1.0 + np.log(2.0 - np.exp(-1.0))), rtol=1e-4)
