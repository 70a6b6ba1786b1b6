"""`transformer function`: a ResourceList in and out for kustomize and kpt, plain YAML in and out as Helm's post-renderer.

Nothing but the result is written to standard output, and that in one piece; what was found goes to standard error.
"""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from transformer import output
from transformer.commands.planning import BUG, DONE, WORK_LEFT
from transformer.errors import UsageError

if TYPE_CHECKING:
    from transformer.config.passes import Overrides
    from transformer.config.settings import Settings
    from transformer.model import Finding, Plan
    from transformer.report.notices import Notice
    from transformer.repository.resource_list import Stream

PARTIAL: Final = "transformer.dev/partial"
NAMES: Final = "transformer.dev/name-references"
_CODE: Final = "FUN001"
_REMEDY: Final = (
    "Add deploy/kustomize/name-references.yaml of transformer's repository to `configurations` of this kustomization. Then say so in "
    f"functionConfig, with the annotation `{NAMES}: configured` (in a ConfigMap: the key `name-references`). Nothing was changed."
)
_TEXT: Final = "transformer.yaml"  # a key of a ConfigMap
_NAME: Final = "functionConfig"


def run_function(args: Namespace) -> int:
    from transformer.config.limits import Count
    from transformer.report.frame import Frame
    from transformer.report.notices import notices
    from transformer.repository import resource_list
    from transformer.repository.in_memory import MemorySnapshot
    from transformer.run.pipeline import limits_of, plan_run
    from transformer.run.workers import Effort

    usual = _settings(args, None)
    stream = resource_list.read(_input(usual.limits.file_size), limits_of(usual))
    settings = _settings(args, stream.config)
    if not stream.files:
        output.say_as_it_is(stream.written({}, (), []))
        return DONE
    if not stream.placed:  # the paths of a configuration are those of a repository
        settings = replace(settings, include=("**",), exclude=(), paths=())
    settings = replace(settings, limits=replace(settings.limits, program_seconds=Count(0)))
    plan = plan_run(settings, MemorySnapshot(stream.files), None, Effort(1, args.memory))
    if not _says(stream.config, NAMES, "configured"):
        plan = replace(plan, findings=(*plan.findings, *_renamed_later(plan, stream)))
    unsure = any(f.code == _CODE for f in plan.findings)
    writes = not args.check and not unsure
    found = notices(plan, Frame(mode="in-place" if writes else "check"), notes=args.verbose)
    output.say_as_it_is(stream.written(plan.new if writes else {}, plan.changes, [_result(n, stream) for n in found]))
    _tell(args, plan, found, writes=writes)
    return _exit_code(plan, check=args.check, partial=not unsure and (args.partial or _says(stream.config, PARTIAL, "true")))


def _input(most: int) -> bytes:
    if output.is_terminal("stdin"):
        raise UsageError("`transformer function` reads standard input: pipe a ResourceList or rendered manifests into it.")
    raw = sys.stdin.buffer.read(most + 1)
    if len(raw) > most:
        raise UsageError(f"standard input is over {most:,} bytes. Raise that limit with --limit fileSize=SIZE. Nothing was written.")
    return raw


# --- configuration


def _settings(args: Namespace, config: Any) -> Settings:
    """From functionConfig, which counts before `--config`; a ConfigMap holds a whole configuration, or parameters."""
    from transformer.config import settings

    overrides, text = _overrides(args, {}), None
    if isinstance(config, dict) and config.get("kind") == "ConfigMap":
        data = config.get("data")
        held = {str(k): str(v) for k, v in data.items()} if isinstance(data, dict) else {}
        text = held.pop(_TEXT, None)
        overrides = _overrides(args, held)
    elif config is not None:
        text = json.dumps(_pipeline(config), indent=1)
    if text is not None:
        return settings.parse(text, _NAME, overrides)
    if args.config:
        try:
            return settings.parse(Path(args.config).read_text("utf-8-sig"), args.config, overrides)
        except (OSError, UnicodeDecodeError) as e:
            raise UsageError(f"{args.config} cannot be read: {getattr(e, 'strerror', 'it is not UTF-8')}. Check --config.") from e
    return settings.built_in(overrides)


