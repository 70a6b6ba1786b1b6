"""Rows that code looks things up in: each does what it says."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.knowledge import schemas
from transformer.argo import tags
from transformer.argo.installs import find_installs
from transformer.argo.reserved import is_reserved, limit
from transformer.config import discovery
from transformer.config.settings import params_of
from transformer.knowledge import Row, table
from transformer.kubernetes.pod_templates import pod_places
from transformer.kubernetes.strategic_merge import merged
from transformer.model import Target, Version
from transformer.passes.command.images import moves
from transformer.passes.eviction.places import CLASS, applies
from transformer.passes.executor.labels import LABEL, label_items
from transformer.passkit.testing import Result, convert
from transformer.repository.index import Index

CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: workflow-controller-configmap}\ndata: "
TARGET = Target(gke=Version.parse("1.33"), argo=Version.parse("3.6"), gke_mode="autopilot")
POD = """\
apiVersion: apps/v1
kind: {kind}
metadata: {{name: a}}
spec:
  template:
    metadata: {{annotations: {{cluster-autoscaler.kubernetes.io/safe-to-evict: "false"}}}}
    spec:
      nodeSelector: {{cloud.google.com/compute-class: {of}}}
      containers: [{{name: a, image: "a:1"}}]
"""


def rows(name: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("row", table(name).rows, ids=lambda row: str(row.id))


def built(path: str, leaf: Any) -> Any:
    """A value with a leaf at a path; `*` is an item of a list."""
    for step in reversed([s for s in path.split("/") if s]):
        leaf = [leaf] if step == "*" else {step: leaf}
    return leaf


def converted(pass_id: str, files: dict[str, str], **params: Any) -> Result:
    found = discovery.load(pass_id)
    result = convert(files, (found, params_of(found, params)), TARGET)
    assert not result.bugs
    return result


def cited(pass_id: str, files: dict[str, str], **params: Any) -> set[str]:
    done = converted(pass_id, files, **params)
    return {c.source for c in done.changes} | {f.source for f in done.findings}


@rows("pod_templates")
def test_a_pod_template_is_found_where_the_table_says(row: Row) -> None:
    """In an object of its kind and group; what holds a whole object is asked for that one's."""
    leaf = {"spec": {}} if row["form"] != "object" else {"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow", "spec": {}}
    data = {**built(row["at"], leaf), "apiVersion": f"{row['group']}/v1".lstrip("/"), "kind": row["kind"]}
    found = [place.row for place in pod_places(data)]
    assert found == [row.id if row["form"] != "object" else "workflow"]
    assert not list(pod_places({**data, "apiVersion": "example.com/v1"}))


@rows("moving_tags")
def test_a_moving_tag_moves(row: Row) -> None:
    """Unless a digest pins it, or a version stands behind it."""
    assert moves(f"registry.example:5000/a/b:{row.id}")
    assert not moves(f"a:{row.id}@sha256:1234") and not moves(f"a:{row.id}-1.2")


@rows("compute_classes")
def test_a_class_of_gke_is_none_of_the_users(row: Row) -> None:
    """In any spelling of its case."""
    assert not applies("compute-class", {"nodeSelector": {CLASS: row["name"]}})
    assert not applies("compute-class", {"nodeSelector": {CLASS: row["name"].lower()}})
    assert applies("compute-class", {"nodeSelector": {CLASS: f"{row['name']}-of-mine"}})


def test_what_a_class_of_the_user_does_to_the_annotation() -> None:
    """Extended run time may be lost."""
    assert "eviction/compute-class" in cited("eviction", {"a.yaml": POD.format(kind="Deployment", of="mine")})
    assert "eviction/compute-class" not in cited("eviction", {"a.yaml": POD.format(kind="Deployment", of="Balanced")})


@pytest.mark.parametrize(("kind", "row"), [("DaemonSet", "daemon-set"), ("Deployment", "general-purpose")])
def test_the_defaults_of_autopilot(kind: str, row: str) -> None:
    """A DaemonSet has smaller ones."""
    found = cited("resources", {"a.yaml": POD.format(kind=kind, of="Balanced")}, defaults={"requests": {"cpu": "1"}})
    assert f"autopilot_defaults/{row}" in found


