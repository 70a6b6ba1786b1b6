"""Whether a selector of Kustomize may select a resource. If that is not known, the answer is yes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from transformer.kustomize.field_refs import FieldRef, templated
from transformer.kustomize.subject import Identity, Subject

_LONGEST, _MOST_REPEATS = 300, 3
_EQUALS = re.compile(r"\s*([\w./-]+)\s*==?\s*([\w.-]*)\s*")
_EXISTS = re.compile(r"\s*([\w./-]+)\s*")
_BUILD_KEYS = ("app.kubernetes.io/managed-by", "config.kubernetes.io")  # buildMetadata writes these


def may_match(pattern: str, texts: Iterable[str] | None) -> bool:
    """Whether an anchored regular expression matches one of the texts. An empty one matches all, and None means any text."""
    if not pattern or texts is None or templated(pattern):
        return True
    compiled = _compiled(pattern)
    return compiled is None or any(text == pattern or len(text) > _LONGEST or compiled.fullmatch(text) is not None for text in texts)


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str] | None:
    """The compiled expression. None if Python and Go read it differently, or if it may take too long."""
    repeats = sum(pattern.count(c) for c in "*+{")
    if len(pattern) > _LONGEST or repeats > _MOST_REPEATS or max(pattern.count("("), pattern.count("?") // 3) > _MOST_REPEATS:
        return None
    if re.search(r"\)[*+?{]", pattern):
        return None
    try:
        return re.compile(f"(?:{pattern})")
    except (re.error, OverflowError, RecursionError):
        return None


def may_select(selector: FieldRef, subject: Subject) -> bool:
    """A target of `patches`, or what a replacement selects: regular expressions, all of which must match."""
    return (
        any(_is_kind(selector, identity) for identity in subject.identities)
        and may_match(selector.text("name"), subject.names)
        and may_match(selector.text("namespace"), subject.namespaces)
        and may_have(selector.text("labelSelector"), subject.labels)
        and may_have(selector.text("annotationSelector"), subject.annotations)
    )


def _is_kind(selector: FieldRef, identity: Identity) -> bool:
    return (
        may_match(selector.text("group"), [identity.group])
        and may_match(selector.text("version"), [identity.version])
        and may_match(selector.text("kind"), [identity.kind])
    )


def is_it(named: FieldRef, subject: Subject) -> bool:
    """Whether a patch document without a target may mean the resource, by apiVersion, kind and metadata.name."""
    group, name = named.text("apiVersion").rpartition("/")[0], named.child("metadata").text("name")
    return any(i.kind == named.text("kind") and i.group == group for i in subject.identities) and (
        subject.names is None or name in subject.names
    )


def may_have(requirements: str, values: Mapping[str, frozenset[str]]) -> bool:
    """Whether a label or annotation selector may match. Only `key=value` and `key` can exclude."""
    if not requirements or templated(requirements) or "(" in requirements:
        return True
    return all(_may_have(requirement, values) for requirement in requirements.split(","))


def _may_have(requirement: str, values: Mapping[str, frozenset[str]]) -> bool:
    if any(key in requirement for key in _BUILD_KEYS):
        return True
    if equals := _EQUALS.fullmatch(requirement):
        return any(value == equals[2] or templated(value) for value in values.get(equals[1], ()))
    if exists := _EXISTS.fullmatch(requirement):
        return exists[1] in values
    return True
