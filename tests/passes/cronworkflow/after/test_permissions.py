"""Role and RoleBinding for the accounts of converted CronJobs: written once, merged, listed, or told."""

from __future__ import annotations

import pytest

from tests.passes.follows import Followed, converted, cronjob
from transformer.yamltext import load

FILE = "jobs/workflow-permissions.yaml"


def role(name: str = "r", namespace: str = "jobs", kind: str = "Role", rules: str = "", extra: str = "") -> str:
    rules = rules or "{apiGroups: [argoproj.io], resources: [workflowtaskresults], verbs: [create, patch]}"
    place = f", namespace: {namespace}" if namespace else ""
    return f"apiVersion: rbac.authorization.k8s.io/v1\nkind: {kind}\nmetadata: {{name: {name}{place}{extra}}}\nrules: [{rules}]\n"


def binding(subject: str, role: str = "r", kind: str = "RoleBinding", of: str = "Role", namespace: str = "jobs") -> str:
    place = f", namespace: {namespace}" if namespace else ""
    return (
        f"apiVersion: rbac.authorization.k8s.io/v1\nkind: {kind}\nmetadata: {{name: b{place}}}\n"
        f"roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: {of}, name: {role}}}\nsubjects: [{subject}]\n"
    )


ACCOUNT = "{kind: ServiceAccount, name: reporter, namespace: jobs}"


def subjects(done: Followed, file: str = FILE) -> list[tuple[str, str]]:
    found = [d for d in load(done.new[file]) if d["kind"] == "RoleBinding"]
    return [(s["name"], s["namespace"]) for d in found for s in d["subjects"]]


def test_one_file_a_folder() -> None:
    files = {"jobs/a.yaml": cronjob(), "jobs/b.yaml": cronjob("b"), "jobs/c.yaml": cronjob("c", account="")}
    done = converted(files)
    assert subjects(done) == [("reporter", "jobs"), ("default", "jobs")]
    names = [(d["kind"], d["metadata"]) for d in load(done.new[FILE])]
    assert names == [(k, {"name": "workflow-task-results", "namespace": "jobs"}) for k in ("Role", "RoleBinding")]
    assert [(f.file, f.full_message.split(":")[0]) for f in done.findings("CRON010")] == [
        ("jobs/a.yaml", "jobs/reporter"),
        ("jobs/c.yaml", "jobs/default"),
    ]
    told = [c for c in done.record.changes if c.file == FILE]
    assert [(str(c.op), c.path, c.source) for c in told] == [("insert", (), "workflow_permissions/task-results")] * 2


def test_names_that_yaml_would_read_as_something_else() -> None:
    done = converted({"jobs/a.yaml": cronjob(account="123")})
    assert subjects(done) == [("123", "jobs")]


def test_what_is_there_is_added_to() -> None:
    """A further subject for our binding; a binding for a Role that lacks one; nothing twice."""
    first = converted({"jobs/a.yaml": cronjob()}).new
    done = converted({**first, "jobs/b.yaml": cronjob("b", account="other")})
    assert subjects(done) == [("reporter", "jobs"), ("other", "jobs")]
    assert done.new[FILE].startswith(first[FILE].rstrip("\n"))
    done = converted({FILE: role("mine"), "jobs/b.yaml": cronjob()})
    (new,) = load(done.new[FILE])[1:]
    assert (new["kind"], new["roleRef"]["name"]) == ("RoleBinding", "mine")
    assert FILE not in converted({**first, "jobs/b.yaml": cronjob("b")}).new


def test_another_namespace_in_the_same_file() -> None:
    first = converted({"jobs/a.yaml": cronjob()}).new
    done = converted({**first, "jobs/b.yaml": cronjob("b", namespace="others")})
    assert [d["metadata"]["namespace"] for d in load(done.new[FILE])] == ["jobs", "jobs", "others", "others"]


