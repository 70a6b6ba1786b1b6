"""CronJob to CronWorkflow: where each field goes, what is refused, and that the text stays."""

from __future__ import annotations

from typing import Any

import pytest

from tests.passes.cronjobs import WHOLE, convert, with_field
from transformer.model import Severity

CONVERTED = "Changed"
BLOCKED = "Blocked"
FAIL = {
    "limit": 6,
    "retryPolicy": "OnFailure",
    "expression": "asInt(lastRetry.exitCode) not in [-1, 137, 143]",
    "backoff": {"duration": "10s", "factor": "2"},
}


def test_the_least_that_a_cronjob_says() -> None:
    """What Kubernetes assumes in silence is written out; nothing else is added."""
    done = convert(WHOLE)
    assert done.data == {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "CronWorkflow",
        "metadata": {"name": "report"},
        "spec": {
            "schedules": ["0 2 * * *"],
            "timezone": "Etc/UTC",
            "startingDeadlineSeconds": 86400,
            "workflowSpec": {
                "entrypoint": "main",
                "templates": [
                    {"name": "main", "retryStrategy": FAIL, "container": {"image": "registry.example/report:1", "command": ["report"]}}
                ],
            },
        },
    }


def test_one_schedule_or_a_list_by_version() -> None:
    """`schedule` up to 3.5, where it stays where it is; `schedules` from 3.6 on."""
    assert convert(WHOLE, argo="3.5").data["spec"]["schedule"] == "0 2 * * *"
    assert '  schedule: "0 2 * * *"\n' in convert(WHOLE, argo="3.5").text
    assert convert(WHOLE, argo="3.6").data["spec"]["schedules"] == ["0 2 * * *"]


# --- where fields go


@pytest.mark.parametrize(
    ("level", "lines", "place", "value"),
    [
        ("pod", "activeDeadlineSeconds: 30", "template/activeDeadlineSeconds", 30),
        ("pod", "affinity: {nodeAffinity: {}}", "template/affinity", {"nodeAffinity": {}}),
        ("pod", "dnsPolicy: Default", "workflow/dnsPolicy", "Default"),
        ("pod", "dnsConfig: {nameservers: [1.1.1.1]}", "workflow/dnsConfig", {"nameservers": ["1.1.1.1"]}),
        ("pod", "hostNetwork: true", "workflow/hostNetwork", True),
        ("pod", "imagePullSecrets: [{name: s}]", "workflow/imagePullSecrets", [{"name": "s"}]),
        ("pod", "serviceAccountName: sa", "workflow/serviceAccountName", "sa"),
        ("pod", "serviceAccount: sa", "workflow/serviceAccountName", "sa"),
        ("pod", "serviceAccount: sa\nserviceAccountName: sa", "workflow/serviceAccountName", "sa"),
        ("pod", "priorityClassName: high", "template/priorityClassName", "high"),
        ("pod", "priorityClassName: high\npriority: 5", "template/priorityClassName", "high"),
        ("pod", "schedulerName: mine", "template/schedulerName", "mine"),
        ("pod", "nodeSelector: {a: b}", "template/nodeSelector", {"a": "b"}),
        ("pod", "tolerations: [{key: a, operator: Exists}]", "template/tolerations", [{"key": "a", "operator": "Exists"}]),
        ("pod", "hostAliases: [{ip: 1.2.3.4, hostnames: [a]}]", "template/hostAliases", [{"ip": "1.2.3.4", "hostnames": ["a"]}]),
        ("pod", "securityContext: {runAsNonRoot: true, runAsUser: 5}", "template/securityContext", {"runAsNonRoot": True, "runAsUser": 5}),
        ("pod", "volumes: [{name: v, emptyDir: {}}]", "template/volumes", [{"name": "v", "emptyDir": {}}]),
        ("pod", "initContainers: [{name: i, image: j}]", "template/initContainers", [{"name": "i", "image": "j"}]),
        ("pod", "hostname: h", "template/podSpecPatch", 'hostname: "h"'),
        ("pod", "hostname: h\nsubdomain: s", "template/podSpecPatch", 'hostname: "h"\nsubdomain: "s"\n'),
        ("pod", "terminationGracePeriodSeconds: 60", "template/podSpecPatch", "terminationGracePeriodSeconds: 60"),
        ("pod", "automountServiceAccountToken: true", "template/podSpecPatch", "automountServiceAccountToken: true"),
        ("pod", "enableServiceLinks: false", "template/podSpecPatch", "enableServiceLinks: false"),
        ("job", "activeDeadlineSeconds: 60", "workflow/activeDeadlineSeconds", 60),
        ("job", "ttlSecondsAfterFinished: 0", "workflow/ttlStrategy", {"secondsAfterCompletion": 0}),
        ("job-template", "metadata: {labels: {a: b}, name: n}", "cron/workflowMetadata", {"labels": {"a": "b"}}),
        ("pod-template", "metadata: {labels: {a: b}, creationTimestamp: null}", "template/metadata", {"labels": {"a": "b"}}),
        ("cron", "timeZone: Asia/Tokyo", "cron/timezone", "Asia/Tokyo"),
        ("cron", "suspend: true", "cron/suspend", True),
        ("cron", "concurrencyPolicy: Forbid", "cron/concurrencyPolicy", "Forbid"),
        ("cron", "failedJobsHistoryLimit: 2", "cron/failedJobsHistoryLimit", 2),
        ("cron", "startingDeadlineSeconds: 100", "cron/startingDeadlineSeconds", 100),
    ],
)
def test_where_a_field_goes(level: str, lines: str, place: str, value: Any) -> None:
    """Rows of argo.md 4 that are exact, exact under a condition that holds, or exact through podSpecPatch."""
    done = convert(with_field(level, lines))
    assert done.outcome == CONVERTED, done.reason
    root, _, field = place.partition("/")
    assert {"cron": done.data["spec"], "workflow": done.workflow, "template": done.template}[root][field] == value


