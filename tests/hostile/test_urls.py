"""Passwords in URLs: in no message, no argument of a child, no exception, no report and no commit."""

from __future__ import annotations

import base64
import contextlib
import http.server
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest

from tests.hostile.traps import BRANCH, FILES, Make, run
from transformer.errors import TransformerError, UsageError
from transformer.vcs import PassCommit, open_source, publish, push
from transformer.vcs.address import parse, secrets_in
from transformer.vcs.text import hidden, hidden_word, said

if TYPE_CHECKING:
    from tests.conftest import GitRepo

SECRET = "s3cr3t-T0KEN"  # noqa: S105 - an example
# {} is the host (and port) that does not answer.
SPELLINGS = (
    "http://ana:s3cr3t-T0KEN@{}/x.git",
    "http://s3cr3t-T0KEN@{}/x.git",
    "http://s3cr3t-T0KEN:@{}/x.git",
    "http://:s3cr3t-T0KEN@{}/x.git",
    "http://ana:s3cr3t-T0KEN@y@{}/x.git",
    "http://ana@example.com:s3cr3t-T0KEN@{}/x.git",
    "http://ana:pa/s3cr3t-T0KEN@{}/x.git",
    "http://ana:pa s3cr3t-T0KEN@{}/x.git",
    "http://ana:pa?s3cr3t-T0KEN@{}/x.git",
    "http://ana:pa#s3cr3t-T0KEN@{}/x.git",
    "http://ana:pa's3cr3t-T0KEN@{}/x.git",
    'http://ana:pa"s3cr3t-T0KEN@{}/x.git',
    "http://ana:pa%40s3cr3t-T0KEN@{}/x.git",
    "http://ana:%733cr3t-T0KEN@{}/x.git",
    "HTTP://ana:s3cr3t-T0KEN@{}/x.git",
    "http://{}/x.git?private_token=s3cr3t-T0KEN",
    "http://{}/x.git?a=b&access_token=s3cr3t-T0KEN",
    "http://{}/x.git#s3cr3t-T0KEN@x",
    "git://ana:s3cr3t-T0KEN@{}/x.git",
    "ssh://ana:s3cr3t-T0KEN@{}/x.git",
    "ana:s3cr3t-T0KEN@127.0.0.1:x.git",
    "ana:s3cr3t-T0KEN@127.0.0.1/x.git",
    "ana:pa/s3cr3t-T0KEN@127.0.0.1:x.git",
    "ftp://ana:s3cr3t-T0KEN@{}/x.git",
    "ext::http://ana:s3cr3t-T0KEN@{}/x.git",
)
NOBODY = "127.0.0.1:1"


@pytest.fixture
def children(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], str]:
    """The arguments of every git, ssh and helper that is started."""
    from transformer import executables

    seen, bin_ = tmp_path / "arguments", tmp_path / "bin"
    bin_.mkdir()
    for name in ("git", "ssh"):
        real = executables.find(name) or "/bin/false"
        shim = bin_ / name
        shim.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >> "{seen}"\nexec "{real}" "$@"\n')
        shim.chmod(0o755)
    monkeypatch.setenv("PATH", f"{bin_}{os.pathsep}{os.environ['PATH']}")
    return lambda: seen.read_text() if seen.exists() else ""


