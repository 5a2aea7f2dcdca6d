"""Where a control block may write: a deck is untrusted input."""

from __future__ import annotations

import re
from pathlib import Path

from circuitnn.errors import AnalysisError

_NUMBER = re.compile(rb"[-+]?[0-9.]+(e[-+]?[0-9]+)?")
RESULTS = frozenset((".raw", ".txt", ".data", ".dat", ".csv", ".out", ".log", ".png", ".pdf", ".svg", ".tsv"))


def writable(name: str, folders: tuple[Path, ...]) -> Path:
    """The path of a file that may be written.

    Parameters
    ----------
    name : str
        As the command gives it; relative names lie in the first folder.
    folders : tuple of Path
        The file must lie in or below one of these.

    Raises
    ------
    AnalysisError
        It lies elsewhere, is hidden, or is there already and no file of results.
    """
    path = (folders[0] / name).resolve()
    inside = [folder for folder in folders if path.is_relative_to(folder.resolve())]
    if not inside:
        shown = " or ".join(str(folder) for folder in folders)
        raise AnalysisError(f"'{name}' is not below {shown}: decks write nowhere else")
    below = path.relative_to(inside[0].resolve())
    if any(part.startswith(".") for part in below.parts):
        raise AnalysisError(f"'{name}' is hidden: decks do not write there")
    if path.exists() and not (path.is_file() and _is_result(path)):
        raise AnalysisError(
            f"'{name}' is there already and no file of results ({', '.join(sorted(RESULTS))})"
        )
    return path


def _is_result(path: Path) -> bool:
    """Whether a file may be written anew: by its suffix, or without one because it is a table of numbers."""
    if path.suffix:
        return path.suffix.lower() in RESULTS
    with path.open("rb") as file:
        words = file.readline(4096).split()
    return bool(words) and all(_NUMBER.fullmatch(word) for word in words)
