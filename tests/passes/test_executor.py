"""Every place that chooses an executor, for every kind of version: what is changed, what is told, what is left alone."""

from __future__ import annotations

import pytest

from transformer.knowledge import table
from transformer.model import Severity, Target, Verdict, Version
from transformer.passes.executor import PASS
from transformer.passkit.testing import Result, converted

NAME = "workflow-controller-configmap"
CONFIG = f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {NAME}\ndata:\n"
SELECTORS = """\
  containerRuntimeExecutors: |
    - name: k8sapi
      selector:
        matchLabels:
          workflows.argoproj.io/container-runtime-executor: k8sapi
"""
LABEL = "workflows.argoproj.io/container-runtime-executor"
KUSTOMIZE = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"


def convert(files: dict[str, str], argo: str = "3.6") -> Result:
    return converted(files, PASS, Target(gke=Version.parse("1.33"), argo=Version.parse(argo)))


def one(text: str, argo: str = "3.6", file: str = "a.yaml") -> str:
    return convert({file: text}, argo).texts[file]


def deployment(image: str, *arguments: str) -> str:
    args = "".join(f"        - {a}\n" for a in arguments)
    return (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: workflow-controller}\nspec:\n  template:\n    spec:\n      containers:\n"
        f"      - name: workflow-controller\n        image: {image}\n        args:\n{args}"
    )


# --- the ConfigMap, one key each


@pytest.mark.parametrize("value", ["docker", "kubelet", "k8sapi", "pns", '"pns"', "'docker'  # why"])
@pytest.mark.parametrize("argo", ["3.1", "3.2", "3.3"])
def test_flat_key_is_set_up_to_33(value: str, argo: str) -> None:
    """Quotes and comments stay."""
    bare = value.split()[0].strip("\"'")
    assert one(f"{CONFIG}  containerRuntimeExecutor: {value}\n", argo) == f"{CONFIG}  containerRuntimeExecutor: {value}\n".replace(
        bare, "emissary"
    )


@pytest.mark.parametrize("value", ["docker", "pns", "emissary", '""', ""])
@pytest.mark.parametrize("argo", ["3.4", "3.4.1", "3.6", "4.0"])
def test_flat_key_is_removed_from_34(value: str, argo: str) -> None:
    """Any value is fatal there, also emissary."""
    text = f'{CONFIG}  containerRuntimeExecutor: {value}\n  parallelism: "10"\n'
    assert one(text, argo) == f'{CONFIG}  parallelism: "10"\n'


@pytest.mark.parametrize("argo", ["3.1", "3.2", "3.3"])
def test_emissary_stays_up_to_33(argo: str) -> None:
    """Nothing to do, nothing to tell."""
    text = f"{CONFIG}  containerRuntimeExecutor: emissary\n"
    ran = convert({"a.yaml": text}, argo)
    assert ran.texts["a.yaml"] == text
    assert ran.codes() == []


@pytest.mark.parametrize(("argo", "added"), [("3.1", True), ("3.2", True), ("3.3", False), ("3.6", False)])
def test_an_absent_key_means_docker_up_to_32(argo: str, added: bool) -> None:
    """There it is written; from 3.3 on emissary is the default."""
    new = one(f'{CONFIG}  parallelism: "10"\n', argo)
    assert ("containerRuntimeExecutor: emissary" in new) is added


def test_selectors_go_and_leave_a_choice_where_docker_would_run() -> None:
    """A selector beats the single key, and without either 3.2 runs docker."""
    assert one(CONFIG + SELECTORS + '  parallelism: "10"\n', "3.3") == f'{CONFIG}  parallelism: "10"\n'
    new = one(CONFIG + SELECTORS + '  parallelism: "10"\n', "3.2")
    assert "containerRuntimeExecutor: emissary" in new
    assert "Executors" not in new


def test_selectors_that_all_name_emissary_stay_up_to_33() -> None:
    """They do no harm."""
    text = CONFIG + "  containerRuntimeExecutor: emissary\n" + SELECTORS.replace("k8sapi", "emissary")
    assert one(text, "3.3") == text
    assert "Executor" not in one(text, "3.6")