@rows("argo_tags")
def test_a_name_is_argos_own(row: Row) -> None:
    """By its root, its whole name, or a pattern; what a workflow must bring counts only where it is asked for."""
    if row["kind"] == "root":
        assert (row["text"] in tags.roots(), row["text"] in tags.roots(closed=True)) == (True, not row.get("open"))
    elif row["kind"] == "name":
        assert row["text"] in tags.names()
    else:
        for sample in SAMPLES[row.id]:
            assert re.fullmatch(row["text"], sample) and tags.known(given=True).fullmatch(sample), sample
            assert bool(tags.known(given=False).fullmatch(sample)) == (not row.get("given"))


SAMPLES = {
    "own-names": ["pod.name", "steps.name", "tasks.name"],
    "workflow-names": [f"workflow.{n}" for n in ("name", "namespace", "uid", "mainEntrypoint", "serviceAccountName", "status", "duration")],
    "workflow-times": ["workflow.scheduledTime", "workflow.creationTimestamp", "workflow.creationTimestamp.Y"],
    "workflow-metadata": ["workflow.labels", "workflow.annotations", "workflow.labels.json"],
    "workflow-given": ["workflow.failures", "workflow.priority", "workflow.parameters"],
}


@rows("argo_charts")
def test_a_chart_brings_its_version(row: Row) -> None:
    """Exactly where it is the oldest chart of that version; a later one may bring a later patch."""
    for version, exact in ((row["since"], True), (row["since"].rpartition(".")[0] + ".7", False)):
        need = f'name: {row["chart"]}, version: "{version}", repository: "https://argoproj.github.io/argo-helm"'
        text = f"apiVersion: v2\nname: a\ndependencies: [{{{need}}}]\n"
        (found,) = find_installs(Index({"argo/Chart.yaml": text.encode()}))
        assert (found.version, found.exact) == (Version.parse(row["app"]), exact)


@rows("argo_schema")
def test_every_type_of_a_field_is_known(row: Row) -> None:
    """A plain one, a row of the table, or a type of Kubernetes; versions are versions."""
    check_fields(row, ("argo_schema",))


@rows("controller_config")
def test_every_type_of_the_configuration_is_known(row: Row) -> None:
    """It may be one of Argo's own types as well."""
    check_fields(row, ("controller_config", "argo_schema"))


def check_fields(row: Row, names: tuple[str, ...]) -> None:
    for name, cell in row["fields"].items():
        kind, *more = cell.split()
        base = re.sub(r"(\[\]|\{\})+$", "", kind)
        plain = base in ("text", "scalar", "flag", "number", "number-or-text", "any", "duration")
        of_kubernetes = any(d.endswith(f".{base.removeprefix('k8s:')}") for d in schemas.definitions(schemas.versions()[-1]))
        assert plain or any(base in table(n) for n in names) or (base.startswith("k8s:") and of_kubernetes), name
        assert [w for w in more[::2] if w not in ("since", "below")] == [] and len(more) % 2 == 0
        assert all(Version.parse(v) for v in more[1::2])


@rows("merge_keys")
def test_a_list_is_merged_by_its_key(row: Row) -> None:
    """An item with the same key is merged, another one is added; a mapping is merged."""
    field, key = row["field"], row.get("key")
    old, new = ({"x": 1}, {"y": 2}) if key is None else ([{key: "k", "x": 1}], [{key: "k", "y": 2}, {key: "other"}])
    whole = {"x": 1, "y": 2}
    expected = whole if key is None else [{key: "k", **whole}, {key: "other"}]
    done = merged({field: old}, {field: new}, row["of"])[field]
    assert done == expected or (key is not None and sorted(done, key=str) == sorted(expected, key=str))


