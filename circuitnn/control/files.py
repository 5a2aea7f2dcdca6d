"""Where a control block may write: a deck is untrusted input."""

from __future__ import annotations

from pathlib import Path

from circuitnn.errors import AnalysisError

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
    if path.exists() and (not path.is_file() or path.suffix.lower() not in RESULTS):
        raise AnalysisError(
            f"'{name}' is there already and no file of results ({', '.join(sorted(RESULTS))})"
        )
    return path