@pytest.mark.parametrize("argo", ["3.2", "3.6"])
def test_dead_settings_go(argo: str) -> None:
    """Only the executors that are left behind read them."""
    text = (
        CONFIG
        + '  containerRuntimeExecutor: emissary\n  dockerSockPath: /x\n  kubeletPort: "10250"\n  kubeletInsecure: "true"\n  links: ""\n'
    )
    new = one(text, argo)
    assert not any(key in new for key in ("dockerSockPath", "kubelet"))
    assert 'links: ""' in new


def test_keys_that_carried_a_setting_are_told() -> None:
    """A person moves them; they stop the controller from 3.4 on."""
    text = CONFIG + "  executorImage: argoexec:v2\n"
    assert convert({"a.yaml": text}, "3.2").codes() == []
    for argo in ("3.3", "3.6"):
        ran = convert({"a.yaml": text}, argo)
        assert "EXE006" in ran.codes()
        assert "executor.image" in ran.told("EXE006").remedy
        assert "executorImage" in ran.texts["a.yaml"]


def test_dead_settings_inside_the_executor_go() -> None:
    """Its other settings stay, what is emptied goes."""
    text = (
        CONFIG
        + """\
  executor: |
    imagePullPolicy: IfNotPresent  # keep
    env:
    - name: ARGO_CONTAINER_RUNTIME_EXECUTOR
      value: pns
    securityContext:
      privileged: true
      capabilities:
        add: [SYS_PTRACE, SYS_CHROOT]
"""
    )
    assert one(text, "3.3") == CONFIG + "  executor: |\n    imagePullPolicy: IfNotPresent  # keep\n"


def test_the_label_in_workflow_defaults_goes() -> None:
    """Edited inside the text."""
    text = f"{CONFIG}  workflowDefaults: |\n    metadata:\n      labels:\n        env: dev\n        {LABEL}: pns\n    spec: {{}}\n"
    assert one(text) == text.replace(f"        {LABEL}: pns\n", "")


@pytest.mark.parametrize(
    "text",
    [
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: docs}\ndata:\n  readme.md: |\n    containerRuntimeExecutor: pns\n",
        f"{CONFIG}  # containerRuntimeExecutor: pns\n  parallelism: '1'\n",
        f"{CONFIG}  config: |\n    # containerRuntimeExecutor: pns\n    parallelism: 1\n",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData:\n  containerRuntimeExecutor: pns\n",
        "apiVersion: batch/v1\nkind: Job\nmetadata: {name: workflow-controller-test}\nspec: {}\n",
    ],
    ids=["a text", "a comment", "a comment inside", "a Secret", "another kind"],
)
def test_what_only_mentions_it_is_left_alone(text: str) -> None:
    """No change and no finding."""
    ran = convert({"a.yaml": text})
    assert ran.texts["a.yaml"] == text
    assert ran.codes() == []


# --- the text under `config`


def test_edited_inside_the_text() -> None:
    """Comments and layout inside stay as they are."""
    text = f"{CONFIG}  config: |\n    # ours\n    containerRuntimeExecutor: pns  # old\n    workflowDefaults:\n      spec: {{}}\n"
    assert one(text, "3.3") == text.replace("pns", "emissary")
    new = one(text, "3.6")
    assert "containerRuntimeExecutor" not in new
    assert "    workflowDefaults:\n      spec: {}\n" in new


def test_edited_inside_a_flow_style_text() -> None:
    """As old Kubeflow manifests write it."""
    inner = ["{", "containerRuntimeExecutor: docker,", "artifactRepository: {", "    s3: {bucket: $(bucket)}", "}", "}"]
    text = CONFIG + "  config: |\n" + "".join(f"    {line}\n" for line in inner)
    assert one(text, "3.3") == text.replace("docker", "emissary")
    new = one(text, "3.6")
    assert "containerRuntimeExecutor" not in new
    assert "bucket: $(bucket)" in new


def test_a_quoted_text() -> None:
    """JSON in a string."""
    text = f'{CONFIG}  config: \'{{"containerRuntimeExecutor": "pns", "parallelism": 3}}\'\n'
    assert one(text, "3.3") == text.replace("pns", "emissary")


