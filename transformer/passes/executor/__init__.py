"""Switch Argo's workflow controller to the emissary executor.

Autopilot allows no Docker socket, no privileged Pods and no access to the kubelet. Of Argo's executors, only emissary works
there. What has to change depends on the version of the controller:

* Before 3.1 there is no emissary. Upgrade Argo first.
* From 3.1 to 3.3, `containerRuntimeExecutor` must be `emissary`.
* From 3.4 on, emissary is the only executor. The controller does not start while this key, or any other unknown key, is in
  its configuration, so the key is removed.

The version is the one that the repository deploys with the file: an image tag, a remote Kustomize reference or a chart version.
Where the repository does not say, the target version counts; where its image has a tag of your own or a digest, nothing is removed,
and a finding says how to tell the version. Several installs in one repository are judged one by one.

The pass looks at every place that can choose the executor:

* the controller's ConfigMap, with single keys or with one YAML text under `config`,
* Kustomize patches of that ConfigMap, and the files, env files and literals from which a configMapGenerator builds it,
* the selectors in `containerRuntimeExecutors`, and the label that they select,
* the flag `--container-runtime-executor`,
* values of the chart argo-workflows, also inside an Argo CD Application, a Flux HelmRelease or `helmCharts`.

From 3.4 on the controller reads its configuration strictly. The pass judges every key of it, at every depth, by the schema of the
version, and gives the entries of the index `images` the keys that the version reads.

It removes settings that emissary does not read: `kubeletPort`, `kubeletInsecure`, `dockerSockPath`,
`ARGO_CONTAINER_RUNTIME_EXECUTOR`, `PNS_PRIVILEGED`, and the parts of `executor.securityContext` that only pns needed. Comments
stay, also those that hold old settings.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from transformer.argo.controllers import CONFIG_MAP, controllers, is_controller_config, versions_for
from transformer.passes.executor import config, generated, helm, items, labels, reports, workload
from transformer.passes.executor.decision import Decision, decision_for
from transformer.passes.executor.examples import EXAMPLES
from transformer.passes.executor.items import Item, Note
from transformer.passkit import Change, Context, Finding, Pass, Resource, Role, Skip
from transformer.repository.classify import KUSTOMIZATION_NAMES

_CHOOSES = ("EXE004", "EXE005")
_WORKLOADS = frozenset({"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController"})


def run(resource: Resource, _params: Any, context: Context) -> Iterator[Change | Finding | Skip]:
    if resource.id.kind in ("Secret", "CustomResourceDefinition"):
        return
    decision = decision_for(resource.file, context)
    found = list(_items(resource, decision, context))
    if decision.action == "refuse":
        yield from _refusal(resource, found, decision)
        return
    if decision.action == "wait":
        yield from _unknown(resource, found, decision)
        return
    yield from items.emit(resource, found)
    if _is_kustomization(resource):
        yield from _patch_files(resource, decision, context)
    path = found[0].path if found else reports.place(resource.data)
    for told in items.emit(resource, reports.controller_notes(resource, decision, context, path)):
        if found and isinstance(told, Finding) and told.line == resource.line(path):
            line, column = _place(resource, found)
            told = replace(told, line=line, column=column)
        yield told


def _refusal(resource: Resource, found: list[Item], decision: Decision) -> Iterator[Finding | Skip]:
    """Blocked where an executor is chosen. A label alone does not choose one."""
    if any(_chooses(item) for item in found):
        code, message, remedy = decision.problem
        told = resource.block(code, message, remedy=remedy, source=decision.source, path=found[0].path)
        line, column = _place(resource, found)
        yield replace(told, line=line, column=column)
    elif found:
        yield resource.skip("the controller is too old to run emissary, so this setting stays")


def _unknown(resource: Resource, found: list[Item], decision: Decision) -> Iterator[Finding | Skip]:
    """Told at the image, of each install that reads this file."""
    if not any(_chooses(item) for item in found):
        return
    place = f"{resource.file}:{_place(resource, found)[0]}"
    for install in decision.unknown:
        told = resource.finding(
            "EXE012",
            "Which version of Argo Workflows this image holds cannot be known, and the right executor setting depends on it: up to 3.2 "
            "a missing key means docker, and from 3.4 on the controller does not start with the key. The setting stays.",
            remedy=f"Use a tag that begins with Argo's version, such as `v3.6.10-mirror.1`, or write the label "
            f"`app.kubernetes.io/version: v3.6.10` on the workload. Then run again. The setting is at {place}.",
            source="argo.md 1.3; argo.md 1.4",
            subject=install.text,
        )
        yield replace(told, file=install.file, line=install.line, column=1, document=0)
    yield resource.skip(f"which version of Argo reads it cannot be known: {decision.unknown[0].file}:{decision.unknown[0].line}")


def _place(resource: Resource, found: list[Item]) -> tuple[int, int]:
    """(line, column) of the first item; where it is a text that holds the executor's key, of that key inside."""
    path = found[0].path
    value = resource.get(*path, default=None)
    at = value.find(config.CHOICE) if isinstance(value, str) else -1
    return resource.place_at(path, at) if at >= 0 else resource.place(path)


