"""P6: the Pod that Argo would make is the CronJob's, or a cited row says where it differs."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.passes.cronjobs import ALONE, FILE, WHOLE, Result, convert, with_field
from tests.random_cronjobs import cron_job, parameters, text
from transformer import templating
from transformer.model import CheckState, Target, Verdict, Version
from transformer.passkit.testing import Result as Converted
from transformer.passkit.testing import convert as run_files
from transformer.promises.pod_differences import differences
from transformer.promises.pod_proof import Conversion, OtherPodError, prove, told
from transformer.yamltext import load

CITED = ["cronjob_fields/container-name", "cronjob_fields/job-deadline", "cronjob_fields/restart-policy-on-failure"]


def pod(**fields: Any) -> dict[str, Any]:
    return {"spec": {"containers": [{"name": "work", "image": "a"}], **fields}}


def where(old: Any, new: Any) -> list[str]:
    return [d.where for d in differences(old, new)]


# --- what is a difference


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (pod(), pod()),
        (pod(enableServiceLinks=True, terminationGracePeriodSeconds=30, hostIPC=False), pod()),
        (pod(volumes=[], nodeSelector={}, hostAliases=None), pod()),
        (pod(serviceAccount="a"), pod(serviceAccountName="a")),
        (pod(serviceAccount="a", serviceAccountName="a"), pod(serviceAccountName="a")),
        (pod(volumes=[{"name": "a"}, {"name": "b"}]), pod(volumes=[{"name": "b"}, {"name": "a"}])),
        ({"metadata": {"name": "x", "labels": {}}, **pod()}, pod()),
        (pod(containers=[{"name": "a", "env": [{"name": "A", "value": ""}]}]), pod(containers=[{"name": "a", "env": [{"name": "A"}]}])),
        (pod(containers=[{"name": "a", "args": [], "resources": {}}]), pod(containers=[{"name": "a"}])),
    ],
)
def test_equal(old: dict[str, Any], new: dict[str, Any]) -> None:
    assert not where(old, new)


@pytest.mark.parametrize(
    ("old", "new", "paths"),
    [
        (pod(restartPolicy="OnFailure"), pod(restartPolicy="Never"), ["spec/restartPolicy"]),
        (pod(), pod(containers=[{"name": "main", "image": "a"}]), ["spec/containers/0/name"]),
        ({"metadata": {"labels": {"a/b": "1"}}, **pod()}, pod(), ["metadata/labels/a~1b"]),
        (pod(hostUsers=True), pod(hostUsers=False), ["spec/hostUsers"]),
        (pod(priority=1), pod(priority=True), ["spec/priority"]),
        (pod(tolerations=[{"key": "a"}]), pod(tolerations=[{"key": "a"}, {"key": "b"}]), ["spec/tolerations/1"]),
        (pod(), pod(volumes=[{"name": "a", "emptyDir": {}}]), ["spec/volumes/0"]),
        (pod(affinity={"podAffinity": {}}), pod(), ["spec/affinity/podAffinity"]),
        (pod(securityContext={"runAsUser": 0}), pod(), ["spec/securityContext/runAsUser"]),
        (
            pod(containers=[{"name": "a"}, {"name": "b"}]),
            pod(containers=[{"name": "main"}, {"name": "a"}]),
            ["spec/containers/1/name", "spec/containers"],
        ),
        (pod(initContainers=[{"name": "a"}, {"name": "b"}]), pod(initContainers=[{"name": "b"}, {"name": "a"}]), ["spec/initContainers"]),
        ({"metadata": {"finalizers": ["x"]}, **pod()}, pod(), ["metadata/finalizers/0"]),
    ],
)
def test_different(old: dict[str, Any], new: dict[str, Any], paths: list[str]) -> None:
    assert where(old, new) == paths


def one(**fields: Any) -> dict[str, Any]:
    return pod(containers=[{"name": "work", "image": "a", **fields}])


BRACE = {"name": "ARGO_LB", "value": "{"}


@pytest.mark.parametrize(
    ("old", "new", "paths"),
    [
        (one(args=["{{x}}"]), one(args=["{$(ARGO_LB)x}}"], env=[BRACE]), []),
        (one(env=[{"name": "A", "value": "{{x}}"}]), one(env=[BRACE, {"name": "A", "value": "{$(ARGO_LB)x}}"}]), []),
        # too late in the list: the kubelet does not know it yet
        (
            one(env=[{"name": "A", "value": "{{x}}"}]),
            one(env=[{"name": "A", "value": "{$(ARGO_LB)x}}"}, BRACE]),
            ["spec/containers/0/env/0/value"],
        ),
        # `$$` is the kubelet's own escape
        (one(args=["$${{x}}"]), one(args=["$${$(ARGO_LB)x}}"], env=[BRACE]), []),
        (one(args=["{{x}}"]), one(args=["{$$(ARGO_LB)x}}"], env=[BRACE]), ["spec/containers/0/args/0"]),
        # the source's own variable is none of ours
        (one(args=["$(ARGO_LB)"], env=[BRACE]), one(args=["{"], env=[BRACE]), ["spec/containers/0/args/0"]),
        (one(), one(env=[{"name": "OTHER", "value": "{"}]), ["spec/containers/0/env/0"]),
    ],
)
def test_escapes_are_read_as_the_kubelet_does(old: dict[str, Any], new: dict[str, Any], paths: list[str]) -> None:
    assert where(old, new) == paths


def test_a_difference_reads_well_and_shows_no_secret() -> None:
    found = differences(pod(hostname="a"), pod(hostname="b"))
    assert str(found[0]) == 'spec/hostname: "a" became "b"'
    secret = differences(one(args=["kind: Secret\ndata: {a: czNjcjN0}"]), one())
    assert "czNjcjN0" not in str(secret[0]) and "absent" in str(secret[0])


# --- what counts as declared


def proved(source: str, target: Any, *cited: str, argo: str = "3.6") -> str:
    conversion = Conversion(load(source)[0], target, (), (), [*CITED, *cited])
    return prove(conversion, Version.parse(argo), ())


def test_only_cited_rows_count() -> None:
    done = convert(WHOLE).data
    assert proved(WHOLE, done) == ""
    with pytest.raises(OtherPodError, match=r'spec/containers/0/name: "work" became "main"'):
        prove(Conversion(load(WHOLE)[0], done, (), (), ["cronjob_fields/restart-policy-never"]), Version(3, 6), ())


@pytest.mark.parametrize(
    ("level", "lines", "row"),
    [
        ("job", "activeDeadlineSeconds: 60", "job-deadline"),
        ("pod", "priorityClassName: a\npriority: 5", "priority"),
        (
            "pod-template",
            'metadata: {annotations: {"container.apparmor.security.beta.kubernetes.io/work": runtime/default}}',
            "container-annotations",
        ),
        ("pod-template", "metadata: {annotations: {kubectl.kubernetes.io/default-container: work}}", "default-container-annotations"),
        (
            "container",
            "env: [{name: A, valueFrom: {resourceFieldRef: {containerName: work, resource: limits.cpu}}}]",
            "container-reference",
        ),
    ],
)
def test_every_row_that_differs_is_needed(level: str, lines: str, row: str) -> None:
    """The engine proves the conversion; without the row, the proof fails."""
    source = with_field(level, lines)
    done = convert(source).data
    names = [c for c in CITED if row not in c]
    with pytest.raises(OtherPodError):
        prove(Conversion(load(source)[0], done, (), (), names), Version(3, 6), ())
    prove(
        Conversion(load(source)[0], done, (), (), [*names, *(f"{t}/{row}" for t in ("cronjob_fields", "cronjob_rules"))]), Version(3, 6), ()
    )


def test_a_template_elsewhere_is_not_looked_at() -> None:
    target = {"spec": {"workflowSpec": {"workflowTemplateRef": {"name": "x"}}}}
    assert "workflowTemplateRef" in proved(WHOLE, target)


def test_two_kinds_of_pods_are_none() -> None:
    target = deepcopy(convert(WHOLE).data)
    spec = target["spec"]["workflowSpec"]
    spec["templates"] += [
        {"name": "other", "container": {"image": "b"}},
        {"name": "all", "steps": [[{"template": "main"}, {"template": "other"}]]},
    ]
    spec["entrypoint"] = "all"
    with pytest.raises(OtherPodError, match="2 templates"):
        proved(WHOLE, target)


# --- random CronJobs

RANDOM = st.randoms(use_true_random=False)


def converted(r: Random) -> tuple[str, Result]:
    data = cron_job(r)
    return text(data), convert(text(data), r.choice(("3.4", "3.6", "3.7", "4.0", "4.1")), **parameters(r, data))


@settings(max_examples=150, deadline=None)
@given(RANDOM)
def test_random_cron_jobs_convert_and_the_pod_is_the_same(r: Random) -> None:
    """The engine checks it; a promise that breaks fails here. What is refused, is refused by a row."""
    source, result = converted(r)
    assert result.outcome in ("Changed", "Blocked")
    if result.outcome == "Changed":
        assert proved(source, result.data, *result.cited) == ""
    else:
        assert all(f.source.startswith(("cronjob_fields/", "cronjob_rules/")) for f in result.findings if f.blocks)


MAKE_THE_POD = ("container", "containerSet", "sidecars", "initContainers", "volumes", "metadata", "affinity", "tolerations")


@settings(max_examples=150, deadline=None)
@given(RANDOM)
def test_a_field_that_is_lost_or_altered_is_noticed(r: Random) -> None:
    source, result = converted(r)
    if result.outcome != "Changed":
        return
    target = deepcopy(result.data)
    template = target["spec"]["workflowSpec"]["templates"][0]
    places = [p for p in _leaves(template) if p[0] in MAKE_THE_POD and p[-1] not in ("name", "dependencies")]
    path = r.choice(places)
    here: Any = template
    for step in path[:-1]:
        here = here[step]
    if r.random() < 0.5:
        here[path[-1]] = "altered"
    else:
        del here[path[-1]]
    with pytest.raises(OtherPodError):
        proved(source, target, *result.cited)


JUNK: tuple[Any, ...] = ("text", 7, True, None, [], {}, ["a"], [{}], [None], {"a": "b"}, [{"name": 1}])


@settings(max_examples=150, deadline=None)
@given(RANDOM)
def test_what_kubernetes_would_refuse_is_no_bug(r: Random) -> None:
    """Any node replaced by anything: refused, or converted with a proof; never an exception."""
    data = cron_job(r)
    chosen = parameters(r, data)
    here: Any = data["spec"]["jobTemplate"]["spec"]["template"]
    while isinstance(here, (dict, list)) and here:
        step = r.choice(list(here) if isinstance(here, dict) else range(len(here)))
        if r.random() < 0.3 or not isinstance(here[step], (dict, list)):
            here[step] = r.choice(JUNK)
            break
        here = here[step]
    convert(text(data), r.choice(("3.6", "4.0")), **chosen)


def _leaves(node: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Places of texts and numbers, but for what the Pod says anyhow."""
    for step, value in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        if isinstance(value, (dict, list)):
            yield from _leaves(value, (*at, step))
        elif value is not None:
            yield (*at, step)


