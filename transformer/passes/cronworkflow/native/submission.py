"""Reads the one `argo submit` that a container runs: removes wrappers, and fills in variables (argo.md 5.3)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from transformer import shell
from transformer.knowledge import Row
from transformer.passes.cronworkflow.native.dates import DateError, tags
from transformer.passes.cronworkflow.native.environment import Environment, UnknownValueError, environment
from transformer.passes.cronworkflow.native.flags import Argument, Given, UnknownFlagError, parse
from transformer.passes.cronworkflow.rows import SUBMIT, rule
from transformer.passkit import table

_CLI: Final = re.compile(r"(?:^|/)argocli(?:[:@]|$)")
_MENTIONED: Final = re.compile(r"\bargo\b.*?\bsubmit\b", re.DOTALL)
_SPLIT: Final = re.compile(r"[ \t\n*?\[]|^$")
# Shell options without effect on a single command. `o` takes a word.
_OPTIONS: Final = re.compile(r"[-+][abefhuxE]*o?")
_LONG_OPTIONS: Final = ("errexit", "nounset", "pipefail", "xtrace")
_DEPTH: Final = 8


class NotNativeError(Exception):
    """Why a command line cannot be scheduled natively: a row, and the words that prevent it."""

    def __init__(self, row: Row, detail: str) -> None:
        super().__init__(detail)
        self.row, self.detail = row, detail


@dataclass(frozen=True, slots=True)
class Monitor:
    program: str
    key: str


@dataclass(slots=True)
class Submission:
    """The flags and variables of `argo submit` in their order, and the monitors that watch the command."""

    given: list[Given] = field(default_factory=list)
    monitors: list[Monitor] = field(default_factory=list)


def mentioned(container: Mapping[str, Any]) -> bool:
    """Whether the container's command line contains `argo submit`."""
    words = [container.get(key) or [] for key in ("command", "args")]
    if not all(isinstance(w, list) and all(isinstance(x, str) for x in w) for w in words):
        return False
    return bool(_MENTIONED.search(" ".join(words[0] + words[1]))) or _by_entrypoint(container)


def _by_entrypoint(container: Mapping[str, Any]) -> bool:
    """Whether the image argocli runs `argo` as its entrypoint."""
    args = container.get("args") or [""]
    return not container.get("command") and bool(_CLI.search(str(container.get("image")))) and "submit" in args


def read(container: Mapping[str, Any], namespace: str = "") -> Submission:
    """Raises NotNativeError."""
    reader = _Reader(environment(container, namespace))
    try:
        return reader.submission(container)
    except shell.ShellError as e:
        raise NotNativeError(rule("native-not-one-submit"), f"{e} (`{_short(e.token)}`)") from None
    except UnknownValueError as e:
        raise NotNativeError(rule("native-unknown-value"), f"variable {e}") from None
    except DateError as e:
        raise NotNativeError(rule("native-date-form"), f"`{e}`") from None
    except UnknownFlagError as e:
        raise NotNativeError(rule("native-flag-unknown"), f"`{_short(str(e))}`") from None


