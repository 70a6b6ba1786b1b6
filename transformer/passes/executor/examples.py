"""Before and after, also the pass's tests."""

from __future__ import annotations

from transformer.passkit import Blocks, Example, Keeps, Rewrites

_CONFIG = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: workflow-controller-configmap
data:
"""
_NESTED = (
    _CONFIG
    + """\
  config: |
    # how steps are run
    containerRuntimeExecutor: pns  # since 1.19
    parallelism: 10
"""
)
_CONTROLLER = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: workflow-controller
spec:
  template:
    spec:
      containers:
      - name: workflow-controller
        image: quay.io/argoproj/workflow-controller:v3.3.8
        args:
        - --configmap
        - workflow-controller-configmap
        - --container-runtime-executor=pns
"""
_FLAGS = _CONTROLLER[_CONTROLLER.index("        args:") :]
_VARIABLES = """\
        env:
        - name: PNS_PRIVILEGED  # pns only
          value: "true"
        - name: LEADER_ELECTION_IDENTITY
          value: controller
"""

EXAMPLES: tuple[Example, ...] = (
    Rewrites(
        "up to 3.3 the key is set, and selectors that override it are removed",
        _CONFIG
        + """\
  containerRuntimeExecutor: pns
  containerRuntimeExecutors: |
    - name: docker
      selector: {matchLabels: {team: ml}}
  parallelism: "10"
""",
        _CONFIG
        + """\
  containerRuntimeExecutor: emissary
  parallelism: "10"
""",
        target={"argoWorkflows": "3.3"},
    ),
    Rewrites(
        "from 3.4 on the controller would not start with the key, so it is removed",
        _CONFIG + '  containerRuntimeExecutor: pns\n  parallelism: "10"\n',
        _CONFIG + '  parallelism: "10"\n',
        target={"argoWorkflows": "3.6"},
    ),
    Rewrites(
        "inside the YAML text under config, with its comments",
        _NESTED,
        _NESTED.replace("pns  #", "emissary  #"),
        target={"argoWorkflows": "3.3"},
    ),
    Rewrites(
        "the controller's flag is removed",
        _CONTROLLER,
        _CONTROLLER.replace("        - --container-runtime-executor=pns\n", ""),
        target={"argoWorkflows": "3.3"},
    ),
    Rewrites(
        "settings of other executors go with them",
        _CONFIG
        + """\
  containerRuntimeExecutor: kubelet
  kubeletPort: "10250"
  kubeletInsecure: "true"
  dockerSockPath: /run/docker.sock
  executor: |
    env:
    - name: ARGO_CONTAINER_RUNTIME_EXECUTOR
      value: kubelet
    imagePullPolicy: Always
""",
        _CONFIG
        + """\
  containerRuntimeExecutor: emissary
  executor: |
    imagePullPolicy: Always
""",
        target={"argoWorkflows": "3.3"},
    ),
    Rewrites(
        "a variable that only pns reads",
        _CONTROLLER.replace(_FLAGS, _VARIABLES),
        _CONTROLLER.replace(_FLAGS, _VARIABLES.replace('        - name: PNS_PRIVILEGED  # pns only\n          value: "true"\n', "")),
        target={"argoWorkflows": "3.3"},
    ),
    Keeps("emissary is already chosen", _NESTED.replace("pns", "emissary"), target={"argoWorkflows": "3.3"}),
    Keeps("nothing to choose from 3.4 on", _CONFIG + '  parallelism: "10"\n', target={"argoWorkflows": "3.6"}),
    Keeps(
        "a ConfigMap that does not belong to Argo",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: notes}\ndata:\n  containerRuntimeExecutor: pns\n",
        target={"argoWorkflows": "3.3"},
    ),
    Keeps(
        "a comment is not a setting", _CONFIG + '  # containerRuntimeExecutor: pns\n  parallelism: "10"\n', target={"argoWorkflows": "3.6"}
    ),
    Keeps(
        "another way to name a cluster's own executor image",
        _CONFIG + "  executor: |\n    image: registry.example/argoexec:v3.6.4\n    # executorImage is the old key\n",
        target={"argoWorkflows": "3.6"},
    ),
    Keeps(
        "keys that are unknown now are told of",
        _CONFIG
        + """\
  executorImage: registry.example/argoexec:v3.3.8
  executorImagePullPolicy: IfNotPresent
  executorResources: |
    requests: {cpu: 100m}
""",
        target={"argoWorkflows": "3.6"},
        finding="EXE006",
    ),
    Rewrites(
        "the images index has other keys from 3.4 on",
        _CONFIG + "  images: |\n    acme/tool:2:\n      command: [/tool] # ours\n      args: [--quiet]\n",
        _CONFIG + "  images: |\n    acme/tool:2:\n      entrypoint: [/tool] # ours\n      cmd: [--quiet]\n",
        target={"argoWorkflows": "3.6"},
    ),
    Keeps(
        "a key that this version does not know, at any depth, is told at its line",
        _CONFIG + "  workflowDefaults: |\n    parallelism: 2\n",
        target={"argoWorkflows": "3.6"},
        finding="EXE011",
    ),
    Blocks(
        "before 3.1 there is no emissary",
        _CONFIG + "  containerRuntimeExecutor: pns\n",
        "EXE001",
        target={"argoWorkflows": "3.0"},
    ),
)
