from circuitnn._cext.assembly import Assembly
from circuitnn._cext.teams import Team

class SharedAssembly(Assembly):
    team: Team
    def __init__(self, team: Team, *arguments: object) -> None: ...
