"""What `deploy/argocd` runs in a cluster: the gate before a sync, and the plugin that converts while Argo CD renders."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import GitRepo
from tests.test_hooks import CONFIG, FILES, JOB
from transformer.yamltext import load

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "deploy/argocd"
BIN = Path(sys.executable).parent
KUSTOMIZE = shutil.which("kustomize") or ""
MakeRepo = Callable[..., GitRepo]


def run(script: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}", **variables}
    return subprocess.run(
        ["bash", str(DEPLOY / script)], cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=120
    )


# --- the gate


@pytest.fixture
def gate(tmp_path: Path) -> Callable[..., tuple[int, str]]:
    """Exit code and termination message."""

    def check(**variables: str) -> tuple[int, str]:
        work, message = tmp_path / "work", tmp_path / "message"
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir()
        done = run("gate.sh", tmp_path, WORK=str(work), TERMINATION_LOG=str(message), GIT_ALLOW_PROTOCOL="file", **variables)
        return done.returncode, message.read_text()

    return check


def test_the_gate_stops_a_sync_of_what_has_to_be_converted(git_repo: MakeRepo, gate: Callable[..., tuple[int, str]]) -> None:
    """It looks at the revision that is synced, wherever the branch is by now; once it is converted the sync goes through."""
    repo = git_repo(FILES)
    old = repo.git("rev-parse", "HEAD")
    repo.git("config", "uploadpack.allowAnySHA1InWant", "true")
    about = {"REPOSITORY": f"file://{repo.path}", "SOURCE_PATH": "deploy"}
    code, message = gate(**about, REVISION=old)
    assert code == 1
    assert "job.yaml:1:1: warning cronworkflow CronJob jobs/report: It would become a CronWorkflow." in message
    assert "Nothing was applied." in message and "transformer convert deploy" in message
    assert len(message.encode()) < 4096
    assert subprocess.run([BIN / "transformer", "convert", "--in-place", repo.path], capture_output=True, check=False).returncode == 0
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "converted")
    assert gate(**about, REVISION=repo.git("rev-parse", "HEAD")) == (
        0,
        f"Nothing is left to convert at {repo.git('rev-parse', 'HEAD')[:12]}.\n",
    )
    assert gate(**about, REVISION=old)[0] == 1


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"REVISION": "$ARGOCD_APP_REVISION"}, "REVISION is not known"),
        ({"REPOSITORY": ""}, "REPOSITORY is not known"),
        ({"SOURCE_PATH": "../.."}, "leads out of the repository"),
        ({"REVISION": "0" * 40}, "could not be fetched"),
        ({"REPOSITORY": "file:///nowhere"}, "could not be fetched"),
        ({"SOURCE_PATH": "nowhere"}, "nowhere does not exist"),
    ],
)
def test_a_gate_that_cannot_look_stops_the_sync(
    wrong: dict[str, str], said: str, git_repo: MakeRepo, gate: Callable[..., tuple[int, str]]
) -> None:
    repo = git_repo(FILES)
    about = {"REPOSITORY": f"file://{repo.path}", "REVISION": repo.git("rev-parse", "HEAD"), "SOURCE_PATH": "."}
    code, message = gate(**{**about, **wrong})
    assert code == 2
    assert said in message


def test_the_job_has_no_rights_and_writes_nowhere() -> None:
    """And asks for what Autopilot leaves as it is: 1 to 6.5 GiB for each core, limits like requests."""
    (job,) = load((DEPLOY / "presync/job.yaml").read_text())
    pod = job["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert job["metadata"]["annotations"]["argocd.argoproj.io/hook"] == "PreSync"
    assert pod["automountServiceAccountToken"] is False and "serviceAccountName" not in pod
    assert pod["securityContext"]["runAsNonRoot"] and container["securityContext"]["readOnlyRootFilesystem"]
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert container["resources"]["requests"] == container["resources"]["limits"] == {
        "cpu": "250m", "memory": "512Mi", "ephemeral-storage": "1Gi",
    }  # fmt: skip


@pytest.mark.skipif(not KUSTOMIZE, reason="no kustomize on PATH")
def test_annotations_of_the_application_reach_the_pod(tmp_path: Path) -> None:
    """As Argo CD adds them: `kustomize edit add annotation`, which is commonAnnotations."""
    shutil.copytree(DEPLOY / "presync", tmp_path / "presync")
    notes = "commonAnnotations: {transformer.dev/revision: abc, transformer.dev/repository: u, transformer.dev/path: p}\n"
    (tmp_path / "kustomization.yaml").write_text("components: [presync]\n" + notes)
    done = subprocess.run([KUSTOMIZE, "build", str(tmp_path)], capture_output=True, text=True, check=True)
    (job,) = load(done.stdout)
    held = job["spec"]["template"]["metadata"]["annotations"]
    wanted = [e["valueFrom"]["fieldRef"]["fieldPath"] for e in job["spec"]["template"]["spec"]["containers"][0]["env"] if "valueFrom" in e]
    assert sorted(wanted) == sorted(f"metadata.annotations['{key}']" for key in held)


# --- the plugin


@pytest.fixture
def application(tmp_path: Path) -> Callable[..., Path]:
    def make(**files: str) -> Path:
        folder = tmp_path / "app/deploy"
        folder.mkdir(parents=True)
        (tmp_path / "app/transformer.yaml").write_text(CONFIG)
        for name, text in files.items():
            (folder / f"{name}.yaml").write_text(text)
        return folder

    return make


@pytest.mark.skipif(not KUSTOMIZE, reason="no kustomize on PATH")
class TestPlugin:
    """`generate.sh`, with the real kustomize."""

    def test_what_is_rendered_is_converted(self, application: Callable[..., Path]) -> None:
        folder = application(kustomization="namePrefix: p-\nresources: [job.yaml]\n", job=JOB)
        done = run("generate.sh", folder)
        assert done.returncode == 0, done.stderr
        found: list[dict[str, Any]] = load(done.stdout)
        assert {(d["kind"], d["metadata"]["name"]) for d in found} >= {("CronWorkflow", "p-report"), ("Role", "workflow-task-results")}

    def test_parameters(self, application: Callable[..., Path], tmp_path: Path) -> None:
        folder = application(kustomization="resources: [job.yaml]\n", job=JOB.replace("Never", "OnFailure"))
        assert run("generate.sh", folder).returncode == 1
        assert "kind: CronJob" in run("generate.sh", folder, PARAM_PARTIAL="true").stdout
        accepting = tmp_path / "own.yaml"
        accepting.write_text(CONFIG.replace("[cronworkflow]", "[{cronworkflow: {accept: [restart-policy-on-failure]}}]"))
        done = run("generate.sh", folder, PARAM_CONFIG=str(accepting))
        assert done.returncode == 0 and "kind: CronWorkflow" in done.stdout

    @pytest.mark.parametrize(
        "kustomization", ["resources: []\nconfigMapGenerator: []\n", "resources: [missing.yaml]\n", "transformers: [1]\n"]
    )
    def test_no_object_or_a_broken_pipe_is_a_failure(self, kustomization: str, application: Callable[..., Path]) -> None:
        """Argo CD would delete everything that the Application has."""
        done = run("generate.sh", application(kustomization=kustomization))
        assert done.returncode != 0 and done.stdout == ""

    def test_a_folder_that_cannot_be_rendered(self, application: Callable[..., Path]) -> None:
        done = run("generate.sh", application(job=JOB))
        assert done.returncode != 0 and "neither a kustomization nor a chart" in done.stderr
