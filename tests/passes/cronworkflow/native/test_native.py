"""`argo submit` scheduled natively: what each word of a command line means, what is refused, and what is told."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.passes.cronjobs import ALONE, Result, convert
from transformer import templating
from transformer.knowledge import table
from transformer.model import Severity, Target, Version
from transformer.passes.cronworkflow import PASS
from transformer.passkit import testing
from transformer.yamltext import load

WHOLE = """\
apiVersion: batch/v1
kind: CronJob
metadata:
  name: nightly
  namespace: ml
spec:
  schedule: "0 2 * * *"
  jobTemplate:
    spec:
      backoffLimit: 0
      template:
        spec:
          restartPolicy: Never
          containers:
            - name: submit
              image: registry.example/argocli:3.6
              command: COMMAND
"""
ALL = [r.id for name in ("cronjob_fields", "cronjob_rules") for r in table(name).rows if r.get("consent") == "accept"]
MONITOR = {"image": "registry.example/curl", "secret": {"name": "cronitor", "key": "api"}}
TEMPLATE = """\
apiVersion: argoproj.io/v1alpha1
kind: WorkflowTemplate
metadata: {name: x, namespace: ml}
spec:
  entrypoint: main
  templates: [{name: main, steps: []}]
"""


def job(command: str, container: str = "", pod: str = "", job: str = "") -> str:
    text = WHOLE.replace("COMMAND", command)
    text += "".join(f"              {line}\n" for line in container.splitlines())
    text = text.replace("          containers:\n", "".join(f"          {line}\n" for line in pod.splitlines()) + "          containers:\n")
    return text.replace("      template:\n", "".join(f"      {line}\n" for line in job.splitlines()) + "      template:\n")


def native(text: str, **more: Any) -> Result:
    """With every row accepted."""
    return convert(text, **{"mode": "native", "accept": ALL, **more})


def submit(words: str, **more: Any) -> Result:
    return native(job(f'[sh, -c, "argo submit --from wftmpl/x {words}"]'), **more)


def blocked_by(result: Result) -> list[str]:
    assert result.outcome == "Blocked", result.text
    return [f.source.partition("/")[2] for f in result.findings if f.blocks]


def spec(result: Result) -> Any:
    assert result.outcome == "Changed", result.reason
    return result.data["spec"]


def _paths(node: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    for step, child in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        yield (*at, step)
        yield from _paths(child, (*at, step))


# --- words


@pytest.mark.parametrize(
    ("words", "where", "value"),
    [
        ("-p a=b", "arguments", {"parameters": [{"name": "a", "value": "b"}]}),
        ("-pa=b -p=c=d --parameter=e=f=g --parameter h=", "arguments", {"parameters": [
            {"name": "a", "value": "b"}, {"name": "c", "value": "d"}, {"name": "e", "value": "f=g"}, {"name": "h", "value": ""},
        ]}),
        ("-p a=5", "arguments", {"parameters": [{"name": "a", "value": "5"}]}),
        ("--entrypoint e", "entrypoint", "e"),
        ("--entrypoint e --entrypoint=f", "entrypoint", "f"),
        ("--serviceaccount s", "serviceAccountName", "s"),
        ("--priority -3", "priority", -3),
        ("-wv --watch=true --log -o json --loglevel debug -k -H a:b --token t --strict=false", "workflowTemplateRef", {"name": "x"}),
    ],
)  # fmt: skip
def test_flags(words: str, where: str, value: Any) -> None:
    """Each flag of the table has its effect, in every form that argo takes."""
    assert spec(submit(words))["workflowSpec"][where] == value


@pytest.mark.parametrize(
    ("kind", "cluster"),
    [
        *((kind, False) for kind in ("workflowtemplate", "workflowtemplates", "wftmpl", "WorkflowTemplate")),
        *((kind, True) for kind in ("clusterworkflowtemplate", "clusterworkflowtemplates", "cwftmpl", "ClusterWorkflowTemplate")),
    ],
)
def test_four_spellings(kind: str, cluster: bool) -> None:
    done = spec(native(job(f"[argo, submit, --from={kind}/x]")))
    assert done["workflowSpec"] == {"workflowTemplateRef": {"name": "x"} | ({"clusterScope": True} if cluster else {})}
    label = f"workflows.argoproj.io/{'cluster-' if cluster else ''}workflow-template"
    assert done["workflowMetadata"] == {"labels": {label: "x"}}


def test_a_flag_that_only_shows_something() -> None:
    """It is gone, whatever version knows it first."""
    done = submit("--log-format json")
    assert done.outcome == "Changed" and "log-format" not in done.text


def test_labels() -> None:
    """The label that `argo submit --from` writes is written where the controller does not: before 4.1."""
    done = submit("-l a=b,c=d")
    assert spec(done)["workflowMetadata"]["labels"] == {"workflows.argoproj.io/workflow-template": "x", "a": "b", "c": "d"}
    assert "workflowMetadata" not in spec(submit("", argo="4.1"))
    assert blocked_by(submit("", crds="full")) == ["workflow-metadata-pruned"]
    for labels in ("a", "a=b=c", "a b=c", "workflows.argoproj.io/completed=true"):
        assert blocked_by(submit(f"-l '{labels}'")) == ["native-label-refused"]


@pytest.mark.parametrize(
    "command",
    [
        "[argo, submit, --from, wftmpl/x]",
        "[/usr/local/bin/argo, --verbose, submit, --from, wftmpl/x]",
        '[sh, -euc, "argo submit --from wftmpl/x"]',
        '[bash, -eo, pipefail, -c, "set -eux\\nset -o pipefail\\nexec argo submit --from wftmpl/x"]',
        "[/bin/bash, +x, -c, \"A=b env B=c /bin/sh -c 'argo submit --from wftmpl/x'\"]",
        "[env, A=b, argo, submit, --from, wftmpl/x]",
    ],
)
def test_wrappers(command: str) -> None:
    """Programs that only run what they are given are taken off."""
    assert spec(native(job(command)))["workflowSpec"] == {"workflowTemplateRef": {"name": "x"}}


def test_the_image_of_argo_itself() -> None:
    """argocli runs argo where there is no command; no other image is known to."""
    text = job("X").replace("command: X", "args: [submit, --from, wftmpl/x]")
    assert spec(native(text))["workflowSpec"] == {"workflowTemplateRef": {"name": "x"}}
    other = job("X").replace("command: X", "args: [argo, submit, --from, wftmpl/x]").replace("argocli", "tools")
    assert blocked_by(native(other)) == ["native-not-one-submit"]


@pytest.mark.parametrize(
    ("script", "row"),
    [
        ("echo a; argo submit --from wftmpl/x", "native-not-one-submit"),
        ("set -n; argo submit --from wftmpl/x", "native-not-one-submit"),
        ("set -o noexec; argo submit --from wftmpl/x", "native-not-one-submit"),
        ("argo submit --from wftmpl/x; exit 0", "native-not-one-submit"),
        ("trap 'argo stop x' EXIT; argo submit --from wftmpl/x", "native-not-one-submit"),
        ("argo submit --from wftmpl/x || true", "native-not-one-submit"),
        ("argo submit --from wftmpl/x > /dev/null", "native-not-one-submit"),
        ("timeout 5 argo submit --from wftmpl/x", "native-not-one-submit"),
        ("argo resume argo submit", "native-not-one-submit"),
        ("env -i argo submit --from wftmpl/x", "native-not-one-submit"),
        ("argo submit --from wftmpl/x $SPACES", "native-not-one-submit"),
        ("$ARGO submit # argo submit", "native-not-one-submit"),
        ("cronitor ping a argo submit", "native-not-one-submit"),
        ("# argo submit", "native-not-one-submit"),
        ("argo submit --from wftmpl/x -p a=$NONE", "native-unknown-value"),
        ("argo submit --from wftmpl/x -p a=$SECRET", "native-unknown-value"),
        ("A=1 sh -c 'argo submit --from wftmpl/x -p a=$A'", "native-unknown-value"),
        ("argo submit --from wftmpl/x -l day=$(date +%F)", "native-unknown-value"),
        ("argo submit --from wftmpl/x -p a=$(date)", "native-date-form"),
        ("argo submit --from wftmpl/x -p a=$(date +%s)", "native-date-form"),
        ("argo submit --from wftmpl/x -p a=$(date +%-d)", "native-date-form"),
        ("argo submit --from wftmpl/x -p a=$(TZ=Asia/Tokyo date +%F)", "native-date-form"),
        ("argo submit --from wftmpl/x -p a=$(cat /x)", "native-date-form"),
        ("argo submit --from wftmpl/x --unknown", "native-flag-unknown"),
        ("argo submit --from wftmpl/x -Z", "native-flag-unknown"),
        ("argo submit --from wftmpl/x -p", "native-flag-unknown"),
        ("argo submit --from wftmpl/x -p a", "native-flag-unknown"),
        ("argo submit --from wftmpl/x -p a=1 -p a=2", "native-flag-unknown"),
        ("argo submit --from wftmpl/x --priority high", "native-flag-unknown"),
        ("argo submit --from wftmpl/x --wait=perhaps", "native-flag-unknown"),
        ("argo submit", "native-from"),
        ("argo submit a.yaml", "native-from"),
        ("argo submit -", "native-from"),
        ("argo submit --from cronwf/x", "native-from"),
        ("argo submit --from wftmpl/x -f p.yaml", "submit-parameter-file"),
        ("argo submit --from wftmpl/x --server-dry-run", "submit-dry-run"),
        ("argo submit --help", "submit-help"),
        ("argo submit --from wftmpl/x --kubeconfig k", "submit-cluster"),
        ("argo submit --from wftmpl/x --as me", "submit-impersonation"),
        ("KUBECONFIG=/x argo submit --from wftmpl/x", "variable-cluster"),
    ],
)
def test_refused(script: str, row: str) -> None:
    """What is more than one submit, or has no equal, is refused with the row that says why."""
    env = "env: [{name: SPACES, value: a b}, {name: SECRET, valueFrom: {secretKeyRef: {name: s, key: k}}}]"
    assert row in blocked_by(native(job("[sh, -c, SCRIPT]", env).replace("SCRIPT", "'" + script.replace("'", "''") + "'")))


# --- values


def test_values_of_the_environment() -> None:
    """The kubelet's and the shell's ways to name a variable, where the manifest says its value."""
    env = "env: [{name: A, value: one}, {name: B, value: 'two $(A)'}]"
    command = "[sh, -c, 'argo submit --from wftmpl/x -p a=$A -p \"b=${B}\" -p c=$(A) -p d=$$(A)x -p ''e=$A''']"
    found = blocked_by(native(job(command, env)))  # `$$(A)` comes to the shell as `$(A)`, a command
    assert found == ["native-date-form"]
    done = native(job(command.replace(" -p d=$$(A)x", ""), env))
    assert [p["value"] for p in spec(done)["workflowSpec"]["arguments"]["parameters"]] == ["one", "two one", "one", "$A"]
    exec_form = native(job("[argo, submit, --from, wftmpl/x, -p, 'a=$(A) $$(B) $(NONE) $A']", env))
    assert spec(exec_form)["workflowSpec"]["arguments"]["parameters"][0]["value"] == "one $(B) $(NONE) $A"


def test_what_env_from_may_hold() -> None:
    """It may set what argo reads, so it takes consent; a name that it may define is not known."""
    source = "envFrom: [{secretRef: {name: s}}]"
    assert "native-environment-from" in blocked_by(
        convert(job("[argo, submit, --from, wftmpl/x]", source), mode="native", accept=["native-submit"])
    )
    assert blocked_by(native(job("[argo, submit, --from, wftmpl/x, -p, a=$(A)]", source))) == ["native-unknown-value"]


def test_dates() -> None:
    done = submit("-p a=$(date +%Y%m%dT%H%M%S) -p b=`date -u +%F_%T`")
    tag = "{{{{workflow.creationTimestamp.{}}}}}".format
    assert [p["value"] for p in spec(done)["workflowSpec"]["arguments"]["parameters"]] == [
        f"{tag('Y')}{tag('m')}{tag('d')}T{tag('H')}{tag('M')}{tag('S')}",
        f"{tag('Y')}-{tag('m')}-{tag('d')}_{tag('H')}:{tag('M')}:{tag('S')}",
    ]
    zone = "env: [{name: TZ, value: ZONE}]"
    command = "[sh, -c, 'argo submit --from wftmpl/x -p a=$(date +%F)']"
    assert blocked_by(native(job(command, zone.replace("ZONE", "Asia/Tokyo")))) == ["native-date-form"]
    assert native(job(command, zone.replace("ZONE", "Etc/UTC"))).outcome == "Changed"


def test_where_it_is_to_run() -> None:
    """The same namespace says nothing; another one moves the CronWorkflow; both by flag or by variable."""
    assert submit("-n ml").data["metadata"] == {"name": "nightly", "namespace": "ml"}
    assert submit("-n other").data["metadata"]["namespace"] == "other"
    env = "env: [{name: ARGO_NAMESPACE, value: other}, {name: ARGO_INSTANCEID, value: blue}, {name: ARGO_TOKEN, value: t}]"
    done = native(job("[argo, submit, --from, wftmpl/x, --instanceid, green]", env))
    own = "env: [{name: ARGO_NAMESPACE, valueFrom: {fieldRef: {fieldPath: metadata.namespace}}}]"
    assert native(job("[argo, submit, --from, wftmpl/x, -n, $(ARGO_NAMESPACE)]", own)).data["metadata"]["namespace"] == "ml"
    nowhere = native(job("[argo, submit, --from, wftmpl/x]", own).replace("  namespace: ml\n", ""))
    assert "namespace" not in nowhere.data["metadata"]
    assert done.data["metadata"]["namespace"] == "other"
    assert done.data["metadata"]["labels"] == {"workflows.argoproj.io/controller-instanceid": "green"}
    clash = job("[argo, submit, --from, wftmpl/x, --instanceid, green]").replace(
        "  namespace: ml\n", "  namespace: ml\n  labels: {workflows.argoproj.io/controller-instanceid: blue}\n"
    )
    assert blocked_by(native(clash)) == ["native-instance-id"]


# --- consent and modes


@pytest.mark.parametrize(
    ("text", "row"),
    [
        (job("[argo, submit, --from, wftmpl/x]"), "native-submit"),
        (job("[argo, submit, --from, wftmpl/x, --name, fixed]"), "native-name"),
        (job("[argo, submit, --from, wftmpl/x, -s, 'argo:2746']"), "native-server"),
        (
            job("[argo, submit, --from, wftmpl/x]", "env: [{name: ARGO_SERVER, valueFrom: {secretKeyRef: {name: s, key: k}}}]"),
            "native-server",
        ),
        (job("[argo, submit, --from, wftmpl/x, -n, other]"), "native-namespace"),
        (job('[sh, -c, "argo submit --from wftmpl/x -p a=$(date +%F)"]'), "native-date"),
        (job("[argo, submit, --from, wftmpl/x]").replace("      backoffLimit: 0\n", ""), "native-retries"),
        (job("[argo, submit, --from, wftmpl/x]").replace("backoffLimit: 0", "backoffLimit: 3"), "native-retries"),
        (job("[argo, submit, --from, wftmpl/x]", job="activeDeadlineSeconds: 60"), "native-deadline"),
    ],
)
def test_consent(text: str, row: str) -> None:
    """Asked for under `mode: native`; without it `auto` keeps the Pod that submits and says which line to add."""
    others = [r for r in ALL if r != row]
    assert blocked_by(convert(text, mode="native", accept=others)) == [row]
    kept = convert(text, accept=others)
    told = [f for f in kept.findings if f.code == "CRON005"]
    assert kept.template["container"]["image"] == "registry.example/argocli:3.6"
    assert [(f.severity, f"accept: [{row}]" in f.remedy) for f in told] == [(Severity.INFO, True)]
    done = convert(text, accept=ALL)
    assert "workflowTemplateRef" in done.workflow
    assert row in [f.source.partition("/")[2] for f in done.findings if f.code == "CRON003"]


def test_modes() -> None:
    """`wrapper` never; `auto` says why not, with file, line and what is in the way; other CronJobs never hear of it."""
    plain, piped = job("[argo, submit, --from, wftmpl/x]"), job('[sh, -c, "argo submit --from wftmpl/x | tee log"]')
    assert [f.source for f in convert(plain, mode="wrapper", accept=ALL).findings if f.code == "CRON005"] == [
        "cronjob_rules/native-left-wrapped"
    ]
    assert not [f for f in convert(piped, mode="wrapper").findings if f.code == "CRON005"]
    (told,) = [f for f in convert(piped, accept=ALL).findings if f.code == "CRON005"]
    assert "job.yaml:17: containers[0].command: a pipe (`argo submit --from wftmpl/x | tee log`)" in told.full_message
    for other in ("[report]", "[argo, list]"):
        assert not [f for f in convert(job(other), mode="native").findings if f.code == "CRON005"]
        assert convert(job(other), mode="native").outcome == "Changed"


def test_where_templates_may_only_be_referred_to() -> None:
    """Native is what runs with templateReferencing, as long as it brings no hooks and no account of its own."""
    target = Target(argo=Version.parse("3.6"), gke=Version.parse("1.33"), template_referencing="Strict")

    def rows(command: str, **params: Any) -> list[str]:
        record = testing.convert({"job.yaml": job(command)}, (ALONE, params), target)
        return [f.source.partition("/")[2] for f in record.findings if f.blocks]

    assert rows("[argo, submit, --from, wftmpl/x]", accept=ALL) == []
    assert rows("[argo, submit, --from, wftmpl/x]") == ["inline-templates"]
    assert rows("[argo, submit, --from, wftmpl/x, --serviceaccount, s]", mode="native", accept=ALL) == ["native-hooks-restricted"]
    assert "native-hooks-restricted" in rows(
        "[cronitor, exec, k, argo, submit, --from, wftmpl/x]", mode="native", accept=ALL, monitor=MONITOR
    )


# --- what waited


def test_everything_about_the_pod_is_named() -> None:
    """P5 holds, what went is listed, and comments that went with it are reported."""
    text = job(
        "[argo, submit, --from, wftmpl/x]",
        container="resources: {requests: {cpu: 100m}}  # small\nenvFrom: []\nenv: [{name: A, value: b}]",
        pod="serviceAccountName: submitter\nnodeSelector: {pool: small}\nvolumes: [{name: v, emptyDir: {}}]\nenableServiceLinks: true",
        job="ttlSecondsAfterFinished: 60\npodReplacementPolicy: Failed\nparallelism: 1\nsuspend: false",
    ).replace("    spec:\n      backoffLimit", "    metadata: {labels: {a: b}}\n    spec:\n      backoffLimit")
    done = native(text)
    assert spec(done)["workflowSpec"] == {"workflowTemplateRef": {"name": "x"}}
    assert done.dropped == ["# small"]
    told = {f.source.partition("/")[2]: f for f in done.findings}
    assert {"native-account", "native-ttl", "native-job-metadata", "native-history", "native-pod-gone"} <= set(told)
    for field in ("image", "resources", "nodeSelector", "volumes", "env"):
        assert field in told["native-pod-gone"].full_message


@pytest.mark.parametrize(
    ("more", "row"),
    [
        ({"pod": "initContainers: [{name: i, image: i}]"}, "native-several-containers"),
        ({"job": "completions: 2"}, "native-job-field"),
        ({"job": "suspend: true"}, "native-job-field"),
        ({"job": "completionMode: Indexed"}, "native-job-field"),
        ({"job": "parallelism: none"}, "wrong-type"),
        ({"pod": "colour: red"}, "unknown-field"),
    ],
)
def test_refused_of_the_job(more: dict[str, str], row: str) -> None:
    assert blocked_by(native(job("[argo, submit, --from, wftmpl/x]", **more))) == [row]


def test_a_sidecar() -> None:
    text = job("[argo, submit, --from, wftmpl/x]") + "            - {name: b, image: b, command: [b]}\n"
    assert blocked_by(native(text)) == ["native-several-containers"]


# --- what it refers to


@pytest.mark.parametrize(
    ("change", "row"),
    [
        (("entrypoint: main", "arguments: {parameters: [{name: a}, {name: b, value: c}]}\n  entrypoint: main"), "native-argument-missing"),
        (("name: x,", "name: y,"), "native-template-unseen"),
        (("namespace: ml", "namespace: other"), "native-template-unseen"),
    ],
)
def test_what_is_told_of_the_template(change: tuple[str, str], row: str) -> None:
    done = submit("", files={"x.yaml": TEMPLATE.replace(*change)})
    assert row in done.rows
    assert row not in submit("-p a=b", files={"x.yaml": TEMPLATE.replace(" namespace: ml", "")}).rows


def test_the_entrypoint() -> None:
    files = {"x.yaml": TEMPLATE}
    assert submit("--entrypoint main", files=files).outcome == "Changed"
    assert blocked_by(submit("--entrypoint other", files=files)) == ["native-entrypoint-missing"]


# --- monitoring

WATCHED = job("[cronitor, exec, --no-stdout, key-1, --, argo, submit, --from, wftmpl/x]")


def test_hooks() -> None:
    """One for the start, one for every end, each by an expression; hooks of the template stay."""
    hooks = native(WATCHED, files={"x.yaml": TEMPLATE}, monitor=MONITOR).workflow["hooks"]
    assert {name: h["expression"] for name, h in hooks.items()} == {
        "monitor-start": 'workflow.status == "Running"',
        "monitor-end": 'workflow.status in ["Succeeded", "Failed", "Error"]',
    }
    assert {h["arguments"]["parameters"][0]["value"] for h in hooks.values()} == {"key-1"}
    own = {"x.yaml": TEMPLATE.replace("  entrypoint", "  hooks: {monitor-end: {expression: a, template: main}}\n  entrypoint")}
    assert set(native(WATCHED, files=own, monitor=MONITOR).workflow["hooks"]) == {"monitor-start", "monitor-end-too"}


@pytest.mark.parametrize(
    ("argo", "more", "row", "outcome"),
    [
        ("3.6", {}, "native-monitor-absent", "Blocked"),
        ("3.2", {"monitor": MONITOR}, "native-hooks-old", "Blocked"),
        ("3.4", {"monitor": MONITOR}, "native-hooks-early", "Changed"),
        ("3.6", {"monitor": MONITOR}, "native-order", "Changed"),
        (
            "3.6",
            {"monitor": MONITOR, "files": {"x.yaml": TEMPLATE.replace("steps: []", "container: {image: i}")}},
            "native-hook-plain",
            "Changed",
        ),
        (
            "3.6",
            {"monitor": MONITOR, "files": {"m.yaml": TEMPLATE.replace("name: x", "name: cron-monitor")}},
            "native-monitor-clash",
            "Blocked",
        ),
    ],
)
def test_what_is_told_of_hooks(argo: str, more: dict[str, Any], row: str, outcome: str) -> None:
    done = native(WATCHED, argo=argo, **more)
    assert (done.outcome, row in done.rows) == (outcome, True)


def _followed(files: Mapping[str, str]) -> tuple[testing.Result, Mapping[str, str]]:
    params = {"mode": "native", "permissions": "report", "accept": ALL, "monitor": MONITOR}
    result = testing.converted(files, (PASS, params))
    return result, result.texts


def test_the_template_of_the_hooks_is_written_once_a_namespace() -> None:
    """Beside the first that calls it; a second run, with what the first one wrote, adds nothing."""
    other = WATCHED.replace("name: nightly", "name: weekly")
    files = {"a/one.yaml": WATCHED, "b/two.yaml": other, "c/three.yaml": WATCHED.replace("namespace: ml", "namespace: web")}
    _, done = _followed(files)
    assert sorted(set(done) - set(files)) == ["a/cron-monitor.yaml", "c/cron-monitor.yaml"]
    assert "namespace: ml\n" in done["a/cron-monitor.yaml"].replace('"', "")
    assert "secretKeyRef" in done["a/cron-monitor.yaml"]
    record, again = _followed({**done, "b/two.yaml": other})
    assert sorted(again) == sorted(done)
    assert [c.file for c in record.changes if c.file != "b/two.yaml"] == []


def test_the_template_of_the_hooks_goes_where_a_kustomization_looks() -> None:
    """A new file would not be built: it stands behind the CronWorkflow in its file."""
    files = {"kustomization.yaml": "resources: [one.yaml]\n", "one.yaml": WATCHED}
    _, done = _followed(files)
    assert sorted(done) == sorted(files)
    assert done["one.yaml"].count("---\n") == 1
    assert "kind: WorkflowTemplate\n" in done["one.yaml"]


# --- the organisation's own shape


@pytest.fixture
def own_templates(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    templating.use(None)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (
            "{workflowTemplateRef: {{ workflow.workflowTemplateRef }}, entrypoint: main}",
            "templates or an entrypoint beside workflowTemplateRef",
        ),
        (
            "{workflowTemplateRef: {{ workflow.workflowTemplateRef }}, templates: []}",
            "templates or an entrypoint beside workflowTemplateRef",
        ),
        ("{entrypoint: main}", "leaves out workflowTemplateRef"),
    ],
)
def test_a_shape_that_knows_no_reference(own_templates: Path, spec: str, message: str) -> None:
    """An older template of an organisation is told, not followed."""
    text = "apiVersion: argoproj.io/v1alpha1\nkind: CronWorkflow\nspec:\n{% for f, t in cron.items() %}  {{ f }}: {{ t }}\n{% endfor %}"
    (own_templates / "cronworkflow.yaml.j2").write_text(f"{text}  workflowSpec: {spec}\n")
    templating.use(own_templates)
    done = submit("")
    assert done.outcome == "Blocked"
    assert message in done.reason


def test_another_monitor(own_templates: Path) -> None:
    """An organisation's own pings, written in the place of ours."""
    (own_templates / "cron_monitor.yaml.j2").write_text(
        "apiVersion: argoproj.io/v1alpha1\nkind: WorkflowTemplate\nmetadata: {name: {{ name }}, namespace: {{ namespace }}}\n"
        "spec: {templates: [{name: notify, inputs: {parameters: [{name: monitor}, {name: status}, {name: series}]}, "
        "container: {image: {{ image }}, command: [ping]}}]}\n"
    )
    templating.use(own_templates)
    _, done = _followed({"one.yaml": WATCHED})
    assert "command: [ping]" in done["cron-monitor.yaml"]


