from circuitnn._cext.worth import Worth

class Team:
    threads: int
    worth: Worth
    def __init__(self, threads: int, worth: Worth | None = ...) -> None: ...

ALONE: Team
