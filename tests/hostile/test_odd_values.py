"""Odd values anywhere: each ends with the right exit code, and the healthy job beside it is converted."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from transformer.cli import main
from transformer.config.limits import Count, Share, Size
from transformer.kubernetes.cron import ScheduleError, parse
from transformer.kubernetes.quantity import amount
from transformer.yamltext import load, parse_text, plain
from transformer.yamltext.scalars import resolve, scalar_text

JOB = """\
apiVersion: batch/v1
kind: CronJob
metadata:
  name: {name}
  namespace: team
spec:
  schedule: "5 * * * *"
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers:
            - name: main
              image: debian:12
              command: [date]
"""
HEALTHY = JOB.format(name="healthy")
# How a value may be written, so that YAML 1.1, 1.2, Go or Python might stumble over it.
ODD = (
    "0x_", "0b_", "0o_", "0b", "0x", "0o", "0_", "_", "-_", "-", "+.inf", "-.INF", ".NaN", "1:60:60", "1e999999", "-1e999999", "9" * 5000,
    "0x" + "f" * 100_000, "0b" + "1" * 100_000, "0" + "7" * 9_000, "٣", "1٣", "٣Gi", "²", "1__0", "08", "!!int x", "!!float 0x_",
    "!!binary =",
    "2001-13-45", "=", "<<", '"\\ud800"', '"\\0"', '"\\U0001F600"', '"\\u202e"', "日本", "\U0001f600", "a\\1b", "\\g<0>", "'\\'",
    "{? {a: b} : c}",
    "{[a]: b}", "[{? [a] : b}]", "{<<: x}", "{<<: [x]}", "{{}: {}}", "@every 9" + "9" * 400 + "h", "@every ٣h", "@every 1e9h", "{{x}}",
    "${x}",
)  # fmt: skip
FOREIGN = (
    "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: p, namespace: team}}\nspec:\n  podSelector:\n"
    "    matchExpressions:\n      - {{key: app, operator: In, values: [{0}]}}\n      - {0}\n  policyTypes: {0}\n",
    "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {{name: {0}, namespace: {0}}}\nroleRef: {0}\nsubjects: [{0}]\n",
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: workflow-controller-configmap}}\n"
    "data:\n  a: {0}\n  containerRuntimeExecutor: {0}\n",
    "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: {0}}}\n"
    "spec: {{source: {0}, destination: {{namespace: {0}}}}}\n",
    "apiVersion: v1\nkind: List\nitems:\n- {0}\n- apiVersion: batch/v1\n  kind: CronJob\n  metadata: {{name: x}}\n  spec: {0}\n",
    "kind: CronJob\napiVersion: batch/v1\n{0}: {0}\n",
)
KUSTOMIZATION = (
    "resources: [job.yaml]\npatches:\n- path: {0}\n- target: {0}\n  patch: {0}\nimages: [{{name: {0}, newTag: {0}}}]\nnamePrefix: {0}\n"
)
PLACES = (
    "metadata.name", "metadata.namespace", "metadata.labels", "metadata.annotations.x", "spec.schedule", "spec.timeZone", "spec.suspend",
    "spec.concurrencyPolicy", "spec.startingDeadlineSeconds", "spec.successfulJobsHistoryLimit", "spec.jobTemplate.metadata",
    "spec.jobTemplate.spec.backoffLimit", "spec.jobTemplate.spec.parallelism", "spec.jobTemplate.spec.activeDeadlineSeconds",
    "spec.jobTemplate.spec.podFailurePolicy", "spec.jobTemplate.spec.template.metadata.labels.x", "POD.serviceAccountName",
    "POD.nodeSelector.x",
    "POD.restartPolicy", "POD.volumes", "POD.tolerations", "POD.affinity", "POD.terminationGracePeriodSeconds", "POD.hostNetwork",
    "C.name",
    "C.image", "C.command", "C.args", "C.env", "C.resources.requests.cpu", "C.resources.limits.memory", "C.securityContext.runAsUser",
    "POD.x",
)  # fmt: skip
Run = Callable[[dict[str, str]], tuple[int, dict[str, Any]]]


@pytest.fixture
def run(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Run:
    """`convert --in-place` over these files and a healthy job: the code and the report; and the healthy job was converted."""

    def convert(files: dict[str, str]) -> tuple[int, dict[str, Any]]:
        root = tmp_path / "root"
        for name, text in {**files, "healthy/job.yaml": HEALTHY}.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(text.encode("utf-8", "surrogatepass"))
        code = main(
            ["convert", "--in-place", "--verbose", "--report", str(tmp_path / "r.json"), "--report", str(tmp_path / "r.md"), str(root)]
        )
        said = "".join(capfd.readouterr())
        assert code in (0, 1), said[-3000:]
        assert "CronWorkflow" in (root / "healthy/job.yaml").read_text()
        return code, json.loads((tmp_path / "r.json").read_text(), parse_constant=_not_json)

    return convert


def _not_json(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def with_value(place: str, value: str) -> str:
    """The job with a value at a place, written out in flow form."""
    paths = {"POD": "spec.jobTemplate.spec.template.spec", "C": "spec.jobTemplate.spec.template.spec.containers.0"}
    steps = ".".join(paths.get(part, part) for part in place.split(".")).split(".")
    data: Any = load(JOB.format(name="odd"))[0]
    here = data
    for step, following in zip(steps, [*steps[1:], ""], strict=True):
        key: Any = int(step) if isinstance(here, list) else step
        if not following:
            here[key] = "THE-VALUE"
        elif isinstance(here, dict) and not isinstance(here.get(key), (dict, list)):
            here[key] = {}
        here = here[key]
    return json.dumps(data, indent=1).replace('"THE-VALUE"', value) + "\n"


@pytest.mark.parametrize("place", PLACES)
def test_in_a_job(run: Run, place: str) -> None:
    run({f"odd{n}/job.yaml": with_value(place, value) for n, value in enumerate(ODD)})


@pytest.mark.parametrize("form", FOREIGN, ids=[text.split("kind: ")[1].split("\n")[0] for text in FOREIGN])
def test_in_an_object_beside(run: Run, form: str) -> None:
    """Neither the job beside it nor the one in the same folder minds."""
    run({f"odd{n}/{name}.yaml": text for n, value in enumerate(ODD) for name, text in (("o", form.format(value)), ("j", HEALTHY))})


def test_in_a_kustomization(run: Run) -> None:
    files = {f"odd{n}/kustomization.yaml": KUSTOMIZATION.format(value) for n, value in enumerate(ODD)}
    run({**files, **{f"odd{n}/job.yaml": HEALTHY for n in range(len(ODD))}})


@pytest.mark.parametrize("value", ODD, ids=[repr(value[:12]) for value in ODD])
def test_in_the_configuration(tmp_path: Path, capfd: pytest.CaptureFixture[str], value: str) -> None:
    """Told with its place, or taken; never a bug."""
    (tmp_path / "root").mkdir()
    (tmp_path / "root/job.yaml").write_text(HEALTHY)
    for text in (
        f"limits: {{fileSize: {value}}}", f"limits: {{changedResources: {value}}}", f"limits: {{files: {value}}}", f"include: [{value}]",
        f"exclude: {value}", f"{value}: {value}", f"target: {{argoWorkflows: {{version: {value}}}}}", f"metadata: {{name: {value}}}",
        f"passes: [{{resources: {{defaults: {{requests: {{cpu: {value}}}}}}}}}]", f"passes: [{value}]",
        f"passes: [{{cronworkflow: {{accept: [{value}]}}}}]",
    ):  # fmt: skip
        base = "apiVersion: transformer.dev/v1alpha1\nkind: Pipeline\n"
        whole = {
            "metadata": "metadata: {name: a}",
            "target": 'target: {argoWorkflows: {version: "3.6"}}',
            "passes": "passes: [{resources: {}}]",
        }
        lines = [line for key, line in whole.items() if not text.startswith(key)]
        config = tmp_path / "transformer.yaml"
        config.write_bytes((base + "\n".join([*lines, text]) + "\n").encode("utf-8", "surrogatepass"))
        assert main(["check", "--config", str(config), "--quiet", str(tmp_path / "root")]) in (0, 1, 2), text
    for flag in (
        f"cronworkflow.accept=[{value}]",
        f"resources.defaults.requests.cpu={value}",
        f"resources.x={value}",
        f"x.{value}=1",
        value,
    ):
        assert main(["check", f"--set={flag}", "--quiet", str(tmp_path / "root")]) in (0, 1, 2), flag
    capfd.readouterr()


# --- one value each


def test_numbers_are_those_of_kubernetes() -> None:
    """go-yaml: an integer of 64 bits, else a double that is finite, else text."""
    for text, value in (
        ("0x_1F", 31), ("0X1f", 31), ("+0b11", 3), ("0o17", 15), ("0777", 511), ("08", 8.0), ("1_000", 1000), ("0_", 0), ("-0x10", -16),
        ("18446744073709551615", 2**64 - 1), ("18446744073709551616", 2.0**64), ("1e3", 1000.0), ("0" + "7" * 30, float("7" * 30)),
    ):  # fmt: skip
        assert resolve(text) == value, text
    for text in ("0x_", "0b_", "0o_", "_", "1:60", "1e999", "9" * 400, "0x" + "f" * 17, "0b" + "1" * 65, "٣", "1٣", "²", "0b", "-", "+."):
        assert resolve(text) == text, text[:20]


@pytest.mark.parametrize("text", ["\U0001f600\x00", "\x85\u2028\ufeff\x7f", "a\\1", "\U0010ffff", "日本", "\t\r\n", "'\"\\"])
def test_a_text_reads_back(text: str) -> None:
    """Also beyond 16 bits beside what cannot be printed; in both readers."""
    for quote in ("", "'", '"'):
        written = scalar_text(text, quote=quote)
        assert load(written + "\n") == [text]
        assert plain(parse_text(written + "\n").documents[0].root) == text


@pytest.mark.parametrize("value", [float("inf"), float("-inf"), 1e22, 2**64 - 1, -0.0])
def test_a_number_reads_back(value: float) -> None:
    assert load(scalar_text(value)) == [value]


@pytest.mark.parametrize("text", ["٣", "٣Gi", "1٣m", "²", "1e99999", "0x1", "1_0", "inf", "nan", "", " ", "-1", "1 Gi", "1gi", "१"])
def test_no_quantity(text: str) -> None:
    with pytest.raises(ValueError, match=r"amount|asks for nothing"):
        amount("memory", text)


@pytest.mark.parametrize("text", ["10ki", "٣", "1e9", "-1", "0", "", "9" * 30, "10Mib", "1.5Gi", "10 B B", "1\n2"])
def test_no_limit(text: str) -> None:
    for kind in (Size, Count, Share):
        if (kind, text) not in ((Share, "0"),):
            with pytest.raises(ValueError, match=r"expected a (size|whole number|number of resources)"):
                kind.parse(text)


@pytest.mark.parametrize(
    "text", ["@every 9" + "9" * 400 + "h", "@every ٣h", "@every 1e9h", "@every h", "@every 1h2", "@every", "@every 99999999h"]
)
def test_no_period(text: str) -> None:
    """Go's durations end at 292 years."""
    with pytest.raises(ScheduleError):
        parse(text)


