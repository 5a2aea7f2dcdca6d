"""Protection of the terminal: titles, names and messages of a deck cannot contain control sequences."""

from __future__ import annotations

import re
import sys
from contextlib import AbstractContextManager, nullcontext
from typing import IO, TYPE_CHECKING, Any

from circuitnn.machine.progress import ProgressBar

if TYPE_CHECKING:
    from rich.console import Console

WIDTH = 160  # of tables in files [characters]

# Control characters except tab and newline; colours of our own tables pass.
_COMMAND = re.compile(r"(\x1b\[[0-9;]*m)|[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class Plain:
    """A stream to a terminal that shows control characters as text.

    Parameters
    ----------
    stream : text file
    """

    def __init__(self, stream: IO[str]) -> None:
        self.stream = stream

    def write(self, text: str) -> int:
        """Write text."""
        return self.stream.write(_COMMAND.sub(lambda match: match[1] or "\ufffd", text))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


def guard() -> None:
    """Let only text reach the terminal from here on."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is not None and stream.isatty() and not isinstance(stream, Plain):
            setattr(sys, name, Plain(stream))


def raw(stream: Any) -> IO[str]:
    """The underlying stream, for output that draws on the terminal."""
    underlying: IO[str] = stream.stream if isinstance(stream, Plain) else stream
    return underlying


def progress_bar(quiet: bool = False) -> AbstractContextManager[ProgressBar | None]:
    """A progress bar on a terminal; None where there is none to show it on."""
    if quiet or not sys.stderr.isatty():
        return nullcontext()
    return ProgressBar(lambda: raw(sys.stderr))


def console() -> Console:
    """A console for tables; a file or pipe has no window that they must fit into."""
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else WIDTH)