# --- templates of an organisation


def run(source: str, argo: str = "3.6", files: dict[str, str] | None = None, **params: Any) -> Converted:
    return run_files({FILE: source, **(files or {})}, (ALONE, params), Target(argo=Version.parse(argo)), include=[FILE])


def proofs(found: Converted) -> list[str]:
    """Of each CronWorkflow, why its Pod was not compared; empty where it was and is the same."""
    checks = [c for c in found.plan.checks if c.what.startswith("the Pod of each CronWorkflow")]
    return ["" if c.state is CheckState.HELD else c.detail.removeprefix(f"{FILE}: ") for c in checks]


@pytest.fixture
def shape(tmp_path: Path) -> Iterator[Any]:
    """Gives the template other lines at the end of its one template."""

    def given(*lines: str, workflow: tuple[str, ...] = ()) -> None:
        own = (Path(__file__).parents[2] / "templates" / "cronworkflow.yaml.j2").read_text(encoding="utf-8").rstrip("\n")
        own = own.replace("    entrypoint: main\n", "    entrypoint: main\n" + "".join(f"    {line}\n" for line in workflow))
        (tmp_path / "cronworkflow.yaml.j2").write_text(own + "".join(f"\n        {line}" for line in lines) + "\n", encoding="utf-8")
        templating.use(tmp_path)

    yield given
    templating.use(None)