@pytest.mark.parametrize("end", ["", "\n"])
@pytest.mark.parametrize("last", ["broken: [", "a: b: c", "\tx", "'", "{", "%", "&a", "*a", "kind: CronJob\nspec: {{"])
def test_a_broken_last_document(run: Run, last: str, end: str) -> None:
    """Without a final newline too, wherever the error is said to be."""
    _, report = run({"odd/job.yaml": f"{JOB.format(name='odd')}---\n{last}{end}"})
    assert "odd/job.yaml" in {f["file"] for f in report["findings"]} | {c["file"] for c in report["changes"]}


@pytest.mark.parametrize("name", ["a\\1b", "\\g<0>", "\\", "a\\", "\\n", "[", "(", "*"])
def test_backslashes_in_names(run: Run, name: str) -> None:
    """Of the job, its account, and of what others say about it."""
    quoted = json.dumps(name)
    job = JOB.replace("name: {name}", f"name: {quoted}").replace("restartPolicy", f"serviceAccountName: {quoted}\n          restartPolicy")
    role = (
        f"apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {{name: {quoted}, namespace: team}}\n"
        f"rules:\n- {{apiGroups: [batch], resources: [cronjobs, jobs], resourceNames: [{quoted}], verbs: [get, patch]}}\n"
    )
    query = "kube_cronjob{cronjob=" + quoted + "}"
    alert = f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: alerts, namespace: team}}\ndata:\n  x: '{query}'\n"
    run({"odd/job.yaml": job, "odd/role.yaml": role, "odd/alert.yaml": alert})
