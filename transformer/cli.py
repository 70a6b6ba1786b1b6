"""The command line: runs a command, and turns errors into exit codes.

Nothing but the standard library is imported here, so that `transformer --version` is quick.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import os
import shlex
import signal
import sys
from collections.abc import Callable, Sequence

from transformer import __version__, output
from transformer.arguments import discreet, parser
from transformer.errors import TransformerError, UsageError

TYPE_CHECKING = False  # `typing` itself would take as long as the rest
if TYPE_CHECKING:
    from typing import Final, NoReturn

INTERRUPTED: Final = 130
BUG: Final = 3
_PIPE_CLOSED: Final = 141  # as a shell counts it: 128 + SIGPIPE
_TERMINATED: Final = 143
_USAGE: Final = 2
_IN_A_FOLDER: Final = ("convert", "check", "init")
_REFUSALS: Final = (
    "ENOSPC", "EDQUOT", "EROFS", "EACCES", "EPERM", "EMFILE", "ENFILE", "ENOMEM", "EIO", "ENAMETOOLONG", "EFBIG", "ESTALE",
    "EAGAIN", "ELOOP", "EBADF",
)  # fmt: skip
_YOUNG: Final = 50_000  # objects before a collection: nodes of a document live and die together, a fifth of the time went into looking


# Sub-command -> module of `commands/`, imported only where it runs, and its function.
_COMMANDS: Final = {
    "convert": ("convert", "run_convert"),
    "check": ("check", "run_check"),
    "passes": ("inspect", "run_passes"),
    "explain": ("inspect", "run_explain"),
    "init": ("init", "run_init"),
    "function": ("function", "run_function"),
    "schema": ("schema", "run_schema"),
    "completion": ("completion", "run_completion"),
}


class _Terminated(BaseException):
    """SIGTERM as an exception, so that temporary files are removed."""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs a command, and gives its exit code (architecture §7)."""
    args = argparse.Namespace(discreet=str)
    before = None
    try:
        output.open_streams()
        before = _on_terminate()
        return _run(_parsed(list(sys.argv[1:] if argv is None else argv), args))
    except TransformerError as e:
        message = args.discreet(str(e))  # editors and terminals link a place in a file only where it stands first
        return _fail(message if e.placed else f"transformer: {message}", e.exit_code)
    except KeyboardInterrupt:
        return _fail(f"transformer: interrupted. {_nothing_half_done(args)}", INTERRUPTED)
    except _Terminated:
        return _fail(f"transformer: stopped by a signal. {_nothing_half_done(args)}", _TERMINATED)
    except BrokenPipeError:
        return _PIPE_CLOSED
    except OSError as e:
        return _system(e, args)
    except Exception as e:  # noqa: BLE001 - the boundary: what nobody foresaw is a bug, and must end as one
        return _bug(e, args)
    finally:
        if before is not None:
            signal.signal(signal.SIGTERM, before)


def _parsed(words: list[str], args: argparse.Namespace) -> argparse.Namespace:
    args.discreet = discreet(words)
    parser(words).parse_args(words, args)
    args.again = shlex.join(["transformer", *map(args.discreet, words)])
    return args


def _run(args: argparse.Namespace) -> int:
    if args.command is None:
        output.warn(parser().format_help())
        return _USAGE
    if args.command in _IN_A_FOLDER:
        _check_folder()
    gc.set_threshold(_YOUNG, 20, 100)
    module, function = _COMMANDS[args.command]
    run: Callable[[argparse.Namespace], int] = getattr(importlib.import_module(f"transformer.commands.{module}"), function)
    return run(args)


def _check_folder() -> None:
    try:
        os.getcwd()  # noqa: PTH109 - quick start
    except OSError as e:
        raise UsageError("the current folder is gone. Change to one that exists, and run again.") from e


def _on_terminate() -> signal.Handlers | None:
    def end(*_: object) -> NoReturn:
        raise _Terminated

    try:
        return signal.signal(signal.SIGTERM, end)  # type: ignore[return-value]
    except ValueError:  # not the main thread
        return None


def _nothing_half_done(args: argparse.Namespace) -> str:
    if getattr(args, "in_place", False):
        return "The files are unchanged, or all of them are converted. Run the command again to make sure."
    return "No half-written change remains: branches, index and working tree are unchanged, or complete."


def _fail(message: str, code: int) -> int:
    output.warn(message.rstrip("\n") + "\n")
    return code


def _system(error: OSError, args: argparse.Namespace) -> int:
    """What the machine refuses is no bug of ours; what we did not foresee of it is."""
    import errno

    no_temporary = error.errno == errno.ENOENT and error.filename is None
    if error.errno not in {getattr(errno, name, -1) for name in _REFUSALS} and not no_temporary:
        return _bug(error, args)
    place = f": {os.fsdecode(error.filename)}" if isinstance(error.filename, (str, bytes)) else ""
    what = args.discreet(f"{error.strerror}{place}")
    return _fail(f"transformer: {what}. {_nothing_half_done(args)}\nMend that, and run again.", _USAGE)


def _bug(error: Exception, args: argparse.Namespace) -> int:
    import traceback

    place = traceback.extract_tb(error.__traceback__)[-1]
    text = f"transformer {__version__}: this is a bug of transformer: {type(error).__name__}: {error}\n"
    text += f"  in {place.name}, {os.path.basename(place.filename)}:{place.lineno}\n"  # noqa: PTH119 - quick start
    if getattr(args, "verbose", False):
        text += "".join(traceback.format_exception(error))
    else:
        text += "No half-written change remains. Run the command again with --verbose, and report its output."
    return _fail(args.discreet(text), BUG)
