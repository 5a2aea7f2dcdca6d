from typing import Any

from circuitnn._cext.convergence import Convergence
from circuitnn._cext.teams import Team

class Lattice:
    def __init__(self, convergence: Convergence, structure: Any, team: Team | None = None) -> None: ...
