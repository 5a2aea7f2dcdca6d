class Team:
    threads: int
    def __init__(self, threads: int) -> None: ...

ALONE: Team
