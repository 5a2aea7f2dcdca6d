"""All commands by name."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from circuitnn.control import analyses, compose, output, spectra, variables
from circuitnn.registry.analyses import ANALYSES

if TYPE_CHECKING:
    from circuitnn.control.interpreter import Interpreter


def _show(interpreter: Interpreter, text: str) -> None:
    from circuitnn.control.show import show

    show(interpreter, text)


def _rusage(interpreter: Interpreter, text: str) -> None:
    from circuitnn.control.usage import rusage

    rusage(interpreter, text)


COMMANDS: dict[str, Callable[[Interpreter, str], None]] = {
    "run": analyses.run,
    "alter": analyses.alter,
    "altermod": analyses.altermod,
    "alterparam": analyses.alterparam,
    "reset": analyses.reset,
    "meas": analyses.measure,
    "measure": analyses.measure,
    "save": analyses.save,
    "echo": output.echo,
    "print": output.print_,
    "write": output.write,
    "wrdata": output.wrdata,
    "plot": output.plot_,
    "gnuplot": output.hardcopy,
    "hardcopy": output.hardcopy,
    "fourier": output.fourier,
    "linearize": spectra.linearize,
    "fft": spectra.fft,
    "spec": spectra.spec,
    "psd": spectra.psd,
    "listing": output.listing_,
    "show": _show,
    "rusage": _rusage,
    "let": variables.let,
    "unlet": variables.unlet,
    "compose": compose.compose,
    "set": variables.set_,
    "setcs": variables.set_,
    "unset": variables.unset,
    "setseed": variables.setseed,
    "define": variables.define,
    "undefine": variables.undefine,
    "cross": variables.cross,
    "setplot": variables.setplot,
    "destroy": variables.destroy,
    "display": variables.display,
    "strcmp": variables.strcmp,
    "alias": variables.alias,
    "unalias": variables.unalias,
    "goto": variables.goto,
    "option": variables.option,
    "options": variables.option,
    "quit": variables.quit_,
    "exit": variables.quit_,
    "bye": variables.quit_,
    **dict.fromkeys(("status", "version", "remcirc", "delete", "set_rnd", "label"), variables.nothing),
}


def command(name: str) -> Callable[[Interpreter, str], None] | None:
    """The command of a name, which may be an analysis; None if there is none."""
    if name in ANALYSES:
        return partial(analyses.analysis, name)
    return COMMANDS.get(name)


KNOWN_ELSEWHERE = frozenset(
    "aspice asciiplot bug bltplot cd cdump circbyline codemodel cutout deftype devhelp diff "
    "dump edit edisplay esave getcwd help history inventory iplot jobs load mc_source "
    "mdump mrdump newhelp optran pre_osdi pss quit2 rehash remzerovec resume rspice settype setscale "
    "shell shift showmod snload snsave snowarn source stop step sysinfo tutorial trace trnoise "
    "unaliasall where wrnodev wrs2p xgraph use mcsim compile".split()
)
"""Commands of ngspice that are not there."""