def test_what_a_template_adds_is_declared(shape: Any) -> None:
    shape(
        "priorityClassName: batch",
        "metadata: {labels: {team: x}}",
        "sidecars: [{name: log, image: a, command: [a]}]",
        workflow=("nodeSelector: {pool: b}",),
    )
    record = run(WHOLE)
    assert [o.verdict for o in record.outcomes] == [Verdict.CHANGED]
    assert proofs(record) == [""]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("podSpecPatch: 'containers: [{name: main, image: other}]'", "spec/containers/0/image"),
        ("sidecars: [{name: proxy, image: a, mirrorVolumeMounts: true}]", ""),
    ],
)
def test_what_a_template_alters_is_not(shape: Any, line: str, message: str) -> None:
    shape(line)
    record = run(WHOLE)
    assert not record.bugs
    if message:
        assert [o.verdict for o in record.outcomes] == [Verdict.BLOCKED]
        assert [(f.code, message in f.message, "template" in f.remedy) for f in record.findings if f.blocks] == [("POD001", True, True)]
    else:
        assert proofs(record) == ["mirrorVolumeMounts"]


# --- the controller's configuration


def config(text_: str) -> dict[str, str]:
    lines = "".join(f"    {line}\n" for line in text_.splitlines())
    head = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: workflow-controller-configmap, namespace: argo}\ndata:\n"
    return {"argo/config.yaml": f"{head}  config: |\n{lines}"}


