"""The command line: parses arguments, runs a command, and turns errors into exit codes.

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
        return _fail(_named(args.discreet(str(e))), e.exit_code)
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
    args.discreet = _discreet(words)
    _parser(words).parse_args(words, args)
    args.again = shlex.join(["transformer", *map(args.discreet, words)])
    return args


def _run(args: argparse.Namespace) -> int:
    if args.command is None:
        output.warn(_parser().format_help())
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


def _named(message: str) -> str:
    """The message with our name before it, unless it starts with a place in a file, which editors and terminals link."""
    import re

    return message if re.match(r"\S+:[0-9]+:[0-9]+: ", message) else f"transformer: {message}"


def _discreet(words: Sequence[str]) -> Callable[[str], str]:
    """Takes the passwords that stand on this command line out of a text."""
    suspects = [word for word in words if "@" in word or "://" in word]
    if not suspects:
        return str

    from transformer.vcs.address import secrets_in
    from transformer.vcs.text import hidden, hidden_word

    secrets = [secret for word in suspects for secret in secrets_in(word)]
    spelled = {word: hidden_word(word) for word in suspects}

    def discreet(text: str) -> str:
        for word, shown in spelled.items():
            text = text.replace(word, shown)
        return hidden(text, secrets)

    return discreet


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


# --- arguments


class _Parser(argparse.ArgumentParser):
    """Says what is wrong with a command line without the passwords on it."""

    words: Sequence[str] = ()

    def error(self, message: str) -> NoReturn:
        super().error(_discreet(self.words)(message))

    def _print_message(self, message: str, file: object = None) -> None:
        if file is sys.stderr:
            output.warn(message)
        elif message:
            output.say(message)


def _parser(words: Sequence[str] = ()) -> argparse.ArgumentParser:
    _Parser.words = words  # parsers of sub-commands are made by argparse
    parser = _Parser(
        prog="transformer",
        description="Change Kubernetes manifests in git, safely, at scale: a manifest repository in, a review branch out.",
        epilog="exit: 0 done; 1 check found work, or something is blocked; 2 usage, nothing was written; 3 a bug; 4 refused as unsafe; "
        "5 done and kept, but not published",
    )
    parser.add_argument("--version", action="version", version=f"transformer {__version__}")
    convert = parser.add_subparsers(dest="command", metavar="COMMAND", prog="transformer")  # named, so that no help is laid out for it
    _convert(convert.add_parser("convert", help="convert a repository and write the review branch", description=_CONVERT))
    _check(convert.add_parser("check", help="show what convert would do; exit 1 if there is anything to do", description=_CHECK))
    _passes(convert.add_parser("passes", help="list the passes"))
    _explain(convert.add_parser("explain", help="explain a pass, a finding code, a row or a source"))
    _init(convert.add_parser("init", help="write a transformer.yaml for a repository"))
    return parser


_CONVERT: Final = """Reads SOURCE at a commit, runs the passes of transformer.yaml, and writes the branch transformer/NAME to that
repository. The working tree, the index and HEAD are not changed."""
_CHECK: Final = """Reads the working tree and shows what convert would do. One folder is the source. With several paths, or files, only
these are checked, below the current folder."""


def _convert(p: argparse.ArgumentParser) -> None:
    p.add_argument("source", nargs="?", default=".", type=_given, metavar="SOURCE", help="a path or a git URL (default: .)")
    p.add_argument("--ref", type=_given, help="the base: a branch, tag or commit (default: HEAD, or the default branch of a URL)")
    p.add_argument("--branch", type=_given, help="the branch to write (default: transformer/NAME)")
    p.add_argument("--dry-run", action="store_true", help="print the diff and write nothing")
    p.add_argument("--show-secrets", action="store_true", help="with --dry-run: print the values of Secrets and credentials too")
    p.add_argument("--in-place", action="store_true", help="change the files of the working tree instead; needs no git")
    p.add_argument(
        "--force", action="store_true", help="overwrite uncommitted changes, and ignore limits.changedResources and limits.deletedResources"
    )
    p.add_argument("--push", action="store_true", help="push the branch")
    p.add_argument(
        "--remote", type=_given, metavar="NAME_OR_URL", help="where to (default: origin); a place on this machine only by its path or URL"
    )
    p.add_argument("--request", action="store_true", help="open a change request (not available yet)")
    _shared(p)


def _check(p: argparse.ArgumentParser) -> None:
    p.add_argument("paths", nargs="*", default=[], type=_given, metavar="PATH", help="files or folders (default: .)")
    p.add_argument("--baseline", type=_given, metavar="FILE", help="an earlier JSON report; check does not fail for its findings")
    _shared(p)


def _shared(p: argparse.ArgumentParser) -> None:
    def many(flag: str, metavar: str, text: str) -> None:
        p.add_argument(flag, action="append", type=_given, default=[], metavar=metavar, help=f"{text} (repeatable)")

    p.add_argument("--config", type=_given, metavar="FILE", help="the configuration (default: transformer.yaml, or the built-in pipeline)")
    many("--set", "PASS.KEY=VALUE", "set a parameter of a pass; VALUE is YAML")
    many("--accept", "ROW", "consent to a row that changes behaviour")
    many("--only", "PASS", "run only this pass")
    many("--path", "GLOB", "change only files that match")
    many("--limit", "NAME=VALUE", "set a limit; what protects this machine (fileSize, files, ...) only you can raise")
    many("--report", "FILE", "write a report: FILE.json or FILE.md")
    p.add_argument("--templates", type=_given, metavar="DIR", help="your organisation's templates, outside of the repository")
    p.add_argument("--strict", action="store_true", help="exit 1 if something was not checked; check: also for warnings")
    p.add_argument("--jobs", type=_jobs, metavar="N", help="number of processes (default: one for each processor, or one for small runs)")
    p.add_argument("--memory", type=_size, default="1Gi", metavar="SIZE", help="memory limit of each process (default: 1Gi)")
    p.add_argument("--no-color", action="store_true", help="no colours (also: NO_COLOR=1)")
    _volume(p)


def _volume(p: argparse.ArgumentParser) -> None:
    loud = p.add_mutually_exclusive_group()
    loud.add_argument("--quiet", action="store_true", help="print only findings that need a decision, and the summary")
    loud.add_argument("--verbose", action="store_true", help="print everything: also notes, every place, and tracebacks")


def _given(text: str) -> str:
    if not text:
        raise argparse.ArgumentTypeError("it is empty: leave it out, or name something")
    return text


def _jobs(text: str) -> int:
    count = int(text)
    if count < 1:
        raise argparse.ArgumentTypeError("1 or more")
    return count


def _size(text: str) -> int:
    from transformer.config.limits import Size

    try:
        return Size.parse(text)
    except ValueError as e:
        raise argparse.ArgumentTypeError(str(e)) from e


def _passes(p: argparse.ArgumentParser) -> None:
    _volume(p)


def _explain(p: argparse.ArgumentParser) -> None:
    p.add_argument("names", nargs="+", metavar="X", help="a pass, a finding code, or the id of a row or source")
    _volume(p)


def _init(p: argparse.ArgumentParser) -> None:
    p.add_argument("source", nargs="?", default=".", type=_given, metavar="FOLDER", help="the repository (default: .)")
    p.add_argument("--force", action="store_true", help="overwrite an existing transformer.yaml")
    _volume(p)
