"""Lines of scripts, documents and CI that call kubectl or argo on converted jobs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from transformer.passes.cronworkflow.after.gone import Gone, job_of, named

_CLI: Final = re.compile(r"\b(?:kubectl|oc|k|stern|kubetail)\b")
_NAMESPACE: Final = re.compile(r"(?:\s|[\"'])(?:-n|--namespace)[=\s]?[\"']?([^\s\"'`,;]+)")
_SELECTOR: Final = re.compile(r"(?:\s|[\"'])(?:-l|--selector)[\"']?[=,\s]{0,5}[\"']?([^\s\"'`;|)]{1,500})")
_VARIABLE: Final = ("$", "{", "<", "%")

Named = tuple[Sequence[Gone], bool]


def from_cronjob(match: re.Match[str], line: str, _text: str, gone: Sequence[Gone]) -> Named:
    name = match["name"]
    return near(named(gone, name), line), any(g.name == name for g in gone)


def command(match: re.Match[str], line: str, _text: str, gone: Sequence[Gone]) -> Named:
    """`cronjob/NAME` anywhere. `cronjob NAME` only as an argument of kubectl."""
    if not line[match.start() : match.start("name")].endswith("/") and not _CLI.search(line):
        return (), False
    return near([g for g in gone if g.name == match["name"].rstrip(".")], line), True


def label(match: re.Match[str], line: str, _text: str, gone: Sequence[Gone]) -> Named:
    name = match["name"] or ""
    return near(job_of(gone, name), line), bool(name)


def jobs(match: re.Match[str], line: str, _text: str, gone: Sequence[Gone]) -> Named:
    """Jobs by name, or by labels that they have from the CronJob."""
    if not _CLI.search(line):
        return (), False
    name = match["name"]
    if name:
        return near([g for g in gone if name == g.name or name.startswith(f"{g.name}-")], line), True
    return near([g for g in gone if _selected(line, g.job_labels)], line), True


def container(match: re.Match[str], line: str, _text: str, gone: Sequence[Gone]) -> Named:
    """A container by its old name, in Pods of the job: by name, by labels, or through a variable."""
    if not _CLI.search(line):
        return (), False
    whom = [g for g in gone if match["container"] in g.containers and (_selected(line, g.pod_labels) or _pod_of(g, line))]
    return near(whom, line), True


def log_field(match: re.Match[str], _line: str, _text: str, gone: Sequence[Gone]) -> Named:
    """A field of a log record, or a part of a log file's name, that holds a container's name."""
    groups = match.groupdict()
    whom = [g for g in gone if match["container"] in g.containers and g.in_namespace(_known(groups.get("namespace")))]
    pod = _known(groups.get("pod"))
    return [g for g in whom if not pod or pod.startswith(g.name) or g.name.startswith(pod)], True


def client(_match: re.Match[str], _line: str, text: str, gone: Sequence[Gone]) -> Named:
    return [g for g in gone if f"'{g.name}'" in text or f'"{g.name}"' in text], True


def near(gone: Sequence[Gone], line: str) -> list[Gone]:
    """The CronJobs that may be in the namespace that a command names."""
    named_there = _NAMESPACE.search(line)
    return [g for g in gone if g.in_namespace(named_there[1] if named_there else "")]


def _known(part: str | None) -> str:
    """The text before a wildcard or a variable."""
    return re.split(r"[*$<{%.]", part or "", maxsplit=1)[0].rstrip("-")


def _pod_of(gone: Gone, line: str) -> bool:
    return re.search(rf"(?<![\w.-])(?:(?:pods?|jobs?)/)?{re.escape(gone.name)}-", line) is not None


def _selected(line: str, labels: Mapping[str, str]) -> bool:
    """Whether each equality of the selector in a command holds for these labels. Other operators may hold."""
    found = _SELECTOR.search(line)
    terms = [re.split(r"==?", term, maxsplit=1) for term in found[1].split(",")] if found else []
    equal = [(key, value) for key, value in (t for t in terms if len(t) == 2) if not key.endswith("!")]
    return bool(equal) and all(key in labels and (labels[key] == value or any(c in value for c in _VARIABLE)) for key, value in equal)