def _pipeline(config: Any) -> Any:
    """Without what belongs to the program that hands it over."""
    if not isinstance(config, dict) or config.get("kind") != "Pipeline":
        found = f"a {config['kind']}" if isinstance(config, dict) and config.get("kind") else "not an object"
        raise UsageError(f"functionConfig is {found}. Use a Pipeline, as in transformer.yaml, or a ConfigMap.")
    metadata = config.get("metadata")
    kept = {k: v for k, v in metadata.items() if k in ("name", "labels")} if isinstance(metadata, dict) else metadata
    return {**config, "metadata": kept}


def _overrides(args: Namespace, data: Mapping[str, str]) -> Overrides:
    """`data` of a ConfigMap: PASS.KEY for a parameter, `accept` and `only` with commas."""
    from transformer.config.passes import Overrides

    values = tuple(f"{key}={value}" for key, value in data.items() if "." in key)
    listed = {key: tuple(filter(None, (v.strip() for v in value.split(",")))) for key, value in data.items() if "." not in key}
    if unknown := sorted(set(listed) - {"accept", "only", "partial", "name-references"}):
        raise UsageError(f'functionConfig: unknown key "{unknown[0]}". Use {_TEXT}, PASS.KEY, accept, only, partial or name-references.')
    return Overrides(
        (*args.set, *values), (*args.accept, *listed.get("accept", ())), (*args.only, *listed.get("only", ())), (), tuple(args.limit), ()
    )


def _says(config: Any, key: str, word: str) -> bool:
    """Whether functionConfig says it: a Pipeline in an annotation, a ConfigMap under the last part of the key."""
    if not isinstance(config, dict):
        return False
    metadata, data = config.get("metadata"), config.get("data")
    annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
    told = [held.get(name) for held, name in ((annotations, key), (data, key.rpartition("/")[2])) if isinstance(held, dict)]
    return any(str(value).lower() == word for value in told)


def _renamed_later(plan: Plan, stream: Stream) -> Iterator[Finding]:
    """Kustomize gives names their prefix and hash only after its functions, and not where a CronWorkflow refers to them."""
    from transformer.model import Finding, Op, Severity

    names = stream.renamed_later()
    for c in plan.changes:
        if names and c.op is Op.SET and c.path[-1:] == ("kind",) and c.value == "CronWorkflow":
            used = sorted(names & stream.words(c.file, c.document))
            if used:
                message = f"Kustomize renames {', '.join(used)} after this function, and does not follow that in a CronWorkflow by itself."
                yield Finding(_CODE, Severity.ERROR, c.file, c.lines[0], c.resource, message, _REMEDY, "gitops.md 1.4", c.pass_id)


# --- what is told


def _result(n: Notice, stream: Stream) -> dict[str, Any]:
    r = n.resource
    about = {"apiVersion": r.api_version, "kind": r.kind, "name": r.name, "namespace": r.namespace}
    text = "\n".join(filter(None, (n.text, n.remedy)))
    result: dict[str, Any] = {"message": output.visible(text), "severity": str(n.severity)}
    if r.kind and r.name:
        result["resourceRef"] = {k: v for k, v in about.items() if v}
    if stream.placed:
        result["file"] = {"path": n.file}
    return {**result, "tags": {"code": n.code}}


def _tell(args: Namespace, plan: Plan, found: list[Notice], *, writes: bool) -> None:
    from transformer.report.frame import safe, summary

    told = [n for n in found if not args.quiet or n.severity == "error"]
    lines = [f"{n.severity} {n.code} {safe(n.text)}\n" for n in told]
    lines += [f"bug of transformer, please report it: {safe(bug)}\n" for bug in plan.bugs]
    left = "" if writes else ". Nothing was changed"
    output.warn("".join(lines) + f"transformer: {summary(plan)}{left}\n")


def _exit_code(plan: Plan, *, check: bool, partial: bool) -> int:
    from transformer.model import Severity, Verdict

    if plan.bugs:
        return BUG
    if check and plan.changes:
        return WORK_LEFT
    refused = any(o.verdict is Verdict.BLOCKED for o in plan.outcomes) or any(f.severity is Severity.ERROR for f in plan.findings)
    return WORK_LEFT if refused and not partial else DONE