@pytest.mark.parametrize(
    "value",
    ["$(containerRuntimeExecutor)", '"{{ .Values.executor }}"', '"#{ARGO_CONTAINER_RUNTIME_EXECUTOR}"', "${EXECUTOR}", "#{EXECUTOR}"],
)
def test_a_placeholder_is_told(value: str) -> None:
    """Where the value comes from is another place."""
    for text in (f"{CONFIG}  containerRuntimeExecutor: {value}\n", f"{CONFIG}  config: |\n    containerRuntimeExecutor: {value}\n"):
        ran = convert({"a.yaml": text}, "3.3")
        assert ran.texts["a.yaml"] == text
        assert "EXE004" in ran.codes()


def test_a_text_that_does_not_parse_is_told() -> None:
    """With the line inside the text."""
    text = f"{CONFIG}  config: |\n    containerRuntimeExecutor: pns\n    a: [b\n"
    ran = convert({"a.yaml": text})
    assert ran.texts["a.yaml"] == text
    assert "line" in ran.told("EXE004").full_message


# --- the controller's arguments


@pytest.mark.parametrize("flag", [("--container-runtime-executor", "docker"), ("--container-runtime-executor=docker",)])
@pytest.mark.parametrize("argo", ["3.3", "3.4", "3.6"])
def test_the_flag_goes(flag: tuple[str, ...], argo: str) -> None:
    """Both ways to write it; other arguments stay."""
    text = deployment("workflow-controller", "--configmap", NAME, *flag)
    assert one(text, argo) == deployment("workflow-controller", "--configmap", NAME)


def test_the_flag_is_set_where_docker_would_run_without_it() -> None:
    """Argo 3.2 without a ConfigMap that chooses."""
    text = deployment("workflow-controller", "--container-runtime-executor", "docker")
    assert one(text, "3.2") == text.replace("docker", "emissary")
    with_config = convert({"deploy.yaml": text, "cm.yaml": f"{CONFIG}  containerRuntimeExecutor: pns\n"}, "3.2")
    assert "container-runtime-executor" not in with_config.texts["deploy.yaml"]
    assert "emissary" in with_config.texts["cm.yaml"]


def test_what_the_environment_says_about_pns_goes() -> None:
    """An emptied `env` goes with it."""
    text = deployment("workflow-controller", "--qps=1") + "        env:\n        - name: PNS_PRIVILEGED\n          value: 'true'\n"
    assert one(text) == deployment("workflow-controller", "--qps=1")


def test_a_shell_line_and_another_programs_setting_are_told() -> None:
    """Neither is edited."""
    shell = deployment("workflow-controller", '"exec workflow-controller --container-runtime-executor pns"')
    litmus = deployment("litmus/server:1", "x").replace("name: workflow-controller\n ", "name: server\n ")
    litmus += "        env:\n        - {name: CONTAINER_RUNTIME_EXECUTOR, value: k8sapi}\n"
    ran = convert({"a.yaml": shell, "b.yaml": litmus})
    assert ran.texts == {"a.yaml": shell, "b.yaml": litmus}
    assert "EXE005" in ran.codes("a.yaml")
    assert ran.codes("b.yaml") == ["EXE010"]


# --- the label


@pytest.mark.parametrize(
    ("kind", "place"),
    [
        ("Workflow", "metadata:\n  name: w\n  labels:\n    team: ml\n    LABEL: pns\nspec: {}\n"),
        (
            "CronWorkflow",
            "metadata: {name: w}\nspec:\n  workflowMetadata:\n    labels:\n      a: b\n      LABEL: pns\n  schedule: '* * * * *'\n",
        ),
        ("WorkflowTemplate", "metadata: {name: w}\nspec:\n  workflowMetadata:\n    labels:\n      a: b\n      LABEL: pns\n"),
    ],
)
def test_the_label_goes(kind: str, place: str) -> None:
    """It means nothing without a selector."""
    text = f"apiVersion: argoproj.io/v1alpha1\nkind: {kind}\n" + place.replace("LABEL", LABEL)
    assert one(text) == "\n".join(line for line in text.split("\n") if LABEL not in line)


