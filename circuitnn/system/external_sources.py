"""Sources with ``external`` on their cards: functions of time give their values during a transient."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from circuitnn.errors import AnalysisError


class Driven:
    """The function of one source, wrapped for the compiled loop: errors are kept until the loop has ended.

    Parameters
    ----------
    name : str
        Of the source.
    function : callable
        Maps time [s] to the value [V or A]. It is called for each attempted step, so that times may go back.
    copies : float
        Multiplier of the source.
    """

    def __init__(self, name: str, function: Callable[[float], float], copies: float = 1.0) -> None:
        self.name = name
        self._function = function
        self._copies = copies
        self._error: BaseException | None = None
        self._time = 0.0

    def __call__(self, time: float) -> float:
        """Value at a time; 0 after an error."""
        if self._error is not None:
            return 0.0
        self._time = time
        try:
            value = float(self._function(time))
            if math.isfinite(value):
                return value * self._copies
            self._error = ValueError(f"{value} is not finite")
        except BaseException as error:
            self._error = error
        return 0.0

    def check(self) -> None:
        """Raise the error of the function, if there was one.

        Raises
        ------
        AnalysisError
        KeyboardInterrupt, SystemExit
        """
        error, self._error = self._error, None
        if error is None:
            return
        if not isinstance(error, Exception):
            raise error
        raise AnalysisError(f"the function of {self.name} failed at t = {self._time:g} s: {error}") from error


def function_of(name: str, functions: Mapping[str, Callable[[float], float]]) -> Callable[[float], float]:
    """Find the function of a source.

    Parameters
    ----------
    name : str
    functions : mapping of str to callable

    Returns
    -------
    callable

    Raises
    ------
    AnalysisError
        There is no such function.
    """
    if name not in functions:
        raise AnalysisError(
            f"{name} is external and has no function: give one by circuit.with_external({name}=function)"
        )
    return functions[name]
