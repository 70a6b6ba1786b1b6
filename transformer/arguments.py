"""The arguments of the command line, and what is said about one that is wrong.

Nothing but the standard library is imported here, so that `transformer --version` is quick.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence

from transformer import __version__, output

TYPE_CHECKING = False  # `typing` itself would take as long as the rest
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Final, NoReturn


def discreet(words: Sequence[str]) -> Callable[[str], str]:
    """Takes the passwords that stand on this command line out of a text."""
    suspects = [word for word in words if "@" in word or "://" in word]
    if not suspects:
        return str

    from transformer.vcs.address import secrets_in
    from transformer.vcs.text import hidden, hidden_word

    secrets = [secret for word in suspects for secret in secrets_in(word)]
    spelled = {word: hidden_word(word) for word in suspects}

    def shown(text: str) -> str:
        for word, spelling in spelled.items():
            text = text.replace(word, spelling)
        return hidden(text, secrets)

    return shown


class Parser(argparse.ArgumentParser):
    """Says what is wrong with a command line, what was probably meant, and no password on it."""

    words: Sequence[str] = ()
    commands: Mapping[str, Parser] = {}

    def error(self, message: str) -> NoReturn:
        super().error(discreet(self.words)(message))

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:
        found, unknown = self.parse_known_args(args, namespace)
        if unknown:
            self.error(self._about(unknown[0], getattr(found, "command", None) or ""))
        return found

    def _about(self, word: str, command: str) -> str:
        """`word` is what no parser takes."""
        option = word.partition("=")[0]
        if not option.startswith("-"):
            return f'there is no place for "{word}". Quote a value that has spaces, and see `transformer {command} --help`.'
        own = self.commands.get(command, self)
        guess = _closest(option, own.options())
        if not guess and (others := [name for name, p in self.commands.items() if option in p.options()]):
            return f"{option} is an option of {' and '.join(others)}, not of {command or 'transformer itself'}."
        return f"there is no option {option}. {guess or f'See `transformer {command} --help`.'}"

    def actions(self) -> list[argparse.Action]:
        return list(self._actions)

    def options(self) -> list[str]:
        return [name for action in self._actions for name in action.option_strings]

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is None or value in action.choices:
            return
        names = [str(name) for name in action.choices]
        guess = _closest(str(value), names) or f"Use one of {', '.join(names)}."
        raise argparse.ArgumentError(action, f'"{value}" is not possible here. {guess}')

    def _print_message(self, message: str, file: object = None) -> None:
        if file is sys.stderr:
            output.warn(message)
        elif message:
            output.say(message)


def _closest(word: str, known: Sequence[str]) -> str:
    """`Did you mean "check"?`, or nothing."""
    from difflib import get_close_matches

    close = [k for k in known if k.lower() == word.lower()] or get_close_matches(word, known, n=1, cutoff=0.6)
    return f'Did you mean "{close[0]}"?' if close else ""


def parser(words: Sequence[str] = ()) -> Parser:
    Parser.words = words  # parsers of sub-commands are made by argparse
    made = Parser(
        prog="transformer",
        description="Change Kubernetes manifests in git, safely, at scale: a manifest repository in, a review branch out.",
        epilog="exit: 0 done; 1 check found work, or something is blocked; 2 usage, nothing was written; 3 a bug; 4 refused as unsafe; "
        "5 done and kept, but not published",
    )
    made.add_argument("--version", action="version", version=f"transformer {__version__}")
    add = made.add_subparsers(dest="command", metavar="COMMAND", prog="transformer")  # named, so that no help is laid out for it
    _convert(add.add_parser("convert", help="convert a repository and write the review branch", description=_CONVERT))
    _check(add.add_parser("check", help="show what convert would do; exit 1 if there is anything to do", description=_CHECK))
    _passes(add.add_parser("passes", help="list the passes"))
    _explain(add.add_parser("explain", help="explain a pass, a finding code, a row or a source"))
    _init(add.add_parser("init", help="write a transformer.yaml for a repository"))
    _function(add.add_parser("function", help="convert what kustomize, kpt or Helm pipes in", description=_FUNCTION))
    add.add_parser("schema", help="print the JSON Schema of transformer.yaml, for your editor")
    _completion(add.add_parser("completion", help="print a script that completes commands in your shell", description=_COMPLETION))
    made.commands = add.choices
    return made


FORMATS: Final = ("text", "concise", "github", "gitlab")
SHELLS: Final = ("bash", "zsh", "fish", "tcsh")
_CONVERT: Final = """Reads SOURCE at a commit, runs the passes of transformer.yaml, and writes the branch transformer/NAME to that
repository. The working tree, the index and HEAD are not changed."""
_CHECK: Final = """Reads the working tree and shows what convert would do. One folder is the source. With several paths, or files, only
these are checked, below the current folder."""
_FUNCTION: Final = """Reads a ResourceList and writes one (kustomize, kpt), or plain YAML and plain YAML (Helm's post-renderer). The
pipeline is functionConfig, or --config, or the built-in one. Standard output has the whole result or nothing."""
_COMPLETION: Final = """Prints the script for your shell. Load it where the shell starts, for example in ~/.bashrc:
eval "$(transformer completion bash)". It holds the names of this version: nothing runs when you press Tab."""


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


def _many(p: argparse.ArgumentParser, flag: str, metavar: str, text: str) -> None:
    p.add_argument(flag, action="append", type=_given, default=[], metavar=metavar, help=f"{text} (repeatable)")


def _pipeline(p: argparse.ArgumentParser) -> None:
    p.add_argument("--config", type=_given, metavar="FILE", help="the configuration (default: transformer.yaml, or the built-in pipeline)")
    _many(p, "--set", "PASS.KEY=VALUE", "set a parameter of a pass; VALUE is YAML")
    _many(p, "--accept", "ROW", "consent to a row that changes behaviour")
    _many(p, "--only", "PASS", "run only this pass")
    _many(p, "--limit", "NAME=VALUE", "set a limit; what protects this machine (fileSize, files, ...) only you can raise")
    p.add_argument("--memory", type=_size, default="1Gi", metavar="SIZE", help="memory limit of each process (default: 1Gi)")


def _function(p: argparse.ArgumentParser) -> None:
    _pipeline(p)
    p.add_argument("--check", action="store_true", help="change nothing; exit 1 if there is anything to do")
    p.add_argument("--partial", action="store_true", help="exit 0 although something was refused and stays as it is")
    _volume(p)


def _shared(p: argparse.ArgumentParser) -> None:
    _pipeline(p)
    _many(p, "--path", "GLOB", "change only files that match")
    _many(p, "--report", "FILE", "write a report: FILE.json, FILE.md, FILE.sarif or FILE.gitlab.json")
    p.add_argument(
        "--format",
        choices=FORMATS,
        default="text",
        help="what is printed: text, or one line a finding for editors and CI",
    )
    p.add_argument("--templates", type=_given, metavar="DIR", help="your organisation's templates, outside of the repository")
    p.add_argument("--strict", action="store_true", help="exit 1 if something was not checked; check: also for warnings")
    p.add_argument("--jobs", type=_jobs, metavar="N", help="number of processes (default: one for each processor, or one for small runs)")
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


def _completion(p: argparse.ArgumentParser) -> None:
    p.add_argument("shell", choices=SHELLS, metavar="SHELL", help=", ".join(SHELLS))
