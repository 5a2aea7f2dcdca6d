"""Records are dataclasses in all that users and the standard library see, and print in a line."""

import dataclasses

import numpy as np

from circuitnn import Circuit
from circuitnn.records import dataclass, field, replace


@dataclass(frozen=True, eq=False)
class Seen:
    name: str
    values: np.ndarray
    points: list
    names: tuple = ("a",) * 12
    unknowns: dict = field(default_factory=dict)


def test_what_is_long_prints_as_its_size():
    seen = Seen("x", np.zeros((300, 2)), [np.zeros(3)] * 40, unknowns=dict.fromkeys(range(50)))
    printed = repr(seen)
    assert "values=<ndarray of shape (300, 2)>" in printed
    assert "points=<list of 40>" in printed and "unknowns=<dict of 50>" in printed
    assert printed.count("'a'") == 12  # plain words and numbers are told from each other by what they are


def test_what_is_short_prints_as_it_is():
    assert repr(Seen("x", np.arange(3), [1], (), {"k": 2})) == (
        "Seen(name='x', values=array([0, 1, 2]), points=[1], names=(), unknowns={'k': 2})"
    )


def test_replace_and_the_library():
    seen = replace(Seen("x", np.arange(3), []), name="y")
    assert (seen.name, dataclasses.replace(seen, name="z").name) == ("y", "z")
    assert [f.name for f in dataclasses.fields(seen)] == ["name", "values", "points", "names", "unknowns"]


def test_results_of_orbits_print_in_a_line():
    """A phase response printed every array and every state of the orbit: thousands of lines."""
    deck = "vdp\nc1 x 0 1 ic=2\nl1 x 0 1\nb1 x 0 i=-v(x)+v(x)*v(x)*v(x)/3\n.end\n"
    cycle = Circuit.from_text(deck).pss(tstab=60, uic=True)
    for result in (cycle.phase_response(), cycle.final_state if hasattr(cycle, "final_state") else cycle):
        assert len(repr(result)) < 400 and "\n" not in repr(result)