def test_an_emptied_mapping_goes_with_the_label_unless_kustomize_may_need_it() -> None:
    """An overlay may add to it by JSON pointer."""
    text = f"apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata:\n  name: w\n  labels:\n    {LABEL}: pns\n"
    text += "spec: {templates: [{name: a}]}\n"
    assert "labels" not in one(text)
    ran = convert({"w.yaml": text, "kustomization.yaml": KUSTOMIZE + "resources: [w.yaml]\n"})
    assert "labels: {}" in ran.texts["w.yaml"]


# --- Helm


@pytest.mark.parametrize("indent", ["", "argo-workflows:\n", "platform:\n  argo:\n"])
def test_values_of_the_chart(indent: str) -> None:
    """Also below the name of a dependency."""
    pad = "  " * indent.count("\n")
    text = f"{indent}{pad}controller:\n{pad}  containerRuntimeExecutor: pns\n{pad}  parallelism: 3\n"
    assert one(text, "3.3", "values.yaml") == text.replace("pns", "emissary")
    assert one(text, "3.6", "values.yaml") == f"{indent}{pad}controller:\n{pad}  parallelism: 3\n"


def test_values_follow_the_chart_that_is_deployed() -> None:
    """Chart 0.16 is Argo 3.3 at most, whatever the target."""
    chart = "apiVersion: v2\nname: x\ndependencies:\n- {name: argo-workflows, version: 0.16.3, repository: r}\n"
    values = "argo-workflows:\n  controller:\n    containerRuntimeExecutor: docker\n"
    ran = convert({"Chart.yaml": chart, "values.yaml": values})
    assert ran.texts["values.yaml"] == values.replace("docker", "emissary")
    assert "EXE002" in ran.codes("values.yaml")


def test_values_inside_an_application_and_a_release() -> None:
    """valuesObject, the text under values, parameters; spec.values."""
    application = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: argo}
spec:
  source:
    repoURL: https://charts.example.com
    path: charts/argo
    helm:
      values: |
        controller:
          containerRuntimeExecutor: pns  # here
      parameters:
      - name: controller.containerRuntimeExecutor
        value: pns
"""
    release = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: argo}
spec:
  values:
    controller:
      containerRuntimeExecutor: pns
"""
    for text in (application, release, application.replace("kind: Application", "kind: Application  # one")):
        assert one(text, "3.3") == text.replace(": pns", ": emissary")
    assert "containerRuntimeExecutor" not in one(application) + one(release)


def test_other_installers_are_told() -> None:
    """Who reads a KfDef's parameter is not known."""
    text = """\
apiVersion: kfdef.apps.kubeflow.org/v1
kind: KfDef
metadata: {name: kf}
spec:
  applications:
  - kustomizeConfig:
      parameters:
      - name: containerRuntimeExecutor
        value: docker
"""
    ran = convert({"a.yaml": text})
    assert ran.texts["a.yaml"] == text
    assert ran.codes() == ["EXE005"]
    assert ran.told("EXE005").line == 9


# --- Kustomize


def test_a_patch_file_is_edited() -> None:
    """It is a part of the configuration."""
    files = {
        "cm.yaml": f"{CONFIG}  containerRuntimeExecutor: pns\n",
        "kustomization.yaml": KUSTOMIZE + "patchesStrategicMerge: [cm.yaml]\n",
    }
    assert "emissary" in convert(files, "3.3").texts["cm.yaml"]


def test_a_patch_that_deletes_is_left_alone() -> None:
    """A null takes the key out of the base."""
    text = f"{CONFIG}  containerRuntimeExecutor: null\n"
    files = {"cm.yaml": text, "kustomization.yaml": KUSTOMIZE + "patchesStrategicMerge: [cm.yaml]\n"}
    assert convert(files, "3.6").texts["cm.yaml"] == convert(files, "3.3").texts["cm.yaml"] == text


