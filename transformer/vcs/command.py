"""Running git: the only import of GitPython.

A target repository is data. Every call has an environment and a configuration (`environment.py`) in which git runs
nothing but itself: no hook, filter, file-system monitor, pager, signing program or lazy fetch, whatever the
repository's own configuration says. A call that talks to a remote names its address (`towards`).
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from transformer import executables
from transformer.errors import UsageError
from transformer.vcs import environment
from transformer.vcs.address import Address
from transformer.vcs.text import said

if TYPE_CHECKING:
    from git.cmd import Git as GitPython

LOCAL_SECONDS: Final = 300.0  # a pipe or a device in the place of one of git's own files would never answer
ANSWER_SECONDS: Final = 60.0  # for one object, or one line
TIMED_OUT: Final = -1


class GitError(UsageError):
    """git ended with an error. `reason` is what it said, `code` its exit code."""

    def __init__(self, what: str, reason: str, code: int) -> None:
        super().__init__(f"{what}: {reason}" if reason else what)
        self.reason = reason
        self.code = code


class Git:
    """git in one repository. `git_dir` is None only while the repository is being looked for."""

    def __init__(self, cwd: Path, *, git_dir: Path | None = None, work_tree: Path | None = None) -> None:
        self.cwd = cwd
        self.git_dir = git_dir
        self.work_tree = work_tree
        self.remote: Address | None = None
        self.named_by_user = False

    def towards(self, address: Address, *, named_by_user: bool) -> Git:
        """The same for calls that talk to a remote, which these calls know as `environment.REMOTE`."""
        git = Git(self.cwd, git_dir=self.git_dir, work_tree=self.work_tree)
        git.remote, git.named_by_user = address, named_by_user
        return git

    def run(
        self,
        *arguments: str,
        data: bytes = b"",
        environment: Mapping[str, str] | None = None,
        timeout: float = LOCAL_SECONDS,
        accept: tuple[int, ...] = (0,),
    ) -> bytes:
        """What git prints on stdout. Raises GitError on another exit code than those in `accept`, and on a timeout."""
        return self.both(*arguments, data=data, environment=environment, timeout=timeout, accept=accept)[0]

    def both(
        self,
        *arguments: str,
        data: bytes = b"",
        environment: Mapping[str, str] | None = None,
        timeout: float = LOCAL_SECONDS,
        accept: tuple[int, ...] = (0,),
    ) -> tuple[bytes, bytes]:
        """The same, and what it prints on stderr, which may be anything."""
        with self._process(*arguments, environment=environment) as process:
            try:
                out, err = process.communicate(data, timeout)
            except subprocess.TimeoutExpired:
                raise GitError(f"git {arguments[0]} did not end", f"stopped after {timeout:g} seconds", TIMED_OUT) from None
        if process.returncode not in accept:
            raise GitError(f"git {arguments[0]} failed", said(err, self._secrets()), process.returncode)
        return out, err

    def line(self, *arguments: str) -> str:
        """The only line that git prints, or "" where it fails (`rev-parse --quiet` and the like)."""
        try:
            out = self.run(*arguments, timeout=ANSWER_SECONDS)
        except GitError as error:
            if error.code == TIMED_OUT:
                raise
            return ""
        return os.fsdecode(out.removesuffix(b"\n"))

    @contextmanager
    def conversation(self, *arguments: str) -> Iterator[Conversation]:
        """A process to ask and to read answers from (`cat-file --batch`); it ends with the block."""
        with self._process(*arguments) as process, _watched(process) as watch:
            assert process.stdin is not None  # noqa: S101 - both are pipes
            assert process.stdout is not None  # noqa: S101
            yield Conversation(process.stdin, process.stdout, watch)

    def blocks(self, *arguments: str, size: int = 1 << 20) -> Iterator[bytes]:
        """What git prints, while it prints it; git ends where nobody reads on. Raises GitError at the end where it failed."""
        with self._process(*arguments) as process, _watched(process) as watch:
            assert process.stdout is not None  # noqa: S101 - both are pipes
            assert process.stderr is not None  # noqa: S101
            watch.since = time.monotonic()
            while block := process.stdout.read(size):
                watch.since = None
                yield block
                watch.since = time.monotonic()
            err = process.stderr.read(size)
            code = process.wait(LOCAL_SECONDS)
        if code:
            raise GitError(f"git {arguments[0]} failed", said(err, self._secrets()), code)

    @contextmanager
    def _process(self, *arguments: str, environment: Mapping[str, str] | None = None) -> Iterator[subprocess.Popen[bytes]]:
        """A git that does not outlive the block, whenever the user interrupts."""
        process = None
        try:
            with _uninterrupted():
                process = self._start(*arguments, environment=environment)
            yield process
        finally:
            if process is not None:
                _stop(process)

    def _start(self, *arguments: str, environment: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
        """A running git with pipes. Its own session: a signal to our process group must not cut an update of a ref
        short, and the helpers of a fetch can be ended together."""
        outside = (executables.holding_repository(self.cwd),)
        program, remover = executables.find("git", outside), executables.find("env", outside)
        if program is None:
            raise UsageError("git cannot be started. Install git, put it on PATH, and run again.")
        variables = {**self._environment(executables.search_path(os.environ, outside)), **(environment or {})}
        command = [program, *self._settings(), *arguments]
        dropped = sorted(name for name in os.environ if name not in variables)
        if dropped and remover is not None:  # GitPython can only add to the environment of this process
            command = [remover, *(part for name in dropped for part in ("-u", name)), *command]
        wrapper = _git_python(program)(self.cwd)
        wrapper.update_environment(**variables)
        try:
            started = wrapper.execute(command, subprocess.PIPE, as_process=True, start_new_session=True)
        except OSError as error:
            raise UsageError(f"git cannot be started: {error.strerror}. Check git and the folder, and run again.") from error
        process: subprocess.Popen[bytes] = started.proc  # type: ignore[assignment]  # None only after its end
        started.proc = None  # or the wrapper would end it when collected
        return process

    def _settings(self) -> list[str]:
        settings = environment.SETTINGS + environment.NETWORK_SETTINGS if self.remote else environment.SETTINGS
        return [part for setting in settings for part in ("-c", setting)]

    def _environment(self, path: str) -> dict[str, str]:
        if self.remote is None:
            variables = environment.local(os.environ, path)
        else:
            variables = environment.network(os.environ, path, self.remote, named_by_user=self.named_by_user)
        if self.git_dir is not None:
            variables["GIT_DIR"] = str(self.git_dir)
        if self.work_tree is not None:
            variables["GIT_WORK_TREE"] = str(self.work_tree)
        return variables

    def _secrets(self) -> tuple[str, ...]:
        return self.remote.secrets if self.remote else ()


class Conversation:
    """`write` asks; `line` and `read` wait for an answer, and the process is ended where none comes."""

    def __init__(self, ask: IO[bytes], answer: IO[bytes], watch: _Watch) -> None:
        self._ask, self._answer, self._watch = ask, answer, watch

    def write(self, data: bytes) -> None:
        try:
            self._ask.write(data)
            self._ask.flush()
        except OSError as error:
            raise GitError("git ended in the middle of its work", error.strerror or "it gave no reason", TIMED_OUT) from error

    def line(self) -> bytes:
        self._watch.since = time.monotonic()
        return self._answer.readline()

    def read(self, size: int) -> bytes:
        self._watch.since = time.monotonic()
        data = self._answer.read(size)
        self._watch.since = None
        return data


class _Watch:
    """When the answer that is waited for was asked for; None while nothing is."""

    since: float | None = None


@contextmanager
def _watched(process: subprocess.Popen[bytes]) -> Iterator[_Watch]:
    watch, over = _Watch(), threading.Event()

    def look() -> None:
        while not over.wait(1):
            since = watch.since
            if since is not None and time.monotonic() - since > ANSWER_SECONDS:
                process.kill()
                return

    threading.Thread(target=look, daemon=True).start()
    try:
        yield watch
    finally:
        over.set()


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """A signal that ends us waits until the block is done: a process that starts in it is known by then."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    before = {number: signal.signal(number, lambda n, _: came.append(n)) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    for late in came:
        signal.raise_signal(late)


@cache
def _git_python(program: str) -> type[GitPython]:
    """GitPython takes 0.15 s to import, so it is imported when the first command runs. It runs git at once: this one."""
    told = {"GIT_PYTHON_REFRESH": "quiet", "GIT_PYTHON_GIT_EXECUTABLE": program, "GIT_PYTHON_TRACE": ""}
    before = {name: os.environ.get(name) for name in told}
    os.environ.update(told)
    try:
        from git.cmd import Git as Wrapper
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
    return Wrapper


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End a process with its helpers: asked first, so that git removes its locks and temporary files."""
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            with suppress(OSError):
                pipe.close()
    if process.poll() == 0:
        return
    for sign in (signal.SIGTERM, signal.SIGKILL):  # both: git may have ended already and left a helper behind
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, sign)
        with suppress(subprocess.TimeoutExpired):
            process.wait(5)
