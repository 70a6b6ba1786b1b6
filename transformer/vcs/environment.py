"""What git is told about the world: a pure function of what is given, never of what the target says.

Locally git has no user configuration and no way out of the repository. For a remote it sees the user's (never the
target's) proxies, keys and credentials, and those of the address, which travel in the environment and for its host only.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from typing import Final

from transformer.vcs.address import PROTOCOLS, Address

# Given on the command line, which outranks every configuration file. Ownership (`safe.directory`) need not be
# checked, since git asks for it only to keep a stranger's configuration from running programs: here none runs.
SETTINGS: Final = (
    f"core.hooksPath={os.devnull}",
    f"core.attributesFile={os.devnull}",
    "core.alternateRefsCommand=:",
    "core.fsmonitor=false",
    "core.splitIndex=false",
    "core.untrackedCache=false",
    "core.warnAmbiguousRefs=false",
    "commit.gpgSign=false",
    "push.gpgSign=false",
    "push.followTags=false",
    "push.recurseSubmodules=no",
    "push.useForceIfIncludes=false",
    "i18n.commitEncoding=utf-8",
    "gc.auto=0",
    "maintenance.auto=false",
    "submodule.recurse=false",
    "fetch.recurseSubmodules=false",
    "fetch.prune=false",
    "protocol.ext.allow=never",
    "protocol.file.allow=user",
    "safe.directory=*",
    "advice.detachedHead=false",
)
# Objects of a stranger are checked when they come in. What is relaxed stands in the history of old, honest repositories.
_OLD_HISTORY: Final = (
    *("zeroPaddedFilemode", "missingSpaceBeforeDate", "missingSpaceBeforeEmail", "badTimezone", "badDateOverflow"),
    *("zeroPaddedDate", "missingNameBeforeEmail", "missingEmail", "duplicateEntries", "treeNotSorted", "gitmodulesParse"),
)
NETWORK_SETTINGS: Final = (
    "http.lowSpeedLimit=100",
    "http.lowSpeedTime=60",
    "http.followRedirects=initial",
    "transfer.fsckObjects=true",
    *(f"fetch.fsck.{name}=ignore" for name in _OLD_HISTORY),
)
# How a repository on this machine is served, where nothing of it may run: as a remote it would run its own hooks.
_INERT: Final = (
    f"core.hooksPath={os.devnull}",
    "core.alternateRefsCommand=:",
    "core.fsmonitor=false",
    "receive.autogc=false",
    "receive.denyCurrentBranch=refuse",
    "receive.updateServerInfo=false",
    "safe.directory=*",
)
REMOTE: Final = "transformer-remote"
_ALWAYS: Final = {
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_LFS_SKIP_SMUDGE": "1",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "LANGUAGE": "C",
    "LC_ALL": "C",
}
_LOCAL: Final = {
    "GIT_ALLOW_PROTOCOL": "",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "HOME": os.devnull,
    "XDG_CONFIG_HOME": os.devnull,
}
# How the user reaches a remote; everything else that starts with GIT_ is dropped (a hook that calls us sets GIT_DIR).
_KEPT_FOR_NETWORK: Final = re.compile(
    r"GIT_(SSH|SSH_COMMAND|SSH_VARIANT|ASKPASS|SSL_\w+|PROXY_\w+|CONFIG_GLOBAL|CONFIG_SYSTEM|CONFIG_NOSYSTEM)"
)
_USER, _PASSWORD = "TRANSFORMER_REMOTE_USER", "TRANSFORMER_REMOTE_PASSWORD"
# `printf` is part of the shell: the values are no argument of a program.
_HELPER: Final = f"""!f() {{ [ "$1" != get ] || printf 'username=%s\\npassword=%s\\n' "${_USER}" "${_PASSWORD}"; }}; f"""


def inert(service: str) -> str:
    """The command that serves a repository on this machine (`receive-pack`, `upload-pack`) and runs nothing of it."""
    return " ".join(("git", *(f"-c {setting}" for setting in _INERT), service))


def local(given: Mapping[str, str], path: str) -> dict[str, str]:
    """The environment of a git that stays in its repository. `path`: where programs are looked for."""
    return {**_without_git(given), **_ALWAYS, **_LOCAL, "PATH": path}


def network(given: Mapping[str, str], path: str, address: Address, *, named_by_user: bool) -> dict[str, str]:
    """The environment of a git that talks to one remote, which has the name `REMOTE`. Only a user may name a place on
    this machine."""
    kept = {name: value for name, value in given.items() if _KEPT_FOR_NETWORK.fullmatch(name)}
    allowed = [protocol for protocol in PROTOCOLS if named_by_user or protocol != "file"]
    variables = {**_without_git(given), **kept, **_ALWAYS, "GIT_ALLOW_PROTOCOL": ":".join(allowed), "PATH": path}
    settings = list(_settings(address))
    variables["GIT_CONFIG_COUNT"] = str(len(settings))
    for number, (key, value) in enumerate(settings):
        variables[f"GIT_CONFIG_KEY_{number}"], variables[f"GIT_CONFIG_VALUE_{number}"] = key, value
    if address.user:
        variables |= {_USER: address.user, _PASSWORD: address.password or ""}
    return variables


def _without_git(given: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in given.items() if not name.startswith("GIT_")}


def _settings(address: Address) -> Iterator[tuple[str, str]]:
    yield f"remote.{REMOTE}.url", address.url
    if not address.user:
        return
    # The address is rewritten once, before it was parted from its password: not again.
    yield f"url.{address.url}.insteadOf", address.url
    yield f"url.{address.url}.pushInsteadOf", address.url
    credential = f"credential.{address.host}"
    yield f"{credential}.username", address.user
    if address.password is not None:
        yield f"{credential}.helper", ""  # none of the user's helpers stores what was given for one run
    yield f"{credential}.helper", _HELPER