def test_patches_inside_a_kustomization() -> None:
    """Merge patches and JSON patches; the operation that would leave an empty patch is told."""
    merge = (
        KUSTOMIZE
        + f"patches:\n- patch: |-\n    apiVersion: v1\n    kind: ConfigMap\n    metadata:\n      name: {NAME}\n    data:\n      containerRuntimeExecutor: pns\n"  # noqa: E501 - one line of the manifest
    )
    assert one(merge, "3.3", "kustomization.yaml") == merge.replace("pns", "emissary")
    json = (
        KUSTOMIZE
        + f"patches:\n- target: {{kind: ConfigMap, name: {NAME}}}\n  patch: |-\n    - op: add\n      path: /data/containerRuntimeExecutor\n      value: pns\n"  # noqa: E501 - one line of the manifest
    )
    assert one(json, "3.3", "kustomization.yaml") == json.replace("pns", "emissary")
    ran = convert({"kustomization.yaml": json}, "3.6")
    assert ran.texts["kustomization.yaml"] == json
    assert "EXE005" in ran.codes()


def test_a_json_patch_in_a_file_is_told_there() -> None:
    """File and line are the patch's own."""
    patch = "- op: add\n  path: /spec/template/spec/containers/0/args/-\n  value: --container-runtime-executor=pns\n"
    kustomization = (
        KUSTOMIZE + "patchesJson6902:\n- target: {group: apps, version: v1, kind: Deployment, name: workflow-controller}\n  path: p.yaml\n"
    )
    told = convert({"x/kustomization.yaml": kustomization, "x/p.yaml": patch}).told("EXE005")
    assert (told.file, told.line) == ("x/p.yaml", 3)


@pytest.mark.parametrize("generated", [NAME, "workflow-controller-parameters"])
def test_env_files_and_literals(generated: str) -> None:
    """Up to 3.3 the value is set; from 3.4 on the line goes only where it makes the controller's own ConfigMap."""
    kustomization = (
        KUSTOMIZE
        + f"configMapGenerator:\n- name: {generated}\n  envs: [params.env]\n  literals:\n  - containerRuntimeExecutor=pns\n  - a=b\n"
    )
    files = {"kustomization.yaml": kustomization, "params.env": "# ours\ncontainerRuntimeExecutor=docker\nx=y\n"}
    old = convert(files, "3.3").texts
    assert old["params.env"] == "# ours\ncontainerRuntimeExecutor=emissary\nx=y\n"
    assert old["kustomization.yaml"] == kustomization.replace("pns", "emissary")
    new = convert(files, "3.6")
    if generated == NAME:
        assert new.texts["params.env"] == "# ours\nx=y\n"
        assert new.texts["kustomization.yaml"] == kustomization.replace("  - containerRuntimeExecutor=pns\n", "")
    else:
        assert new.texts == files
        assert "EXE009" in new.codes("params.env")


def test_a_file_that_becomes_the_config() -> None:
    """`files: [config=…]` of a generator."""
    files = {
        "kustomization.yaml": KUSTOMIZE + f"configMapGenerator:\n- name: {NAME}\n  files: [config=controller.yaml]\n",
        "controller.yaml": "containerRuntimeExecutor: pns\nparallelism: 3\n",
    }
    assert convert(files, "3.3").texts["controller.yaml"] == "containerRuntimeExecutor: emissary\nparallelism: 3\n"
    assert convert(files, "3.6").texts["controller.yaml"] == "parallelism: 3\n"


# --- versions


def test_before_31_it_refuses() -> None:
    """By the target, or by what is deployed."""
    text = f"{CONFIG}  containerRuntimeExecutor: pns\n"
    for files, argo in (
        ({"cm.yaml": text}, "3.0"),
        ({"cm.yaml": text, "deploy.yaml": deployment("argoproj/workflow-controller:v2.12.1", "--x")}, "3.6"),
    ):
        ran = convert(files, argo)
        assert ran.texts == files
        assert ran.verdict("cm.yaml") is Verdict.BLOCKED
        assert ran.codes() == ["EXE001"]


def test_an_older_pin_is_edited_and_explained() -> None:
    """3.2 without the key would run docker, so the key stays and says emissary."""
    files = {
        "cm.yaml": f"{CONFIG}  containerRuntimeExecutor: pns\n",
        "deploy.yaml": deployment("argoproj/workflow-controller:v3.2.4", "--x"),
    }
    ran = convert(files, "3.6")
    assert "containerRuntimeExecutor: emissary" in ran.texts["cm.yaml"]
    assert "deploy.yaml:9" in ran.told("EXE002").full_message