@pytest.mark.parametrize(
    ("text_", "path"),
    [
        ("workflowDefaults: {spec: {serviceAccountName: argo}}", "spec/serviceAccountName: absent"),
        ("workflowDefaults: {spec: {templateDefaults: {container: {env: [{name: A, value: b}]}}}}", "spec/containers/0/env/0"),
        ("mainContainer: {resources: {requests: {cpu: 100m}}}", "spec/containers/0/resources/requests/cpu"),
        ("workflowDefaults: {spec: {podSpecPatch: '{\"hostUsers\": false}'}}", "spec/hostUsers"),
    ],
)
def test_defaults_that_come_into_the_pod_are_refused(text_: str, path: str) -> None:
    record = run(WHOLE, files=config(text_))
    blocks = [f for f in record.findings if f.blocks]
    assert not record.bugs
    assert [f.code for f in blocks] == ["POD001"]
    assert path in blocks[0].message and "argo/config.yaml:1" in blocks[0].message and "controller-defaults" in blocks[0].remedy


def test_defaults_are_fine_where_the_job_says_the_same_or_accepts_them() -> None:
    files = config("workflowDefaults: {spec: {serviceAccountName: argo, ttlStrategy: {secondsAfterCompletion: 5}}}")
    assert proofs(run(with_field("pod", "serviceAccountName: argo"), files=files)) == [""]
    record = run(WHOLE, files=files, accept=["controller-defaults"])
    assert proofs(record) == [""]
    assert "cronjob_rules/controller-defaults" in [f.source for f in record.findings]


def test_a_configuration_that_cannot_be_read_is_told() -> None:
    assert "cannot be read" in proofs(run(WHOLE, files=config("workflowDefaults: {")))[0]
    assert "Argo does not accept" in proofs(run(WHOLE, files=config("workflowDefaults: {spec: {templates: [a]}}")))[0]


def test_the_report_tells_how_it_went() -> None:
    lines = told({"a": ("", ""), "b": ("why",)}, Version(3, 6), configured=False)
    assert [line.state for line in lines] == [CheckState.HELD, CheckState.NOT_CHECKED, CheckState.NOT_CHECKED]
    assert lines[0].detail.startswith("2 ")
    (line,) = told({"b": ("why",)}, Version(3, 6), configured=True)
    assert str(line) == "the Pod of each CronWorkflow (Argo 3.6): not checked: b: why"