def leaks(text: str) -> bool:
    return SECRET in text or SECRET in unquote(text) or "T0KEN" in text


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_source_that_cannot_be_read(
    spelling: str, children: Callable[[], str], capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each spelling, with a host that refuses: the words, and the arguments of every child."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_SSH_COMMAND", "false")
    for words in (["--dry-run", "--verbose"], ["--push", "--report", "r.json"]):
        assert run("convert", spelling.format(NOBODY), *words) == 2
    told = "".join(capfd.readouterr())
    assert "transformer: " in told
    assert not leaks(told), told
    assert not leaks(children())


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_remote_of_the_repository(spelling: str, children: Callable[[], str], git_repo: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same where the configuration has it, as it is or behind a rewriting, and in what an exception holds."""
    monkeypatch.setenv("GIT_SSH_COMMAND", "false")
    repo = git_repo(FILES)
    address = spelling.format(NOBODY).replace("\\", "\\\\").replace('"', '\\"')
    with (repo.path / ".git/config").open("a") as config:  # `git config` would have it as an argument
        config.write(f'[remote "origin"]\n\turl = "{address}"\n[remote "other"]\n\turl = https://example.invalid/x.git\n')
        config.write(f'[url "{address}"]\n\tinsteadOf = https://example.invalid/x.git\n')
    with open_source(str(repo.path)) as source:
        done = publish(source, BRANCH, [PassCommit("one", "m\n\nTransformer-Plan: 0\n", {"a.yaml": b"a: 2\n"})])
        for name in ("origin", "other"):
            with pytest.raises(TransformerError) as caught:
                push(source, done, name)
            assert not leaks(repr(caught.value) + str(caught.value) + repr(vars(caught.value)))
    assert not leaks(children())


@pytest.mark.parametrize(
    "words", [["convert", "a", "{}"], ["--jobs", "{}", "convert"], ["convert", "--jobs", "{}"], ["check", "--config={}"]]
)
def test_a_command_line_that_is_wrong(
    words: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """argparse repeats what it does not understand."""
    monkeypatch.chdir(tmp_path)
    for spelling in SPELLINGS:
        with contextlib.suppress(SystemExit):
            run(*(word.format(spelling.format(NOBODY)) for word in words))
        assert not leaks("".join(capsys.readouterr())), spelling


def test_what_is_understood() -> None:
    """User and password as they are meant, and nothing else of the address is lost."""
    for text, url, user, password in (
        ("https://ana:p%40ss@h:8443/x", "https://h:8443/x", "ana", "p@ss"),
        ("https://ana@b.c:p@ss@h/x@v1", "https://h/x@v1", "ana@b.c", "p@ss"),
        ("https://ana:p/s s@h.example:80/x", "https://h.example:80/x", "ana", "p/s s"),
        ("https://TOKEN@h/x", "https://h/x", "TOKEN", None),
        ("https://ana:@h/x", "https://h/x", "ana", ""),
        ("https://h/x", "https://h/x", "", None),
        ("https://h:8080/a@b/c", "https://h:8080/a@b/c", "", None),
        ("https://[::1]:8080/x", "https://[::1]:8080/x", "", None),
        ("ssh://git@h/x", "ssh://git@h/x", "", None),
        ("git@h:x/y", "git@h:x/y", "", None),
        ("file:///a:b@c/d", "file:///a:b@c/d", "", None),
    ):
        found = parse(text)
        assert (found.url, found.user, found.password) == (url, user, password), text
    with pytest.raises(UsageError, match="line break"):
        parse("https://ana:a%0ab@h/x")


def test_ordinary_words_stay() -> None:
    """What is no password is not hidden."""
    for text in (
        "git@github.com:team/x.git",
        "ssh://git@h/x",
        "https://h/x",
        "see a@b.c",
        "x: y@z",
        "https://h/x?service=git-upload-pack",
        "a:b",
    ):
        assert hidden(text) == text
        assert hidden_word(text) == text
        assert secrets_in(text) == ()
    assert hidden("fatal: unable to access 'https://ana:x@h/y/': 403") == "fatal: unable to access 'https://***@h/y/': 403"


def test_a_long_answer_is_cut() -> None:
    """Its beginning and its end, and no half of an address."""
    text = (b"remote: no " * 10_000 + f"https://ana:{SECRET}@h/x ".encode() * 5_000) + b"the end"
    told = said(text)
    assert len(told) < 5_000 and told.endswith("the end") and not leaks(told)
    for start in range(1_990, 2_040):
        assert "hunter" not in said(b"x" * start + b" https://ana:hunter22@h/x " + b"y" * 9_000)


# --- a server that asks for a password


class Server(http.server.BaseHTTPRequestHandler):
    """git over HTTP for one repository, behind a password."""

    root: Path
    wanted: str
    seen: list[str]
    elsewhere: str

    def do_GET(self) -> None:
        self.answer(b"")

    def do_POST(self) -> None:
        self.answer(self.rfile.read(int(self.headers.get("Content-Length") or 0)))

    def answer(self, body: bytes) -> None:
        given = self.headers.get("Authorization", "")
        type(self).seen.append(given)
        if self.elsewhere:
            self.send_response(302)
            self.send_header("Location", self.elsewhere + self.path)
            self.end_headers()
            return
        if given != self.wanted:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="x"')
            self.end_headers()
            return
        path, _, query = self.path.partition("?")
        environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("GIT_")},
            "GIT_PROJECT_ROOT": str(self.root), "GIT_HTTP_EXPORT_ALL": "1", "REMOTE_USER": "ana", "PATH_INFO": path, "QUERY_STRING": query,
            "REQUEST_METHOD": self.command, "CONTENT_TYPE": self.headers.get("Content-Type", ""), "CONTENT_LENGTH": str(len(body)),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""), "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
        }  # fmt: skip
        done = subprocess.run(["git", "http-backend"], input=body, env=environment, capture_output=True, check=False)
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        self.send_response(int(headers.pop("Status", "200 OK").split()[0]))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def served(git_repo: Make) -> Iterator[Callable[..., tuple[str, list[str]]]]:
    """Start a server: `served(root, user, password)` gives its host and the `Authorization` of every request."""
    running = []

    def start(root: Path, user: str = "", password: str = "", elsewhere: str = "") -> tuple[str, list[str]]:
        wanted = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
        handler = type("One", (Server,), {"root": root, "wanted": wanted, "seen": [], "elsewhere": elsewhere})
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        running.append(server)
        return f"127.0.0.1:{server.server_address[1]}", handler.seen  # type: ignore[attr-defined]

    yield start
    for server in running:
        server.shutdown()


def hub(git_repo: Make) -> GitRepo:
    bare, repo = git_repo(name="hub.git", bare=True), git_repo(FILES)
    bare.git("config", "http.receivepack", "true")
    bare.git("config", "uploadpack.allowFilter", "true")
    bare.git("config", "uploadpack.allowAnySHA1InWant", "true")
    repo.git("push", "--quiet", str(bare.path), "main")
    return bare


@pytest.mark.parametrize(
    ("user", "password", "spelling"),
    [
        ("ana", SECRET, f"ana:{SECRET}"),
        ("ana", f"{SECRET}@/ é", f"ana:{SECRET}%40%2F%20%C3%A9"),
        ("ana", f"{SECRET}@x", f"ana:{SECRET}@x"),
        ("ana", f"{SECRET} x/y", f"ana:{SECRET} x/y"),
        ("ana", f"{SECRET}$(touch x)`'\"\\", f"ana:{SECRET}$(touch x)`'\"\\"),
        (SECRET, "", SECRET),
        (SECRET, "", f"{SECRET}:"),
    ],
)
def test_it_is_used_and_never_shown(
    served: Callable[..., tuple[str, list[str]]], git_repo: Make, children: Callable[[], str], capfd: pytest.CaptureFixture[str],
    user: str, password: str, spelling: str, tmp_path: Path,
) -> None:  # fmt: skip
    """From a URL to its branch and back, with every kind of password: the server is given it, and nobody else."""
    bare = hub(git_repo)
    host, seen = served(bare.path.parent, user, password)
    reports = [tmp_path / "r.json", tmp_path / "r.md"]
    assert run("convert", f"http://{spelling}@{host}/hub.git", "--push", "--report", reports[0], "--report", reports[1]) == 0
    assert bare.git("rev-parse", BRANCH)
    assert "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode() in seen
    told = "".join(capfd.readouterr()) + "".join(r.read_text() for r in reports) + bare.git("log", "--format=raw", BRANCH)
    assert "http://" in told
    assert not leaks(told), told
    assert not leaks(children())


def test_not_for_another_host(served: Callable[..., tuple[str, list[str]]], git_repo: Make) -> None:
    """A server that sends git elsewhere does not send the password along."""
    bare = hub(git_repo)
    other, seen = served(bare.path.parent, "ana", SECRET)
    host, _ = served(bare.path.parent, elsewhere=f"http://{other}")
    assert run("convert", f"http://ana:{SECRET}@{host}/hub.git", "--dry-run") == 2
    assert seen and set(seen) == {""}


def test_a_rewriting_of_the_user(
    served: Callable[..., tuple[str, list[str]]],
    git_repo: Make,
    children: Callable[[], str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In CI a token often comes by `insteadOf` of the user's own configuration. It works, and is no argument."""
    bare = hub(git_repo)
    host, _ = served(bare.path.parent, SECRET, "")
    own = tmp_path / "gitconfig"
    own.write_text(f'[url "http://{SECRET}@{host}/"]\n\tinsteadOf = https://example.invalid/\n')
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(own))
    assert run("convert", "https://example.invalid/hub.git", "--push") == 0
    assert bare.git("rev-parse", BRANCH)
    assert not leaks(children())


