"""Regular expressions that are compiled when they are first used: a small run uses few of the package's."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, AnyStr

if TYPE_CHECKING:

    def pattern(text: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
        """What `re.compile` gives, sooner or later."""
        return re.compile(text, flags)

else:

    class pattern:
        """What `re.compile` gives, sooner or later."""

        def __init__(self, text, flags=0):
            self._given = text, flags

        def __getattr__(self, name):
            found = getattr(re.compile(*self._given), name)
            setattr(self, name, found)  # this is asked for once
            return found