@pytest.mark.parametrize(
    ("level", "lines"),
    [
        ("pod", "terminationGracePeriodSeconds: 30"),
        ("pod", "enableServiceLinks: true"),
        ("pod", "hostPID: false\nhostIPC: false"),
        ("pod", "shareProcessNamespace: false"),
        ("pod", "nodeSelector: null"),
        ("pod", "ephemeralContainers: []"),
        ("job", "parallelism: 1\ncompletions: 1\ncompletionMode: NonIndexed"),
        ("job", "suspend: false"),
        ("job", "manualSelector: false"),
        ("job", "managedBy: kubernetes.io/job-controller"),
        ("job", "backoffLimit: null"),
        ("job", "podReplacementPolicy: Failed"),
        ("job-template", "metadata: {}"),
        ("job-template", "metadata: {creationTimestamp: null}"),
        ("pod-template", "metadata: null"),
        ("metadata", "creationTimestamp: null\nuid: x"),
    ],
)
def test_what_says_nothing_counts_as_absent(level: str, lines: str) -> None:
    """An API default, an empty value, and what only the server writes."""
    assert convert(with_field(level, lines)).data == convert(WHOLE).data


# --- what is refused


@pytest.mark.parametrize(
    ("level", "lines", "row"),
    [
        ("metadata", "generateName: r-", "generate-name"),
        ("metadata", "ownerReferences: [{name: o, kind: O, apiVersion: v1, uid: u}]", "owner-references"),
        ("cron", "concurrencyPolicy: Replace", "concurrency-replace"),
        ("cron", "concurrencyPolicy: Sometimes", "concurrency-unknown"),
        ("cron", "timeZone: Mars/X", "time-zone-unknown"),
        ("cron", "timeZone: Local", "time-zone-unknown"),
        ("cron", "timeZone: 5", "wrong-type"),
        ("cron", "startingDeadlineSeconds: -1", "wrong-type"),
        ("cron", "successfulJobsHistoryLimit: -1", "wrong-type"),
        ("cron", "timezone: Etc/UTC", "unknown-field"),
        ("job", "completionMode: Sometimes", "completion-mode"),
        ("job", "backoffLimitPerIndex: 1", "backoff-limit-per-index"),
        ("job", "suspend: true", "job-suspend"),
        ("job", "managedBy: other.example/c", "managed-by"),
        ("job", "backoffLimit: '3'", "wrong-type"),
        ("job-template", "metadata: {labels: {kueue.x-k8s.io/queue-name: q}}", "queue-labels"),
        ("pod-template", "metadata: {finalizers: [a/b]}", "pod-finalizers"),
        ("pod-template", "metadata: {labels: {workflows.argoproj.io/completed: z}}", "argo-labels"),
        ("pod", "automountServiceAccountToken: false", "executor-account-missing"),
        ("pod", "securityContext: {runAsNonRoot: true}", "run-as-non-root"),
        ("pod", "serviceAccount: a\nserviceAccountName: b", "service-account-conflict"),
        ("pod", "preemptionPolicy: Never", "preemption-policy-alone"),
        ("pod", "priority: 5", "priority-alone"),
        ("pod", "overhead: {cpu: 1}", "overhead-alone"),
        ("pod", "volumes: [{name: var-run-argo, emptyDir: {}}]", "volume-name-taken"),
        ("pod", "topologySpreadConstraints: [{labelSelector: {matchLabels: {job-name: x}}}]", "job-label-reference"),
        ("pod", "contaners: []", "unknown-field"),
        ("container", "stdin: true", "terminal-on"),
        ("container", "restartPolicy: Always", "container-restart"),
        ("container", "args: sh", "wrong-type"),
        ("container", "args: [1]", "wrong-type"),
        ("container", "env: [{name: A, value: 5}]", "wrong-type"),
        ("container", "env: [{name: ARGO_NODE_ID, value: x}]", "argo-environment"),
        ("container", "env: [{name: A, valueFrom: {fieldRef: {fieldPath: \"metadata.labels['job-name']\"}}}]", "job-label-reference"),
        ("container", "volumeMounts: [{name: v, mountPath: /var/run/argo/}]", "mount-path-taken"),
        ("container", "volumeMounts: [{name: v, mountPath: /var/run, readOnly: true}]", "mount-path-read-only"),
        ("container", "comand: [a]", "unknown-field"),
    ],
)
def test_what_has_no_equal_is_refused(level: str, lines: str, row: str) -> None:
    """The CronJob stays as it is, byte for byte; the finding names row, line, and what to do."""
    source = with_field(level, lines)
    done = convert(source)
    assert done.outcome == BLOCKED
    assert done.text == source
    assert row in done.rows
    finding = next(f for f in done.findings if f.source.endswith("/" + row))
    assert finding.severity is Severity.ERROR
    assert finding.remedy
    assert finding.line > 1


