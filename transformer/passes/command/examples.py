"""Before and after, also the pass's tests."""

from __future__ import annotations

from transformer.passkit import Blocks, Example, Keeps, Rewrites

_TEMPLATE = """\
apiVersion: argoproj.io/v1alpha1
kind: WorkflowTemplate
metadata:
  name: nightly
spec:
  templates:
"""
_UPLOAD = """\
  - name: upload
    outputs:
      artifacts:
      - name: workdir
        path: /workspace/out/file
        archive: {none: {}}
    container:
      image: debian:latest
"""
_MOUNTS = """\
      volumeMounts:
      - name: workspace
        mountPath: /workspace
"""
_CONTROLLER = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: workflow-controller-configmap}
data:
"""
_OLD = {"argoWorkflows": "3.3"}
_NEW = {"argoWorkflows": "3.6"}
_FALLBACK = {"fallback": ["echo", "upload"]}
_SAY = '  - name: say\n    container: {image: "acme/say:2", args: [hello]}\n'

EXAMPLES: tuple[Example, ...] = (
    Rewrites(
        "a step that only uploads",
        _TEMPLATE + _UPLOAD + _MOUNTS,
        _TEMPLATE + _UPLOAD + "      command:\n      - echo\n      - upload\n" + _MOUNTS,
        params=_FALLBACK,
        target=_OLD,
        finding="CMD008",
    ),
    Rewrites(
        "ENTRYPOINT and CMD of a known image",
        _TEMPLATE
        + """\
  - name: serve
    container:
      image: acme/serve:1.2   # pinned
      env: []
  - name: check
    container: {image: "acme/serve:1.2", args: [--check]}
""",
        _TEMPLATE
        + """\
  - name: serve
    container:
      image: acme/serve:1.2   # pinned
      command: [/usr/bin/tini, --, serve]
      args: [--port, "80"]
      env: []
  - name: check
    container: {image: "acme/serve:1.2", command: [/usr/bin/tini, --, serve], args: [--check]}
""",
        params={"images": {"acme/serve:1.2": {"entrypoint": ["/usr/bin/tini", "--", "serve"], "cmd": ["--port", "80"]}}},
        target=_NEW,
    ),
    Rewrites(
        "without an ENTRYPOINT the first argument is the program; the image comes from a file",
        _TEMPLATE
        + """\
  - name: two
    container:
      image: debian:12
      args: [bash, -c, "make all"]   # everything
""",
        _TEMPLATE
        + """\
  - name: two
    container:
      image: debian:12
      command:
      - bash
      args: [-c, "make all"]   # everything
""",
        params={"imagesFile": "images.json"},
        files={"images.json": '{"docker.io/library/debian:12": {"entrypoint": null, "cmd": ["bash"]}}'},
        target=_NEW,
    ),
    Rewrites(
        "a script is handed to the image's ENTRYPOINT",
        _TEMPLATE + "  - name: count\n    script:\n      image: acme/python:3\n      source: print(6 * 7)\n",
        _TEMPLATE
        + "  - name: count\n    script:\n      image: acme/python:3\n      command:\n      - python3\n      source: print(6 * 7)\n",
        params={"images": {"acme/python:3": {"entrypoint": ["python3"]}}},
        target=_NEW,
    ),
    Keeps("an unknown image, Argo up to 3.3", _TEMPLATE + _SAY, target=_OLD, finding="CMD001"),
    Keeps("an unknown image, Argo from 3.4 on", _TEMPLATE + _SAY, target=_NEW, finding="CMD002"),
    Keeps(
        "the controller's index has the image",
        _TEMPLATE + _SAY,
        files={"argo.yaml": _CONTROLLER + "  images: |\n    acme/say:2: {entrypoint: [say]}\n"},
        target=_NEW,
    ),
    Keeps(
        "templateDefaults name the command",
        "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {generateName: a-}\nspec:\n"
        "  templateDefaults: {container: {command: [sh, -c]}}\n  templates:\n  - name: a\n    container: {image: a, args: [ls]}\n",
        target=_OLD,
    ),
    Keeps(
        "an image that is chosen at run time",
        _TEMPLATE + '  - name: a\n    container: {image: "{{inputs.parameters.image}}"}\n',
        params={"images": {"a": {"cmd": ["a"]}}},
        target=_OLD,
        finding="CMD003",
    ),
    Keeps(
        "init containers need no command",
        _TEMPLATE + "  - name: a\n    initContainers: [{name: i, image: a}]\n    container: {image: a, command: [a]}\n",
        params={"images": {"a": {"cmd": ["a"]}}},
        target=_OLD,
    ),
    Keeps(
        "outputs outside of the volume: the step makes them",
        _TEMPLATE + _UPLOAD.replace("/workspace/out", "/var/out") + _MOUNTS,
        params=_FALLBACK,
        target=_OLD,
        finding="CMD001",
    ),
    Blocks(
        "the file of images does not exist",
        _TEMPLATE + _SAY,
        finding="CMD007",
        params={"imagesFile": "nowhere.json"},
        target=_NEW,
    ),
)