def _chooses(item: Item) -> bool:
    return item.code in _CHOOSES if isinstance(item, Note) else labels.LABEL not in item.path


def _items(resource: Resource, decision: Decision, context: Context) -> Iterator[Item]:
    if resource.role is Role.ENV:
        direct = bool(_readers(resource.file, context) & _config_map_names(context))
        yield from generated.env_file_items(resource.data, decision, direct=direct)
    elif _is_kustomization(resource):
        names = _config_map_names(context)
        yield from generated.literal_items(resource.data, decision, lambda name: name in names)
        yield from generated.patch_items(resource.data, decision, lambda data: _inline(data, decision, context))
        yield from helm.embedded_items(resource.data, decision)
    elif resource.role is Role.VALUES:
        yield from _values(resource, decision, context)
    else:
        yield from _object(resource, decision, context)


def _values(resource: Resource, decision: Decision, context: Context) -> Iterator[Item]:
    """A document without a kind: values of a chart, or a file that a generator puts under `config`."""
    chooses = config.CHOICE in resource.data or config.SELECTORS in resource.data
    if chooses and _readers(resource.file, context) & _config_map_names(context):
        yield from config.config_items(resource.data, decision)
        return
    known = list(helm.values_items(resource.data, decision))
    yield from known
    yield from helm.other_parameters(resource.data)


def _object(resource: Resource, decision: Decision, context: Context) -> Iterator[Item]:
    data, kind = resource.data, resource.id.kind
    patch = resource.role is Role.PATCH
    reached = patch or _built(resource, context)
    if kind == "ConfigMap":
        own = is_controller_config(resource, _config_map_names(context))
        if own:
            text = resource.document.text[resource.document.start : resource.document.end]
            whole = _is_whole(resource, context)
            yield from config.config_map_items(data.get("data"), decision, patch=patch, complete=whole, text=text)
        else:
            yield from _other_config_map(data)
    elif kind in _WORKLOADS:
        configured = _configured(resource, context)
        yield from workload.workload_items(data, decision, configured=configured, keep_empty=reached)
    elif kind in ("Application", "ApplicationSet", "HelmRelease"):
        yield from helm.embedded_items(data, decision)
    elif labels.is_argo(data):
        yield from labels.label_items(data, 99 if reached else 1)
    else:
        yield from helm.other_parameters(data)


def _other_config_map(data: Mapping[str, Any]) -> Iterator[Item]:
    inside = data.get("data")
    if isinstance(inside, Mapping):
        keys = {k: v for k, v in inside.items() if k in (config.CHOICE, config.SELECTORS)}
        yield from items.at(("data",), helm.other_parameters(keys))
        if workload.OTHER in inside:
            yield workload.others_setting(("data", workload.OTHER), str(inside[workload.OTHER]))


def _inline(data: Mapping[str, Any], decision: Decision, context: Context) -> Iterator[Item]:
    """A patch inside a kustomization."""
    meta = data.get("metadata")
    name = meta.get("name") if isinstance(meta, Mapping) else None
    if data.get("kind") == "ConfigMap" and name in _config_map_names(context):
        yield from config.config_map_items(data.get("data"), decision, patch=True, complete=False)
    elif data.get("kind") == "ConfigMap":
        yield from _other_config_map(data)
    elif data.get("kind") in _WORKLOADS:
        yield from workload.workload_items(data, decision, configured=True, keep_empty=True)
    elif labels.is_argo(data):
        yield from labels.label_items(data, 99)


def _is_kustomization(resource: Resource) -> bool:
    return resource.role is Role.KUSTOMIZATION or posixpath.basename(resource.file) in KUSTOMIZATION_NAMES