def test_every_obstacle_is_told_at_once() -> None:
    """Not one a run."""
    source = with_field("pod", "automountServiceAccountToken: false\npriority: 7", with_field("job", "parallelism: 2"))
    assert {"executor-account-missing", "priority-alone", "parallelism-queue"} <= set(convert(source).rows)


@pytest.mark.parametrize(
    ("argo", "level", "lines", "ok"),
    [
        ("3.5", "pod", "initContainers: [{name: i, image: j, restartPolicy: Always}]", False),
        ("3.6", "pod", "initContainers: [{name: i, image: j, restartPolicy: Always}]", True),
        ("3.5", "container", "lifecycle: {preStop: {sleep: {seconds: 1}}}", False),
        ("3.6", "container", "lifecycle: {preStop: {sleep: {seconds: 1}}}", True),
        ("3.6", "container", "securityContext: {appArmorProfile: {type: RuntimeDefault}}", True),
        ("3.5", "container", "securityContext: {appArmorProfile: {type: RuntimeDefault}}", False),
        ("3.6", "container", "lifecycle: {stopSignal: SIGTERM}", False),
        ("3.7", "container", "lifecycle: {stopSignal: SIGTERM}", True),
        ("3.5", "pod", "hostUsers: false", False),
        ("3.6", "pod", "hostUsers: false", True),
        ("3.2", "pod", "os: {name: linux}", False),
        ("3.3", "pod", "os: {name: linux}", True),
        ("3.6", "pod", "resourceClaims: [{name: a, resourceClaimName: b}]", False),
        ("3.6.6", "pod", "resourceClaims: [{name: a, resourceClaimName: b}]", True),
        ("4.0", "pod", "resources: {limits: {cpu: '1'}}", True),
        ("3.6", "pod", "resources: {limits: {cpu: '1'}}", False),
        ("4.0", "pod", "workloadRef: {name: w, podGroup: g}", False),
        ("4.1", "pod", "workloadRef: {name: w, podGroup: g}", True),
        ("4.0", "pod", "hostnameOverride: h", False),
        ("4.1", "pod", "hostnameOverride: h", True),
        ("4.0", "container", "env: [{name: A, valueFrom: {fileKeyRef: {key: k, path: p, volumeName: v}}}]", False),
        ("3.2", "container", "livenessProbe: {grpc: {port: 1}}", False),
        ("3.3", "pod", "topologySpreadConstraints: [{maxSkew: 1, minDomains: 2}]", False),
        ("3.4", "pod", "topologySpreadConstraints: [{maxSkew: 1, minDomains: 2}]", True),
    ],
)
def test_what_the_target_would_drop_without_a_word(argo: str, level: str, lines: str, ok: bool) -> None:
    """Argo decodes Pods with the API it was built with, in templates and in podSpecPatch alike (argo.md 4.6)."""
    assert convert(with_field(level, lines), argo=argo, onEviction="retry").outcome == (CONVERTED if ok else BLOCKED)


