"""C source of a kernel: one loop over the instances that vectorises."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from circuitnn.equations.expr import GLOBALS, Expr, Table, order

if TYPE_CHECKING:
    from circuitnn.equations.kernel import Kernel

# Flags of the C compiler, in the build and at run time.
# Vectors come from the pragmas; what -O3 adds makes no kernel faster.
FLAGS = ("-O2", "-fno-math-errno", "-fno-trapping-math", "-ffp-contract=off", "-fopenmp-simd")
_INFIX = {"add": "+", "sub": "-", "mul": "*"}
_COMPARE = {"lt": "<", "le": "<=", "eq": "==", "ne": "!="}
_LOGICAL = {"and": "&", "or": "|"}
_OWN = frozenset(
    ("sgn", "exp", "expm1", "ln", "log10", "log1p", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh")
) | {"acosh"}
_OWN_BINARY = frozenset(("div", "ratio", "min", "max", "pow", "pwr"))
_LIBRARY = {"abs": "fabs", "floor": "floor", "ceil": "ceil", "trunc": "trunc", "nint": "rint"}
_LIBRARY |= {"atan": "atan", "asinh": "asinh", "atan2": "atan2", "fmod": "cnn_fmod"}
_CLIPPED = {"asin": "1.0", "acos": "1.0", "atanh": "CNN_ATANH_LIMIT"}


def number(value: float) -> str:
    """A double as C text, exact."""
    text = repr(value)
    return f"({text})" if value < 0 else text


class _Writer:
    """Writer of one statement per node; conditions stay inline so that they become masks."""

    def __init__(self, kernel: Kernel) -> None:
        rows = [(name, f"x{i}") for i, name in enumerate(kernel.inputs)]
        rows += [(name, f"c{i}") for i, name in enumerate(kernel.columns)]
        rows += [(name, f"g{i}") for i, name in enumerate(GLOBALS)]
        self.symbols = dict(rows)
        self.text: dict[Expr, str] = {}
        self.condition: dict[Expr, str] = {}
        self.statements: list[str] = []
        self.tables: list[Table] = []

    def run(self, outputs: Sequence[Expr]) -> None:
        nodes = order(outputs)
        numeric = set(outputs)
        for node in nodes:
            if node.op in _LOGICAL:
                continue
            numeric.update(node.args[1:] if node.op == "where" else node.args)
        for node in nodes:
            self._node(node, node in numeric)

    def _node(self, node: Expr, numeric: bool) -> None:
        if node.op == "const":
            self.text[node] = number(node.number)
        elif node.op == "symbol":
            self.text[node] = self.symbols[str(node.value)]
        elif node.op in _COMPARE or node.op in _LOGICAL:
            self.condition[node] = self._condition(node)
            if numeric or len(self.condition[node]) > 400:
                self._assign(node, f"{self.condition[node]} ? 1.0 : 0.0")
                self.condition[node] = f"({self.text[node]} != 0.0)"
        else:
            self._assign(node, self._value(node))

    def _assign(self, node: Expr, value: str) -> None:
        self.text[node] = f"t{len(self.statements)}"
        self.statements.append(f"const double {self.text[node]} = {value};")

    def _true(self, node: Expr) -> str:
        return self.condition.get(node) or f"({self.text[node]} != 0.0)"

    def _condition(self, node: Expr) -> str:
        if node.op in _COMPARE:
            a, b = (self.text[e] for e in node.args)
            return f"({a} {_COMPARE[node.op]} {b})"
        a, b = (self._true(e) for e in node.args)
        return f"({a} {_LOGICAL[node.op]} {b})"

    def _value(self, node: Expr) -> str:
        op = node.op
        if op == "where":
            return f"{self._true(node.args[0])} ? {self.text[node.args[1]]} : {self.text[node.args[2]]}"
        args = [self.text[a] for a in node.args]
        if op in _INFIX:
            return f"{args[0]} {_INFIX[op]} {args[1]}"
        if op == "neg":
            return f"-{args[0]}"
        if op in _OWN or op in _OWN_BINARY:
            return f"CNN_NAME({op})({', '.join(args)})"
        if op in _CLIPPED:
            return f"{op}(CNN_NAME(clip1)({args[0]}, {_CLIPPED[op]}))"
        if op in ("pwl", "pwc"):
            return self._table(node, args[0])
        return f"{_LIBRARY[op]}({', '.join(args)})"

    def _table(self, node: Expr, x: str) -> str:
        table = node.table
        if table not in self.tables:
            self.tables.append(table)
        k = self.tables.index(table)
        size = len(table[0])
        place = f"cnn_segment({x}, {size}, table_x{k})"
        if node.op == "pwc":
            return f"table_s{k}[{place}]"
        return f"cnn_line({x}, {place}, table_x{k}, table_y{k}, table_s{k})"


def _tables(writer: _Writer) -> list[str]:
    lines = []
    for k, (xs, ys) in enumerate(writer.tables):
        slopes = [(d - c) / (b - a) for a, b, c, d in zip(xs, xs[1:], ys, ys[1:], strict=False)]
        for name, values in (("x", xs), ("y", ys), ("s", slopes)):
            numbers = ", ".join(map(number, values))
            lines.append(f"    static const double table_{name}{k}[] = {{{numbers}}};")
    return lines


def body(kernel: Kernel) -> str:
    """Text of the functions that evaluate instances lo … hi - 1, in the terms of ``isa.h``."""
    carried = [e for _, e in kernel.carried]
    return _function(kernel, "kernel", kernel.outputs) + (
        _function(kernel, "carry", carried) if carried else ""
    )


def _function(kernel: Kernel, name: str, outputs: Sequence[Expr]) -> str:
    writer = _Writer(kernel)
    writer.run(outputs)
    used = " ".join([*writer.statements, *(writer.text[e] for e in outputs)])
    words = set(used.replace("(", " ").replace(")", " ").replace(";", " ").replace(",", " ").split())
    lines = [
        f"CNN_TARGET static int CNN_NAME({name})(const void *self, ptrdiff_t n, ptrdiff_t lo, ptrdiff_t hi,",
        "    const double *restrict x, const double *restrict columns, const double *restrict globals,",
        "    double *restrict out)",
        "{",
        f"    CNN_LESS({name});",
        *_tables(writer),
        *(f"    const double g{i} = globals[{i}];" for i in range(len(GLOBALS)) if f"g{i}" in words),
        *_rows(len(kernel.inputs), "x", "x", words),
        *_rows(len(kernel.columns), "c", "columns", words),
        *(f"    double *const restrict y{i} = out + {i} * n;" for i in range(len(outputs))),
        "    (void)self, (void)x, (void)columns, (void)globals;",
        "    CNN_EACH(j, hi - lo) {",
        "        const ptrdiff_t k = lo + j;",
        *_loads(len(kernel.inputs), "x", words),
        *_loads(len(kernel.columns), "c", words),
        *(f"        {s}" for s in writer.statements),
        *(f"        y{i}[k] = {writer.text[e]};" for i, e in enumerate(outputs)),
        "    }",
        f"    CNN_LEFT({name});",
        "    return 0;",
        "}",
    ]
    return "\n".join(lines) + "\n"


def _rows(count: int, letter: str, array: str, words: set[str]) -> list[str]:
    rows = [i for i in range(count) if f"{letter}{i}" in words]
    return [f"    const double *const restrict p{letter}{i} = {array} + {i} * n;" for i in rows]


def _loads(count: int, letter: str, words: set[str]) -> list[str]:
    rows = [i for i in range(count) if f"{letter}{i}" in words]
    return [f"        const double {letter}{i} = p{letter}{i}[k];" for i in rows]


def module(kernel: Kernel, name: str, file: str) -> str:
    """C source of an extension module ``kernel_<name>`` with this kernel.

    Parameters
    ----------
    kernel : Kernel
    name : str
        Name of the model.
    file : str
        Name the source will be stored under; it includes itself once per instruction set.
    """
    sizes = (len(kernel.inputs), len(kernel.columns), len(kernel.outputs))
    include = [line for isa in (0, 1, 2) for line in _copy(isa, file)]
    lines = [
        f"/* Kernel of the model {name}: generated, do not edit. */",
        "#ifndef CNN_ISA",
        "#define PY_SSIZE_T_CLEAN",
        "#include <Python.h>",
        "#define CNN_COPIES",
        '#include "isa.h"',
        *include,
        f"#define CNN_MODEL kernel_{name}",
        f'#define CNN_DIGEST "{kernel.digest}"',
        f"#define CNN_INPUTS {sizes[0]}",
        f"#define CNN_COLUMNS {sizes[1]}",
        f"#define CNN_OUTPUTS {sizes[2]}",
        f"#define CNN_CARRIED {len(kernel.carried)}",
        '#include "native.h"',
        "#else",
        '#include "isa.h"',
        '#include "vmath.h"',
    ]
    return "\n".join(lines) + "\n" + body(kernel) + "#endif\n"


def _copy(isa: int, file: str) -> list[str]:
    """Lines that include the source in itself for one instruction set, where a copy for it is made."""
    condition = (
        "!defined CNN_MULTI || CNN_LEAST == 0" if isa == 0 else f"defined CNN_MULTI && CNN_MOST >= {isa}"
    )
    return [f"#if {condition}", f"#define CNN_ISA {isa}", f'#include "{file}"', "#undef CNN_ISA", "#endif"]
