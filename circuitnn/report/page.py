"""Parts of a page, common to all subjects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from circuitnn.records import dataclass, field

MOST_ROWS = 400


@dataclass(frozen=True)
class Table:
    """A table of text cells.

    Parameters
    ----------
    heading : sequence of str
    rows : sequence of sequence of str
    caption : str
    wide : int
        Leading columns that are text; the others are numbers, set flush right.
    """

    heading: Sequence[str]
    rows: Sequence[Sequence[str]]
    caption: str = ""
    wide: int = 1

    @property
    def shown(self) -> Sequence[Sequence[str]]:
        """The rows shown on the page."""
        return self.rows[:MOST_ROWS]

    @property
    def left(self) -> int:
        """Number of rows that are left out."""
        return max(0, len(self.rows) - MOST_ROWS)


@dataclass(frozen=True)
class Drawing:
    """An interactive picture.

    Parameters
    ----------
    kind : {"waves", "map", "wires", "plain"}
        The script that draws it.
    label : str
        Description, for those who cannot see it.
    content : mapping
        For the script: numbers, texts, and arrays as `circuitnn.report.numbers` packs them.
    """

    kind: str
    label: str
    content: Mapping[str, Any]


@dataclass(frozen=True)
class Section:
    """A part of a page under a heading.

    Parameters
    ----------
    title : str
    sentences : sequence of str
    drawings : sequence of Drawing
    tables : sequence of Table
    warning : str
        A warning to display prominently.
    """

    title: str
    sentences: Sequence[str] = ()
    drawings: Sequence[Drawing] = ()
    tables: Sequence[Table] = ()
    warning: str = ""


@dataclass(frozen=True)
class Page:
    """A page.

    Parameters
    ----------
    title : str
    kind : str
        Kind of subject, in a word or two.
    summary : sequence of str
    sections : sequence of Section
    provenance : mapping of str to str
    """

    title: str
    kind: str
    summary: Sequence[str]
    sections: Sequence[Section]
    provenance: Mapping[str, str] = field(default_factory=dict)