# --- consent


def test_a_change_of_behaviour_asks_first() -> None:
    """Refused, with the line to add; done when the row is named, and then reported."""
    source = WHOLE.replace("Never", "OnFailure")
    refused = convert(source)
    assert refused.outcome == BLOCKED
    assert "accept: [restart-policy-on-failure]" in refused.findings[0].remedy
    accepted = convert(source, accept=["restart-policy-on-failure"])
    assert accepted.outcome == CONVERTED
    assert "restartPolicy" in next(f.full_message for f in accepted.findings if f.code == "CRON003")


def test_what_every_conversion_reports() -> None:
    """The container's name, the replacement policy, what an eviction does."""
    done = convert(WHOLE)
    said = {f.source.removeprefix("cronjob_fields/").removeprefix("cronjob_rules/"): f.full_message for f in done.findings}
    assert set(said) == {"container-name", "pod-replacement-absent", "on-eviction-fail"}
    assert "name" in said["container-name"]


def test_a_missing_command_is_reported() -> None:
    """From 3.4 on Argo asks the registry; before, the step would fail."""
    source = WHOLE.replace("              command: [report]\n", "")
    assert convert(source).rows == ["command-absent"]
    assert convert(source, argo="3.3").rows == ["command-absent-old"]


# --- retries


@pytest.mark.parametrize(
    ("limit", "argo", "params", "strategy"),
    [
        ("0", "3.6", {}, {"limit": 0}),
        ("3", "3.6", {}, {**FAIL, "limit": 3}),
        ("3", "3.6", {"onEviction": "retry"}, {"limit": 3, "retryPolicy": "Always", "backoff": {"duration": "10s", "factor": "2"}}),
        ("9", "3.7", {}, {**FAIL, "limit": 9, "backoff": {"duration": "10s", "factor": "2", "cap": "6m"}}),
        ("9", "3.6", {"accept": ["retry-delay-uncapped"]}, {**FAIL, "limit": 9}),
        ("9", "3.6", {}, None),
        ("3", "3.1", {}, None),
        ("0", "3.1", {}, {"limit": 0}),
        ("3", "3.1", {"onEviction": "retry"}, {"limit": 3, "retryPolicy": "Always", "backoff": {"duration": "10s", "factor": "2"}}),
    ],
)
def test_retries(limit: str, argo: str, params: dict[str, Any], strategy: dict[str, Any] | None) -> None:
    """Always with a limit; an evicted run is not started again unless the user asks (argo.md 4.3.1)."""
    done = convert(with_field("job", f"backoffLimit: {limit}"), argo=argo, **params)
    assert (done.template["retryStrategy"] if done.outcome == CONVERTED else None) == strategy


