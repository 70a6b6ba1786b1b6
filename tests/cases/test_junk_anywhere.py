"""Random junk at every place of every kind that is looked at: a healthy job is converted as without it, and nothing ends in a fault."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.passes.follows import Followed, converted, cronjob
from transformer.yamltext import ParseError, load

# Each stands in a namespace and a folder of its own, and names nothing of the job's.
OBJECTS = """\
{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {name: x, namespace: else}, rules: [{apiGroups: [batch], resources: [cronjobs], verbs: [get], resourceNames: [x]}]}
---
{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: y, labels: {a: "true"}}, aggregationRule: {clusterRoleSelectors: [{matchLabels: {a: "true"}}]}, rules: [{apiGroups: [argoproj.io], resources: [workflowtaskresults], verbs: [create]}]}
---
{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {name: x, namespace: else}, roleRef: {kind: Role, name: x}, subjects: [{kind: ServiceAccount, name: x, namespace: else}]}
---
{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRoleBinding, metadata: {name: x}, roleRef: {kind: ClusterRole, name: y}, subjects: [{kind: User, name: x}]}
---
{apiVersion: v1, kind: ServiceAccount, metadata: {name: x, namespace: else}, automountServiceAccountToken: false}
---
{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: x, namespace: else}, spec: {podSelector: {matchLabels: {a: b}, matchExpressions: [{key: job-name, operator: In, values: [x]}]}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 10.0.0.0/8}}], ports: [{port: 443}]}]}}
---
{apiVersion: v1, kind: ResourceQuota, metadata: {name: x, namespace: else}, spec: {hard: {limits.cpu: "1", count/jobs.batch: 5}}}
---
{apiVersion: v1, kind: LimitRange, metadata: {name: x, namespace: else}, spec: {limits: [{type: Container, default: {cpu: 1}}]}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: else, labels: {istio-injection: enabled, pod-security.kubernetes.io/enforce: restricted}}}
---
{apiVersion: argoproj.io/v1alpha1, kind: AppProject, metadata: {name: p}, spec: {namespaceResourceWhitelist: [{group: batch, kind: CronJob}], namespaceResourceBlacklist: [{group: a, kind: b}]}}
---
{apiVersion: argoproj.io/v1alpha1, kind: Application, metadata: {name: a, annotations: {argocd-image-updater.argoproj.io/image-list: "a=b:1"}}, spec: {project: p, sources: [{path: else, kustomize: {images: [b:2], namePrefix: x}, directory: {recurse: true, include: "*.yaml"}}], destination: {namespace: else}, ignoreDifferences: [{group: batch, kind: CronJob, name: x}]}}
---
{apiVersion: argoproj.io/v1alpha1, kind: ApplicationSet, metadata: {name: s}, spec: {generators: [{git: {files: [{path: else/*.json}], directories: [{path: else/*}]}}], template: {metadata: {name: s}, spec: {project: p, source: {path: "else/{{x}}", kustomize: {namePrefix: y}}, destination: {namespace: else}}}}}
---
{apiVersion: argocd-image-updater.argoproj.io/v1alpha1, kind: ImageUpdater, metadata: {name: i}, spec: {applicationRefs: [{namePattern: x, images: [{alias: a, imageName: "b:1"}]}]}}
---
{apiVersion: kustomize.toolkit.fluxcd.io/v1, kind: Kustomization, metadata: {name: f}, spec: {path: ./else, targetNamespace: else, postBuild: {substitute: {A: b}}, patches: [{patch: "a: b", target: {kind: Deployment}}], images: [{name: b, newTag: "1"}], components: [x], healthChecks: [{kind: CronJob, name: x, namespace: else, apiVersion: batch/v1}]}}
---
{apiVersion: autoscaling.k8s.io/v1, kind: VerticalPodAutoscaler, metadata: {name: v, namespace: else}, spec: {targetRef: {apiVersion: batch/v1, kind: CronJob, name: x}}}
---
{apiVersion: kyverno.io/v1, kind: Policy, metadata: {name: k, namespace: else}, spec: {rules: [{match: {resources: {kinds: [CronJob], names: [x]}}}]}}
---
{apiVersion: argoproj.io/v1alpha1, kind: WorkflowTemplate, metadata: {name: w, namespace: else}, spec: {serviceAccountName: x, templates: [{name: a, container: {image: b, command: [c]}}]}}
---
{apiVersion: argoproj.io/v1alpha1, kind: CronWorkflow, metadata: {name: c, namespace: else}, spec: {schedule: "* * * * *", workflowSpec: {entrypoint: a, templates: [{name: a, container: {image: b, command: [c]}}]}}}
"""  # noqa: E501
KUSTOMIZATION = """\
{resources: [../other, a.yaml], components: [c], namespace: else, namePrefix: p-, commonLabels: {a: b}, labels: [{pairs: {a: b}, fields: [{path: spec/x, kind: CronJob}]}], images: [{name: b, newTag: "1"}], patches: [{path: p.yaml, target: {kind: CronJob}}], patchesStrategicMerge: [s.yaml], patchesJson6902: [{path: j.yaml, target: {kind: CronJob, name: x}}], configMapGenerator: [{name: g, files: [a=b], envs: [e], literals: [a=b]}], generatorOptions: {disableNameSuffixHash: true}, replacements: [{source: {kind: CronJob}, targets: [{select: {kind: Job}, fieldPaths: [a]}]}], vars: [{name: V, objref: {kind: CronJob, name: x}}], configurations: [k.yaml], crds: [d.json], transformers: [t.yaml], generators: [g.yaml], helmCharts: [{name: h}]}
"""  # noqa: E501
SCALARS: tuple[Any, ...] = (None, True, 0, -1, 1.5, "", "x", "*", "{{ x }}", "${X}", "a: b\n- c", ".", "..", "/", "[", "CronJob")
JUNK = st.recursive(
    st.sampled_from(SCALARS),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["name", "kind", "path", "x", "metadata", "spec"]), inner, max_size=2)
    ),
    max_leaves=4,
)
KEYS = ("{{ x }}", "? [a]\n", "<<", "5", "''")
CONTROLLER = """\
{apiVersion: v1, kind: ConfigMap, metadata: {name: workflow-controller-configmap, namespace: argo}, data: {config: "a: b", images: "{}", workflowDefaults: "spec: {}", instanceID: x}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: workflow-controller, namespace: argo}, spec: {template: {spec: {containers: [{name: workflow-controller, image: "quay.io/argoproj/workflow-controller:v3.6.2", args: [--namespaced, --configmap, x]}]}}}}
"""  # noqa: E501


def _paths(value: Any, at: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(p for key, item in inner for p in _paths(item, (*at, key)))]


def _with(value: Any, path: tuple[str | int, ...], junk: Any) -> Any:
    if not path:
        return junk
    head, rest = path[0], path[1:]
    if isinstance(value, dict):
        return {k: _with(v, rest, junk) if k == head else v for k, v in value.items()}
    return [_with(v, rest, junk) if n == head else v for n, v in enumerate(value)]


def _flow(value: Any, odd: tuple[tuple[str | int, ...], str] | None, at: tuple[str | int, ...] = ()) -> str:
    """In one line; at one place an odd key stands in a mapping."""
    if isinstance(value, dict):
        rows = [f"{_scalar(k)}: {_flow(v, odd, (*at, k))}" for k, v in value.items()]
        rows += [f"{odd[1]}: x"] if odd and odd[0] == at else []
        return "{" + ", ".join(rows) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(v, odd, (*at, n)) for n, v in enumerate(value)) + "]"
    return _scalar(value)


def _scalar(value: Any) -> str:
    import json

    return json.dumps(value)


@cache
def _alone() -> Followed:
    return converted({"jobs/a.yaml": cronjob()})


NEW = "jobs/workflow-permissions.yaml"


def _reaches_all(text: str) -> bool:
    """A Flux Kustomization whose path says nothing deploys the whole repository. An ApplicationSet makes an Application of each file
    that its pattern matches, of the new one too; git lets `*` stand for slashes."""
    try:
        (found,) = load(text)
    except (ParseError, ValueError):
        return False
    if not isinstance(found, dict):
        return False
    if found.get("kind") == "ApplicationSet":
        return any(fnmatchcase(NEW, pattern) for pattern in _paths_of_files(found.get("spec")))
    spec = found.get("spec") if "kustomize.toolkit" in str(found.get("apiVersion")) else None
    path = spec.get("path") if isinstance(spec, dict) else "else"
    return path in (None, "", ".", "./", "/") or not isinstance(path, str)


def _paths_of_files(data: object) -> Iterator[str]:
    """The patterns of all generators that read files."""
    for key, value in data.items() if isinstance(data, dict) else ():
        if key == "files" and isinstance(value, list):
            yield from (str(f.get("path")) for f in value if isinstance(f, dict))
        yield from _paths_of_files(value)
    for item in data if isinstance(data, list) else ():
        yield from _paths_of_files(item)


def _junk(data: st.DataObject, text: str) -> str:
    """One of the documents with junk at one place, or with an odd key."""
    found = data.draw(st.sampled_from(load(text)))
    path = data.draw(st.sampled_from(_paths(found)))
    if data.draw(st.booleans()):
        return _flow(_with(found, path, data.draw(JUNK)), None)
    return _flow(found, (path, data.draw(st.sampled_from(KEYS))))


@settings(max_examples=250, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_an_object_that_cannot_reach_the_job(data: st.DataObject) -> None:
    """What it becomes, and what comes along with it, is the same byte for byte."""
    text = _junk(data, OBJECTS)
    assume(not _reaches_all(text))
    new = converted({"jobs/a.yaml": cronjob(), "else/x.yaml": text}).new
    assert {name: text for name, text in new.items() if name.startswith("jobs/")} == _alone().new


@settings(max_examples=150, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_a_kustomization_that_cannot_reach_the_job(data: st.DataObject) -> None:
    files = {"jobs/a.yaml": cronjob(), "else/kustomization.yaml": _junk(data, KUSTOMIZATION), "other/kustomization.yaml": "{}\n"}
    new = converted(files).new
    assert {name: text for name, text in new.items() if name.startswith("jobs/")} == _alone().new


@settings(max_examples=100, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(st.data(), st.booleans())
def test_what_can_reach_it_ends_in_no_fault(data: st.DataObject, named: bool) -> None:
    """A controller's configuration, objects of the job's own namespace, a kustomization that lists it."""
    kustomization = _junk(data, KUSTOMIZATION.replace("a.yaml", "a.yaml, x.yaml"))
    objects = _junk(data, OBJECTS.replace("else", "jobs").replace("name: x", "name: reporter"))
    beside = {"jobs/kustomization.yaml": kustomization} if named else {}
    converted({"jobs/a.yaml": cronjob(), "jobs/x.yaml": objects, "argo/c.yaml": _junk(data, CONTROLLER), **beside})


@pytest.mark.parametrize("text", [OBJECTS, KUSTOMIZATION, CONTROLLER])
def test_the_objects_are_whole(text: str) -> None:
    assert all(isinstance(d, dict) for d in load(text))
    converted({"jobs/a.yaml": cronjob(), "else/x.yaml": text})
