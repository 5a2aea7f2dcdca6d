from collections.abc import Callable

def take_lines(lines: list[str], first: int, base: int, cards: list[str], origins: list[int]) -> int: ...

class PlainCards:
    def __init__(
        self,
        claimed: dict[str, int],
        index: dict[str, int],
        names: list[str],
        number: Callable[[str], float | None],
    ) -> None: ...
    def know(
        self, letter: str, names: list[str], origins: list[int], nodes: list[int], values: list
    ) -> None: ...
    def read(self, cards: list[str], origins: list[int], first: int) -> int: ...