# --- time


@pytest.mark.parametrize(
    ("schedule", "argo", "written"),
    [
        ('" 0 5 * * * "', "3.6", "0 5 * * *"),
        ('"0  5 * * *"', "4.0", "0  5 * * *"),
        ("0 5 * * MON-FRI", "3.6", "0 5 * * MON-FRI"),
        ("0 5 * JAN mon-fri", "4.0", "0 5 * 1 1-5"),
        ('"TZ=Europe/Paris 0 5 * * *"', "3.6", "0 5 * * *"),
        ('"@daily"', "4.0", "@daily"),
    ],
)
def test_schedules(schedule: str, argo: str, written: str) -> None:
    """As the target's pattern takes them; what needs no change keeps its own text."""
    done = convert(WHOLE.replace('"0 2 * * *"', schedule), argo=argo)
    assert done.data["spec"]["schedules"] == [written]
    assert done.data["spec"]["timezone"] == ("Europe/Paris" if "TZ=" in schedule else "Etc/UTC")


def test_minimal_crds_keep_names() -> None:
    """Only the full CRDs have the pattern."""
    source = WHOLE.replace('"0 2 * * *"', "0 5 * * MON")
    assert convert(source, argo="4.0", crds="minimal").data["spec"]["schedules"] == ["0 5 * * MON"]


def test_full_crds_before_3_7_prune_workflow_metadata() -> None:
    """Labels of the Job would be lost without a word."""
    source = with_field("job-template", "metadata: {labels: {a: b}}")
    assert convert(source, argo="3.6", crds="full").rows == ["workflow-metadata-pruned"]
    assert convert(source, argo="3.7", crds="full").outcome == CONVERTED


def test_a_period_needs_consent() -> None:
    """Argo restarts the clock of `@every`; five fields run as often, at other minutes."""
    source = WHOLE.replace('"0 2 * * *"', '"@every 30m"')
    assert convert(source).rows == ["schedule-every"]
    assert convert(source, accept=["schedule-every"]).data["spec"]["schedules"] == ["*/30 * * * *"]
    assert convert(WHOLE.replace('"0 2 * * *"', '"@every 7h"')).rows == ["schedule-every-uneven"]


@pytest.mark.parametrize("schedule", ["0 5 * * 7", "60 * * * *", "@reboot", "TZ=Mars/X 0 5 * * *", "whenever"])
def test_schedules_that_would_never_run(schedule: str) -> None:
    """Argo would say so only in its log."""
    assert convert(WHOLE.replace("0 2 * * *", schedule)).outcome == BLOCKED


