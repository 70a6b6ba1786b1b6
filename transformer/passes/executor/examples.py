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
    Blocks(
        "before 3.1 there is no emissary",
        _CONFIG + "  containerRuntimeExecutor: pns\n",
        "EXE001",
        target={"argoWorkflows": "3.0"},
    ),
)
