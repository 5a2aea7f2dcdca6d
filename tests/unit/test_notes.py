"""Notes with a class: strings, told apart by what they are about instead of their words."""

import pickle

from circuitnn import Circuit
from circuitnn.results.notes import FellBack, Rounded, Undefined, Unstable, once


def test_a_note_is_a_string_and_keeps_its_class():
    note = pickle.loads(pickle.dumps(Undefined("ln(-1)", ("d", "ln"))))
    assert (note, type(note), note.about) == ("ln(-1)", Undefined, ("d", "ln"))


def test_notes_are_added_once_for_each_thing_they_are_about():
    notes = []
    for note in (
        *("plain", "plain", Rounded("v(a) by 1 V"), Rounded("v(a) by 2 V"), Unstable("v(a) by 1 V")),
        *(FellBack("1 of 2", "lines"), FellBack("2 of 2", "lines"), FellBack("2 of 2 again", "klu")),
    ):
        once(notes, note)
    assert notes == ["plain", "v(a) by 1 V", "v(a) by 1 V", "1 of 2", "2 of 2 again"]


def test_an_operation_without_a_value_is_told_once_for_all_points_of_a_sweep():
    result = Circuit.from_text("t\nv1 a 0 0\nb1 0 b i=ln(v(a))\nr1 b 0 1\n.dc v1 -2 1 0.1\n.end\n").run()[0]
    told = [note for note in result.statistics.notes if isinstance(note, Undefined)]
    assert len(told) == 1, told
    assert "b1" in told[0]
