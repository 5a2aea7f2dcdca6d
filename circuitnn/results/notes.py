"""Notes that other parts look for, by their class instead of their words; all other notes are plain strings."""

from __future__ import annotations


class Note(str):
    """A note of `Statistics`.

    Parameters
    ----------
    text : str
    about : object
        What it is about: notes of one class about equal things say the same.
    """

    about: object

    def __new__(cls, text: str, about: object = None) -> Note:
        """Make a string that remembers what it is about."""
        note = super().__new__(cls, text)
        note.about = about
        return note


class Rounded(Note):
    """Rounding may have moved an unknown by more than its tolerance."""


class Doubtful(Note):
    """The equations of an operating point are nearly singular, or of numbers too far apart; about: what was done."""


class Unstable(Note):
    """The circuit leaves its operating point by itself."""


class Undefined(Note):
    """A solution rests on an operation that has no value there; about: devices and operation."""


class LostPhasors(Note):
    """Rounding has lost capacitances beside conductances; about: the nodes."""


class FellBack(Note):
    """A linear solver left systems to another one; about: the name of the former."""


def once(notes: list[str], note: str) -> None:
    """Add a note unless an equal one, or one of its class about the same, is there.

    Parameters
    ----------
    notes : list of str
    note : str
    """
    if isinstance(note, Note):
        present = any(isinstance(other, type(note)) and other.about == note.about for other in notes)
    else:
        present = note in notes
    if not present:
        notes.append(note)
