"""Files that nobody would write: random bytes, random YAML, and real files with something broken in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from random import Random
from typing import Final

ODD: Final = (
    "0x_", "0b_", "0o_", "0b", "0x", "0o", "0_", "_", "-_", "+", "-", ".", "+.inf", "-.INF", ".nan", ".NaN", "1:60:60", "190:20:30.15",
    "1e999999", "-1e999999", "9" * 5000, "0x" + "f" * 20_000, "0b" + "1" * 9_000, "1_000", "1__0_", "٣", "٣Gi", "1٣", "²", "1e3", "1E400",
    "0777", "08", "yes", "~", "null", "''", '""', "{}", "[]", "[[]]", "{? {a: b} : c}", "? [a]\n: b", "!!int x", "!!binary =",
    "!!set {a}",
    "!!float abc", "!!int 0x_", "!!timestamp x", "!x y", "&a *a", "*a", "&a [*a]", "2001-13-45", "2001-01-01", "=", "<<", "<<: x", "|",
    ">-",
    "|9\n x", "'\\'", '"\\ud800"', '"\\udfff"', '"\\0"', '"\\x00"', '"\\u200b"', '"\\u202e"', '"\\e[31m"', '"\\r"', "é", "日本", "\u2028",
    "a\\1b", "\\g<0>", "\\", "${x}", "{{ x }}", "{{", "}}", "{% raw %}", "%(x)s", "$(X)", "$((1))", "`x`", "@every 9" + "9" * 400 + "h",
    "@every 1e9h", "@every -1h", "@every ٣h", "TZ= * * * * *", "CRON_TZ=x y", "* * * * *", "*/0 * * * *", "1-0 * * * *", "60 * * * *",
    "-1", "-5Gi", "1e-30", "1e40Gi", "0", "0.0000001", "999999999999999999999999Ti", "100m", "1Zi", "Infinity", "NaN", "true", "on",
    "../../x", "/", "/etc/passwd", "a/../b", ".", "..", "http://a:b@c/d", "git@a:b", "a" * 300, "a" * 70_000, "-" * 5_000, "a," * 3_000,
    "[" * 40, "{a: " * 40, "image:tag:tag@sha256:x", "a@b@c", ":", "a:", ":a", "@", "sha256:", "a" * 64 + "/b", "A_B", "a.b.c.d", "*",
    "?",
)  # fmt: skip
KEYS: Final = (
    "apiVersion", "kind", "metadata", "name", "namespace", "labels", "annotations", "spec", "jobTemplate", "template", "containers",
    "image",
    "command", "args", "env", "value", "valueFrom", "resources", "requests", "limits", "cpu", "memory", "schedule", "timeZone",
    "matchLabels",
    "matchExpressions", "key", "operator", "values", "patches", "patch", "target", "path", "images", "newTag", "newName", "replicas",
    "data",
    "stringData", "items", "serviceAccountName", "volumes", "volumeMounts", "initContainers", "nodeSelector", "affinity", "tolerations",
    "restartPolicy", "backoffLimit", "parallelism", "completions", "suspend", "concurrencyPolicy", "startingDeadlineSeconds", "steps",
    "dag",
    "templates", "entrypoint", "arguments", "parameters", "script", "source", "securityContext", "runAsUser", "hostNetwork",
    "configMapGenerator",
    "secretGenerator", "literals", "files", "envs", "replacements", "fieldPaths", "options", "delimiter", "index", "select", "reject",
    "rules",
    "apiGroups", "verbs", "subjects", "roleRef", "containerRuntimeExecutor", "executor", "sourceRepos", "destinations",
    "namespaceResourceWhitelist",
    "group", "podFailurePolicy", "successPolicy", "ttlSecondsAfterFinished", "activeDeadlineSeconds", "terminationGracePeriodSeconds",
    "<<", "x",
)  # fmt: skip
KINDS: Final = (
    "CronJob", "CronWorkflow", "Workflow", "WorkflowTemplate", "Job", "Deployment", "Pod", "ConfigMap", "Secret", "SecretList", "List",
    "Kustomization", "Component", "Application", "AppProject", "NetworkPolicy", "Role", "RoleBinding", "ServiceAccount", "PriorityClass",
    "ClusterRole", "LimitRange", "Sensor", "Rollout", "ReplacementTransformer", "PatchTransformer",
)  # fmt: skip
VERSIONS: Final = ("v1", "batch/v1", "batch/v1beta1", "apps/v1", "argoproj.io/v1alpha1", "kustomize.config.k8s.io/v1beta1", "builtin", "x")
LONG: Final = 60_000
_VALUE: Final = re.compile(rb"(:[ \t]+|-[ \t]+)([^\n#]+)")
_NAME: Final = re.compile(rb"[A-Za-z][A-Za-z0-9]*(?=:)")


def text(random: Random, sources: Sequence[bytes]) -> bytes:
    """One broken file, or one that is nearly whole."""
    kind = random.random()
    if kind < 0.05:
        return random.randbytes(random.randrange(400))
    if kind < 0.25:
        return manifest(random)
    found = random.choice(sources)
    for _ in range(random.choice((1, 1, 2, 3, 6))):
        found = random.choice(_MUTATIONS)(random, found, sources)
    return found[: 4 * LONG]


def manifest(random: Random) -> bytes:
    """YAML of known kinds and keys, with any value anywhere."""
    head = f"apiVersion: {random.choice(VERSIONS)}\nkind: {random.choice(KINDS)}\nmetadata:\n  name: {_scalar(random)}\nspec:\n"
    return (head + _node(random, 1)).encode("utf-8", "surrogatepass")


def configuration(random: Random) -> bytes:
    """A transformer.yaml with something odd in it."""
    from transformer.config.built_in import BUILT_IN_TEXT

    extra = "".join(
        random.choice((
            f"limits: {{fileSize: {_scalar(random)}, changedResources: {_scalar(random)}}}\n",
            f"include: [{_scalar(random)}]\n",
            f"exclude:\n{_node(random, 1)}",
            f"{_scalar(random)}: {_scalar(random)}\n",
        )) for _ in range(random.randrange(3))
    )  # fmt: skip
    found = (BUILT_IN_TEXT + extra).encode("utf-8", "surrogatepass")
    return random.choice(_MUTATIONS)(random, found, (found,)) if random.random() < 0.7 else found


def _node(random: Random, depth: int) -> str:
    pad = "  " * depth
    if depth > 8 or random.random() < 0.1:
        return f"{pad}{_scalar(random)}\n"
    if random.random() < 0.25:
        return "".join(f"{pad}- {_node(random, depth + 1).lstrip(' ')}" for _ in range(random.randrange(1, 4)))
    rows = []
    for key in random.sample(KEYS, random.randrange(1, 5)):
        rows.append(f"{pad}{key}: {_scalar(random)}\n" if random.random() < 0.5 else f"{pad}{key}:\n{_node(random, depth + 1)}")
    return "".join(rows)


def _scalar(random: Random) -> str:
    return (
        random.choice(ODD) if random.random() < 0.6 else random.choice(("a", "main", "1", "debian:12", '"0 * * * *"', random.choice(KINDS)))
    )


def _flip(random: Random, found: bytes, _: Sequence[bytes]) -> bytes:
    changed = bytearray(found)
    for _n in range(random.randrange(1, 5)):
        if changed:
            changed[random.randrange(len(changed))] = random.choice((random.randrange(256), *b"\x00\t\r\n:-#{}[]&*!|>'\"%@`\\\x85\xff"))
    return bytes(changed)


def _odd_value(random: Random, found: bytes, _: Sequence[bytes]) -> bytes:
    places = list(_VALUE.finditer(found))
    if not places:
        return found
    place = random.choice(places)
    return found[: place.start(2)] + random.choice(ODD).encode("utf-8", "surrogatepass") + found[place.end(2) :]


def _odd_key(random: Random, found: bytes, _: Sequence[bytes]) -> bytes:
    places = list(_NAME.finditer(found))
    if not places:
        return found
    place = random.choice(places)
    new = random.choice((random.choice(KEYS), random.choice(ODD), "[a, b]", "{a: b}", "? a", "*a", "&a a", "<<")).encode(
        "utf-8", "surrogatepass"
    )
    return found[: place.start()] + new + found[place.end() :]


def _cut(random: Random, found: bytes, _: Sequence[bytes]) -> bytes:
    return found[: random.randrange(len(found) + 1)]


def _lines(random: Random, found: bytes, _: Sequence[bytes]) -> bytes:
    """A line taken away, said twice, moved, or indented otherwise."""
    lines = found.split(b"\n")
    n, m = random.randrange(len(lines)), random.randrange(len(lines))
    what = random.randrange(5)
    if what == 0:
        del lines[n]
    elif what == 1:
        lines.insert(m, lines[n])
    elif what == 2:
        lines[n], lines[m] = lines[m], lines[n]
    elif what == 3:
        lines[n] = b" " * random.randrange(6) + lines[n].lstrip()
    else:
        lines[n] = lines[n][2:]
    return b"\n".join(lines)


def _joined(random: Random, found: bytes, sources: Sequence[bytes]) -> bytes:
    other = random.choice(sources)
    return random.choice(
        (found + b"\n---\n" + other, found[: random.randrange(len(found) + 1)] + other[random.randrange(len(other) + 1) :])
    )


def _ends(random: Random, found: bytes, _: Sequence[bytes]) -> bytes:
    return random.choice((
        found.replace(b"\n", b"\r\n"), b"\xef\xbb\xbf" + found, found.rstrip(b"\n"), found + b"\n---\nbroken: [", found + b"\n...",
        found.replace(b"\n", b"\r"),
        found.replace(b"  ", b"\t"), found.decode("utf-8", "replace").encode("utf-16"), found + b"---", found + b"\n---\n# end",
        b"--- # x\n" + found,
    ))  # fmt: skip


def _wrapped(random: Random, found: bytes, _: Sequence[bytes]) -> bytes:
    """In a List, in a ConfigMap, in a Helm template."""
    inner = b"\n".join(b"    " + line for line in found.split(b"\n"))
    return random.choice((
        b"apiVersion: v1\nkind: List\nitems:\n  -\n" + inner,
        b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata:\n  x: |\n" + inner,
        b"{{ if .Values.x }}\n" + found + b"\n{{ end }}",
    ))  # fmt: skip


def _many(random: Random, found: bytes, _: Sequence[bytes]) -> bytes:
    """One value very long."""
    places = list(_VALUE.finditer(found))
    if not places:
        return found
    place = random.choice(places)
    return (
        found[: place.start(2)] + (place[2] * (LONG // max(len(place[2]), 1)))[: random.choice((300, 5_000, LONG))] + found[place.end(2) :]
    )


_MUTATIONS: Final[tuple[Callable[[Random, bytes, Sequence[bytes]], bytes], ...]] = (
    _flip, _odd_value, _odd_value, _odd_value, _odd_key, _cut, _lines, _lines, _joined, _ends, _wrapped, _many,
)  # fmt: skip
