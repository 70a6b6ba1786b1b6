"""Random CronJobs, as text, with a target and parameters."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import asdict, dataclass, replace
from random import Random
from typing import Any, Final

from tests.fuzz.text import written
from tests.fuzz.values import chance, value
from tests.knowledge import schemas
from tests.passes.cronworkflow.test_every_field import PLACES, TYPES
from transformer.knowledge import table

ARGO: Final = ("3.1", "3.2", "3.3", "3.4", "3.5", "3.6", "3.6", "3.6.6", "3.7", "4.0", "4.0", "4.1")
LAYOUTS: Final = ("", "", "containerSet", "sidecars", "keep")
ACCEPTABLE: Final = tuple(r.id for name in ("cronjob_fields", "cronjob_rules") for r in table(name).rows if r.get("consent") == "accept")
Field = tuple[str, str]
# What real CronJobs have; the other fields of the schema come once each.
COMMON: Final[dict[str, tuple[str, ...]]] = {
    "cron": (
        "timeZone",
        "concurrencyPolicy",
        "concurrencyPolicy",
        "startingDeadlineSeconds",
        "suspend",
        "successfulJobsHistoryLimit",
        "failedJobsHistoryLimit",
    ),
    "metadata": ("labels", "annotations", "namespace"),
    "job": ("backoffLimit", "backoffLimit", "activeDeadlineSeconds", "ttlSecondsAfterFinished", "podReplacementPolicy"),
    "pod-metadata": ("labels", "annotations"),
    "job-metadata": ("labels", "annotations"),
    "pod": (
        "volumes",
        "volumes",
        "serviceAccountName",
        "nodeSelector",
        "tolerations",
        "initContainers",
        "imagePullSecrets",
        "securityContext",
        "affinity",
    ),
    "container": (
        "env",
        "env",
        "env",
        "envFrom",
        "args",
        "args",
        "resources",
        "resources",
        "volumeMounts",
        "volumeMounts",
        "imagePullPolicy",
        "securityContext",
    ),
    "init-container": ("env", "args", "resources", "volumeMounts"),
}
_STRUCTURE: Final = {"apiVersion", "kind", "metadata", "spec", "jobTemplate", "template", "containers", "image", "schedule", "status"}


def _menu() -> tuple[Field, ...]:
    newest = schemas.definitions(schemas.versions()[-1])
    rare = [(level, f) for level, name in TYPES.items() for f in newest[name]["properties"] if f not in _STRUCTURE]
    common = [(level, f) for level, names in COMMON.items() for f in names]
    return tuple(rare + common * 12)


MENU: Final = _menu()


@dataclass(frozen=True)
class Case:
    """One run: everything follows from these. `style` is a seed for how the text is written."""

    fields: tuple[Field, ...]
    seed: int
    style: int
    argo: str
    crds: str
    retry: bool
    accept: bool
    layout: str = ""  # of several containers; `keep`: a container's own name

    @property
    def data(self) -> Any:
        return _built(self)

    @property
    def text(self) -> str:
        return written(self.data, self.style)

    def __str__(self) -> str:
        head = f"# argo {self.argo}, crds {self.crds or 'default'}, onEviction {'retry' if self.retry else 'fail'}"
        head += f", accept {self.accept}, layout {self.layout or 'none'}"
        return f"{head}\n{self.text}"

    @property
    def blob(self) -> str:
        """All of it in a word, for a command line."""
        return urlsafe_b64encode(json.dumps(asdict(self)).encode()).decode()

    @classmethod
    def from_blob(cls, blob: str) -> Case:
        held = json.loads(urlsafe_b64decode(blob))
        return cls(**{**held, "fields": tuple((level, field) for level, field in held["fields"])})

    def smaller(self) -> list[Case]:
        """The same with one thing less."""
        fewer = [replace(self, fields=self.fields[:n] + self.fields[n + 1 :]) for n in range(len(self.fields))]
        plainer = [replace(self, style=0)] if self.style else []
        return fewer + plainer


def replay(found: Case) -> str:
    """The command that tries this case once more."""
    return f".venv/bin/python -m tests.fuzz --case {found.blob}"


def case(seed: int) -> Case:
    """A case of its own for every number."""
    rng = chance(seed)
    fields = tuple(dict.fromkeys(rng.choice(MENU) for _ in range(rng.choice((1, 3, 5, 8)))))
    crds = rng.choice(("", "", "minimal", "full"))
    return Case(
        fields,
        rng.getrandbits(32),
        rng.getrandbits(32),
        rng.choice(ARGO),
        crds,
        rng.random() < 0.3,
        rng.random() < 0.8,
        rng.choice(LAYOUTS),
    )


def _built(case_: Case) -> Any:
    rng = chance(case_.seed)
    container = {"name": "work", "image": "a:1", "command": ["a"]}
    pod: dict[str, Any] = {"restartPolicy": rng.choice(("Never",) * 7 + ("OnFailure",) * 3), "containers": [container]}
    if rng.random() < 0.1:
        pod["containers"] = [container, {"name": "side", "image": "b:1"}]
    schedule = "0 2 * * *" if rng.random() < 0.7 else value(rng, TYPES["cron"], "schedule")
    data: dict[str, Any] = {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": {"name": "report"},
        "spec": {"schedule": schedule, "jobTemplate": {"spec": {"template": {"spec": pod}}}},
    }
    for level, field in case_.fields:  # each from its own seed, so that a smaller case keeps the others' values
        _put(data, level, field, value(chance(f"{case_.seed}{level}{field}"), TYPES[level], field))
    return _shuffled(data, rng) if rng.random() < 0.3 else data


def _put(data: Any, level: str, field: str, found: Any) -> None:
    here = data
    for step in PLACES[level]:
        if step == "initContainers" and not here.get(step):
            here[step] = [{"name": "x", "image": "a:1"}]
        if isinstance(here, dict) is isinstance(step, int) or here == []:  # nonsense stands there
            return
        if step == 1 and len(here) == 1:
            here.append({"name": "side", "image": "b:1"})
        if isinstance(here, dict) and not isinstance(here.get(step), (dict, list)):
            here[step] = {}
        here = here[step]
    if isinstance(here, dict):
        here[field] = found


def _shuffled(node: Any, rng: Random) -> Any:
    if isinstance(node, dict):
        pairs = [(k, _shuffled(v, rng)) for k, v in node.items()]
        rng.shuffle(pairs)
        return dict(pairs)
    return [_shuffled(v, rng) for v in node] if isinstance(node, list) else node
