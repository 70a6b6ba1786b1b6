"""Running git: the only import of GitPython.

A target repository is data. Every call has an environment and a configuration in which git runs nothing but itself:
no hook, filter, file-system monitor, pager, signing program or lazy fetch, whatever the repository's own
configuration says. Calls that talk to a remote are started with `network=True`: they see the user's (never the
repository's) settings for proxies, keys and credentials.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from transformer.errors import UsageError

if TYPE_CHECKING:
    from git.cmd import Git as GitPython

PROTOCOLS: Final = ("http", "https", "ssh", "git", "file")

# Given on the command line, which outranks every configuration file. Ownership (`safe.directory`) need not be
# checked, since git asks for it only to keep a stranger's configuration from running programs: here none runs.
SETTINGS: Final = (
    f"core.hooksPath={os.devnull}",
    f"core.attributesFile={os.devnull}",
    "core.fsmonitor=false",
    "core.splitIndex=false",
    "core.untrackedCache=false",
    "core.warnAmbiguousRefs=false",
    "commit.gpgSign=false",
    "push.gpgSign=false",
    "i18n.commitEncoding=utf-8",
    "gc.auto=0",
    "maintenance.auto=false",
    "submodule.recurse=false",
    "fetch.recurseSubmodules=false",
    "protocol.ext.allow=never",
    "safe.directory=*",
    "advice.detachedHead=false",
)
SLOW: Final = ("http.lowSpeedLimit=100", "http.lowSpeedTime=60")
LOCAL_ENVIRONMENT: Final = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_ALLOW_PROTOCOL": "",
    "GIT_NO_LAZY_FETCH": "1",
}
NETWORK_ENVIRONMENT: Final = {"GIT_ALLOW_PROTOCOL": ":".join(PROTOCOLS)}
# How the user reaches a remote; everything else that starts with GIT_ is dropped (a hook that calls us sets GIT_DIR).
KEPT_FOR_NETWORK: Final = re.compile(
    r"GIT_(SSH|SSH_COMMAND|SSH_VARIANT|ASKPASS|SSL_\w+|PROXY_\w+|CONFIG_GLOBAL|CONFIG_SYSTEM|CONFIG_NOSYSTEM)"
)

_ENVIRONMENT_LOCK = threading.Lock()


class GitError(UsageError):
    """git ended with an error. `reason` is what it said, `code` its exit code."""

    def __init__(self, what: str, reason: str, code: int) -> None:
        super().__init__(f"{what}: {reason}" if reason else what)
        self.reason = reason
        self.code = code


def shown(text: str) -> str:
    """A path or a name for a message: undecodable bytes and control characters are escaped."""
    visible = text.encode("utf-8", "backslashreplace").decode("utf-8")
    return re.sub(r"[\x00-\x1f\x7f-\x9f]", lambda m: repr(m[0])[1:-1], visible)


def without_password(text: str) -> str:
    """`https://user:secret@host` without the secret, anywhere in a text."""
    return re.sub(r"(\w+://)[^/@\s]+@", r"\1", text)


class Git:
    """git in one repository. `git_dir` is None only while the repository is being looked for."""

    def __init__(self, cwd: Path, *, git_dir: Path | None = None, work_tree: Path | None = None, network: bool = False) -> None:
        self.cwd = cwd
        self.git_dir = git_dir
        self.work_tree = work_tree
        self.network = network

    def on_network(self) -> Git:
        return Git(self.cwd, git_dir=self.git_dir, work_tree=self.work_tree, network=True)

    def run(
        self,
        *arguments: str,
        data: bytes = b"",
        environment: Mapping[str, str] | None = None,
        timeout: float | None = None,
        accept: tuple[int, ...] = (0,),
    ) -> bytes:
        """What git prints on stdout. Raises GitError on another exit code than those in `accept`, and on a timeout."""
        process = self.start(*arguments, environment=environment)
        try:
            out, err = process.communicate(data, timeout)
        except subprocess.TimeoutExpired:
            _stop(process)
            raise GitError(f"git {arguments[0]} did not end", f"stopped after {timeout:g} seconds", -1) from None
        except BaseException:
            _stop(process)
            raise
        if process.returncode not in accept:
            raise GitError(f"git {arguments[0]} failed", _said(err), process.returncode)
        return out

    def line(self, *arguments: str) -> str:
        """The only line that git prints, or "" where it fails (`rev-parse --quiet` and the like)."""
        try:
            out = self.run(*arguments)
        except GitError:
            return ""
        return os.fsdecode(out.removesuffix(b"\n"))

    @contextmanager
    def conversation(self, *arguments: str) -> Iterator[tuple[IO[bytes], IO[bytes]]]:
        """Where to ask a process and where to read its answers (`cat-file --batch`); it ends with the block."""
        process = self.start(*arguments)
        try:
            if process.stdin and process.stdout:
                yield process.stdin, process.stdout
        finally:
            _stop(process)

    def start(self, *arguments: str, environment: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
        """A running git with pipes. Its own session: a signal to our process group must not cut an update of a ref
        short, and the helpers of a fetch can be ended together."""
        settings = SETTINGS + SLOW if self.network else SETTINGS
        command = ["git", *(part for setting in settings for part in ("-c", setting)), *arguments]
        with _scrubbed_environment(keep=self.network):
            wrapper_class, not_found = _git_python()
            wrapper = wrapper_class(self.cwd)
            wrapper.update_environment(**self._environment(), **(environment or {}))
            try:
                started = wrapper.execute(command, subprocess.PIPE, as_process=True, start_new_session=True)
            except (OSError, not_found) as error:
                raise UsageError("git cannot be started. Install git, put it on PATH, and run again.") from error
            process: subprocess.Popen[bytes] = started.proc  # type: ignore[assignment]  # None only after its end
            started.proc = None  # or the wrapper would end it when collected
        return process

    def _environment(self) -> dict[str, str]:
        variables = dict(NETWORK_ENVIRONMENT if self.network else LOCAL_ENVIRONMENT)
        variables |= {"GIT_TERMINAL_PROMPT": "0", "GIT_NO_REPLACE_OBJECTS": "1", "GIT_OPTIONAL_LOCKS": "0"}
        if self.git_dir is not None:
            variables["GIT_DIR"] = str(self.git_dir)
        if self.work_tree is not None:
            variables["GIT_WORK_TREE"] = str(self.work_tree)
        return variables


def _git_python() -> tuple[type[GitPython], type[Exception]]:
    """GitPython takes 0.15 s to import, so it is imported when the first command runs."""
    os.environ["GIT_PYTHON_REFRESH"] = "quiet"  # a missing git is reported by us
    try:
        from git.cmd import Git as Wrapper
        from git.exc import GitCommandNotFound
    finally:
        del os.environ["GIT_PYTHON_REFRESH"]
    return Wrapper, GitCommandNotFound


@contextmanager
def _scrubbed_environment(*, keep: bool) -> Iterator[None]:
    """GitPython hands on the whole environment and can only add to it: so GIT_* is taken away while git starts."""
    with _ENVIRONMENT_LOCK:
        dropped = [name for name in os.environ if name.startswith("GIT_")]
        held = {name: os.environ.pop(name) for name in dropped if not (keep and KEPT_FOR_NETWORK.fullmatch(name))}
        try:
            yield
        finally:
            os.environ.update(held)


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End a process with its helpers: asked first, so that git removes its locks and temporary files."""
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            with suppress(OSError):
                pipe.close()
    for sign in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is not None:
            return
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, sign)
        with suppress(subprocess.TimeoutExpired):
            process.wait(5)


def _said(stderr: bytes) -> str:
    """git's own words, without `fatal:`, hints and secrets, on one line."""
    lines = stderr.decode("utf-8", "replace").splitlines()
    kept = [re.sub(r"^(fatal|error): ", "", line).strip() for line in lines if not line.startswith(("hint:", "warning:"))]
    return shown(without_password("; ".join(line for line in kept if line)))