def _patch_files(resource: Resource, decision: Decision, context: Context) -> Iterator[Finding]:
    """JSON6902 patches in files of their own hold a list, which is no object: they are told, not edited."""
    for path, file in generated.patch_files(resource.data, resource.file):
        for place, note in generated.file_notes(context.index.text(file) or "", decision):
            told = resource.finding(note.code, note.message, remedy=note.remedy, source=note.source, path=path, severity=note.severity)
            yield replace(told, file=file, line=place, column=1, document=0)


def _config_map_names(context: Context) -> frozenset[str]:
    return frozenset(c.name for c in controllers(context.index)) | {CONFIG_MAP}


def _readers(file: str, context: Context) -> set[str]:
    found = context.index.find("configMapGenerator")
    return generated.readers(((r.file, r.data) for r in found if _is_kustomization(r)), file)


def _built(resource: Resource, context: Context) -> bool:
    return bool(context.index.kustomize.builds(resource.file))


def _is_whole(resource: Resource, context: Context) -> bool:
    """Nothing else adds to this ConfigMap, so what it does not say is not said."""
    if resource.role is not Role.RESOURCE:
        return False
    mine = versions_for(context.index, resource.file)
    return not any(
        c.name == resource.id.name and (c.file, c.line) != (resource.file, resource.line()) and versions_for(context.index, c.file) == mine
        for c in controllers(context.index)
    )


def _configured(resource: Resource, context: Context) -> bool:
    mine = versions_for(context.index, resource.file)
    return any(
        versions_for(context.index, c.file) == mine and (not c.patch or config.CHOICE in c.config) for c in controllers(context.index)
    )


PASS = Pass(
    id="executor",
    run=run,
    prefilter=(
        config.CHOICE,
        "container-runtime-executor",
        "CONTAINER_RUNTIME_EXECUTOR",
        "workflow-controller",
        "PNS_PRIVILEGED",
        "workflowDefaults",
        *(row["key"] for row in config.dead_keys()),
    ),
    roles=frozenset({Role.RESOURCE, Role.PATCH, Role.VALUES, Role.KUSTOMIZATION, Role.ENV}),
    needs=frozenset({"argoWorkflows"}),
    codes={
        "EXE001": "This version of Argo Workflows has no emissary executor. Emissary came with 3.1. Nothing was changed here. "
        "Upgrade Argo Workflows, then run again.",
        "EXE002": "The repository deploys a different version of Argo Workflows than the target. The executor is set for the "
        "deployed version, because a key that one version needs can stop another from starting.",
        "EXE003": "Workflows behave differently with the new executor. The manifests need no further change. Run a few workflows on a "
        "test cluster.",
        "EXE004": "The executor is named in a text that another tool fills in (a Kustomize variable, a template language), or that "
        "is not valid YAML. It was not changed. Change the value at its origin.",
        "EXE005": "The executor is chosen in a place that this pass does not edit: a shell line, a JSON patch operation, or a "
        "parameter of an installer. Change it by hand, as the finding shows.",
        "EXE006": "Argo does not know this key of the controller's configuration since 3.3, and from 3.4 on the controller does not "
        "start with it. The key carries a setting: move it to the key that the finding names.",
        "EXE007": "Emissary reports results through workflowtaskresults (before 3.3, through its own Pod). No Role in this repository "
        "grants that to the service accounts of workflows. Add the rule that the finding shows.",
        "EXE008": "Controllers of different versions read this file, and a key that one needs stops the other from starting. Nothing "
        "was changed. Split the file, or upgrade the older controller to 3.3.",
        "EXE009": "Argo does not read this value any more, but a Kustomize variable or replacement refers to it. It was not "
        "changed. Remove the value and the reference together.",
        "EXE011": "The controller of this version does not know a key of its configuration, or wants a value of another shape there, so "
        "it does not start. Do what the finding says: move the key, write the one that was meant, or remove it.",
        "EXE012": "The controller's image has a name or a tag of your own, or a digest, so the version of Argo in it cannot be known. "
        "Nothing was removed. Say the version in the tag, or with the label `app.kubernetes.io/version`.",
        "EXE010": "Another program, such as Litmus, chooses the executor of an Argo that it installs itself. Nothing was changed. "
        "Look up the values that the program accepts.",
    },
    examples=EXAMPLES,
    doc=__doc__ or "",
)
