"""ngspice's command line: its options, short and long, and the files behind them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from getopt import GetoptError, gnu_getopt

from circuitnn import __version__
from circuitnn.errors import CircuitnnError, nearest
from circuitnn.records import dataclass, field

BANNER = f"""******
** ngspice-44 : Circuit level simulation program
** as understood by circuitnn-{__version__}: its deck language, batch options and rawfiles
******"""

USAGE = """Usage: circuitnn [OPTION]... [FILE]      (as ngspice; see also: circuitnn --help)

Without -b, a terminal gets a prompt for commands; elsewhere FILE, or the deck on the standard input, is processed in
batch mode.

  -a, --autorun             run the analyses of FILE before the prompt
  -b, --batch               process FILE in batch mode
  -i, --interactive         prompt for commands in any case
  -p, --pipe                prompt for commands that come through a pipe
  -D ngbehavior=MODE        rules of PSPICE (psa), LTspice (lta), HSPICE (hs) where they differ
  -o, --output=FILE         set the outputfile
  -r, --rawfile=FILE        set the rawfile output
  -s, --server              read the deck from the standard input, write a rawfile to the standard output
      --max-memory=MB --max-points=N --max-time=SECONDS
                            limits of the run (not in ngspice)
      --confine             the deck reads files below its own folder only (not in ngspice)
      --overwrite           keep no copy of files that the deck replaces (not in ngspice)
  -h, --help                display this help and exit
  -v, --version             output version information and exit
  -c, --circuitfile=FILE    the same as FILE
  -n -q -t                  accepted for compatibility"""

# Long and short names of ngspice's options, and whether each takes a value.
_OPTIONS = {
    "autorun": ("a", False),
    "batch": ("b", False),
    "circuitfile": ("c", True),
    "define": ("D", True),
    "interactive": ("i", False),
    "no-spiceinit": ("n", False),
    "output": ("o", True),
    "pipe": ("p", False),
    "completion": ("q", False),
    "rawfile": ("r", True),
    "soa-log": ("", True),
    "server": ("s", False),
    "overwrite": ("", False),
    "confine": ("", False),
    "max-memory": ("", True),
    "max-points": ("", True),
    "max-time": ("", True),
    "term": ("t", True),
    "help": ("h", False),
    "version": ("v", False),
}
_SHORT = {short: (name, takes) for name, (short, takes) in _OPTIONS.items() if short}


class CommandError(CircuitnnError):
    """The command line is wrong."""


@dataclass
class CommandLine:
    """Options by their long name, and the files."""

    options: dict[str, str] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)


def parse(arguments: Sequence[str]) -> CommandLine:
    """Read ngspice's options: ``-br out.raw``, ``-rout.raw``, ``--rawfile=out.raw``, ``--rawfile out.raw``.

    Raises
    ------
    CommandError
        An option is unknown, lacks its value, or has one that it does not take.
    """
    short = "".join(letter + ":" * takes for letter, (_, takes) in _SHORT.items())
    long = [name + "=" * takes for name, (_, takes) in _OPTIONS.items()]
    try:
        pairs, files = gnu_getopt(list(arguments), short, long)
    except GetoptError as error:
        raise CommandError(f"{error.msg}{nearest(error.opt, list(_OPTIONS))}\n{USAGE}") from None
    names = {f"-{letter}": name for letter, (name, _) in _SHORT.items()}
    options = {names.get(word, word[2:]): value for word, value in pairs}
    for value in (value for word, value in pairs if word in ("-D", "--define")):
        name, _, setting = value.partition("=")
        if name.strip().lower() == "ngbehavior":
            options["ngbehavior"] = setting.strip()
        else:
            print(
                f"Warning: -D {value} has no effect; of ngspice's variables only ngbehavior has",
                file=sys.stderr,
            )
    if "soa-log" in options:
        print(
            "Warning: --soa-log has no effect; notes of .options warn=1 go with the others", file=sys.stderr
        )
    return CommandLine(options, files)
