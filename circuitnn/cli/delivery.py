"""The files that a command writes: one that cannot be written does not discard the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import click

from circuitnn.cli.outcome import FAILED, complain, refused_memory
from circuitnn.errors import BudgetError, CircuitnnError


class Delivery:
    """Writes files one after the other before anything is printed, and keeps the errors for the end.

    Attributes
    ----------
    paths : list of Path
        What has been written.
    faults : list of Exception
        Why others have not.
    """

    def __init__(self) -> None:
        self.paths: list[Path] = []
        self.faults: list[Exception] = []

    def add(self, write: Callable[[], object], *paths: Path) -> None:
        """Write one or several files.

        Parameters
        ----------
        write : callable
            Writes; may return the paths written.
        *paths : Path
            What it writes, if it does not return that.
        """
        try:
            written = write()
        except BrokenPipeError:
            raise
        except (CircuitnnError, OSError) as error:
            self.faults.append(error)
            return
        except Exception as error:
            if refused_memory(error) is None:
                raise
            names = ", ".join(map(str, paths)) or "a file"
            self.faults.append(BudgetError(f"{names}: not enough memory to write it"))
            return
        self.paths += paths or (
            [written] if isinstance(written, Path) else written if isinstance(written, Iterable) else ()
        )

    def close(self, quiet: bool = False) -> int:
        """Say what has been written and what has not.

        Parameters
        ----------
        quiet : bool
            Print errors only.

        Returns
        -------
        int
            Exit code: 1 if a file could not be written.
        """
        for path in () if quiet else self.paths:
            click.echo(f"written: {path}")
        for fault in self.faults:
            complain(fault)
        return FAILED if self.faults else 0
