"""ngspice's C interface: the library ``libcircuitnn.so`` and the engine that it starts.

Programs that load ngspice's shared library (KiCad, PySpice's shared mode) can load this one: it has the same
functions. ``circuitnn info --libngspice`` shows where it is.
"""

from __future__ import annotations

import sys
from pathlib import Path

from circuitnn.errors import AnalysisError

LIBRARY = Path(__file__).with_name("libcircuitnn.so")


def prepared() -> Path:
    """Find the library, and write the path of the interpreter that its engine needs to a file beside it.

    In an environment made by ``python -m venv`` the library finds the interpreter by itself; elsewhere, as in a
    checkout, it reads this file. The variable ``CIRCUITNN_PYTHON`` takes precedence.

    Returns
    -------
    Path

    Raises
    ------
    AnalysisError
        The library was not built.
    """
    if not LIBRARY.exists():
        raise AnalysisError(f"{LIBRARY} was not built: is there a C compiler?")
    usual = LIBRARY.parents[6] / "bin"  # above lib/python3.x/site-packages/circuitnn/ngspice/library
    if usual != Path(sys.executable).parent or not (usual / "python3").exists():
        try:
            LIBRARY.with_name("python").write_text(f"{sys.executable}\n")
        except OSError as error:
            raise AnalysisError(
                f"{LIBRARY.parent} cannot be written to: {error.strerror}; set CIRCUITNN_PYTHON={sys.executable}"
            ) from None
    return LIBRARY