@dataclass(slots=True)
class _Reader:
    environment: Environment
    found: Submission = field(default_factory=Submission)
    assigned: dict[str, Argument] = field(default_factory=dict)

    def submission(self, container: Mapping[str, Any]) -> Submission:
        words = [self.environment.expand(str(w)) for key in ("command", "args") for w in container.get(key) or ()]
        if _by_entrypoint(container):
            words = ["argo", *words]
        elif not container.get("command"):
            raise _several("it has no command, and the entrypoint of the image is not known")
        line: Sequence[shell.Word] = [shell.Word((shell.Text(w),), w) for w in words]
        for _ in range(_DEPTH):
            program = self._program(line)
            if program == "argo":
                return self._submitted(line)
            line = self._unwrapped(program, line)
        raise _several(f"more than {_DEPTH} programs call each other")

    def _program(self, line: Sequence[shell.Word]) -> str:
        if not line:
            raise _several("it runs nothing")
        return _known(line[0]).rsplit("/", 1)[-1]

    def _unwrapped(self, program: str, line: Sequence[shell.Word]) -> Sequence[shell.Word]:
        row = _wrappers().get(program)
        if row is None:
            raise _several(f"it runs `{_short(line[0].source)}`, not argo")
        return _UNWRAP[row["effect"]](self, line[1:])

    # --- wrappers

    def interpreted(self, line: Sequence[shell.Word]) -> Sequence[shell.Word]:
        """`-c SCRIPT`, with options without effect on a single command."""
        has_script, at = False, 0
        while at < len(line) and _known(line[at])[:1] in ("-", "+"):
            option = _known(line[at])
            has_script |= "c" in option
            if not _OPTIONS.fullmatch(option.replace("c", "", 1)) or (option[-1] == "o" and not _named(line[at + 1 :])):
                raise _several(f"it uses the shell option `{option}`")
            at += 2 if option[-1] == "o" else 1
        if not has_script or at >= len(line):
            raise _several("the shell script is in a file")
        return self._one(shell.commands(_known(line[at])))

    def _one(self, commands: Sequence[shell.Command]) -> Sequence[shell.Word]:
        """The last command of a script. Before it, only `set` is allowed."""
        for command in commands[:-1]:
            if not command.words or command.words[0].literal != "set" or not _harmless(command.words[1:]):
                raise _several(f"it also runs `{_short(command.source)}`")
        if not commands:
            raise _several("it runs nothing")
        self._assign(commands[-1].assignments)
        return commands[-1].words

    def exec(self, line: Sequence[shell.Word]) -> Sequence[shell.Word]:
        return line

    def env(self, line: Sequence[shell.Word]) -> Sequence[shell.Word]:
        at = 0
        while at < len(line) and (match := re.fullmatch(r"([A-Za-z_][A-Za-z0-9_]*)=(.*)", line[at].literal or "", re.DOTALL)):
            self._assign([(match[1], shell.Word((shell.Text(match[2]),), match[2]))])
            at += 1
        if at < len(line) and _known(line[at]).startswith("-"):
            raise _several(f"it uses option `{line[at].source}` of env")
        return line[at:]

    def monitor(self, line: Sequence[shell.Word]) -> Sequence[shell.Word]:
        """`cronitor exec [--no-stdout] KEY [--] COMMAND`."""
        words = [w for w in line if w.literal != "--no-stdout"] if line and line[0].literal == "exec" else []
        if len(words) < 3 or _known(words[1]).startswith("-"):
            raise _several("it calls cronitor in another form than `cronitor exec KEY COMMAND`")
        self.found.monitors.append(Monitor("cronitor", self._argument(words[1]).text))
        return words[3:] if words[2].literal == "--" else words[2:]

    def _assign(self, pairs: Iterable[tuple[str, shell.Word]]) -> None:
        """Variables for argo. After this, `$NAME` counts as unknown: other uses are not followed."""
        for name, word in pairs:
            self.assigned[name] = self._argument(word)
        for name in self.assigned:
            self.environment.known.pop(name, None)
            self.environment.unknown.add(name)

    # --- argo

    def _submitted(self, line: Sequence[shell.Word]) -> Submission:
        arguments = [self._argument(w) for w in line[1:]]
        given, others = parse(arguments)
        if not others or others[0].text != "submit":
            raise _several("it runs another command of argo than `submit`")
        if len(others) > 1:
            raise NotNativeError(rule("native-from"), f"`{_short(others[1].text)}`")
        self.found.given = [*self._variables({n for g in given for n in [g.row["effect"]]}), *given]
        return self.found

    def _variables(self, said: set[str]) -> list[Given]:
        """Settings from the environment that no flag sets."""
        found = []
        for row in table(SUBMIT).rows:
            names = row["names"] if row["kind"] == "variable" and row["effect"] not in said else ()
            found += [Given(row, value, name) for name in names if (value := self._variable(name, row["effect"])) is not None]
        return found

    def _variable(self, name: str, effect: str) -> Argument | None:
        """The value of a variable that argo reads. None if it is not set."""
        if name in self.assigned:
            return self.assigned[name]
        if name in self.environment.known:
            return Argument(self.environment.known[name])
        if name not in self.environment.unknown or (effect == "namespace" and name in self.environment.placed):
            return None
        if effect == "server":
            return Argument("")
        raise UnknownValueError(name)

    def _argument(self, word: shell.Word) -> Argument:
        text, dated = "", False
        for part in word.parts:
            if isinstance(part, shell.Text):
                text += part.text
                continue
            if isinstance(part, shell.Variable):
                value = self.environment.value(part.name)
            else:
                value, dated = tags(part.command, part.source, self.environment), True
            if not part.quoted and _SPLIT.search(value):
                raise shell.ShellError("the shell would split this value", word.source)
            text += value
        return Argument(text, dated, word.source)


_UNWRAP: Final[Mapping[str, Callable[[_Reader, Sequence[shell.Word]], Sequence[shell.Word]]]] = {
    "shell": _Reader.interpreted,
    "exec": _Reader.exec,
    "env": _Reader.env,
    "monitor": _Reader.monitor,
}


@cache
def _wrappers() -> Mapping[str, Row]:
    return {name: row for row in table(SUBMIT).rows if row["kind"] == "wrapper" for name in row["names"]}


def _harmless(words: Sequence[shell.Word]) -> bool:
    """`set` with options only."""
    texts = [w.literal or "" for w in words]
    if not texts or not _OPTIONS.fullmatch(texts[0]):
        return False
    return _named(words[1:]) and _all_harmless(words[2:]) if texts[0][-1] == "o" else _all_harmless(words[1:])


def _all_harmless(words: Sequence[shell.Word]) -> bool:
    return not words or _harmless(words)


def _named(words: Sequence[shell.Word]) -> bool:
    """Whether the word after `-o` is an option without effect on a single command."""
    return bool(words) and words[0].literal in _LONG_OPTIONS


def _known(word: shell.Word) -> str:
    if word.literal is None:
        raise shell.ShellError("the program or script is only known when the Pod runs", word.source)
    return word.literal


def _several(detail: str) -> NotNativeError:
    return NotNativeError(rule("native-not-one-submit"), detail)


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 60 else f"{text[:57]}..."
