"""The file of permissions beside a CronWorkflow: its path and its contents."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from transformer import templating
from transformer.errors import UsageError
from transformer.knowledge import Row
from transformer.kustomize.namespaces import UNKNOWN
from transformer.passkit import Addition, Change, Resource, ResourceId, parse_text, plain, table
from transformer.repository.classify import in_chart_templates, left_alone
from transformer.repository.index import Index
from transformer.repository.rbac import Permission, grants, namespaces_of
from transformer.yamltext import ParseError, double_quoted, load

TEMPLATE: Final = "workflow_permissions.yaml.j2"
NAME: Final = "workflow-task-results"
_FILE: Final = "workflow-permissions"
_LONGEST: Final = 63
_MOST: Final = 100
KINDS: Final = frozenset({"Role", "RoleBinding"})


@dataclass(frozen=True, slots=True)
class Account:
    name: str
    namespace: str


def file_beside(folder: str, index: Index) -> str:
    """The file of permissions in a folder: an existing one that takes another document, or a new one. Empty if none is possible."""
    for name in (_FILE, *(f"{_FILE}-{n}" for n in range(2, _MOST))):
        path = posixpath.join(folder, f"{name}.yaml")
        if in_chart_templates(path, index):
            return ""
        if _takes_more(path, index) if path in index.files else not index.exists(path):
            return path
    return ""


def _takes_more(path: str, index: Index) -> bool:
    text = index.text(path)
    if text is None or text.startswith("%") or "\n%" in text:
        return False
    try:
        held = list(index.manifest(path).resources())
    except ParseError:
        return False
    return not any(left_alone(r, index, "cronworkflow") for r in held)


def written(job: Resource, file: str, own: str, people: Sequence[Account], row: Row, names: Names) -> Iterator[Change | Addition]:
    """Another subject of an existing binding, or a new binding, or a new Role and binding.

    `own` is the namespace in the CronWorkflow, and so in its Role."""
    there = list(names.index.manifest(file).resources()) if file in names.index.files else []
    here = [replace(r, pass_id=job.pass_id) for r in there if r.id.kind in KINDS and r.id.namespace == own]
    permission = Permission(row["group"], row["resources"], row["verbs"])
    role = next((r for r in here if r.id.kind == "Role" and grants(r.get("rules"), permission)), None)
    binding = next((r for r in here if role and _binds(r, role.id.name)), None)
    if binding is not None:
        yield from _subjects(binding, people, row)
        return
    name = names.free(posixpath.dirname(file), namespaces_of(job, names.index, names.default))
    texts = rendered(row, people, namespace=own, role=role.id.name if role else name, binding=name, new_role=role is None)
    for text in texts:
        who = _identity(text)
        yield Addition(job.pass_id, file, who, text, row["why"], table("workflow_permissions").cite(row.id))


def _binds(binding: Resource, role: str) -> bool:
    reference = binding.get("roleRef", default={})
    fits = isinstance(reference, dict) and reference.get("kind") == "Role" and reference.get("name") == role
    return binding.id.kind == "RoleBinding" and fits and isinstance(binding.get("subjects"), list)


def _subjects(binding: Resource, people: Sequence[Account], row: Row) -> Iterator[Change]:
    count = len(binding.get("subjects"))
    for n, account in enumerate(people):
        value = {"kind": "ServiceAccount", "name": account.name, "namespace": account.namespace}
        yield binding.insert(("subjects", count + n), value, why=row["why"], source=table("workflow_permissions").cite(row.id))


@dataclass(slots=True)
class Names:
    """Free names for a Role and RoleBinding in a namespace, the same in every run."""

    index: Index
    default: str = ""
    given: set[tuple[str, str]] = field(default_factory=set)  # (namespace, name) in this run

    def free(self, folder: str, where: frozenset[str]) -> str:
        slug = re.sub(r"[^a-z0-9]+", "-", posixpath.basename(folder).lower()).strip("-")[:_LONGEST].strip("-")
        first = [NAME, *([f"{NAME}-{slug}"] if slug else [])]
        used = {name for namespace, name in self.given if namespace in where}
        for other in self.index.find(NAME, kinds=KINDS):
            if _meet(namespaces_of(other, self.index, self.default), where):
                used.add(other.id.name)
        name = next(n for n in (*first, *(f"{first[-1]}-{k}" for k in range(2, len(used) + 3))) if n not in used)
        self.given |= {(namespace, name) for namespace in where}
        return name


def _meet(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether two objects may end up in one namespace."""
    return bool(one & other) or any(n.startswith(UNKNOWN) for n in one | other)


# --- the objects


def rendered(
    row: Row, people: Sequence[Account], *, namespace: str, role: str = NAME, binding: str = NAME, new_role: bool = True
) -> list[str]:
    """The documents that the template renders, as texts. Raises UsageError if the template has a fault."""
    rule = {"group": row["group"], "resources": list(row["resources"]), "verbs": list(row["verbs"])}
    given = [{"name": _scalar(a.name), "namespace": _scalar(a.namespace)} for a in people]
    text = templating.render(
        TEMPLATE,
        namespace=_scalar(namespace) if namespace else "",
        role=role,
        binding=binding,
        rule=rule,
        accounts=given,
        new_role=new_role,
    )
    found = [part.strip("\n") + "\n" for part in re.split(r"^---[ \t]*$", text, flags=re.M) if part.strip()]
    for part in found:
        _identity(part)
    return found


def _scalar(text: str) -> str:
    """As YAML, in quotes if needed."""
    safe = re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9.-]*", text) is not None and load(text) == [text]
    return text if safe else double_quoted(text)


def _identity(text: str) -> ResourceId:
    try:
        documents = parse_text(text).documents
    except ParseError as e:
        raise UsageError(f"template {TEMPLATE}: the rendered text is not valid YAML: {e}.\nCorrect the template.") from e
    root = documents[0].root if documents else None
    data: Any = plain(root) if root is not None else None
    if not isinstance(data, dict) or not data.get("kind") or not isinstance(data.get("metadata"), dict):
        raise UsageError(f"template {TEMPLATE}: each rendered document must be an object with kind and metadata.\nCorrect the template.")
    metadata = data["metadata"]
    return ResourceId(str(data.get("apiVersion", "")), str(data["kind"]), str(metadata.get("namespace") or ""), str(metadata.get("name")))
