"""Before and after, also the pass's tests."""

from __future__ import annotations

from transformer.passkit import Example, Keeps, Rewrites

_DEFAULTS = {"defaults": {"requests": {"cpu": "250m", "memory": "512Mi"}, "limits": {"memory": "512Mi"}}}
_TEMPLATE = """\
apiVersion: argoproj.io/v1alpha1
kind: WorkflowTemplate
metadata:
  name: nightly
spec:
  templates:
"""
_CONTROLLER = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: workflow-controller-configmap
data:
"""

EXAMPLES: tuple[Example, ...] = (
    Rewrites(
        "a step that ran out of memory, matched by the name of its template",
        _TEMPLATE
        + """\
  - name: sql
    inputs:
      parameters:
      - name: sqlfile
    container:
      image: shop/sql:1.4   # the client
      args: ["{{inputs.parameters.sqlfile}}"]
      volumeMounts:
      - {name: work, mountPath: /work}
  - name: train
    container:
      image: shop/train:9
      resources:
        requests: {cpu: 8, memory: 64Gi, ephemeral-storage: 5Gi}
""",
        _TEMPLATE
        + """\
  - name: sql
    inputs:
      parameters:
      - name: sqlfile
    container:
      image: shop/sql:1.4   # the client
      args: ["{{inputs.parameters.sqlfile}}"]
      resources:
        requests:
          cpu: "1"
          memory: 4Gi
          ephemeral-storage: 1Gi
        limits:
          cpu: "1"
          memory: 4Gi
          ephemeral-storage: 1Gi
      volumeMounts:
      - {name: work, mountPath: /work}
  - name: train
    container:
      image: shop/train:9
      resources:
        requests: {cpu: 8, memory: 64Gi, ephemeral-storage: 5Gi}
""",
        params={
            "rules": [
                {
                    "match": {"kind": "WorkflowTemplate", "container": "sql*"},
                    "requests": {"cpu": 1, "memory": "4Gi", "ephemeral-storage": "1Gi"},
                    "limits": {"cpu": 1, "memory": "4Gi", "ephemeral-storage": "1Gi"},
                }
            ]
        },
    ),
    Rewrites(
        "only amounts that are not set, in the style of the file",
        """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
    template:
        spec:
            initContainers:
                - {name: migrate, image: "web:1"}
            containers:
                - name: web
                  image: web:1
                  resources:
                      limits:
                          memory: 1Gi   # measured in May
                - name: proxy
                  image: proxy:2
                  resources: {requests: {cpu: 10m, memory: 64Mi}}
""",
        """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
    template:
        spec:
            initContainers:
                - {name: migrate, image: "web:1", resources: {requests: {cpu: 250m, memory: 512Mi}, limits: {memory: 512Mi}}}
            containers:
                - name: web
                  image: web:1
                  resources:
                      limits:
                          memory: 1Gi   # measured in May
                      requests:
                          cpu: 250m
                - name: proxy
                  image: proxy:2
                  resources: {requests: {cpu: 10m, memory: 64Mi}}
""",
        params=_DEFAULTS,
    ),
    Rewrites(
        "Argo's own containers, inside the controller's configuration",
        _CONTROLLER
        + """\
  # one text for everything
  config: |
    # how steps are run
    executor:
      imagePullPolicy: IfNotPresent
    artifactRepository: {archiveLogs: true}
""",
        _CONTROLLER
        + """\
  # one text for everything
  config: |
    # how steps are run
    executor:
      imagePullPolicy: IfNotPresent
      resources:
        requests:
          cpu: 50m
          memory: 64Mi
    artifactRepository: {archiveLogs: true}
""",
        params={"executor": {"requests": {"cpu": "50m", "memory": "64Mi"}}},
    ),
    Keeps("without parameters", _TEMPLATE + "  - name: a\n    container: {image: a}\n"),
    Keeps(
        "a request or a limit for the same resource is already set",
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n  - name: a\n    image: a\n"
        "    resources: {requests: {cpu: 1}, limits: {memory: 1Gi}}\n",
        params=_DEFAULTS,
    ),
    Keeps(
        "a rule without amounts exempts what it matches",
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a, labels: {team: search}}\nspec:\n  containers:\n  - {name: a, image: a}\n",
        params={"rules": [{"match": {"labels": {"team": ["search", "ml-*"]}}}], **_DEFAULTS},
    ),
    Keeps(
        "templateDefaults set them for every template",
        "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {name: a}\nspec:\n"
        "  templateDefaults:\n    container:\n      resources: {requests: {cpu: 1, memory: 1Gi}}\n"
        "  templates:\n  - name: a\n    container: {image: a}\n",
        params=_DEFAULTS,
    ),
    Keeps(
        "the controller's mainContainer sets them for every main container",
        _TEMPLATE + "  - name: a\n    container: {image: a}\n",
        params=_DEFAULTS,
        files={"argo/controller.yaml": _CONTROLLER + "  mainContainer: |\n    resources:\n      requests: {cpu: 100m, memory: 64Mi}\n"},
    ),
    Keeps(
        "a podSpecPatch that is an expression may set them",
        _TEMPLATE + "  - name: a\n    podSpecPatch: '{{inputs.parameters.patch}}'\n    container: {image: a}\n",
        params=_DEFAULTS,
        finding="RES002",
    ),
    Keeps(
        "a Kustomize patch",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  template:\n    spec:\n      containers:\n"
        "      - {name: web, env: [{name: A, value: b}]}\n      - {name: proxy, image: proxy}\n",
        params=_DEFAULTS,
        files={"kustomization.yaml": "patches: [{path: manifest.yaml}]\n"},
        skip="patch",
    ),
)
