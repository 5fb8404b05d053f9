"""The front door: the commands by name, the flags that all share, and the one error boundary.

No command is imported before it is asked for, so that `--help` is quick.
"""

from __future__ import annotations

import asyncio
import inspect
import random
import sys
import traceback
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from cyclopts import App, CycloptsError

from counterfoil.surfaces.cli import surroundings
from counterfoil.surfaces.cli.flags import HELP, Flags, taken
from counterfoil.surfaces.cli.say import Say
from counterfoil.surfaces.desk.exits import Exit, code
from counterfoil.surfaces.desk.inert import marked
from counterfoil.values.errors import CounterfoilError, Misconfigured, of_system
from counterfoil.values.ids import reference

_COMMANDS = {
    "init": "Write a project folder to begin with.",
    "doctor": "Check everything, and say what mends it.",
    "up": "Run everything in one process: the door, a worker, the timers.",
    "worker": "Run one more worker beside a house that is up.",
    "web": "Show the desk to browsers, beside a house that is up.",
    "watch": "What did not happen: run, list, test.",
    "duties": "Who does what, and who is on duty: list, who.",
    "user": "Who may sign in to the desk: list, add, role, remove, token.",
    "demo": "Run a day's trade through the house against simulated systems.",
    "audit": "Compare two systems' exports, in documents and money.",
    "prove": "Simulate, kill, corrupt and sabotage the house, and count what was lost or twice.",
    "connection": "Connections: add, test, list.",
    "route": "Routes: list, run, left-out, edits, pause, shadow, on.",
    "trace": "Tell the story of one document.",
    "search": "Find documents by number, identity or customer; by state, day and amount.",
    "stock": "Stock: show, stale, stranded, buffer, curve.",
    "hold": "What waits for a person: list, show, resend, recheck, aside.",
    "load": "Initial loads and the cut-over: plan, run, sign, status.",
    "map": "Value maps: coverage.",
    "balance": "Show where everything that the source listed stands.",
    "reconcile": "Reconcile payouts: run, show, explain, export.",
    "close": "Close a period: open, check, sign, pack, show, list.",
    "verify": "Verify a close pack, to the byte.",
    "privacy": "A person's data: export, erase, due; rotate, scrub.",
    "config": "Configuration: show, releases, schema.",
    "db": "The database: status, upgrade, backup, restore, rename, stop.",
    "connector": "Connectors: list, new.",
    "explain": "Explain a code or a word.",
    "completion": "Print a completion script for a shell.",
}


def front() -> App:
    """The command line, with each command still unread."""
    app = App(
        name="counterfoil",
        help="Moves retail documents between systems, with proof.",
        help_epilogue=HELP,
        help_format="plaintext",
        version=lambda: version("counterfoil"),
        result_action="return_value",
    )
    for name, help_ in _COMMANDS.items():
        app.command(f"counterfoil.surfaces.cli.{name}:{name}", name=name, help=help_)
    return app


def run() -> None:
    """Run the command line of this process and end with its exit code."""
    surroundings.settle()
    ended = main(sys.argv[1:])
    surroundings.say_the_last(sys.stdout, sys.stderr)
    sys.exit(ended)


def main(words: Sequence[str]) -> int:
    """Run one command; its exit code."""
    say = Say.here(Flags())
    try:
        flags, command = taken(surroundings.readable(words))
        say = Say.here(flags)
        return _command(command, say)
    except CounterfoilError as error:
        say.error(error)
        return code(error)
    except (KeyboardInterrupt, asyncio.CancelledError):
        say.note("Interrupted. It is safe to run it again.")
        return Exit.INTERRUPTED
    except BrokenPipeError:
        return Exit.INTERRUPTED
    except OSError as error:
        of_ours = of_system(error)
        say.error(of_ours)
        return code(of_ours)
    except Exception as error:  # noqa: BLE001 - the surface's boundary; nothing is hidden
        return _broke(error, say)


def _command(words: list[str], say: Say) -> int:
    try:
        command, bound, ignored = front().parse_args(words, print_error=False, exit_on_error=False)
    except CycloptsError as error:
        raise _usage(words, error) from None
    spoken = dict.fromkeys(ignored, say)
    ended: Any = command(*bound.args, **bound.kwargs, **spoken)
    if inspect.iscoroutine(ended):
        # Only where something runs: not for `--help`, `--version` and what is typed wrong.
        import uvloop  # noqa: PLC0415

        ended = uvloop.run(surroundings.heeding(ended))
    sys.stdout.flush()
    return int(ended) if ended else Exit.DONE


def _usage(words: list[str], error: CycloptsError) -> Misconfigured:
    """What was typed wrong, and which help says how it is done."""
    name = next((word for word in words[:1] if word in _COMMANDS), "")
    return Misconfigured(
        str(error).strip(),
        do=f"See `counterfoil {name} --help`." if name else "See `counterfoil --help`.",
        code="usage",
    )


def _broke(error: Exception, say: Say) -> Exit:
    number = reference(random.SystemRandom())
    if say.flags.verbose:
        for line in marked("".join(traceback.format_exception(error))):
            say.note(line)
    say.error(
        CounterfoilError(
            f"Something in Counterfoil broke (reference {number}): {type(error).__name__}.",
            do="Run it again with --verbose to see where, and tell the keepers the reference.",
        ),
        number,
    )
    return Exit.BROKE