# --- bad input

FULL = load(
    job(
        "[cronitor, exec, k, sh, -c, 'argo submit --from wftmpl/x -p a=$A']",
        container="env: [{name: A, value: b}]\nenvFrom: [{secretRef: {name: s}}]",
        pod="serviceAccountName: s\nvolumes: [{name: v, emptyDir: {}}]",
        job="activeDeadlineSeconds: 5",
    )
    + "---\n"
    + TEMPLATE.replace("  entrypoint", "  hooks: {a: {template: main}}\n  arguments: {parameters: [{name: a}]}\n  entrypoint")
    + "---\n"
    + TEMPLATE.replace("name: x", "name: cron-monitor").replace("steps: []", "inputs: {parameters: [{name: status}]}, steps: []")
)
PLACES = [(n, path) for n, document in enumerate(FULL) for path in _paths(document)]


@settings(max_examples=400)
@given(st.sampled_from(PLACES), st.sampled_from([None, True, 5, "x", "", [], {}, [None], ["x"], [5], {"x": None}, [{}], [[]]]))
def test_no_value_is_a_surprise(place: tuple[int, tuple[Any, ...]], value: Any) -> None:
    """Whatever stands anywhere, the pass says something; it never fails."""
    documents = deepcopy(FULL)
    here = documents[place[0]]
    for step in place[1][:-1]:
        here = here[step]
    here[place[1][-1]] = value
    files = {name: json.dumps(d) for name, d in zip(("x.yaml", "m.yaml"), documents[1:], strict=True)}
    native(json.dumps(documents[0]) + "\n", files=files, monitor=MONITOR)
