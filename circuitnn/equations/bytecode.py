"""A kernel as a register program for the block-wise interpreter."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple
from weakref import ref

from circuitnn.equations.expr import GLOBALS, Expr, Table, order

if TYPE_CHECKING:
    from circuitnn._cext.kernel import KernelHandle
    from circuitnn.equations.kernel import Kernel

_PAIRS = {"sinh": ("sinh", "cosh", "sinhcosh"), "cosh": ("sinh", "cosh", "sinhcosh")}
_PAIRS |= {"sin": ("sin", "cos", "sincos"), "cos": ("sin", "cos", "sincos")}


class Assembly(NamedTuple):
    """A register program in plain values, as the build stores it: nothing compiled is needed to make one.

    Parameters
    ----------
    operations : tuple of str
    steps : bytes
        Five integers each: operation (its place in `operations`), destination, and three slots; see
        `circuitnn._cext.vm.Program`.
    constants : tuple of float
    sizes : tuple of int
        Numbers of columns, inputs, registers, outputs.
    tables : tuple of Table
    """

    operations: tuple[str, ...]
    steps: bytes
    constants: tuple[float, ...]
    sizes: tuple[int, int, int, int]
    tables: tuple[Table, ...] = ()

    def handle(self, isa: int = 2) -> KernelHandle:
        """The program as a kernel, for the best instruction set up to `isa`."""
        import numpy as np

        from circuitnn._cext.vm import OPERATIONS, Program  # the build has not compiled it yet

        steps = np.frombuffer(self.steps, dtype=np.int32).reshape(-1, 5).copy()
        codes = np.array([OPERATIONS.index(name) for name in self.operations], dtype=np.int32)
        steps[:, 0] = codes[steps[:, 0]]
        return Program(steps, self.constants, self.sizes, self.tables).handle(isa)


class _Registers:
    """Free list of registers; the lowest free one is taken to keep their number small."""

    def __init__(self) -> None:
        self.count = 0
        self._free: list[int] = []

    def take(self) -> int:
        if self._free:
            return self._free.pop()
        self.count += 1
        return self.count - 1

    def give(self, register: int) -> None:
        self._free.append(register)


class _Assembler:
    """Assembler: assigns slots to nodes and writes the steps.

    Registers and outputs are written as (kind, number) while the number of registers is open.
    """

    def __init__(self, outputs: Sequence[Expr], columns: Sequence[str], inputs: Sequence[str]) -> None:
        self.outputs = list(outputs)
        self.nodes = order(outputs)
        self.constants = [e for e in self.nodes if e.op == "const"]
        self.tables: list[Table] = []
        self.registers = _Registers()
        names = [*columns, *inputs, *GLOBALS]
        first = len(self.constants)
        self.fixed = first + len(names)
        self.slot: dict[Expr, tuple[str, int]] = {e: ("s", i) for i, e in enumerate(self.constants)}
        place = {name: first + i for i, name in enumerate(names)}
        self.slot |= {e: ("s", place[str(e.value)]) for e in self.nodes if e.op == "symbol"}
        self.steps: list[tuple[str, tuple[str, int], list[tuple[str, int]], int]] = []
        self.last_use: dict[Expr, int] = {}
        self.home: dict[Expr, int] = {}
        for i, e in enumerate(self.outputs):
            if e.args:
                self.home.setdefault(e, i)

    def run(self) -> None:
        work = [e for e in self.nodes if e.args]
        for i, node in enumerate(work):
            for a in node.args:
                self.last_use[a] = i
        present = {(e.op, e.args): e for e in work if e.op in _PAIRS}
        done: set[Expr] = set()
        for i, node in enumerate(work):
            if node not in done:
                partner = self._partner(node, present)
                if partner is None:
                    self._emit(node, i)
                else:
                    self._emit_pair(node, partner)
                    done.add(partner)
            self._release(node, i)
        for i, e in enumerate(self.outputs):
            if self.home.get(e) != i:
                self.steps.append(("copy", ("o", i), [self.slot[e]], 0))

    def _partner(self, node: Expr, present: dict[tuple[str, tuple[Expr, ...]], Expr]) -> Expr | None:
        if node.op not in _PAIRS:
            return None
        first, second, _ = _PAIRS[node.op]
        return present.get((second if node.op == first else first, node.args))

    def _place(self, node: Expr) -> tuple[str, int]:
        if node in self.home:
            return ("o", self.home[node])
        return ("r", self.registers.take())

    def _release(self, node: Expr, i: int) -> None:
        for a in set(node.args):
            if self.last_use[a] == i and self.slot[a][0] == "r":
                self.registers.give(self.slot[a][1])

    def _emit(self, node: Expr, i: int) -> None:
        args = [self.slot[a] for a in node.args]
        table = 0
        if node.op in ("pwl", "pwc"):
            if node.table not in self.tables:
                self.tables.append(node.table)
            table = self.tables.index(node.table)
        # an elementwise step may write where it reads, but only when it is the last to read
        self.slot[node] = self._place(node)
        self.steps.append((node.op, self.slot[node], args, table))

    def _emit_pair(self, node: Expr, partner: Expr) -> None:
        first, _, code = _PAIRS[node.op]
        a, b = (node, partner) if node.op == first else (partner, node)
        self.slot[a], self.slot[b] = self._place(a), self._place(b)
        self.steps.append((code, self.slot[a], [self.slot[node.args[0]], self.slot[b]], 0))

    def number(self, slot: tuple[str, int]) -> int:
        offset = {"s": 0, "r": self.fixed, "o": self.fixed + self.registers.count}
        return offset[slot[0]] + slot[1]

    def assembly(self, columns: int, inputs: int) -> Assembly:
        operations = sorted({op for op, *_ in self.steps})
        steps = array("i")
        for op, destination, args, table in self.steps:
            a = self.number(args[0])
            b = self.number(args[1]) if len(args) > 1 else a
            c = self.number(args[2]) if len(args) > 2 else table
            steps.extend((operations.index(op), self.number(destination), a, b, c))
        constants = tuple([e.number for e in self.constants])
        sizes = (columns, inputs, self.registers.count, len(self.outputs))
        return Assembly(tuple(operations), steps.tobytes(), constants, sizes, tuple(self.tables))


def compile_program(outputs: Sequence[Expr], columns: Sequence[str], inputs: Sequence[str]) -> Assembly:
    """Register program of several expressions.

    Parameters
    ----------
    outputs : sequence of Expr
    columns, inputs : sequences of str
        Symbols in the order of their rows; ``time`` and ``gmin`` are known as well.
    """
    assembler = _Assembler(outputs, columns, inputs)
    assembler.run()
    return assembler.assembly(len(columns), len(inputs))


# Keyed by the kernel's identity, since comparing kernels would take longer than assembling them.
_assembled: dict[int, tuple[ref[Kernel], KernelHandle]] = {}


def assemble(kernel: Kernel) -> KernelHandle:
    """Return the kernel as bytecode, assembled once: a handle keeps no numbers, so many runs can share it."""
    key = id(kernel)

    def _forget(
        _: ref[Kernel],
    ) -> None:  # time limits do not interrupt functions of this name: see `circuitnn.machine.deadline`
        _assembled.pop(key, None)

    if key not in _assembled:
        _assembled[key] = ref(kernel, _forget), _fresh(kernel)
    return _assembled[key][1]


def programs(kernel: Kernel) -> tuple[Assembly, Assembly | None]:
    """Programs of what a kernel computes, and of what accepted points carry, if they do."""
    kept = vars(kernel).get("_programs")  # of a stored kernel
    if kept is not None:
        return kept

    def program(outputs: Sequence[Expr]) -> Assembly:
        return compile_program(outputs, kernel.columns, kernel.inputs)

    return program(kernel.outputs), program([e for _, e in kernel.carried]) if kernel.carried else None


def _fresh(kernel: Kernel) -> KernelHandle:
    computed, carried = programs(kernel)
    handle = computed.handle()
    if carried is not None:
        handle.carry = carried.handle()
    return handle