def test_installs_that_contradict_each_other_are_refused() -> None:
    """3.2 needs the key, 3.5 dies of it. With 3.3 the deletion is right for both."""

    def files(old: str) -> dict[str, str]:
        image = "images: [{name: quay.io/argoproj/workflow-controller, newTag: "
        return {
            "base/cm.yaml": f"{CONFIG}  containerRuntimeExecutor: pns\n  a: b\n",
            "base/kustomization.yaml": KUSTOMIZE + "resources: [cm.yaml]\n",
            "a/kustomization.yaml": KUSTOMIZE + "resources: [../base]\n" + image + old + "}]\n",
            "b/kustomization.yaml": KUSTOMIZE + "resources: [../base]\n" + image + "v3.5.0}]\n",
        }

    assert convert(files("v3.2.1")).codes() == ["EXE008"]
    assert "Executor" not in convert(files("v3.3.1")).texts["base/cm.yaml"]


def test_each_install_is_judged_by_its_own_version() -> None:
    """Old and new side by side."""
    text = f"{CONFIG}  containerRuntimeExecutor: pns\n  a: b\n"
    files = {
        "old/cm.yaml": text,
        "old/deploy.yaml": deployment("argoproj/workflow-controller:v3.3.1", "--x"),
        "new/cm.yaml": text,
        "new/deploy.yaml": deployment("argoproj/workflow-controller:v3.5.1", "--x"),
    }
    ran = convert(files, "3.6")
    assert ran.texts["old/cm.yaml"] == text.replace("pns", "emissary")
    assert "Executor" not in ran.texts["new/cm.yaml"]


def test_told_once_for_each_controller() -> None:
    """Behaviour and permissions are told by the first file, not by every one."""
    files = {f"{n}.yaml": f'{CONFIG}  containerRuntimeExecutor: pns\n  parallelism: "3"\n' for n in "abc"}
    ran = convert(files)
    assert ran.codes() == ["EXE003", "EXE007"]
    assert {f.file for f in ran.findings} == {"a.yaml"}
    granted = "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: r}\nrules:\n- {apiGroups: [argoproj.io], resources: [workflowtaskresults], verbs: [create, patch]}\n"  # noqa: E501 - one line of the manifest
    assert convert({**files, "role.yaml": granted}).codes() == ["EXE003"]


@pytest.mark.parametrize(
    ("argo", "row", "severity", "rule"),
    [
        ("3.2", "task-results-pods", Severity.WARNING, "{apiGroups: [''], resources: [pods], verbs: [get, patch]}"),
        (
            "3.3",
            "task-results-outputs",
            Severity.INFO,
            "{apiGroups: ['argoproj.io'], resources: [workflowtaskresults], verbs: [create, patch]}",
        ),
        ("3.4", "task-results-outputs", Severity.INFO, "resources: [workflowtaskresults]"),
        ("3.5", "task-results", Severity.WARNING, "resources: [workflowtaskresults]"),
    ],
)
def test_the_permissions_are_those_of_the_table(argo: str, row: str, severity: Severity, rule: str) -> None:
    """A converted CronJob gets its Role by the same rows: before 3.5 only some runs need workflowtaskresults."""
    told = convert({"a.yaml": f"{CONFIG}  containerRuntimeExecutor: pns\n  a: b\n"}, argo).told("EXE007")
    assert (told.source, told.severity) == (f"workflow_permissions/{row}", severity)
    assert rule in told.remedy
    assert told.message == f"{table('workflow_permissions')[row]['why']} No Role in this repository grants it."


def test_notes_about_a_setting_in_a_block_are_at_its_line() -> None:
    """Not at the block that holds it."""
    head = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: workflow-controller-configmap}\n"
    text = head + "data:\n  config: |\n    a: 1\n    containerRuntimeExecutor: docker\n"
    found = converted({"a.yaml": text}, PASS).told("EXE003")
    assert (found.line, found.column) == (7, 5)
