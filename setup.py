"""Compiled parts of circuitnn: the core in Cython, one C kernel per compact model.

Metadata and tool settings live in pyproject.toml. CIRCUITNN_SUITESPARSE=auto|system|off
chooses the linear solver: `auto` takes KLU if it is found, `system` insists, `off` leaves it out.
CIRCUITNN_DEBUG=1 builds with bounds checks, CIRCUITNN_SANITIZE=1 with those and the compiler's sanitizers of
addresses and undefined behaviour (`.ci/sanitize` runs the tests on such a build).
"""

import compileall
import os
import re
import shlex
import subprocess
import sys
import sysconfig
from distutils.command.build_scripts import build_scripts  # setuptools' own; it has no other name
from functools import cache
from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup
from setuptools.command.build import build
from setuptools.command.build_ext import build_ext
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parent.resolve()
sys.path.insert(0, str(ROOT))

from circuitnn.elements import signatures  # noqa: E402  (needs the path above)
from circuitnn.equations import ccode, host  # noqa: E402
from circuitnn.models import catalogue, native_kernels  # noqa: E402
from circuitnn.options import keywords  # noqa: E402

CORE = [
    "teams",
    "watchdog",
    "cards",
    "names",
    "kernel",
    "osdi",
    "draws",
    "response",
    "vm",
    "linear",
    "superlu",
    "phasors",
    "noise",
    "waveforms",
    "randomcurrents",
    "memory",
    "delays",
    "group",
    "carry",
    "scatter",
    "conditions",
    "condense",
    "events",
    "step_events",
    "host",
    "gates",
    "flipflops",
    "sequences",
    "machines",
    "queue",
    "wiring",
    "logic",
    "companion",
    "limiting",
    "assembly",
    "evaluations",
    "portion",
    "shared_assembly",
    "clock",
    "factors",
    "convergence",
    "shared_convergence",
    "lattice_layout",
    "lattice",
    "newton",
    "digits",
    "sweep",
    "method",
    "settling",
    "history",
    "shared_history",
    "stepsize",
    "jumps",
    "breakpoints",
    "event_location",
    "kept_variables",
    "pseudo_transient",
    "ordering",
    "effects",
    "overshoots",
    "integrator",
    "transient",
    "sparse_sum",
    "capacitances",
    "displacements",
    "kinks",
    "stages",
    "propagation",
    "pattern",
    "replay",
    "incomplete",
    "shared_incomplete",
    "structure",
    "folding",
    "store",
    "border",
    "chains",
    "lines",
    "meshed",
    "cells",
    "array_work",
    "array_coarse",
    "array_state",
    "array",
    "array_batch",
    "elimination",
]
KLU = "klu"
CLIENT = "client/circuitnn-batch"
# What Cython adds to every module with arrays: once for all, which makes each a third in size and quicker to load.
SHARED = "circuitnn._cext._cyutility"
# ngspice's C interface: no module of Python's, but a library that other programs load.
LIBRARY = "circuitnn.ngspice.library.libcircuitnn"
# What no loop of a run goes through, and what Cython adds.
COLD = set(
    "array_state conditions host kernel method names response step_events superlu watchdog wiring".split()
)
# Branches and indices: what -O3 makes longer and no faster.
WINDING = set(
    "border cards carry delays digits draws event_location events folding integrator logic memory osdi pattern "
    "propagation pseudo_transient randomcurrents replay stages stepsize store structure sweep waveforms".split()
)
SANITIZE = os.environ.get("CIRCUITNN_SANITIZE") == "1"
DEBUG = SANITIZE or os.environ.get("CIRCUITNN_DEBUG") == "1"
SANITIZERS = ["-fsanitize=address,undefined", "-fno-sanitize-recover=undefined"] if SANITIZE else []
# No C code here unwinds the stack; tables for that are 3 % of a wheel. Python's own flags ask for symbols, which make
# the compiled files four times as large and take a quarter of the compiler's time, most of it for a large kernel.
BARE = ["-g0", "-fno-asynchronous-unwind-tables"] if sys.platform == "linux" else []
KERNEL = ["-O1", "-g", "-fno-omit-frame-pointer", *SANITIZERS] if DEBUG else [*ccode.FLAGS, *BARE]
FLAGS = KERNEL if DEBUG else [*KERNEL, "-O3"]
LINKING = SANITIZERS if DEBUG or sys.platform != "linux" else ["-Wl,--strip-all"]
# Without vectors, which take long to compile (and GCC 12 fails at some).
SELDOM = ["-fno-openmp-simd", "-Wno-unknown-pragmas"]
MODERN = ["-DCNN_LEAST=1"]  # none for the baseline: x86-64 without AVX2 runs these models as bytecode
NARROW = [*MODERN, "-DCNN_MOST=1"]  # only that for AVX2: scalar code has no use for AVX-512
# Characters of a kernel's source beyond which there is no copy for the baseline, and -O1 takes half of the time of -O2
# for nearly the same code.
LARGE = 50_000
# Models that few machines without AVX2 run.
FEW = frozenset(("ekv", "jfet", "mesfet", "mosfet6", "vdmos"))
RARE = frozenset(name for name, model in catalogue().items() if model.rare)
# GCC's instruction combiner takes time that grows as the square of a kernel's size, for next to nothing.
QUICK = ["--param", "max-combine-insns=2"]
# Without it VBIC and BSIM4 compile in a sixth of the time (10 s for 66 s, 11 s for 58 s); their code is 4 % longer.
# HICUM takes 6 s for the 15 s of -Os.
UNCOMBINED = ["-fdisable-rtl-combine"]
SHORT = [] if DEBUG else ["-Os"]  # of flags that contradict each other, the last one counts
DIRECTIVES = {
    "language_level": 3,
    "boundscheck": DEBUG,
    "wraparound": False,
    "initializedcheck": DEBUG,
    "nonecheck": False,
    "cdivision": True,
}


