"""Containers of a CronJob: which one is the work, what they are called, what Argo's own beside them need."""

from __future__ import annotations

from typing import Any

import pytest

from tests.passes.cronjobs import FILE, WHOLE, convert, with_field
from transformer.config.settings import params_of
from transformer.errors import UsageError
from transformer.passes.cronworkflow import PASS

SEVERAL = (
    WHOLE
    + """\
            # keeps the connection
            - name: proxy  # not the work
              image: registry.example/proxy:3
              command: [proxy]
"""
)
SET = {"layout": "containerSet"}
SIDE = {"layout": "sidecars", "main": "work"}
BY_CODE = "asInt(lastRetry.exitCode) not in [-1, 137, 143]"
BY_MAIN = "asInt(lastRetry.exitCode) not in [-1, 0, 137, 143]"
BY_MESSAGE = 'lastRetry.message matches "exit code [0-9]+[)]" and not (lastRetry.message matches "exit code (137|143)[)]")'


# --- several


def test_somebody_must_say_which_container_is_the_work() -> None:
    """Refused, with both lines to add; nothing is guessed, not even with a name that looks like a helper's."""
    done = convert(SEVERAL)
    assert done.outcome == "Blocked"
    (finding,) = [f for f in done.findings if f.source.endswith("/several-containers")]
    assert "work, proxy" in finding.full_message
    assert "containers: [{match: {name: report}, layout: containerSet}]" in finding.remedy
    assert "containers: [{match: {name: report}, layout: sidecars, main: NAME}]" in finding.remedy


def test_a_container_set() -> None:
    """All of them, names and comments kept, in their order."""
    done = convert(SEVERAL, containers=[SET])
    assert [c["name"] for c in done.template["containerSet"]["containers"]] == ["work", "proxy"]
    assert "            # keeps the connection\n            - name: proxy  # not the work\n" in done.text
    assert done.dropped == []
    assert done.template["retryStrategy"]["expression"] == BY_MESSAGE
    assert done.rows == ["container-set-retries", "layout-container-set"]
    assert next(f for f in done.findings if f.source.endswith("/layout-container-set")).code == "CRON003"


def test_sidecars() -> None:
    """The one that is named becomes the template's, wherever it stands; the others follow with their comments."""
    done = convert(SEVERAL, containers=[SIDE])
    assert done.template["container"] == {"image": "registry.example/report:1", "command": ["report"]}
    assert done.template["sidecars"] == [{"name": "proxy", "image": "registry.example/proxy:3", "command": ["proxy"]}]
    assert "# keeps the connection" in done.text
    assert "# not the work" in done.text
    assert done.template["retryStrategy"]["expression"] == BY_MAIN
    assert done.rows == ["layout-sidecars"]
    other = convert(SEVERAL, containers=[{**SIDE, "main": "proxy"}])
    assert other.template["container"] == {"image": "registry.example/proxy:3", "command": ["proxy"]}
    assert [c["name"] for c in other.template["sidecars"]] == ["work"]
    assert other.rows == ["layout-sidecars", "sidecar-order"]


def test_a_sidecar_that_uses_an_anchor_of_the_work() -> None:
    """It may stand behind the main container only, which it does where no helper stands first."""
    work = with_field("container", "resources: &amounts {requests: {cpu: 1}}")
    helper = "            - {name: proxy, image: p, command: [p], resources: *amounts}\n"
    done = convert(work + helper, containers=[SIDE])
    assert done.template["sidecars"][0]["resources"] == {"requests": {"cpu": 1}}
    first = "            - {name: first, image: p, command: [p], env: &env [{name: A, value: a}]}\n"
    behind = (work + helper).replace("            - name: work\n", first + "            - name: work\n              env: *env\n")
    assert "sidecar-alias" in convert(behind, containers=[SIDE]).rows


