"""Choice of the page for a subject."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from circuitnn.errors import AnalysisError, UnknownNameError
from circuitnn.records import replace
from circuitnn.report import array_page, openable, provenance, study_page, waveform_page
from circuitnn.report.page import Page, Section
from circuitnn.results.figures import shorten
from circuitnn.results.result import Result


def known(subject: Any) -> Any:
    """Convert a subject into one of the forms that have a page.

    Parameters
    ----------
    subject : object
        As `circuitnn.report.write` takes it.

    Returns
    -------
    list of Result, or xarray.Dataset

    Raises
    ------
    AnalysisError
        There is no page for this kind of subject.
    OSError
        A file cannot be read.
    """
    import xarray

    from circuitnn.studies.question import Answer

    if isinstance(subject, (str, os.PathLike)):
        return openable.opened(subject)
    if isinstance(subject, Result):
        return [subject]
    if isinstance(subject, Answer):
        return subject.described()
    if isinstance(subject, Sequence) and subject and all(isinstance(part, Result) for part in subject):
        return list(subject)
    data = subject.to_xarray() if hasattr(subject, "to_xarray") else subject
    if not isinstance(data, xarray.Dataset):
        raise AnalysisError(f"there is no page about a subject of type {type(subject).__name__}")
    return data


def page(subject: Any, origin: Mapping[str, str], signals: Sequence[str], points: int, title: str) -> Page:
    """Make the page of a subject.

    Parameters
    ----------
    subject : list of Result, or xarray.Dataset
        As `known` gives it.
    origin : mapping of str to str
        Provenance of the file.
    signals : sequence of str
    points : int
    title : str
        Empty: the subject's.

    Returns
    -------
    Page

    Raises
    ------
    AnalysisError
        It has nothing to show, or curves are asked for that it cannot have.
    UnknownNameError
        No result has one of the signals.
    """
    if isinstance(subject, list):
        content = _of_results(subject, signals, points)
    elif signals:
        raise AnalysisError("signals are those of results; an array's operating point and a study have none")
    elif array_page.is_array(subject):
        content = _of_array(subject)
    else:
        content = _of_study(subject)
    return replace(content, title=title or content.title, provenance={**origin, **content.provenance})


def of_file(subject: Any) -> dict[str, str]:
    """Provenance of the file that a subject is read from, if any."""
    return provenance.of_file(Path(subject)) if isinstance(subject, (str, os.PathLike)) else {}


def _of_results(results: Sequence[Result], signals: Sequence[str], points: int) -> Page:
    sections: list[Section] = []
    missing: dict[str, UnknownNameError] = {}
    present: set[str] = set()
    for result in results:
        selected = []
        for name in signals:
            try:
                result.find(name)
                selected.append(name)
                present.add(name)
            except UnknownNameError as error:
                missing.setdefault(name, error)
        sections.append(waveform_page.section(result, selected, points))
    for name, reason in missing.items():
        if name not in present:
            raise reason
    first = results[0]
    notes = [note for result in results for note in result.statistics.notes]
    summary = [section.sentences[0] for section in sections] if len(sections) > 1 else sections[0].sentences
    sections = [replace(s, sentences=() if len(sections) == 1 else s.sentences[1:]) for s in sections]
    origin, _ = provenance.split(first.provenance)
    solved = {"Linear solver": first.statistics.linear_solver} if first.statistics.linear_solver else {}
    return Page(
        shorten(first.title, 200) or first.plotname, "Results", [*summary, *notes], sections, origin | solved
    )


def _of_array(data: Any) -> Page:
    origin, settings = provenance.split(data.attrs)
    title = str(data.attrs.get("title") or "array")
    return Page(title, "Array", array_page.summary(data), array_page.sections(data, settings), origin)


def _of_study(data: Any) -> Page:
    if not study_page.metrics(data) and "failure" not in data:
        raise AnalysisError("there is nothing to show: the data have no numbers")
    origin, settings = provenance.split(data.attrs)
    title = str(data.attrs.get("title") or data.attrs.get("study") or "study")
    return Page(title, "Study", study_page.summary(data), study_page.sections(data, settings), origin)
