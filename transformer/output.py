"""The one door to the terminal. What a target says cannot steer it, and trouble with it never changes what was done.

Only the standard library is imported, and `re` only when something is written, so that a start is quick.
"""

from __future__ import annotations

import errno
import os
import shlex
import sys
from functools import cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re

# Control characters but for line feed and tab, a carriage return that ends no line, what turns the direction of writing,
# what has no width, tags, and halves of surrogate pairs.
_UNSEEN = (
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164"
    "\ufeff\uffa0\ufff0-\ufffb\ud800-\udfff\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_closed: set[str] = set()  # the streams that were closed when we started


def open_streams() -> None:
    """Occupy the descriptors 0 to 2 where they are closed, or the next file that is opened would be taken for one of
    them; and let no character end in an error."""
    while True:
        descriptor = os.open(os.devnull, os.O_RDWR)
        if descriptor > 2:
            os.close(descriptor)
            break
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            _closed.add(name)
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123 - for the rest of the process
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def visible(text: str) -> str:
    """The text with every character that would not be seen, or would steer a terminal, as an escape (`\\x1b`)."""
    if text.isascii() and text.isprintable():
        return text
    return _pattern().sub(_escaped, text)


def on_one_line(text: str) -> str:
    """The same, and no line break or tab stays one."""
    return visible(text).replace("\r", "\\r").replace("\n", "\\n").replace("\t", "\\t")


def pasteable(word: str) -> str:
    """A word of a command, quoted for a shell, and visible: `$'...'` where it holds what would not be seen."""
    if on_one_line(word) == word:
        return shlex.quote(word)
    spelled = "".join(chr(b) if 0x20 <= b < 0x7F and b not in b"'\\" else f"\\x{b:02x}" for b in os.fsencode(word))
    return f"$'{spelled}'"


def say(text: str, *, ours: str = "") -> None:
    """Write to standard output. `ours`: the form of escape sequences that stay, as a regular expression. Raises OSError."""
    _to_stdout(_seen(text, ours))


def say_as_it_is(text: str) -> None:
    """Write what another program may read, such as a diff for `git apply`; a terminal gets what is visible. Raises OSError."""
    _to_stdout(visible(text) if is_terminal() else text)


def _to_stdout(text: str) -> None:
    if "stdout" in _closed:
        raise OSError(errno.EBADF, "standard output is closed")
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        _silence("stdout")
        raise OSError(error.errno, f"standard output cannot be written: {error.strerror}") from error


def warn(text: str, *, ours: str = "") -> None:
    """Write to standard error, if anybody listens there."""
    try:
        sys.stderr.write(_seen(text, ours))
        sys.stderr.flush()
    except (OSError, ValueError):
        _silence("stderr")


def is_terminal(name: str = "stdout") -> bool:
    """Whether a person looks at a stream."""
    try:
        return bool(getattr(sys, name).isatty())
    except (OSError, ValueError):
        return False


def _silence(name: str) -> None:
    """Nobody takes what we say: Python's own flush at the end shall find a place for it."""
    try:
        place = os.open(os.devnull, os.O_WRONLY)
        os.dup2(place, getattr(sys, name).fileno())
        os.close(place)
    except (OSError, ValueError):  # no real stream: a test's
        pass


def _seen(text: str, ours: str) -> str:
    if not ours:
        return visible(text)
    import re

    return "".join(part if n % 2 else visible(part) for n, part in enumerate(re.split(f"({ours})", text)))


@cache
def _pattern() -> re.Pattern[str]:
    import re

    return re.compile(f"[{_UNSEEN}]|\r(?!\n)")


def _escaped(found: re.Match[str]) -> str:
    number = ord(found[0])
    if number == 0x0D:
        return "\\r"
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"
