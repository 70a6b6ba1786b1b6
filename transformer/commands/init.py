"""`transformer init`: drafts a transformer.yaml for a repository."""

from __future__ import annotations

import os
import re
from argparse import Namespace
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from transformer import output, templating
from transformer.argo.existing import doubt
from transformer.commands.inspect import first_line, in_order
from transformer.commands.planning import DONE
from transformer.commands.schema import FILE as SCHEMA
from transformer.config import settings
from transformer.errors import UsageError
from transformer.executables import holding_repository
from transformer.model import Version
from transformer.safe_files import NotRegular, check_writable, write_whole

if TYPE_CHECKING:
    from transformer.passkit import Pass

_KIND: Final = re.compile(rb"""^(?:- )?["']?kind["']?:[ \t]+["']?([A-Z][A-Za-z0-9]{1,62})\b""", re.MULTILINE)
# Argo Workflows alone: neither Argo CD, Argo Events and the like, nor a controller whose name only ends alike.
_IMAGE: Final = re.compile(rb"""(?:^|[\s"'/=])workflow-controller:v?(\d+\.\d+)(?:[.\-"'@\s]|$)""", re.MULTILINE)
_MANIFESTS: Final = re.compile(
    rb"""argoproj/argo(?:-workflows)?(?:\.git)?(?=[/?@])[^\s"'#]*?"""
    rb"""(?:[?&]ref=|[?&]version=|/)v?(\d+\.\d+)(?=[.\-/&"'\s]|$)""",
    re.MULTILINE,
)
_EXECUTOR: Final = re.compile(rb"""containerRuntimeExecutor["']?:[ \t]+["']?([a-z0-9]+)""")
_EVICT: Final = re.compile(rb"""cluster-autoscaler\.kubernetes\.io/safe-to-evict["']?:[ \t]+["']?(true|false)""")
_WORTH: Final = (
    "CronJob", "CronWorkflow", "Job", "Workflow", "WorkflowTemplate", "ClusterWorkflowTemplate",
    "Deployment", "StatefulSet", "DaemonSet",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sighting:
    """Counts and files, from a search of the bytes. Nothing is parsed, so that invalid files do no harm."""

    files: int = 0
    kinds: Mapping[str, int] = field(default_factory=dict)
    argo: Mapping[str, str] = field(default_factory=dict)  # version (3.4) -> the first file that pins it
    executors: Mapping[str, str] = field(default_factory=dict)  # name -> first file
    evictions: Mapping[str, int] = field(default_factory=dict)  # "true", "false" -> how often


def look(contents: Iterable[tuple[str, bytes]]) -> Sighting:
    """`contents`: path and bytes of the YAML files, in the order of the paths."""
    kinds: Counter[str] = Counter()
    evictions: Counter[str] = Counter()
    argo: dict[str, str] = {}
    executors: dict[str, str] = {}
    count = 0
    for path, data in contents:
        count += 1
        kinds.update(m.decode() for m in _KIND.findall(data))
        evictions.update(m.decode() for m in _EVICT.findall(data))
        for pattern in (_IMAGE, _MANIFESTS):
            for m in pattern.findall(data):
                if not impossible(m.decode()):
                    argo.setdefault(m.decode(), path)
        for m in _EXECUTOR.findall(data):
            executors.setdefault(m.decode(), path)
    return Sighting(count, dict(kinds), argo, executors, dict(evictions))


def impossible(version: str) -> bool:
    """Whether Argo Workflows never had such a release: then it is the version of something else."""
    found = doubt("argo-workflows", Version.parse(version))
    return found is not None and found.impossible


def draft(seen: Sighting, name: str = "autopilot") -> str:
    """The text of a commented transformer.yaml that does the same as the built-in pipeline."""
    usual = settings.built_in()
    ids = [p.id for p, _ in usual.passes]
    return templating.render(
        "transformer.yaml.j2",
        name=name,
        schema=SCHEMA,
        files=seen.files,
        kinds=[(kind, seen.kinds[kind]) for kind in _WORTH if seen.kinds.get(kind)],
        others=sum(n for kind, n in seen.kinds.items() if kind not in _WORTH),
        argo=sorted(seen.argo.items(), key=lambda pin: tuple(map(int, pin[0].split(".")))),
        argo_version=str(usual.target.argo),
        gke_version=str(usual.target.gke),
        executors=sorted(seen.executors.items()),
        evictions=sorted(seen.evictions.items()),
        passes=[(p.id, first_line(p), _parameters(p)) for p in in_order() if p.id in ids],
    )


def _parameters(found: Pass) -> list[str]:
    from dataclasses import fields

    from transformer.config.typed import key_of

    return [f"{key_of(f)}: {f.metadata.get('doc', '')}" for f in fields(found.params)]


def run_init(args: Namespace) -> int:
    from transformer.config.settings import FILE
    from transformer.repository.snapshot import FolderSnapshot

    folder = Path(args.source)
    if not folder.is_dir():
        raise UsageError(f"{args.source} is not a folder. Give the folder of the repository.")
    target = folder / FILE
    if os.path.lexists(target) and not args.force:
        raise UsageError(f"{target} already exists. Use --force to overwrite it.")
    root = holding_repository(folder)
    try:
        check_writable(target, root)
    except NotRegular as e:
        raise UsageError(f"{target}: {e.strerror}. Remove it first.") from e
    except OSError as e:
        raise UsageError(f"{target} cannot be written: {e.strerror}. Check its permissions.") from e
    snapshot = FolderSnapshot(folder)
    text = draft(look(snapshot.read_each(snapshot.select(("**/*.yaml", "**/*.yml")))))
    try:
        write_whole(target, text.encode(), root)
    except OSError as e:
        raise UsageError(f"{target} cannot be written: {e.strerror}. Check its permissions.") from e
    output.say(f"Wrote {target}. Check its target versions, commit it, and run: transformer convert --dry-run\n")
    return DONE