def test_sidecars_stand_where_the_containers_stood() -> None:
    """Before volumes that came after them."""
    source = SEVERAL.replace("            # keeps the connection\n", "").replace("  # not the work", "")
    done = convert(source + "          volumes:\n            - {name: v, emptyDir: {}}\n", containers=[{**SIDE, "main": "proxy"}])
    assert [k for k in done.template if k in ("container", "sidecars", "volumes")] == ["sidecars", "container", "volumes"]


def test_several_in_json() -> None:
    """Items of a flow list move too."""
    done = convert(
        '{"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "report"}, '
        '"spec": {"schedule": "0 2 * * *", "jobTemplate": {"spec": {"template": {"spec": {"restartPolicy": "Never", '
        '"containers": [{"name": "work", "image": "registry.example/report:1", "command": ["report"]}, '
        '{"name": "proxy", "image": "registry.example/proxy:3", "command": ["proxy"]}]}}}}}}\n',
        containers=[SIDE],
    )
    assert done.data == convert(SEVERAL, containers=[SIDE]).data


@pytest.mark.parametrize(
    ("rules", "layout"),
    [
        ([{"match": {"name": "rep*"}, **SET}, SIDE], "containerSet"),
        ([{"match": {"name": "other"}, **SET}, SIDE], "sidecars"),
        ([{"match": {"image": "*/proxy:*"}, **SET}], "containerSet"),
        ([{"match": {"labels": {"team": "a"}}, **SET}], None),
        ([{"match": {"path": FILE}, **SIDE}], "sidecars"),
        ([{"match": {"namespace": "x"}, **SET}], None),
    ],
)
def test_the_first_rule_that_matches_decides(rules: list[dict[str, Any]], layout: str | None) -> None:
    """By name, labels, file, namespace, image of any container; where none matches it is refused."""
    done = convert(SEVERAL, containers=rules)
    assert done.outcome == ("Changed" if layout else "Blocked")
    assert layout is None or layout in done.template


def test_a_main_container_that_is_not_there() -> None:
    """The rule may be meant for another job."""
    done = convert(SEVERAL, containers=[{**SIDE, "main": "app"}])
    assert done.outcome == "Blocked"
    assert "app, and the containers are work, proxy" in done.reason


@pytest.mark.parametrize("rule", [{}, {"layout": "sidecars"}, {"layout": "containerSet", "main": "work"}, {"layout": "both"}])
def test_rules_that_say_too_little_or_too_much(rule: dict[str, str]) -> None:
    """A user's mistake, told as one."""
    with pytest.raises(UsageError):
        params_of(PASS, {"containers": [rule]})


def test_one_container_needs_no_rule() -> None:
    """And a rule changes nothing for it."""
    assert convert(WHOLE, containers=[SET]).text == convert(WHOLE).text


def test_every_container_wants_a_command() -> None:
    """Argo starts them all by its executor."""
    source = SEVERAL.replace("              command: [proxy]\n", "")
    assert (
        "containers[1].command" in next(f for f in convert(source, containers=[SIDE]).findings if "command-absent" in f.source).full_message
    )


def test_a_sidecar_is_killed_without_its_pre_stop() -> None:
    """Argo signals the process; the main container's preStop is the kubelet's."""
    assert "sidecar-pre-stop" in convert(with_pre_stop("proxy"), containers=[SIDE]).rows
    assert "sidecar-pre-stop" not in convert(with_pre_stop("report"), containers=[SIDE]).rows
    assert "sidecar-pre-stop" not in convert(with_pre_stop("proxy"), containers=[SET]).rows


def with_pre_stop(command: str) -> str:
    line = f"              command: [{command}]\n"
    return SEVERAL.replace(line, line + "              lifecycle: {preStop: {exec: {command: [stop]}}}\n")


# --- retries of a set


