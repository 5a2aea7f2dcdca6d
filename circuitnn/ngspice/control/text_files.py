"""Commands that read files: text line by line, and rawfiles."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from circuitnn.errors import AnalysisError
from circuitnn.machine import access
from circuitnn.machine.text import lines_of, lowered
from circuitnn.ngspice import listing
from circuitnn.ngspice.control.display import display
from circuitnn.ngspice.control.result_files import SUFFIXES
from circuitnn.ngspice.control.words import split
from circuitnn.results import rawfile

if TYPE_CHECKING:
    from circuitnn.ngspice.control.interpreter import Interpreter

FIRST = 3  # ngspice's number of the first file
NONE = "-1"


def fopen(interpreter: Interpreter, text: str) -> None:
    """``fopen handle file``: open a text file for reading; the variable gets its number, -1 if there is none."""
    words = split(text)
    if len(words) not in (2, 3) or words[2:] not in ([], ["r"]):
        raise AnalysisError("'fopen' takes a variable and a file, which is read: fopen handle data.txt")
    handle = NONE
    file = _existing_file(interpreter, words[1])
    if file is not None:
        interpreter.opened += 1
        handle = str(FIRST + interpreter.opened - 1)
        interpreter.texts[handle] = lines_of(access.text_of(file))
    interpreter.variables[lowered(words[0])] = [handle]


def fread(interpreter: Interpreter, text: str) -> None:
    """``fread line handle [length]``: the next line as a variable; its length, -1 at the end, as another."""
    words = split(text)
    if len(words) not in (2, 3):
        raise AnalysisError("'fread' takes a variable and the number of a file, as of fopen")
    lines = interpreter.texts.get(words[1])
    if lines is None:
        raise AnalysisError(f"'fread': no file has the number {words[1]}; open it with fopen")
    line = lines.pop(0) if lines else None
    interpreter.variables[lowered(words[0])] = [] if line is None else line.split()
    if len(words) == 3:
        interpreter.variables[lowered(words[2])] = [NONE if line is None else str(len(line))]


def fclose(interpreter: Interpreter, text: str) -> None:
    """``fclose handle``."""
    for handle in split(text):
        interpreter.texts.pop(handle, None)


def load(interpreter: Interpreter, text: str) -> None:
    """``load file``: the plots of a rawfile."""
    for name in split(text) or ["rawspice.raw"]:
        file = _existing_file(interpreter, name)
        if file is None:
            raise AnalysisError(f"'load': there is no file '{name}'")
        access.content_of(file)  # raises if the deck may not read it
        interpreter.tell(f'Loading raw data file ("{name}") ...\ndone.')
        for result in rawfile.read(file):
            interpreter.plots.add(result)
            interpreter.plots.current.loaded = True
            interpreter.tell(
                f"Title:  {result.title}\nName: {result.plotname}\nDate: {time.strftime(listing.DATE)}\n"
            )
    if interpreter.batch:
        display(interpreter, "")


def _existing_file(interpreter: Interpreter, name: str) -> Path | None:
    """A file of results in or below the current folder or that of the deck, None if there is none.

    Decks are untrusted and can print what they read, so no other files of the user are opened for them.

    Raises
    ------
    AnalysisError
        It is elsewhere, is hidden, or does not have the suffix of a result.
    """
    folders = interpreter.files.folders
    for folder in folders:
        path = Path(os.path.realpath(folder / name))
        inside = [root for root in folders if path.is_relative_to(root)]
        if not inside or any(part.startswith(".") for part in path.relative_to(inside[0]).parts):
            raise AnalysisError(
                f"'{name}' is hidden, or not below {' or '.join(map(str, folders))}: commands read nothing there"
            )
        if path.suffix.lower() not in SUFFIXES:
            raise AnalysisError(
                f"'{name}' has no suffix of a file of results: commands read {' '.join(sorted(SUFFIXES))}"
            )
        if path.is_file():
            return path
    return None