def test_time_notes() -> None:
    """An impossible date, a window of 0 seconds, a zone that the user vouches for."""
    assert convert(WHOLE.replace("0 2 * * *", "0 2 30 2 *")).rows == ["schedule-never"]
    assert convert(with_field("cron", "startingDeadlineSeconds: 0")).rows == ["starting-deadline-zero"]
    assert convert(WHOLE, sourceTimezone="Asia/Tokyo").rows == ["time-zone-assumed"]
    assert convert(WHOLE, sourceTimezone="Asia/Nowhere").rows == ["time-zone-unknown"]
    assert convert(with_field("cron", "timeZone: Asia/Tokyo"), sourceTimezone="Europe/Paris").rows == []


# --- names that change


def test_references_to_the_container_follow_its_name() -> None:
    """Downward API and annotations; an init container's name stays."""
    source = with_field(
        "container", "env:\n- name: CPU\n  valueFrom: {resourceFieldRef: {containerName: work, resource: limits.cpu}}"
    ).replace(
        "      template:\n",
        "      template:\n        metadata:\n          annotations:\n"
        "            container.apparmor.security.beta.kubernetes.io/work: runtime/default  # keep\n"
        "            kubectl.kubernetes.io/default-container: work\n",
    )
    done = convert(source)
    assert done.template["container"]["env"][0]["valueFrom"]["resourceFieldRef"]["containerName"] == "main"
    assert done.template["metadata"]["annotations"] == {
        "container.apparmor.security.beta.kubernetes.io/main": "runtime/default",
        "kubectl.kubernetes.io/default-container": "main",
    }
    assert "io/main: runtime/default  # keep\n" in done.text


def test_annotations_of_the_object() -> None:
    """What holds the CronJob itself goes; what steers a deploy tool stays and is reported."""
    source = with_field("metadata", "annotations:\n  kubectl.kubernetes.io/last-applied-configuration: |\n    {}\n  helm.sh/hook: test")
    done = convert(source)
    assert done.data["metadata"]["annotations"] == {"helm.sh/hook": "test"}
    assert done.rows == ["annotation-deploy"]


# --- the whole object


def test_what_is_no_whole_cronjob_is_refused() -> None:
    """Nothing patches with it."""
    for line in ('  schedule: "0 2 * * *"\n', "              image: registry.example/report:1\n"):
        assert convert(WHOLE.replace(line, "")).outcome == "Blocked"


@pytest.mark.parametrize(
    ("text", "params", "words"),
    [
        (WHOLE.replace("batch/v1", "batch/v2alpha1"), {}, "batch/v2alpha1"),
        (WHOLE.replace("name: report", "name: " + "r" * 53), {}, "52 characters"),
        (WHOLE, {"argo": "3.0"}, "3.0"),
        (WHOLE, {"files": {"cw.yaml": WHOLE.replace("batch/v1", "argoproj.io/v1alpha1").replace("CronJob", "CronWorkflow")}}, "cw.yaml:1"),
        (
            WHOLE,
            {"files": {"kustomization.yaml": "resources: [job.yaml]\ncomponents: [../elsewhere]\n"}},
            "kustomization.yaml:2",
        ),
    ],
)
def test_what_stands_in_the_way_of_the_whole(text: str, params: dict[str, Any], words: str) -> None:
    """Version, name, a namesake, Kustomize."""
    done = convert(text, **params)
    assert done.outcome == BLOCKED
    assert words in done.reason


def test_a_kustomization_that_only_gathers_does_not_block() -> None:
    """`resources:` alone acts on nothing."""
    assert convert(WHOLE, files={"kustomization.yaml": "resources: [job.yaml]\n"}).outcome == CONVERTED


def test_v1beta1_is_the_same() -> None:
    """It has the same fields."""
    assert convert(WHOLE.replace("batch/v1", "batch/v1beta1")).data == convert(WHOLE).data


@pytest.mark.parametrize("line", ["serviceAccount: ''", "priorityClassName: ''", "hostname: ''"])
def test_an_empty_text_says_nothing(line: str) -> None:
    """Kubernetes takes it as absent, so it is not carried."""
    done = convert(with_field("pod", line))
    assert done.outcome == CONVERTED
    assert "''" not in done.text