def test_every_folder_has_its_own_and_another_name() -> None:
    """Two folders may be two clusters; if they are one, the names do not clash."""
    done = converted({"dev/a.yaml": cronjob(), "prod.EU/a.yaml": cronjob()})
    names = {f: load(t)[0]["metadata"]["name"] for f, t in done.new.items() if "permissions" in f}
    assert names == {
        "dev/workflow-permissions.yaml": "workflow-task-results",
        "prod.EU/workflow-permissions.yaml": "workflow-task-results-prod-eu",
    }
    (told,) = done.findings("CRON010")
    assert all(f in told.remedy for f in names)


def test_a_foreign_object_keeps_its_name_and_a_foreign_file_its_text() -> None:
    foreign = role("workflow-task-results", rules="{apiGroups: [''], resources: [pods], verbs: [get]}")
    done = converted({"rbac.yaml": foreign, FILE: "a: {\n", "jobs/a.yaml": cronjob()})
    (new,) = [f for f in done.new if "permissions" in f]
    assert new == "jobs/workflow-permissions-2.yaml"
    assert load(done.new[new])[0]["metadata"]["name"] == "workflow-task-results-jobs"


@pytest.mark.parametrize(
    "there",
    [
        {"rbac.yaml": role() + "---\n" + binding(ACCOUNT)},
        {"rbac.yaml": role() + "---\n" + binding("{kind: ServiceAccount, name: reporter}")},
        {"rbac.yaml": role() + "---\n" + binding("{kind: Group, name: 'system:serviceaccounts:jobs'}")},
        {"rbac.yaml": role() + "---\n" + binding("{kind: User, name: 'system:serviceaccount:jobs:reporter'}")},
        {"rbac.yaml": role(kind="ClusterRole", namespace="") + "---\n" + binding(ACCOUNT, of="ClusterRole")},
        {"rbac.yaml": binding(ACCOUNT, "cluster-admin", "ClusterRoleBinding", "ClusterRole", "")},
        {"rbac.yaml": binding("{kind: Group, name: 'system:serviceaccounts'}", "cluster-admin", "ClusterRoleBinding", "ClusterRole", "")},
        {"rbac.yaml": role(rules="{apiGroups: ['*'], resources: ['*'], verbs: ['*']}") + "---\n" + binding(ACCOUNT)},
        {
            "rbac.yaml": role(
                rules="{apiGroups: [argoproj.io], resources: [workflowtaskresults], verbs: [create]},"
                "{apiGroups: [argoproj.io], resources: ['*'], verbs: [patch]}"
            ),
            "b.yaml": binding(ACCOUNT),
        },
        {
            "rbac.yaml": role(
                "agg", kind="ClusterRole", namespace="", extra=", labels: {rbac.authorization.k8s.io/aggregate-to-edit: 'true'}"
            ),
            "b.yaml": binding(ACCOUNT, "edit", of="ClusterRole"),
        },
        {
            "rbac.yaml": role("part", kind="ClusterRole", namespace="", extra=", labels: {mine: 'yes'}"),
            "whole.yaml": "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: whole}\n"
            "aggregationRule: {clusterRoleSelectors: [{matchLabels: {mine: 'yes'}}]}\nrules: []\n",
            "b.yaml": binding(ACCOUNT, "whole", of="ClusterRole"),
        },
    ],
)
def test_granted_already(there: dict[str, str]) -> None:
    done = converted({**there, "jobs/a.yaml": cronjob()})
    assert [f for f in done.new if "permissions" in f] == []
    assert done.findings("CRON010") == done.findings("CRON011") == []


@pytest.mark.parametrize(("name", "label"), [("admin", "edit"), ("admin", "admin"), ("edit", "edit"), ("view", "view")])
def test_roles_that_every_cluster_has(name: str, label: str) -> None:
    """They take in the rules of ClusterRoles with their label."""
    labels = f", labels: {{rbac.authorization.k8s.io/aggregate-to-{label}: 'true'}}"
    there = {"rbac.yaml": role("agg", kind="ClusterRole", namespace="", extra=labels), "b.yaml": binding(ACCOUNT, name, of="ClusterRole")}
    assert FILE not in converted({**there, "jobs/a.yaml": cronjob()}).new


