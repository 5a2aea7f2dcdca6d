"""Infix operators of ngspice's expressions and of Verilog-A: the same words and the same binding strengths."""

from __future__ import annotations

# Binding strength, loosest first: a function or a name binds tightest.
TERNARY, OR, AND, EQUAL, COMPARE, SUM, PRODUCT, SIGN, ATOM = range(9)

INFIX: dict[str, tuple[str, int]] = {
    "or": (" || ", OR),
    "and": (" && ", AND),
    "eq": (" == ", EQUAL),
    "ne": (" != ", EQUAL),
    "lt": (" < ", COMPARE),
    "le": (" <= ", COMPARE),
    "add": (" + ", SUM),
    "sub": (" - ", SUM),
    "mul": ("*", PRODUCT),
    "div": ("/", PRODUCT),
    "ratio": ("/", PRODUCT),
}
