from collections.abc import Callable

def take_lines(lines: list[str], first: int, base: int, cards: list[str], origins: list[int]) -> int: ...

class PlainCards:
    def __init__(
        self,
        tables: dict[str, tuple[list[str], list[int], list[int], list]],
        claimed: dict[str, int],
        index: dict[str, int],
        names: list[str],
        number: Callable[[str], float | None],
    ) -> None: ...
    def read(self, cards: list[str], origins: list[int], first: int) -> int: ...
