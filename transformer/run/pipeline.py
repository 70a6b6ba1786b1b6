"""The whole story of a run: a snapshot's files, through the passes, checked, into a frozen plan."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

from transformer import __version__
from transformer.config.discovery import names
from transformer.config.settings import Settings
from transformer.model import Finding, Plan, ResourceId, Severity
from transformer.repository.classify import KUSTOMIZATION_NAMES
from transformer.repository.globs import glob_matcher
from transformer.repository.index import YAML_NAMES, Index
from transformer.repository.snapshot import Snapshot
from transformer.run.engine import Engine
from transformer.run.passes import run_passes
from transformer.run.record import Record
from transformer.run.selection import unused
from transformer.run.workers import USUAL, Effort
from transformer.yamltext import Limits

# What is read beside the manifests: what kustomizations and Argo's configuration name (architecture §2, index).
BESIDE = (
    "**/kustomization.yaml",
    "**/kustomization.yml",
    "**/Kustomization",
    "**/Chart.yaml",
    "**/*.yaml",
    "**/*.yml",
    "**/*.json",
    "**/*.env",
)
# What may speak of a manifest without being one: read only where something has changed that it could name.
SCRIPTS = (
    ".sh", ".bash", ".zsh", ".mk", ".py", ".rb", ".go", ".js", ".ts", ".groovy", ".ps1", ".tf", ".hcl", ".tpl", ".toml",
    ".jsonnet", ".libsonnet", ".conf", ".rules", ".alloy", ".md", ".markdown", ".rst", ".adoc", ".txt",
)  # fmt: skip
SCRIPT_NAMES = ("makefile", "gnumakefile", "justfile", "jenkinsfile", "dockerfile", "tiltfile", "procfile")
SCRIPT_FOLDERS = ("bin", "scripts", "hack")
MOST_OF_A_SCRIPT = 1_000_000  # bytes
Progress = Callable[[str, int, int], None]


def plan_run(settings: Settings, snapshot: Snapshot, progress: Progress | None = None, effort: Effort = USUAL) -> Plan:
    """Reads only. The same snapshot and settings give the same plan and digest, whatever the effort is."""
    started = time.monotonic()
    for pass_, params in settings.passes:
        if pass_.ready:
            pass_.ready(params, settings.target)
    index = index_of(settings, snapshot)
    named = {p for p in _generated_from(settings, index) if not p.endswith(YAML_NAMES)}
    paths = [p for p in sorted(index.files) if settings.selects(p) or p in named]
    engine = Engine(index, settings.target, settings.passes, index.limits)
    effort = replace(effort, program_seconds=settings.limits.program_seconds)
    record = run_passes(engine, paths, effort, progress)
    more = (*settings.doubts, *_left_alone(snapshot, settings), *unused(settings, index.paths, paths, record))
    told = _Told((*record.findings, *more), len(paths), time.monotonic() - started)
    return _plan(settings, snapshot.base, record, index.files, told)


def index_of(settings: Settings, snapshot: Snapshot) -> Index:
    """Every file that a run reads, with what may be asked about them. What is excluded is none of them: it acts on nothing, unless
    a kustomization that is not excluded names it; then it is read to know what that kustomization does."""
    files = snapshot.read_all([*snapshot.select(BESIDE, settings.exclude), *snapshot.select(("**/Chart.yaml",))])
    index = Index(
        files,
        limits_of(settings),
        selects=settings.selects,
        exists=snapshot.holds,
        other_texts=partial(_other_texts, settings, snapshot),
        pass_ids=names(),
        namespace_of=settings.namespace_of,
        read=snapshot.read_all,
    )
    index = _with_named(index, snapshot)
    more = snapshot.read_all(sorted(_generated_from(settings, index) - files.keys()))
    return index.with_files({**files, **more}) if more else index


def _with_named(index: Index, snapshot: Snapshot) -> Index:
    """Files that are excluded, and named by a kustomization that is not: as far as one leads to the next."""
    while True:
        left = {p for p in snapshot.files.keys() - index.files.keys() - index.named.keys() if _is_manifest(p)}
        if not left or not any(p.rpartition("/")[2] in KUSTOMIZATION_NAMES for p in index.files):
            return index
        paths = index.kustomize.named()
        more = sorted(p for p in left if p in paths or (_folder(p) in paths and p.rpartition("/")[2] in KUSTOMIZATION_NAMES))
        if not more:
            return index
        index = index.with_files(index.files, {**index.named, **snapshot.read_all(more)})


def _is_manifest(path: str) -> bool:
    return path.endswith(YAML_NAMES) or path.rpartition("/")[2] in KUSTOMIZATION_NAMES


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _generated_from(settings: Settings, index: Index) -> set[str]:
    """What generators of ConfigMaps read, as far as it is not excluded, and it or the kustomization is within --path."""
    excluded, narrowed = glob_matcher(settings.exclude), glob_matcher(settings.paths or ("**",))
    return {p for p, i in index.generator_inputs.items() if (narrowed(p) or narrowed(i.file)) and not excluded(p)}


def _other_texts(settings: Settings, snapshot: Snapshot) -> Iterator[tuple[str, bytes]]:
    """Scripts, documents and the like, which may name what a pass has changed."""
    unwanted = glob_matcher(settings.exclude)
    small = (p for p, f in snapshot.files.items() if f.size <= MOST_OF_A_SCRIPT and _is_script(p))
    return snapshot.read_each(sorted(p for p in small if not unwanted(p)))


def _is_script(path: str) -> bool:
    folder, _, name = path.rpartition("/")
    plain = "." not in name
    return path.endswith(SCRIPTS) or (plain and (name.lower() in SCRIPT_NAMES or folder.rpartition("/")[2] in SCRIPT_FOLDERS))


def limits_of(settings: Settings) -> Limits:
    given = settings.limits
    return Limits(given.block_depth, given.flow_depth, given.aliases, given.nodes, given.scalar_size, given.documents)


def _left_alone(snapshot: Snapshot, settings: Settings) -> Iterator[Finding]:
    """Files that were asked for and could not be read; links and submodules are left alone without a word to decide."""
    for left in snapshot.left_alone:
        if settings.selects(left.path) or (left.why.unreadable and settings.selects(left.path + "/x.yaml")):
            severity = Severity.ERROR if left.why.unreadable else Severity.INFO if left.why.expected else Severity.WARNING
            yield Finding(
                "SRC001", severity, left.path, 1, ResourceId(), f"not read: {left.why.reason}",
                "Nothing in it is changed. If it should be, make it an ordinary file below the limit.", "architecture §9",
            )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Told:
    findings: tuple[Finding, ...]
    files: int
    seconds: float


def _plan(settings: Settings, base: str | None, record: Record, files: Mapping[str, bytes], told: _Told) -> Plan:
    order = {pass_.id: n for n, (pass_, _) in enumerate(settings.passes)}
    new = record.texts
    plan = Plan(
        pipeline=settings.name,
        base=base,
        digest="",
        passes=record.passes,
        changes=tuple(sorted(record.changes, key=lambda c: (order.get(c.pass_id, 99), c.file, c.document))),
        findings=tuple(sorted(told.findings, key=lambda f: (f.file, f.line, f.document, order.get(f.pass_id, 99), f.code))),
        outcomes=tuple(sorted(record.outcomes, key=lambda o: (o.file, o.document, order.get(o.pass_id, 99)))),
        dropped=record.dropped,
        old={path: files[path] for path in new if path in files},
        new=new,
        files=told.files,
        documents=record.documents,
        seconds=told.seconds,
        resources=record.objects,
        accepted=settings.accept,
        checks=record.checks,
        bugs=record.bugs,
        groups=record.groups,
    )
    return replace(plan, digest=digest(settings, plan))


def digest(settings: Settings, plan: Plan) -> str:
    """Over tool version, pipeline, base and texts; never over a duration."""
    seal = hashlib.sha256()
    seal.update(json.dumps([__version__, settings.fingerprint(), plan.base], sort_keys=True).encode())
    for result in plan.passes:
        for path in sorted(result.texts):
            seal.update(
                result.pass_id.encode()
                + b"\0"
                + path.encode("utf-8", "surrogateescape")
                + b"\0"
                + hashlib.sha256(result.texts[path]).digest()
            )
    return seal.hexdigest()