@pytest.mark.parametrize(
    ("limit", "argo", "params", "outcome"),
    [
        (2, "3.5", {}, "Changed"),
        (2, "3.4", {}, "Blocked"),
        (0, "3.4", {}, "Changed"),
        (2, "3.4", {"onEviction": "retry"}, "Changed"),
    ],
)
def test_a_set_tells_evictions_by_the_message(limit: int, argo: str, params: dict[str, Any], outcome: str) -> None:
    """Argo 3.5 was the first to give it to an expression; the exit code is that of a container called main only."""
    choices: list[tuple[str, dict[str, Any]]] = [(SEVERAL, {"containers": [SET]}), (WHOLE, {"containerName": "keep"})]
    for text, choice in choices:
        done = convert(with_field("job", f"backoffLimit: {limit}", text), argo=argo, **params, **choice)
        assert done.outcome == outcome
        assert outcome == "Changed" or "container-set-retries-old" in done.rows


def test_a_native_sidecar_hides_the_exit_code_of_a_set() -> None:
    """Its own may be the one in the message, so an eviction might look like a failure."""
    native = "initContainers: [{name: helper, image: h, restartPolicy: Always}]"
    assert "container-set-retries-native" in convert(with_field("pod", native, SEVERAL), containers=[SET]).rows
    assert convert(with_field("pod", native, SEVERAL), containers=[SIDE]).outcome == "Changed"
    assert convert(with_field("pod", native, SEVERAL), containers=[SET], onEviction="retry").outcome == "Changed"


def test_an_init_container_that_fails_is_a_failure() -> None:
    """Only the message tells of it; the exit code is the main container's, which has none yet."""
    inits = with_field("pod", "initContainers: [{name: fetch, image: f}]")
    assert convert(inits).template["retryStrategy"]["expression"] == f'{BY_CODE} or (lastRetry.exitCode == "-1" and {BY_MESSAGE})'
    old = convert(inits, argo="3.4")
    assert old.template["retryStrategy"]["expression"] == BY_CODE
    assert old.rows == ["init-retries-old"]
    native = with_field("pod", "initContainers: [{name: helper, image: h, restartPolicy: Always}]")
    assert convert(native).template["retryStrategy"]["expression"] == BY_CODE


# --- names


def test_the_name_can_be_kept() -> None:
    """In a set of one; a container that is called main needs none."""
    done = convert(WHOLE, containerName="keep")
    assert done.template["containerSet"] == {"containers": [{"name": "work", "image": "registry.example/report:1", "command": ["report"]}]}
    assert done.template["retryStrategy"]["expression"] == BY_MESSAGE
    assert "container-name" not in {f.source.split("/")[1] for f in done.findings}
    main = WHOLE.replace("name: work", "name: main")
    assert convert(main, containerName="keep").data == convert(main).data


@pytest.mark.parametrize(
    ("name", "new"),
    [
        ("init", "job-init"),
        ("main", "job-main"),
        ("wait", "job-wait"),
        ("supervisor", "job-supervisor"),
        ("init-artifact-x", "job-init-artifact-x"),
    ],
)
def test_a_name_that_argo_keeps_for_itself_gives_way(name: str, new: str) -> None:
    """Reported; a name that is free is found."""
    done = convert(with_field("pod", f"initContainers:\n- name: {name}  # first\n  image: i\n- {{name: {new}, image: j}}"))
    assert [c["name"] for c in done.template["initContainers"]] == [f"{new}-2", new]
    assert f"- name: {new}-2  # first\n" in done.text
    assert "container-name-taken" in done.rows


def test_reserved_names_of_sidecars_and_sets() -> None:
    """A set may hold a container called main, beside a template's own none may."""
    source = SEVERAL.replace("name: proxy", "name: main")
    assert "sidecar-called-main" in convert(source, containers=[SIDE]).rows
    assert convert(source, containers=[{**SIDE, "main": "main"}]).template["sidecars"][0]["name"] == "work"
    assert convert(source, containers=[SET]).template["containerSet"]["containers"][1]["name"] == "main"
    source = SEVERAL.replace("name: proxy", "name: wait")
    assert convert(source, containers=[SET]).template["containerSet"]["containers"][1]["name"] == "job-wait"
    assert convert(source, containers=[SIDE]).template["sidecars"][0]["name"] == "job-wait"


