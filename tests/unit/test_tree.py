"""The tree of the package: few modules at the root, no import cycles, names that mean one thing, short functions."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

import circuitnn

PACKAGE = Path(circuitnn.__file__).parent
MODULES = {
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__"): path
    for path in PACKAGE.rglob("*.py")
}
# Classes whose methods lie in modules of their own.
ONE_THING = (
    # the operators of an expression are the rules of its simplification; its text is made by a writer
    {"circuitnn.equations.expr", "circuitnn.equations.rules", "circuitnn.equations.ngspice"},
    # a result is saved as a rawfile, and rawfiles are read as results
    {"circuitnn.results.result", "circuitnn.results.conversion", "circuitnn.results.rawfile"},
)


@cache
def tree(path):
    return ast.parse(path.read_text())


def _is_typing(node):
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


def _statements(node):
    """Statements that run, those inside of functions too."""
    for child in ast.iter_child_nodes(node):
        if _is_typing(child):
            for statement in child.orelse:
                yield statement
                yield from _statements(statement)
            continue
        yield child
        yield from _statements(child)


def imported(path):
    """Modules of the package that a module imports at run time, and those that it names to `later.method`."""
    found = set()
    for node in _statements(tree(path)):
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            found |= {name if name in MODULES else node.module for name in names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "method":
            found |= {a.value for a in node.args if isinstance(a, ast.Constant)}
    return found & set(MODULES)


def cycles(graph):
    """Sets of modules that import each other, by Tarjan's algorithm without recursion."""
    index, low, on_stack, stack, found = {}, {}, set(), [], []
    for root in graph:
        work = [(root, iter(sorted(graph[root])))] if root not in index else []
        while work:
            node, rest = work[-1]
            if node not in index:
                index[node] = low[node] = len(index)
                stack.append(node)
                on_stack.add(node)
            for child in rest:
                if child not in index:
                    work.append((child, iter(sorted(graph[child]))))
                    break
                if child in on_stack:
                    low[node] = min(low[node], index[child])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    part = stack[stack.index(node) :]
                    del stack[-len(part) :]
                    on_stack -= set(part)
                    if len(part) > 1:
                        found.append(set(part))
    return found


def test_cycles_are_found():
    assert cycles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == [{"a", "b", "c"}]
    assert cycles({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []


def test_modules_do_not_import_each_other():
    """Imports in functions count as well; those for typing do not."""
    graph = {name: imported(path) for name, path in MODULES.items()}
    assert [cycle for cycle in cycles(graph) if not any(cycle <= one for one in ONE_THING)] == []


def test_few_modules_lie_at_the_root():
    loose = [name for name in MODULES if name.count(".") == 1 and MODULES[name].name != "__init__.py"]
    assert len([name for name in loose if not name.endswith("__main__")]) <= 8


@pytest.mark.parametrize("word", ["utils", "util", "helper", "helpers", "manager", "misc", "common"])
def test_no_module_is_for_everything(word):
    assert not [name for name in MODULES if name.rsplit(".")[-1] == word]


LONGEST = 60  # lines of a function, without its signature and docstring
MOST = 16  # public methods of a class, without those of its bases


def _definitions(kind):
    for name, path in MODULES.items():
        for node in ast.walk(tree(path)):
            if isinstance(node, kind):
                yield f"{name}.{node.name}", node


def test_functions_are_short():
    lengths = {}
    for name, node in _definitions(ast.FunctionDef):
        body = node.body[1:] if ast.get_docstring(node) is not None else node.body
        lengths[name] = body[-1].end_lineno - body[0].lineno + 1 if body else 0
    assert len(lengths) > 1000
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


HEAD = re.compile(r"( *)(?:cdef|cpdef|def)\b(?! class)[^=]*\(")
DOCUMENTATION = re.compile(r'\s*r?"""(?:.|\n)*?"""\n?')


def lengths_in_core(text):
    """Lines of each function of a Cython file, without its signature and docstring."""
    lines, found = text.splitlines(), {}
    for first, line in enumerate(lines):
        head = HEAD.match(line)
        if head is None:
            continue
        signature = next(
            k for k in range(first, len(lines)) if not lines[k].strip() or lines[k].endswith(":")
        )
        if not lines[signature].strip():  # a declaration
            continue
        body = []
        for inside in lines[signature + 1 :]:
            if inside.strip() and len(inside) - len(inside.lstrip()) <= len(head[1]):
                break
            body.append(inside)
        found[line.strip()] = len(DOCUMENTATION.sub("", "\n".join(body), count=1).strip().splitlines())
    return found


def test_functions_of_the_core_are_short():
    core = Path(__file__).parents[2] / "cext"
    lengths = {
        (path.name, head): length
        for path in core.glob("*.pyx")
        for head, length in lengths_in_core(path.read_text()).items()
    }
    assert len(lengths) > 500
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


def test_classes_do_one_thing():
    public = {
        name: [m.name for m in node.body if isinstance(m, ast.FunctionDef) and m.name[0] != "_"]
        for name, node in _definitions(ast.ClassDef)
    }
    assert len(public) > 300
    assert {name: methods for name, methods in public.items() if len(methods) > MOST} == {}
