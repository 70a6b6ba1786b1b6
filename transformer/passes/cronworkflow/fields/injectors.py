"""Containers that something adds to the Pod at admission: Argo's own containers depend on them (argo-verified.md 8)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from transformer.knowledge import Row
from transformer.passes.cronworkflow.draft import Draft
from transformer.passes.cronworkflow.rows import LEVELS, rule
from transformer.passkit import Path, Resource, table
from transformer.repository.rbac import namespaces_of

if TYPE_CHECKING:
    from transformer.repository.index import Index

_META: Final = LEVELS["pod-metadata"]
_POD: Final = LEVELS["pod"]
# Lines of a script that end a proxy: its own request to stop, or a signal to its process.
_ENDS: Final = re.compile(
    r"quitquitquit|:4191/shutdown|linkerd-await|agent/v1/agent/quit|:3500/v1\.0/shutdown|:20600/graceful_shutdown"
    r"|(?:p?kill|killall)\b[^\n;|&]*\b(?:envoy|pilot-agent|istio-proxy|linkerd2?-proxy|consul|kuma-dp|daprd|vault)\b"
)


def injected(draft: Draft) -> None:
    """What label, annotation or namespace shows that a container is added, and the line of a script that ends it."""
    found = [(row, place) for row in table("injectors").rows if (place := _place(row, draft))]
    for row, place in found:
        draft.consent(rule("injected-container"), (), f"{row['name']} ({place})", _advice(row))
    if found or not _off(draft):
        shown = "".join(f"; {place}" for _, place in found)
        for path, place in _script_lines(draft):
            draft.consent(rule("proxy-ended-by-script"), path, place + shown, _advice(found[0][0]) if found else "")


def _place(row: Row, draft: Draft) -> str:
    """Where it is turned on, of the Pod or of its namespace; "" where it is not, or the Pod turns it off."""
    resource = draft.resource
    own = {key: str(value) for kind in ("labels", "annotations") for key, value in _map(resource.get(*_META, kind)).items()}
    if any(own.get(key, "").lower() == value for key, value in row["off"].items()):
        return ""
    for kind in ("labels", "annotations"):
        for key in _on(row.get(kind), resource.get(*_META, kind)):
            return f"{resource.file}:{resource.line((*_META, kind, key))}: {key}"
    where = namespaces_of(resource, draft.context.index, draft.params.defaultNamespace)
    for namespace in draft.context.index.once(_namespaces):
        for kind in ("labels", "annotations") if where == {namespace.id.name} else ():
            for key in _on(row.get(f"namespace-{kind}"), namespace.get("metadata", kind)):
                return f"{namespace.file}:{namespace.line(('metadata', kind, key))}: {key} of namespace {namespace.id.name}"
    return ""


def _on(wanted: Any, held: Any) -> Iterator[str]:
    found = _map(held)
    for key, values in (wanted or {}).items():
        said = str(found.get(key, "")).lower()
        if said in values or ("*" in values and said not in ("", "false", "disabled")):
            yield key


def _namespaces(index: Index) -> tuple[Resource, ...]:
    return tuple(index.find("Namespace", kinds=frozenset({"Namespace"})))


def _off(draft: Draft) -> bool:
    own = {key: str(v) for kind in ("labels", "annotations") for key, v in _map(draft.resource.get(*_META, kind)).items()}
    return any(own.get(key) == value for row in table("injectors").rows for key, value in row["off"].items())


def _advice(row: Row) -> str:
    key, value = next(iter(row["off"].items()))
    off = f'Turn it off for this Pod with `{key}: "{value}"` in its template'
    kill = f"the annotation `workflows.argoproj.io/kill-cmd-{row['container']}`" + (f": `{row['kill']}`" if row.get("kill") else "")
    past = f", and {row['past']}" if row.get("past") else ""
    return f"{off}. Or keep it, take what ends it out of the script, and write {kill}{past} into the Pod template."


# --- scripts


def _script_lines(draft: Draft) -> Iterator[tuple[Path, str]]:
    """The place in the CronJob, () for a script in a ConfigMap that it mounts, and the line."""
    resource = draft.resource
    for path, text in _texts(resource.get(*_POD, default={}), _POD):
        for match in _ENDS.finditer(text):
            yield path, f"{resource.file}:{resource.line_at(path, match.start())}: {match[0]}"
    mounted = {_map(v.get("configMap")).get("name") for v in _list(resource.get(*_POD, "volumes")) if isinstance(v, Mapping)} - {None}
    for held in draft.context.index.find(*_WORDS, kinds=frozenset({"ConfigMap"})) if mounted else ():
        if held.id.name in mounted and held.id.namespace in ("", resource.id.namespace):
            for path, text in _texts(held.get("data", default={}), ("data",)):
                for match in _ENDS.finditer(text):
                    yield (), f"{held.file}:{held.line_at(path, match.start())}: {match[0]}"


_WORDS: Final = ("quitquitquit", "shutdown", "linkerd-await", "agent/quit", "kill")


def _texts(node: Any, at: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(node, str):
        yield at, node
    children = node.items() if isinstance(node, Mapping) else enumerate(node) if isinstance(node, list) else ()
    for step, child in children:
        yield from _texts(child, (*at, step))


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