@pytest.mark.parametrize(
    "there",
    [
        {"rbac.yaml": role()},
        {"rbac.yaml": role() + "---\n" + binding(ACCOUNT.replace("reporter", "another"))},
        {"rbac.yaml": role() + "---\n" + binding(ACCOUNT.replace("jobs", "others"))},
        {"rbac.yaml": role(namespace="others") + "---\n" + binding(ACCOUNT, namespace="others")},
        {
            "rbac.yaml": role(rules="{apiGroups: [argoproj.io], resources: [workflowtaskresults], verbs: [create]}")
            + "---\n"
            + binding(ACCOUNT)
        },
        {
            "rbac.yaml": role(
                rules="{apiGroups: [argoproj.io], resources: [workflowtaskresults], verbs: [create, patch], resourceNames: [x]}"
            )
            + "---\n"
            + binding(ACCOUNT)
        },
        {"chart/Chart.yaml": "name: c\n", "chart/templates/rbac.yaml": role() + "---\n" + binding(ACCOUNT)},
        {"rbac.yaml": binding(ACCOUNT, "edit", of="ClusterRole")},
    ],
)
def test_not_granted(there: dict[str, str]) -> None:
    assert FILE in converted({**there, "jobs/a.yaml": cronjob()}).new


@pytest.mark.parametrize(
    ("argo", "rule"),
    [("3.2", ([""], ["pods"], ["get", "patch"])), ("3.5", (["argoproj.io"], ["workflowtaskresults"], ["create", "patch"]))],
)
def test_by_version(argo: str, rule: tuple[list[str], ...]) -> None:
    done = converted({"jobs/a.yaml": cronjob()}, argo=argo, onEviction="retry")
    (made,) = load(done.new[FILE])[0]["rules"]
    assert (made["apiGroups"], made["resources"], made["verbs"]) == rule


def test_only_told_where_hardly_needed_or_not_wanted() -> None:
    for done in (converted({"jobs/a.yaml": cronjob()}, argo="3.4"), converted({"jobs/a.yaml": cronjob()}, permissions="report")):
        assert list(done.new) == ["jobs/a.yaml"]
        (told,) = done.findings("CRON011")
        assert "kind: RoleBinding" in told.remedy and "name: reporter\n    namespace: jobs" in told.remedy
    assert converted({"jobs/a.yaml": cronjob()}, argo="3.4").findings("CRON011")[0].severity == "info"


# --- namespaces


def test_the_kustomization_names_the_namespace() -> None:
    """The objects name none, as the CronJob; the subject must. The list, its comments and its style stay."""
    block = "namespace: reports\nresources:\n  # the job\n  - a.yaml  # nightly\n  - rest.yaml\n"
    done = converted({"jobs/a.yaml": cronjob(namespace=""), "jobs/kustomization.yaml": block, "jobs/rest.yaml": "kind: ConfigMap\n"})
    assert subjects(done) == [("reporter", "reports")]
    assert all("namespace" not in d["metadata"] for d in load(done.new[FILE]))
    assert done.new["jobs/kustomization.yaml"] == block.replace("# nightly\n", "# nightly\n  - workflow-permissions.yaml\n")
    (listed,) = [c for c in done.record.changes if c.file == "jobs/kustomization.yaml"]
    assert listed.source == "gitops.md 1.7"


def test_flow_style_and_a_list_above() -> None:
    other = {"kustomization.yaml": "resources: [./jobs/a.yaml, b.yaml]\n", "b.yaml": "kind: ConfigMap\n"}
    done = converted({"jobs/a.yaml": cronjob(), **other})
    assert done.new["kustomization.yaml"] == "resources: [./jobs/a.yaml, ./jobs/workflow-permissions.yaml, b.yaml]\n"


def test_an_overlay_names_the_namespace() -> None:
    base = {"base/a.yaml": cronjob(namespace=""), "base/kustomization.yaml": "resources: [a.yaml]\n"}
    overlay = {"prod/kustomization.yaml": "namespace: prod\nresources: [../base]\n"}
    done = converted({**base, **overlay})
    assert subjects(done, "base/workflow-permissions.yaml") == [("reporter", "prod")]
    assert "prod/kustomization.yaml" not in done.new
    both = {**base, **overlay, "dev/kustomization.yaml": "namespace: dev\nresources: [../base]\n"}
    done = converted(both)
    assert sorted(done.new) == ["base/a.yaml"]
    (told,) = done.findings("CRON011")
    assert "do not agree" in told.full_message and "namespace: NAMESPACE" in told.remedy
    there = role(namespace="") + "---\n" + binding("{kind: ServiceAccount, name: reporter}", namespace="")
    listed = {**both, "base/rbac.yaml": there, "base/kustomization.yaml": "resources: [a.yaml, rbac.yaml]\n"}
    assert converted(listed).findings("CRON011") == []