@pytest.mark.parametrize("row", [r for r in table("executor").rows if r["what"] == "label"], ids=lambda row: str(row.id))
def test_a_label_is_found_where_the_table_says(row: Row) -> None:
    """On Workflows and templates; the rows of workflowDefaults are exercised by the controller's ConfigMap."""
    if row["kind"] == "workflowDefaults":
        defaults = "".join(f"{'  ' * n}{step}:\n" for n, step in enumerate(("", *row["at"].split("/"))) if step)
        text = (
            f"  workflowDefaults: |\n    {defaults.replace(chr(10), chr(10) + '    ')}      {'  ' * row['at'].count('/')}  {LABEL}: pns\n"
        )
        config = f"{CONFIG_MAP}\n{text}"
        assert f"executor/{row.id}" in cited("executor", {"a.yaml": config}), config
        return
    data = {"apiVersion": "argoproj.io/v1alpha1", "kind": row["kind"], **built(row["at"], {LABEL: "pns", "a": "b"})}
    (item,) = label_items(data, 1)
    assert (item.source, item.path) == (f"executor/{row.id}", (*row["at"].split("/"), LABEL))


def test_what_changes_with_the_executor_is_told_in_full() -> None:
    """Every effect, in one finding."""
    config = (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: workflow-controller-configmap}\ndata: {containerRuntimeExecutor: pns, a: b}\n"
    )
    (told,) = (f for f in converted("executor", {"a.yaml": config}).findings if f.code == "EXE003")
    assert all(row["text"] in told.message for row in table("executor").rows if row["what"] == "effect")


def test_versions_of_the_executor_leave_no_gap() -> None:
    """From the first to the last, each row begins where the one before ends."""
    held = [r for r in table("executor").rows if r["what"] == "version"]
    assert [r["below"] for r in held[:-1]] == [r["since"] for r in held[1:]]


@rows("argo_reserved")
def test_a_reserved_name(row: Row) -> None:
    """Exactly, or by its beginning."""
    for name in row["names"]:
        assert is_reserved(name, row.id) and is_reserved(name + "x", row.id) == name.endswith("-")
    assert not is_reserved("mine", row.id) and not is_reserved("", row.id)


@rows("argo_limits")
def test_a_limit_is_a_whole_number(row: Row) -> None:
    """And is said in words."""
    assert limit(row.id) == row["value"] > 0 and row["what"].endswith(".")


@rows("releases")
def test_a_release_is_in_order(row: Row) -> None:
    """The last patch is one of its minor, and a range begins before its end."""
    minor = Version.parse(row["minor"])
    assert not row.get("last") or Version.parse(row["last"]).at_least(row["minor"])
    assert not row.get("from") or minor.at_least(row["from"])


def test_what_only_pns_needed_is_removed() -> None:
    """Of the executor container's security context, in the values of a chart."""
    context = "{privileged: true, capabilities: {add: [SYS_PTRACE, SYS_CHROOT, NET_ADMIN]}}"
    values = f"controller:\n  containerRuntimeExecutor: pns\n  a: b\nexecutor:\n  a: b\n  securityContext: {context}\n"
    wanted = {"executor/security-privileged", "executor/security-ptrace", "executor/security-chroot"}
    assert wanted <= cited("executor", {"argo/values.yaml": values})


def test_what_another_tool_fills_in_is_told_by_the_key() -> None:
    """A placeholder in the ConfigMap, and selectors among the parameters of a chart."""
    config = (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: workflow-controller-configmap}\ndata: {containerRuntimeExecutor: '${X}', a: b}\n"
    )
    assert "executor/key-executor" in cited("executor", {"a.yaml": config})
    source = (
        "{repoURL: https://argoproj.github.io/argo-helm, chart: argo-workflows, targetRevision: 0.18.0, helm: {parameters: "
        "[{name: 'controller.containerRuntimeExecutors[0].name', value: pns}]}}"
    )
    application = f"apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: argo}}\nspec:\n  source: {source}\n"
    assert "executor/key-executors" in cited("executor", {"a.yaml": application})