def annotated(*lines: str) -> str:
    body = "".join(f"            {line}\n" for line in lines)
    return WHOLE.replace("      template:\n", f"      template:\n        metadata:\n          annotations:\n{body}")


def test_what_refers_to_a_container_follows() -> None:
    """Annotations by container, and resourceFieldRef anywhere in the Pod."""
    source = annotated(
        "container.apparmor.security.beta.kubernetes.io/init: runtime/default",
        "ad.datadoghq.com/init.logs: '[]'",
        "ad.datadoghq.com/work.logs: '[]'",
    )
    source = with_field("pod", "initContainers: [{name: init, image: i}]", source)
    source = with_field(
        "container", "env:\n- name: A\n  valueFrom: {resourceFieldRef: {containerName: init, resource: limits.cpu}}", source
    )
    done = convert(source)
    assert set(done.template["metadata"]["annotations"]) == {
        "container.apparmor.security.beta.kubernetes.io/job-init",
        "ad.datadoghq.com/job-init.logs",
        "ad.datadoghq.com/main.logs",
    }
    assert done.template["container"]["env"][0]["valueFrom"]["resourceFieldRef"]["containerName"] == "job-init"


def test_what_may_refer_to_a_container_is_refused() -> None:
    """An annotation that nobody knows, with the name as a word."""
    source = with_field("pod", "initContainers: [{name: init, image: i}]", annotated("mesh.example/skip: 'work,init'"))
    assert convert(source).rows == ["container-name-mentioned"]
    assert convert(source.replace("work,init", "work,initial")).outcome == "Changed"


@pytest.mark.parametrize("value", ["5", "{a: b}", "[5, {name: [x]}]", "text", "[{name: init}, null]"])
@pytest.mark.parametrize("choice", [{"containers": [SET]}, {"containers": [SIDE]}])
def test_what_kubernetes_would_not_take(value: str, choice: dict[str, Any]) -> None:
    """Refused by a row, never by a crash."""
    assert convert(with_field("pod", f"initContainers: {value}", SEVERAL), **choice).outcome == "Blocked"
    assert convert(with_field("container", "env: [1]", SEVERAL), **choice).outcome == "Blocked"
    assert "container-nameless" in convert(SEVERAL.replace("name: work", "name: null"), **choice).rows


# --- the service account's token

NO_TOKEN = with_field("pod", "serviceAccountName: robot\nautomountServiceAccountToken: false  # it needs none")
ROBOT = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: robot}\nautomountServiceAccountToken: false\n"


def test_a_pod_without_token() -> None:
    """Argo's own containers report by the account that the user names."""
    assert "executorServiceAccount: NAME" in next(f.remedy for f in convert(NO_TOKEN).findings if f.code == "CRON001")
    done = convert(NO_TOKEN, executorServiceAccount="argo-executor")
    assert done.template["automountServiceAccountToken"] is False
    assert done.template["executor"] == {"serviceAccountName": "argo-executor"}
    assert done.workflow["serviceAccountName"] == "robot"
    assert "# it needs none" in done.text
    assert done.rows == ["executor-account"]