@cache
def accepted(*flags: str) -> tuple[str, ...]:
    """Flags that the C compiler knows, or none."""
    command = [
        *shlex.split(sysconfig.get_config_var("CC") or "cc"),
        "-Werror",
        *flags,
        "-E",
        "-x",
        "c",
        os.devnull,
    ]
    try:
        return flags if subprocess.run(command, capture_output=True, check=False).returncode == 0 else ()
    except OSError:
        return ()


def pkg_config(*words: str) -> list[str]:
    try:
        run = subprocess.run(["pkg-config", *words], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return []
    return shlex.split(run.stdout)


def find_klu() -> dict | None:
    """Compiler and linker arguments for KLU, or None where it is not to be had."""
    mode = os.environ.get("CIRCUITNN_SUITESPARSE", "auto")
    if mode not in ("auto", "system", "off"):
        raise SystemExit(f"CIRCUITNN_SUITESPARSE={mode!r}: must be auto, system or off")
    if mode == "off":
        return None
    flags = pkg_config("--cflags", "--libs", "KLU")
    include = [f[2:] for f in flags if f.startswith("-I")]
    include += [p for p in [os.environ.get("SUITESPARSE_INCLUDE_DIR")] if p]
    include += ["/usr/include/suitesparse", "/usr/local/include/suitesparse"]
    found = [p for p in include if (Path(p) / "klu.h").exists()]
    if not found:
        if mode == "system":
            raise SystemExit(
                "CIRCUITNN_SUITESPARSE=system, but klu.h was not found.\n"
                "Install SuiteSparse (Debian: apt-get install libsuitesparse-dev) or set "
                "SUITESPARSE_INCLUDE_DIR and SUITESPARSE_LIBRARY_DIR."
            )
        return None
    library_dirs = [f[2:] for f in flags if f.startswith("-L")]
    library_dirs += [p for p in [os.environ.get("SUITESPARSE_LIBRARY_DIR")] if p]
    return {
        "include_dirs": found[:1],
        "library_dirs": library_dirs,
        "libraries": ["klu", "amd", "colamd", "btf", "suitesparseconfig"],
    }


def core_flags(name: str) -> list[str]:
    """Flags of a module of the core, by how much of a run it is."""
    if name in COLD:
        return SHORT
    return ["-O2"] if name in WINDING and not DEBUG else []


def core_extension(name: str, **more) -> Extension:
    source = ROOT / "cext" / f"{name}.pyx"
    if not source.exists():
        raise SystemExit(f"setup.py: core module {source} is missing")
    include = ["cext", *more.pop("include_dirs", [])]
    return Extension(
        f"circuitnn._cext.{name}",
        [f"cext/{name}.pyx"],
        include_dirs=include,
        depends=sorted(str(path) for path in read_by(source) if path.suffix == ".h"),
        extra_compile_args=FLAGS + core_flags(name),
        extra_link_args=LINKING + (["-pthread"] if name in ("teams", "watchdog") else []),
        **more,
    )


def read_by(source: Path) -> set[Path]:
    """Headers and declarations that a module reads: by itself, through what it cimports, or through other headers."""
    declarations = ROOT / "circuitnn" / "_cext"
    left = [source, declarations / f"{source.stem}.pxd"]
    found = set(left)
    while left:
        path = left.pop()
        text = path.read_text() if path.exists() else ""
        # CNN_BODY is what a header includes once for each instruction set.
        named = re.findall(r'(?:extern from|#\s*include|#\s*define CNN_BODY) "(\w+\.h)"', text)
        cimported = re.findall(r"circuitnn\._cext\.(\w+) cimport|cimport circuitnn\._cext\.(\w+)", text)
        paths = {ROOT / "cext" / name for name in named}
        paths |= {declarations / f"{a or b}.pxd" for a, b in cimported}
        left += paths - found
        found |= paths
    return {path for path in found if path.exists()}


def forget_stale() -> None:
    """Delete the C made from modules that read a newer .pxd.

    A module's own .pxd lies in another folder than its .pyx; cythonize looks neither there nor at what it cimports.
    """
    for source in (ROOT / "cext").glob("*.pyx"):
        made = ROOT / "build" / "cython" / "cext" / f"{source.stem}.c"
        if made.exists() and any(
            path.stat().st_mtime > made.stat().st_mtime for path in read_by(source) if path.suffix == ".pxd"
        ):
            made.unlink()


def kernel_flags(name: str, size: int) -> list[str]:
    """Flags of a kernel, by what it is used for and the size of its source."""
    brief = ["-O1", *accepted(*UNCOMBINED)] if size > LARGE else SHORT
    if name in RARE:
        return [*SELDOM, *NARROW, *brief]
    if size > LARGE:
        return [*MODERN, *brief]
    return MODERN if name in FEW else []


def kernel_extensions() -> list[Extension]:
    """One extension per compact model, so that editing a model recompiles that one only."""
    made = native_kernels.write_sources(ROOT / "build" / "kernels")
    if not made:
        raise SystemExit("setup.py: no model kernels were generated")
    flags = KERNEL if DEBUG else [*KERNEL, *accepted(*QUICK)]
    return [
        Extension(
            f"circuitnn._cext.kernel_{name}",
            [str(path.relative_to(ROOT))],
            include_dirs=["cext"],
            depends=[f"cext/{h}.h" for h in ("kernel", "isa", "vmath", "native")],
            extra_compile_args=flags + kernel_flags(name, path.stat().st_size),
            extra_link_args=LINKING,
        )
        for name, path in made
    ] + [
        Extension(
            "circuitnn._cext.derived",
            [str(native_kernels.write_derived(ROOT / "build" / "derived").relative_to(ROOT))],
            include_dirs=["cext"],
            depends=["cext/derived.h"],
            extra_link_args=LINKING,
        )
    ]


def write_methods() -> None:
    """What type checkers see of a circuit's methods: one for each file in circuitnn/analyses, one for each element."""
    names = sorted(p.stem for p in (ROOT / "circuitnn" / "analyses").glob("[a-z]*.py"))
    lines = [
        *(f"from circuitnn.analyses.{name} import {name} as _{name}" for name in names),
        "class Method:",
        "    def __init__(self, analyses: object, name: str) -> None: ...",
        "class AnalysisMethods:",
        *(f"    {name} = _{name}" for name in names),
    ]
    text = "# Written by setup.py.\n" + "\n".join(lines) + "\n"
    written = {
        "registry/methods": text,
        "circuit/element_methods": signatures.text(),
        "options/keywords": keywords.text(),
    }
    for name, content in written.items():
        path = ROOT / "circuitnn" / f"{name}.pyi"
        if not path.exists() or path.read_text() != content:
            path.write_text(content)


def extensions() -> list[Extension]:
    write_methods()
    core = [core_extension(name) for name in CORE]
    # cythonize writes its source
    core.append(
        Extension(SHARED, ["cext/_cyutility.c"], extra_compile_args=FLAGS + SHORT, extra_link_args=LINKING)
    )
    core.append(
        Extension(
            LIBRARY,
            ["cext/libcircuitnn.c"],
            libraries=["pthread", "dl"],
            extra_compile_args=["-O2", "-fvisibility=hidden"],
            extra_link_args=[] if SANITIZE else LINKING,
        )
    )
    klu = find_klu()
    if klu is not None:
        core.append(core_extension(KLU, **klu))
    forget_stale()
    core = cythonize(
        core,
        include_path=["."],
        build_dir="build/cython",
        compiler_directives=DIRECTIVES,
        shared_utility_qualified_name=SHARED,
        nthreads=os.cpu_count() or 0,
    )
    # The largest first, so that the second processor does not wait for one of them at the end.
    return sorted(
        core + kernel_extensions(), key=lambda e: -max((ROOT / path).stat().st_size for path in e.sources)
    )


class BuildOnce(build_ext):
    """Compiles on all cores, and keeps what it compiled.

    An editable installation would compile everything anew in a folder that it then deletes.
    """

    def get_ext_filename(self, fullname: str) -> str:
        if fullname.endswith("libcircuitnn"):
            return os.path.join(*fullname.split(".")) + ".so"
        return super().get_ext_filename(fullname)

    def finalize_options(self) -> None:
        super().finalize_options()
        self.parallel = self.parallel or os.cpu_count()
        if self.editable_mode:
            usual = build(self.distribution)
            usual.ensure_finalized()
            self.build_lib, self.build_temp = usual.build_platlib, usual.build_temp


class BuildWithData(build_py):
    """Puts into the package what other folders hold of it.

    The headers that kernels compiled at run time include, and the decks that show a model, with what
    they include, as `circuitnn/decks`.
    """

    def run(self) -> None:
        super().run()
        if self.editable_mode:  # all of it is found where it is
            # As pip does for other installations: each start would compile all modules where none may write bytecode.
            compileall.compile_dir(ROOT / "circuitnn", quiet=1)
            return
        package, netlists = Path(self.build_lib, "circuitnn"), ROOT / "netlists"
        for name in host.HEADERS:
            self.copy_file(f"cext/{name}", str(package / "_cext" / name))
        for path in sorted(netlists.rglob("*")):
            if path.suffix == ".inc" or (path.suffix == ".cir" and "\n* model:" in path.read_text()):
                target = package / "decks" / path.relative_to(netlists)
                self.mkpath(str(target.parent))
                self.copy_file(str(path), str(target))


class BuildClient(build_scripts):
    """Compiles the client of the warm process, a program in C that lies beside the command ``circuitnn``."""

    def copy_scripts(self) -> tuple[list[str], list[str]]:
        from distutils.ccompiler import new_compiler
        from distutils.sysconfig import customize_compiler

        self.mkpath(self.build_dir)
        source = (ROOT / "circuitnn" / "__init__.py").read_text()
        version = re.search(r'^__version__ = "(.+)"$', source, re.MULTILINE)[1]
        compiler = new_compiler()
        customize_compiler(compiler)
        objects = compiler.compile(
            [f"{CLIENT}.c"], output_dir="build/client", extra_postargs=["-O2", f'-DVERSION="{version}"']
        )
        name = Path(CLIENT).name
        compiler.link_executable(objects, name, output_dir=self.build_dir, extra_postargs=LINKING)
        made = [str(Path(self.build_dir, name))]
        return made, made


setup(
    ext_modules=extensions(),
    scripts=[f"{CLIENT}.c"] if os.name == "posix" else [],
    cmdclass={"build_ext": BuildOnce, "build_py": BuildWithData, "build_scripts": BuildClient},
)