def test_no_namespace_anywhere() -> None:
    done = converted({"jobs/a.yaml": cronjob(namespace="")})
    assert list(done.new) == ["jobs/a.yaml"] and "`namespaces` in the configuration" in done.findings("CRON011")[0].full_message
    done = converted({"jobs/a.yaml": cronjob(namespace="")}, defaultNamespace="batch")
    assert subjects(done) == [("reporter", "batch")] and "namespace" not in load(done.new[FILE])[0]["metadata"]


def test_what_would_be_built_twice_is_listed_once() -> None:
    files = {
        "jobs/a.yaml": cronjob(),
        "jobs/b.yaml": cronjob("b"),
        "jobs/kustomization.yaml": "resources: [a.yaml]\n",
        "kustomization.yaml": "resources: [jobs, jobs/b.yaml]\n",
    }
    done = converted(files)
    assert done.new["jobs/kustomization.yaml"] == "resources: [a.yaml, workflow-permissions.yaml]\n"
    assert "kustomization.yaml" not in done.new
    (told,) = done.findings("CRON011")
    assert (told.file, told.line) == ("kustomization.yaml", 1) and "twice" in told.full_message


def test_a_kustomization_that_opted_out() -> None:
    text = 'metadata: {name: x, annotations: {transformer.dev/skip: "*"}}\nresources: [a.yaml]\n'
    done = converted({"jobs/a.yaml": cronjob(), "jobs/kustomization.yaml": text})
    assert "jobs/kustomization.yaml" not in done.new and len(done.findings("CRON011")) == 1


@pytest.mark.parametrize(
    ("spec", "written"),
    [
        ("generators: [{git: {files: [{path: 'jobs/*.yaml'}]}}]", False),
        ("generators: [{matrix: {generators: [{git: {files: [{path: '**/workflow-*'}]}}]}}]", False),
        ("generators: [{git: {files: [{path: 'jobs/config.yaml'}]}}]", True),
        ("template: {spec: {source: {path: jobs, directory: {include: 'a*.yaml'}}}}", False),
        ("template: {spec: {source: {path: ., directory: {recurse: true, exclude: '{*/workflow-*,x}'}}}}", False),
        ("template: {spec: {source: {path: jobs, directory: {include: '*.yaml'}}}}", True),
        ("template: {spec: {source: {path: web, directory: {include: 'a*.yaml'}}}}", True),
    ],
)
def test_a_folder_whose_files_are_chosen_by_pattern(spec: str, written: bool) -> None:
    """A new file must not become something else's input, nor be left out without a word."""
    chooser = f"apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {{name: x}}\nspec:\n  {spec}\n"
    done = converted({"jobs/a.yaml": cronjob(), "sets.yaml": chooser})
    assert (FILE in done.new) is written
    assert [("sets.yaml:1" in f.full_message) for f in done.findings("CRON011")] == ([] if written else [True])


# --- whose account it is


def test_the_account_that_argo_speaks_with() -> None:
    """A WorkflowTemplate, workflowDefaults and the executor say it where the CronWorkflow does not."""
    config = (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: workflow-controller-configmap, namespace: argo}\n"
        "data:\n  workflowDefaults: |\n    spec: {executor: {serviceAccountName: argo-executor}}\n"
    )
    done = converted({"jobs/a.yaml": cronjob(), "argo/config.yaml": config})
    assert subjects(done) == [("argo-executor", "jobs")]
    tokenless = cronjob().replace("restartPolicy: Never", "restartPolicy: Never\n          automountServiceAccountToken: false")
    assert subjects(converted({"jobs/a.yaml": tokenless}, executorServiceAccount="reports")) == [("reports", "jobs")]
