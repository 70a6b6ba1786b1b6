"""Switch Argo's workflow controller to the emissary executor.

Autopilot has no docker socket, no privileged Pods and no access to the kubelet, so of Argo's executors only emissary works
there. How to switch depends on the version of the controller: from 3.1 to 3.3 `containerRuntimeExecutor` must say
`emissary`; from 3.4 on there is nothing to choose, and the controller does not even start while the key, or any other that
it does not know, is left in its configuration. Before 3.1 there is no emissary: upgrade first.

The version is the one that the repository itself deploys with the file (an image tag, a remote Kustomize reference, a chart
version), else the target's. Where several installs live in one repository, each is judged by its own.

Looked at is every place that can choose: the controller's ConfigMap in both forms (single keys, or one text under `config`,
which is edited inside), Kustomize patches of it, the files, env files and literals that a configMapGenerator makes it of,
the selectors in `containerRuntimeExecutors` and the label that they ask for, the flag `--container-runtime-executor`, and
values of the chart argo-workflows, also inside an Argo CD Application, a Flux HelmRelease or `helmCharts`. Settings that
mean nothing to emissary are removed: `kubeletPort`, `kubeletInsecure`, `dockerSockPath`, `ARGO_CONTAINER_RUNTIME_EXECUTOR`,
`PNS_PRIVILEGED`, and what only pns needed in `executor.securityContext`. What is commented out stays.
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
    yield from items.emit(resource, found)
    if _is_kustomization(resource):
        yield from _patch_files(resource, decision, context)
    path = found[0].path if found else reports.place(resource.data)
    yield from items.emit(resource, reports.controller_notes(resource, decision, context, path))


def _refusal(resource: Resource, found: list[Item], decision: Decision) -> Iterator[Finding | Skip]:
    """Blocked where an executor is chosen; a label alone chooses none."""
    if any(_chooses(item) for item in found):
        code, message, remedy = decision.problem
        yield resource.block(code, message, remedy=remedy, source=decision.source, path=found[0].path)
    elif found:
        yield resource.skip("its controller cannot run emissary yet, so what chooses the executor stays")


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
            yield replace(told, file=file, line=place, document=0)


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
        *(row["key"] for row in config.dead_keys()),
    ),
    roles=frozenset({Role.RESOURCE, Role.PATCH, Role.VALUES, Role.KUSTOMIZATION, Role.ENV}),
    needs=frozenset({"argoWorkflows"}),
    codes={
        "EXE001": "The version of Argo Workflows has no emissary executor (it came with 3.1), so nothing here is changed. Upgrade "
        "Argo Workflows first, then run again.",
        "EXE002": "The repository deploys another version of Argo Workflows than the target. The executor is set for what is "
        "deployed, because a key that is fatal for one version is needed by another. Remove the key together with the upgrade.",
        "EXE003": "What changes for workflows when the executor does. Nothing to do in the manifests; run a few on a test cluster.",
        "EXE004": "The executor is named in a text that something else fills in (a Kustomize variable, another template "
        "language) or that does not parse. It is left alone: change it where the value comes from.",
        "EXE005": "The executor is chosen in a place that is not edited: a shell line, an operation of a JSON patch, an "
        "installer's parameter. Change it by hand as the finding says.",
        "EXE006": "A key of the controller's configuration is unknown since Argo 3.3, and fatal from 3.4 on, but it carried a "
        "setting. Move the setting to the key that the finding names.",
        "EXE007": "Emissary reports results through workflowtaskresults (up to 3.2: through its Pod), and no Role grants that "
        "to the service accounts of workflows. Add the rule that the finding shows.",
        "EXE008": "Controllers of different versions share this file, and what one needs is fatal for the other. Nothing is "
        "changed. Split the file, or bring the older controller to 3.3.",
        "EXE009": "A value that chose the executor is no longer read, but a Kustomize variable or replacement refers to it, so "
        "it stays. Remove both together.",
        "EXE010": "Another program (Litmus, for one) chooses the executor of an Argo that it installs by itself. It is left "
        "alone; look up what the program accepts.",
    },
    examples=EXAMPLES,
    doc=__doc__ or "",
)
