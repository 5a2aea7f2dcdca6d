"""Logic expressions of PSPICE's parts: ``x = { a & ~b } y = { (x | c) ^ a }``."""

from __future__ import annotations

import re
from collections.abc import Iterator

from circuitnn.elements.card import CardError

_TOKEN = re.compile(r"\s*([{}()=&|^~]|[^\s{}()=&|^~]+)")
# Operators from the loosest to the tightest, each with the code model's gate and that of its inverse.
_LEVELS = (("|", "or", "nor"), ("^", "xor", "xnor"), ("&", "and", "nand"))
_INVERSE = {"or": "nor", "xor": "xnor", "and": "nand"}
_INVERSE |= {b: a for a, b in _INVERSE.items()}
MOST_NESTED = 100
# ("net", name, inverted), or (gate, operand, operand, …)
Tree = tuple[object, ...]


def assignments(name: str, text: str) -> Iterator[tuple[str, Tree]]:
    """Names and trees of gates of all assignments.

    Raises
    ------
    CardError
        The text is not an expression.
    """
    tokens = _Tokens(name, [m[1] for m in _TOKEN.finditer(text)])
    while tokens.left:
        target = tokens.next()
        tokens.expect("=")
        tokens.expect("{")
        tree = _level(tokens, 0, 0)
        tokens.expect("}")
        yield target, tree


class _Tokens:
    """Words of an expression, one after the other."""

    def __init__(self, name: str, words: list[str]) -> None:
        self.name, self.words, self.at = name, words, 0

    @property
    def left(self) -> bool:
        return self.at < len(self.words)

    def peek(self) -> str:
        return self.words[self.at] if self.left else ""

    def next(self) -> str:
        if not self.left:
            raise CardError(f"'{self.name}': a logic expression ends too early", self.name)
        self.at += 1
        return self.words[self.at - 1]

    def expect(self, word: str) -> None:
        token = self.next()
        if token != word:
            raise CardError(f"'{self.name}': '{word}' expected in a logic expression, not '{token}'", token)


def _level(tokens: _Tokens, level: int, depth: int) -> Tree:
    """Read an expression of operators that bind at least as tightly as `level`."""
    if depth > MOST_NESTED:
        raise CardError(f"'{tokens.name}': brackets are nested more than {MOST_NESTED} deep", "(")
    if level == len(_LEVELS):
        return _operand(tokens, depth)
    sign, gate, _ = _LEVELS[level]
    operands = [_level(tokens, level + 1, depth)]
    while tokens.peek() == sign:
        tokens.next()
        operands.append(_level(tokens, level + 1, depth))
    return operands[0] if len(operands) == 1 else (gate, *operands)


def _operand(tokens: _Tokens, depth: int) -> Tree:
    word = tokens.next()
    if word == "~":
        return _inverted(_operand(tokens, depth))
    if word == "(":
        tree = _level(tokens, 0, depth + 1)
        tokens.expect(")")
        return tree
    if not (word[0].isalnum() or word[0] in "_$"):
        raise CardError(f"'{tokens.name}': '{word}' is not a net", word)
    return "net", word, False


def _inverted(tree: Tree) -> Tree:
    if tree[0] == "net":
        return "net", tree[1], not tree[2]
    return _INVERSE[str(tree[0])], *tree[1:]