@pytest.mark.parametrize(
    ("account", "lines", "params", "outcome"),
    [
        (ROBOT, "serviceAccountName: robot", {}, "Blocked"),
        (ROBOT, "serviceAccount: robot", {}, "Blocked"),
        (ROBOT, "serviceAccountName: robot", {"executorServiceAccount": "e"}, "Changed"),
        (ROBOT, "serviceAccountName: robot\nautomountServiceAccountToken: true", {}, "Changed"),
        (ROBOT, "serviceAccountName: other", {}, "Changed"),
        (ROBOT.replace("robot", "default"), "hostname: h", {}, "Blocked"),
        (ROBOT.replace("false", "true"), "serviceAccountName: robot", {}, "Changed"),
    ],
)
def test_an_account_that_gives_no_token(account: str, lines: str, params: dict[str, str], outcome: str) -> None:
    """Where the account stands in the repository."""
    done = convert(with_field("pod", lines), files={"account.yaml": account}, **params)
    assert done.outcome == outcome
    if outcome == "Blocked":
        assert done.rows == ["account-without-token"]
        assert "account.yaml:4" in done.reason
    if params:
        assert done.template["executor"] == {"serviceAccountName": "e"}
        assert "automountServiceAccountToken" not in done.template


def test_accounts_of_another_namespace_do_not_count() -> None:
    """A name is one of a namespace, where both say theirs."""
    source = with_field("metadata", "namespace: a", with_field("pod", "serviceAccountName: robot"))
    for namespace, outcome in (("a", "Blocked"), ("b", "Changed")):
        account = ROBOT.replace("{name: robot}", f"{{name: robot, namespace: {namespace}}}")
        assert convert(source, files={"account.yaml": account}).outcome == outcome


# --- security

NON_ROOT = with_field("pod", "securityContext: {runAsNonRoot: true}")
CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: workflow-controller-configmap}\ndata:\n  executor: |\n"


@pytest.mark.parametrize(
    ("files", "outcome"),
    [
        ({}, "Blocked"),
        ({"c.yaml": CONFIG + "    securityContext: {runAsUser: 8737}\n"}, "Changed"),
        ({"c.yaml": CONFIG + "    securityContext: {runAsNonRoot: false}\n"}, "Changed"),
        ({"c.yaml": CONFIG + "    securityContext: {runAsUser: 0}\n"}, "Blocked"),
        ({"c.yaml": CONFIG + "    resources: {}\n"}, "Blocked"),
        ({"c.yaml": CONFIG + "    image: quay.io/argoproj/argoexec:v3.6.10-nonroot\n"}, "Changed"),
        ({"c.yaml": CONFIG.replace("executor: |\n", "executorImage: argoexec:v3.3.10-nonroot\n")}, "Changed"),
        ({"c.yaml": CONFIG + "    securityContext: {runAsUser: 8737}\n", "d.yaml": CONFIG + "    resources: {}\n"}, "Blocked"),
    ],
)
def test_a_pod_that_may_not_run_as_root(files: dict[str, str], outcome: str) -> None:
    """Argo's own containers are in it too; the controller's configuration says whether they can."""
    done = convert(NON_ROOT, files=files)
    assert done.outcome == outcome
    assert done.rows == ([] if outcome == "Changed" else ["run-as-non-root"])


@pytest.mark.parametrize(("image", "outcome"), [("argoexec:v3.6.10-nonroot", "Changed"), ("argoexec:v3.6.10", "Blocked")])
def test_the_image_of_the_executor(image: str, outcome: str) -> None:
    """As the controller's Deployment names it."""
    deployment = (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: workflow-controller}\nspec:\n  template:\n    spec:\n      containers:\n"
        f"        - {{name: workflow-controller, image: quay.io/argoproj/workflow-controller:v3.6.10, args: [--executor-image, {image}]}}\n"
    )
    assert convert(NON_ROOT, files={"d.yaml": deployment}).outcome == outcome


@pytest.mark.parametrize("containers", [[SIDE], [SET], []])
def test_a_name_that_stands_twice(containers: list[Any]) -> None:
    """Kubernetes refuses it; which one is meant could not be told. An init container counts too."""
    twice = convert(SEVERAL.replace("name: proxy ", "name: work "), containers=containers)
    assert twice.outcome == "Blocked"
    assert "container-name-twice" in twice.rows
    initial = convert(with_field("pod", "initContainers: [{name: work, image: i}]"))
    assert initial.rows == ["container-name-twice"]
