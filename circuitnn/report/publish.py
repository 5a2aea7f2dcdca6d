"""Write pages and their figures: each file completely or not at all, and never over an existing one unless allowed."""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from circuitnn.errors import AnalysisError
from circuitnn.machine.writing import appearing, whole
from circuitnn.report import page_choice, page_figures
from circuitnn.report.render import rendered
from circuitnn.results.figures import render
from circuitnn.results.result import Result

if TYPE_CHECKING:
    import xarray
    from matplotlib.figure import Figure

    from circuitnn.crossbar.result import CrossbarResult
    from circuitnn.studies.question import Answer
    from circuitnn.studies.study_result import Study

    Subject = (
        str | os.PathLike[str] | Result | Sequence[Result] | CrossbarResult | Study | Answer | xarray.Dataset
    )

POINTS, LEAST_POINTS = 10_000, 100
FIGURES = ("png", "pdf", "svg")
_TAKEN = "{} exists; give another name, or allow it by --overwrite (in Python: overwrite=True)"


def write(
    subject: Subject,
    path: str | os.PathLike[str],
    *,
    signals: Sequence[str] = (),
    points: int = POINTS,
    title: str = "",
    figures: Sequence[str] = (),
    overwrite: bool = False,
) -> list[Path]:
    """Write a page about a result, an array's operating point, a study, or a file with one of these.

    The page is one file: it opens from disk, needs no network, and follows the reader's choice of light
    or dark colours.

    Parameters
    ----------
    subject : path, Result, sequence of Result, CrossbarResult, Study, Answer or xarray.Dataset
        A path leads to a rawfile (``.raw``), a netCDF file (``.nc``), or the folder of a study's record.
    path : path
        The page, ``.html``.
    signals : sequence of str
        Curves to draw, for results. Default: those that vary most.
    points : int
        Most points of a curve, at least 100. Longer curves are divided into equal runs of points, of which the least
        and the largest values are kept, so that no peak is lost.
    title : str
        Default: that of the subject.
    figures : sequence of {"png", "pdf", "svg"}
        Pictures to write beside the page, in these formats.
    overwrite : bool
        Whether existing files may be replaced.

    Returns
    -------
    list of Path
        The page, and the pictures.

    Raises
    ------
    AnalysisError
        The file exists already, the subject has nothing to show, or Jinja2 or Plotly is missing.
    UnknownNameError
        No result has one of the signals.
    OSError
        A file cannot be read or written.

    Examples
    --------
    >>> import circuitnn.report
    >>> circuit = circuitnn.Circuit("divider").V("1", "in", "0", 5).R("1", "in", "out", 1e3).R("2", "out", "0", 1e3)
    >>> circuitnn.report.write(circuit.op(), "divider.html")  # doctest: +SKIP
    [PosixPath('divider.html')]
    """
    target = Path(path)
    _check(subject, target, points, figures, overwrite)
    known = page_choice.known(subject)
    page = page_choice.page(known, page_choice.of_file(subject), signals, points, title)
    content = rendered(page)
    pictures: dict[Path, Figure] = {}
    if figures:
        for name, figure in page_figures.figures(known, page, signals).items():
            pictures |= {target.with_name(f"{target.stem}_{name}.{kind}"): figure for kind in figures}
    for picture in pictures:
        _free(picture, overwrite)
    with _new(target, overwrite) as out:
        out.write(content)
    for picture, figure in pictures.items():
        with _new(picture, overwrite) as out:
            render(figure, out, picture.name)
    return [target, *pictures]


def view(
    subject: Subject, path: str | os.PathLike[str] | None = None, *, show: bool = True, **settings: Any
) -> Path:
    """Write a page and open it in the browser.

    Parameters
    ----------
    subject : object
        As for `write`.
    path : path, optional
        Default: a new folder among the temporary files, which stays there.
    show : bool
        Whether to open the browser.
    **settings
        As of `write`.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    AnalysisError, UnknownNameError, OSError
        As of `write`.
    """
    target = Path(path) if path is not None else Path(tempfile.mkdtemp(prefix="circuitnn-")) / "page.html"
    write(subject, target, **settings)
    if show:
        import webbrowser

        if not webbrowser.open_new_tab(target.resolve().as_uri()):
            warnings.warn(f"no browser was found; the page is {target}", stacklevel=2)
    return target


def _check(subject: Any, target: Path, points: int, figures: Sequence[str], overwrite: bool) -> None:
    """Check the arguments before any work is done."""
    if target.suffix.lower() not in (".html", ".htm"):
        raise AnalysisError(f"{target}: a page is written as .html")
    if points < LEAST_POINTS:
        raise AnalysisError(f"points = {points}: must be at least {LEAST_POINTS}")
    for kind in figures:
        if kind not in FIGURES:
            raise AnalysisError(f"figures of the format {kind!r}: must be {', '.join(FIGURES)}")
    if isinstance(subject, (str, os.PathLike)) and target.exists() and target.samefile(subject):
        raise AnalysisError(f"{target} is what the page is about")
    _free(target, overwrite)


def _free(path: Path, overwrite: bool) -> None:
    """Refuse a name that exists, also as a link."""
    if os.path.lexists(path) and not overwrite:
        raise AnalysisError(_TAKEN.format(path))


@contextmanager
def _new(path: Path, overwrite: bool) -> Iterator[IO[Any]]:
    """A file that appears once all of it is written, and replaces another only if allowed."""
    if overwrite:
        with whole(path, "wb") as out:
            yield out
        return
    try:
        with appearing(os.fspath(path), "wb", new=True) as out:
            yield out
    except FileExistsError:
        raise AnalysisError(_TAKEN.format(path)) from None
