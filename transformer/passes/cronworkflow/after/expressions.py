"""Expressions of alerts, dashboards and log queries that select converted jobs: by a metric, a label, or a container's old name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from transformer.passes.cronworkflow.after.gone import Gone

_MATCHER: Final = re.compile(r"""\b([A-Za-z_]\w*)\s*(=~|=|!=|!~)\s*\\*["']([^"'\\]*)""")
_LITERAL: Final = re.compile(r"[-A-Za-z0-9_]*")
# A rule's name or a text for people, which is no expression.
_NO_EXPRESSION: Final = re.compile(r"""\s*(?:#|(?:-\s+)?["']?(?:alert|record|name|title|summary|description|message)["']?\s*:[^{]*$)""")
_NAMESPACE: Final = ("namespace", "exported_namespace", "namespace_name", "kubernetes_namespace")
_POD: Final = ("pod", "pod_name", "exported_pod", "kubernetes_pod_name")
_CONTAINER: Final = ("container", "container_name", "exported_container", "kubernetes_container_name", "k8s_container_name")

Hit = tuple[Sequence[Gone], bool, int]  # the CronJobs, whether they are named, and where in the text


def metric(match: re.Match[str], line: str, gone: Sequence[Gone]) -> Hit | None:
    """A metric of CronJobs or Jobs, unless its matchers say that it is about others. `line`: up to the match."""
    if _NO_EXPRESSION.match(line):
        return None
    whom, by_name = list(gone), False
    for key, operator, value in _MATCHER.findall(match["labels"] or ""):
        if operator not in ("=", "=~"):
            continue
        if key in ("cronjob", "job_name", "owner_name"):
            whom, by_name = [g for g in whom if _may_be(g.name, operator, value, tail=key != "cronjob")], True
        else:
            whom = [g for g in whom if _beside(key, operator, value, g)]
    return (whom, by_name, match.start()) if whom else None


def container(match: re.Match[str], line: str, gone: Sequence[Gone]) -> Hit | None:
    """Matchers that select a container by a name that it no longer has."""
    if _NO_EXPRESSION.match(line):
        return None
    found = list(_MATCHER.finditer(match["labels"]))
    for named in (m for m in found if m[1] in _CONTAINER and m[2] in ("=", "=~")):
        whom = [g for g in gone if any(_selects(name, named[2], named[3]) for name in g.containers)]
        for other in (m for m in found if m[2] in ("=", "=~")):
            whom = [g for g in whom if _beside(other[1], other[2], other[3], g)]
        if whom:
            return whom, True, match.start("labels") + named.start()
    return None


def _beside(key: str, operator: str, value: str, gone: Gone) -> bool:
    """Whether a matcher for something else than the job's name may hold for a job."""
    if key in _NAMESPACE:
        return gone.in_namespace(value) if operator == "=" else any(gone.in_namespace(n) or _fits(n, gone) for n in _choices(value))
    if key in _POD:
        return _may_be(gone.name, operator, value, tail=True)
    if key.startswith("label_") and operator == "=" and "$" not in value:
        return value in (v for k, v in gone.job_labels.items() if re.sub(r"[^A-Za-z0-9_]", "_", k) == key.removeprefix("label_"))
    return True


def _fits(pattern: str, gone: Gone) -> bool:
    begin = _begin(pattern)
    return begin != pattern and any(name.startswith(begin) for name in gone.where)


def _selects(name: str, operator: str, value: str) -> bool:
    """Whether a matcher picks out a container's name. One that takes every name does not."""
    if operator == "=":
        return value == name
    return any(
        begin == name or (begin and begin != choice and name.startswith(begin)) for choice in _choices(value) for begin in [_begin(choice)]
    )


def _may_be(name: str, operator: str, value: str, *, tail: bool) -> bool:
    """Whether a matcher may match a name, or with `tail` a longer one that begins with it.

    Regular expressions of the repository are never run: their literal prefix is compared.
    """
    if operator == "=" and "$" not in value and "{" not in value:
        return value == name or (tail and value.startswith(f"{name}-"))
    return any(_may_begin(name, choice, tail=tail) for choice in _choices(value))


def _may_begin(name: str, choice: str, *, tail: bool) -> bool:
    begin = _begin(choice)
    if begin == choice:
        return begin == name or (tail and begin.startswith(f"{name}-"))
    return name.startswith(begin) or begin == f"{name}-" or (tail and begin.startswith(f"{name}-"))


def _choices(pattern: str) -> Iterator[str]:
    """The alternatives of a regular expression; with groups around a part of it, the text up to the group."""
    text = pattern.removeprefix("^").removesuffix("$")
    if text.startswith("(") and text.endswith(")") and text.count("(") == 1:
        text = text[1:-1].removeprefix("?:")
    yield from text.split("|")


def _begin(pattern: str) -> str:
    start = _LITERAL.match(pattern)
    return start[0] if start else ""
