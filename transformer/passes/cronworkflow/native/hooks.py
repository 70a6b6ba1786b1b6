"""Hooks of the Workflow that report to a monitor as a wrapper did, and the WorkflowTemplate that they call (argo.md 5.3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from transformer import templating
from transformer.passes.cronworkflow.draft import Draft
from transformer.passes.cronworkflow.native.submission import Monitor
from transformer.passes.cronworkflow.params import Monitoring, Parameters
from transformer.passes.cronworkflow.rows import applies, cite, rule
from transformer.passkit import Addition, Context, Done, Finding, Path, Resource, ResourceId, needed_by

TEMPLATE: Final = "cron_monitor.yaml.j2"
NOTIFY: Final = "notify"
_INPUTS: Final = frozenset({"monitor", "status", "series"})
_HOOKS: Final = (
    ("monitor-start", 'workflow.status == "Running"', "Running"),
    ("monitor-end", 'workflow.status in ["Succeeded", "Failed", "Error"]', "{{workflow.status}}"),
)
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
    draft.write("workflow/hooks", _hooks(monitor, watchers[0].key, submitted), rule("native-hooks"))


def _hooks(monitor: Monitoring, key: str, submitted: Mapping[str, Any] | None) -> dict[str, Any]:
    """Both hooks have an expression, so that their result does not change that of the Workflow. A hook `exit` can make a Workflow
    fail, is ignored if the template has `onExit`, and does not run if a Workflow is terminated."""
    own = (submitted or {}).get("hooks")
    found: dict[str, Any] = {}
    for name, expression, status in _HOOKS:
        while isinstance(own, dict) and name in own:  # a hook of the Workflow stands in for the template's of the same name
            name = f"{name}-too"
        found[name] = {"expression": expression, **_call(monitor, key, status)}
    return found


def _call(monitor: Monitoring, key: str, status: str) -> dict[str, Any]:
    given = {"monitor": key, "status": status, "series": "{{workflow.uid}}"}
    return {
        "templateRef": {"name": monitor.template, "template": NOTIFY},
        "arguments": {"parameters": [{"name": name, "value": value} for name, value in given.items()]},
    }


# --- the WorkflowTemplate that the hooks call


def follow(done: Sequence[Done], params: Parameters, context: Context) -> Iterator[Addition | Finding]:
    """Written once for each namespace, beside the first CronWorkflow that calls it."""
    if params.monitor is None:
        return
    callers: dict[tuple[str, str], list[Done]] = {}
    for one in done:
        if _calls(one.after, params.monitor):
            namespace = one.after.id.namespace
            callers.setdefault((namespace, "" if namespace else _folder(one.after.file)), []).append(one)
    for (namespace, _), held in callers.items():
        one = held[0]
        if _there(context, namespace, params.monitor) is not None:
            continue
        addition = _addition(one.after, params.monitor, context)
        if context.index.selects(addition.file):
            yield from needed_by([addition], (d.before for d in held))
            continue
        row = rule("native-monitor-template")
        subject = f"{addition.file} was not written: this run may not write there"
        remedy = "Run without `--path`, or write the template by hand."
        yield one.before.finding("CRON011", row["why"], subject=subject, remedy=remedy, source=cite(row))


def _calls(resource: Resource, monitor: Monitoring) -> bool:
    hooks = resource.get("spec", "workflowSpec", "hooks", default={})
    return any(h.get("templateRef") == {"name": monitor.template, "template": NOTIFY} for h in hooks.values())


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
    return Addition(resource.pass_id, _file(resource, monitor, context), who, text, row["why"], cite(row))


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
    for held in _mappings(template.get("spec", "templates")):
        inputs = held.get("inputs") if held.get("name") == NOTIFY else None
        given = inputs.get("parameters") if isinstance(inputs, dict) else None
        if {p.get("name") for p in _mappings(given)} >= _INPUTS:
            return True
    return False


def _mappings(value: Any) -> list[Mapping[str, Any]]:
    return [v for v in value if isinstance(v, dict)] if isinstance(value, list) else []
