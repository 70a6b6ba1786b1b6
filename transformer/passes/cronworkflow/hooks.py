"""What a wrapper told a monitor, told by hooks of the Workflow; and the WorkflowTemplate that they call (argo.md 5.3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from transformer import templating
from transformer.passes.cronworkflow.draft import Draft
from transformer.passes.cronworkflow.params import Monitoring, Parameters
from transformer.passes.cronworkflow.rows import applies, cite, rule
from transformer.passes.cronworkflow.submission import Monitor
from transformer.passkit import Addition, Context, Done, Path, Resource, ResourceId

TEMPLATE: Final = "cron_monitor.yaml.j2"
NOTIFY: Final = "notify"
_INPUTS: Final = frozenset({"monitor", "status", "series"})
_API: Final = "argoproj.io/v1alpha1"


def watch(draft: Draft, path: Path, watchers: Sequence[Monitor], submitted: Mapping[str, Any] | None) -> None:
    """Hooks for the one monitor; `submitted` is the spec of the WorkflowTemplate, where it is known."""
    if not watchers:
        return
    names = ", ".join(f"{w.program} exec {w.key}" for w in watchers)
    if draft.context.target.template_referencing in ("Strict", "Secure"):
        draft.refuse(rule("native-hooks-restricted"), path, names)
    if applies(rule("native-hooks-old"), draft.argo):
        draft.refuse(rule("native-hooks-old"), path, names)
    elif applies(rule("native-hooks-early"), draft.argo):
        draft.consent(rule("native-hooks-early"), path, names)
    if len(watchers) > 1:
        draft.refuse(rule("native-not-one-submit"), path, names)
    monitor = draft.params.monitor
    if monitor is None:
        draft.refuse(rule("native-monitor-absent"), path, names)
        return
    there = _there(draft.context, draft.resource.id.namespace, monitor)
    if there is not None and not _notifies(there):
        draft.refuse(rule("native-monitor-clash"), path, f"{there.file}:{there.line()}")
    draft.consent(rule("native-monitor"), path, names)
    if there is None:
        draft.consent(rule("native-order"), path, monitor.template)
    own = _handles_the_end(submitted)
    draft.write("workflow/hooks", _hooks(monitor, watchers[0].key, submitted, own), rule("native-on-exit" if own else "native-hooks"))


def _handles_the_end(submitted: Mapping[str, Any] | None) -> bool:
    """Whether a hook `exit` might be ignored, or might stand in for one of the template's own."""
    return submitted is None or "onExit" in submitted or "exit" in _own_hooks(submitted)


def _own_hooks(submitted: Mapping[str, Any] | None) -> Mapping[str, Any]:
    found = (submitted or {}).get("hooks")
    return found if isinstance(found, dict) else {}


def _hooks(monitor: Monitoring, key: str, submitted: Mapping[str, Any] | None, own: bool) -> dict[str, Any]:
    """A hook `exit`, or expressions for each end where that one is taken; each name is free in the template."""
    wanted = {"running": "Running"} | ({"succeeded": "Succeeded", "failed": "Failed", "error": "Error"} if own else {})
    taken = _own_hooks(submitted)
    found: dict[str, Any] = {}
    for name, status in wanted.items():
        called = _call(monitor, key, status)
        found[f"monitor-{name}" if name in taken else name] = {"expression": f'workflow.status == "{status}"', **called}
    return found if own else {**found, "exit": _call(monitor, key, "{{workflow.status}}")}


def _call(monitor: Monitoring, key: str, status: str) -> dict[str, Any]:
    given = {"monitor": key, "status": status, "series": "{{workflow.uid}}"}
    return {
        "templateRef": {"name": monitor.template, "template": NOTIFY},
        "arguments": {"parameters": [{"name": name, "value": value} for name, value in given.items()]},
    }


# --- the WorkflowTemplate that the hooks call


def follow(done: Sequence[Done], params: Parameters, context: Context) -> Iterator[Addition]:
    """It is written once a namespace, beside the first CronWorkflow that calls it."""
    written: set[tuple[str, str]] = set()
    for one in done if params.monitor else ():
        assert params.monitor is not None  # noqa: S101 - said above
        resource = one.after
        place = (resource.id.namespace, "" if resource.id.namespace else _folder(resource.file))
        if place in written or not _calls(resource, params.monitor):
            continue
        written.add(place)
        if _there(context, resource.id.namespace, params.monitor) is None:
            yield _addition(resource, params.monitor, context)


def _calls(resource: Resource, monitor: Monitoring) -> bool:
    hooks = resource.get("spec", "workflowSpec", "hooks", default={})
    return any(h.get("templateRef", {}).get("name") == monitor.template for h in hooks.values())


def _addition(resource: Resource, monitor: Monitoring, context: Context) -> Addition:
    who = ResourceId(_API, "WorkflowTemplate", resource.id.namespace, monitor.template)
    text = templating.render(
        TEMPLATE,
        name=monitor.template,
        namespace=resource.id.namespace,
        image=monitor.image,
        secret={"name": monitor.secret.name, "key": monitor.secret.key},
        version=str(context.target.argo),
    )
    row = rule("native-monitor-template")
    return Addition(resource.pass_id, _file(resource, monitor, context), who, text, f"{monitor.template}: {row['why']}", cite(row))


def _file(resource: Resource, monitor: Monitoring, context: Context) -> str:
    """A file of its own; where a kustomization lists files, the one that is listed already."""
    if context.index.kustomize.role(resource.file):
        return resource.file
    folder = _folder(resource.file)
    return f"{folder}/{monitor.template}.yaml" if folder else f"{monitor.template}.yaml"


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _there(context: Context, namespace: str, monitor: Monitoring) -> Resource | None:
    held = context.index.find(monitor.template, kinds=frozenset({"WorkflowTemplate"}))
    return next((r for r in held if r.id.name == monitor.template and r.id.namespace == namespace), None)


def _notifies(template: Resource) -> bool:
    for held in template.get("spec", "templates", default=[]):
        inputs = held.get("inputs", {}).get("parameters", []) if held.get("name") == NOTIFY else []
        if {p.get("name") for p in inputs} >= _INPUTS:
            return True
    return False