def test_the_helpers_of_the_user_are_not_given_it(
    served: Callable[..., tuple[str, list[str]]], git_repo: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is given for one run is stored nowhere."""
    bare = hub(git_repo)
    host, _ = served(bare.path.parent, "ana", SECRET)
    own = tmp_path / "gitconfig"
    own.write_text(f"[credential]\n\thelper = store --file={tmp_path / 'stored'}\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(own))
    assert run("convert", f"http://ana:{SECRET}@{host}/hub.git", "--dry-run") == 0
    assert not (tmp_path / "stored").exists() or not (tmp_path / "stored").read_text()


def test_no_argument_of_any_process(served: Callable[..., tuple[str, list[str]]], git_repo: Make, tmp_path: Path) -> None:
    """As another user of the machine would look: /proc, while a run talks to a server that takes its time."""
    if not Path("/proc/self/cmdline").exists():
        pytest.skip("no /proc")
    bare = hub(git_repo)
    host, seen = served(bare.path.parent, "ana", SECRET)
    code = "import sys; from transformer.cli import main; sys.exit(main(eval(sys.stdin.read())))"
    words = json.dumps(["convert", f"http://ana:{SECRET}@{host}/hub.git", "--push"])
    process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write(words.encode())
    process.stdin.close()
    looked = 0
    while process.poll() is None:
        time.sleep(0.01)
        for place in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                assert not leaks(place.read_text(errors="replace"))
                looked += 1
            except OSError:
                continue
    assert process.returncode == 0, process.stdout.read()
    assert looked and len(seen) > 3
