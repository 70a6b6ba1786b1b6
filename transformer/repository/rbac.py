"""The service accounts that have a permission in the repository."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from transformer.knowledge import table
from transformer.kustomize.field_refs import templated
from transformer.kustomize.namespaces import FILLED_IN, UNKNOWN
from transformer.repository.classify import left_alone, role_of
from transformer.repository.resource import Resource, Role

if TYPE_CHECKING:
    from transformer.repository.index import Index

GROUP: Final = "rbac.authorization.k8s.io"
_ROLES: Final = frozenset({"Role", "ClusterRole"})
_BINDINGS: Final = frozenset({"RoleBinding", "ClusterRoleBinding"})


@dataclass(frozen=True, slots=True)
class Permission:
    """All of these verbs on all of these resources of one API group."""

    group: str
    resources: tuple[str, ...]
    verbs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Grant:
    """Who is bound to a role that holds the permission; `where` is empty for all namespaces."""

    subject: Mapping[str, Any]
    where: frozenset[str]
    own: str  # the namespace that the binding itself names


@dataclass(slots=True)
class Granted:
    """Asked with the namespaces in which a Pod may run, as `namespaces_of` tells them."""

    grants: list[_Grant] = field(default_factory=list)

    def to(self, where: frozenset[str], account: str) -> bool:
        """Whether it is certain that the account has the permission wherever it runs."""
        return any((not g.where or where <= g.where) and _is_subject(g, where, account) for g in self.grants)


def granted(index: Index, permission: Permission, default: str = "") -> Granted:
    """Everybody to whom the repository grants it. What a chart or a patch would grant does not count.

    `default`: the namespace of what names none."""
    roles = _holding(index, permission, default)
    words = sorted({name for _, name in roles})
    found = (r for r in index.find(*words, kinds=_BINDINGS) if _counts(r, index)) if words else ()
    return Granted([grant for binding in found for grant in _grants(binding, roles, namespaces_of(binding, index, default))])


def namespaces_of(resource: Resource, index: Index, default: str = "") -> frozenset[str]:
    """The namespaces in which an object may end up; one that cannot be told starts with `?`.

    What the object itself, a kustomization or the Argo CD or Flux object that deploys it says comes first, then the only Namespace
    object of its folder, then `namespaces:` of the configuration, then `default`."""
    found = index.kustomize.namespaces(resource.file, resource.id.namespace)
    if not any(_is_open(n) for n in found):
        return found
    folder = resource.file.rpartition("/")[0]
    known = index.once(_only_namespaces).get(folder, "") or index.namespace_of(resource.file) or default
    return frozenset(known if known and _is_open(n) else n for n in found)


def _is_open(namespace: str) -> bool:
    """Not known, and not filled in by somebody else either."""
    return namespace.startswith(UNKNOWN) and not namespace.startswith(FILLED_IN)


def _only_namespaces(index: Index) -> Mapping[str, str]:
    """Folder -> the name of the one Namespace object in it."""
    found: dict[str, set[str]] = {}
    for r in index.find("Namespace", kinds=frozenset({"Namespace"})):
        if r.id.api_version == "v1" and r.id.name:
            found.setdefault(r.file.rpartition("/")[0], set()).add(r.id.name)
    return {folder: name for folder, names in found.items() if len(names) == 1 and not templated(name := next(iter(names)))}


def grants(rules: Any, permission: Permission) -> bool:
    """Whether the rules of a role, taken together, hold the permission."""
    found = [r for r in rules if isinstance(r, Mapping)] if isinstance(rules, list) else []
    fitting = [r for r in found if not r.get("resourceNames") and _names(r.get("apiGroups"), permission.group)]
    return all(
        any(_names(r.get("resources"), resource) and _names(r.get("verbs"), verb) for r in fitting)
        for resource in permission.resources
        for verb in permission.verbs
    )


def _names(value: Any, wanted: str) -> bool:
    return isinstance(value, list) and (wanted in value or "*" in value)


def _counts(resource: Resource, index: Index) -> bool:
    return role_of(resource, index) is Role.RESOURCE and not left_alone(resource, index, "")


# --- roles


def _holding(index: Index, permission: Permission, default: str) -> dict[tuple[str, str], frozenset[str]]:
    """(kind, name) of the roles that hold the permission -> where each is."""
    kept = [r for r in index.find(*permission.resources, '"*"', "'*'", "aggregationRule", kinds=_ROLES) if _counts(r, index)]
    cluster = [r for r in kept if r.id.kind == "ClusterRole"]
    found: dict[tuple[str, str], frozenset[str]] = {}
    for role in kept:
        rules = [*_list(role.get("rules")), *_aggregated(_selectors(role.get("aggregationRule")), cluster)]
        if grants(rules, permission):
            here = namespaces_of(role, index, default) if role.id.kind == "Role" else frozenset()
            found[role.id.kind, role.id.name] = found.get((role.id.kind, role.id.name), frozenset()) | here
    for row in table("builtin_roles").rows:
        labels = [{label: "true"} for label in row.get("labels") or ()]
        if row.get("everything") or grants(list(_aggregated(labels, cluster)), permission):
            found["ClusterRole", row["name"]] = frozenset()
    return found


def _selectors(rule: Any) -> Iterator[Mapping[str, Any]]:
    for selector in _list(rule.get("clusterRoleSelectors")) if isinstance(rule, Mapping) else ():
        labels = selector.get("matchLabels") if isinstance(selector, Mapping) else None
        if isinstance(labels, Mapping) and set(selector) == {"matchLabels"}:
            yield labels


def _aggregated(selectors: Iterable[Mapping[str, Any]], roles: Iterable[Resource]) -> Iterator[Any]:
    wanted = list(selectors)
    for role in roles if wanted else ():
        labels = role.get("metadata", "labels", default={})
        if isinstance(labels, Mapping) and any(w.items() <= labels.items() for w in wanted):
            yield from _list(role.get("rules"))


# --- bindings


def _grants(binding: Resource, roles: Mapping[tuple[str, str], frozenset[str]], here: frozenset[str]) -> Iterator[_Grant]:
    role = (str(binding.get("roleRef", "kind")), str(binding.get("roleRef", "name")))
    if role not in roles or (role[0] == "Role" and not here <= roles[role]):
        return
    where = here if binding.id.kind == "RoleBinding" else frozenset()
    for subject in _list(binding.get("subjects")):
        if isinstance(subject, Mapping):
            yield _Grant(subject, where, binding.id.namespace)


def _is_subject(grant: _Grant, where: frozenset[str], account: str) -> bool:
    kind, name, namespace = (str(grant.subject.get(key) or "") for key in ("kind", "name", "namespace"))
    one = next(iter(where)) if len(where) == 1 else ""
    if kind == "ServiceAccount":
        # Kustomize gives the subject the binding's own namespace where the two say the same.
        here = where <= grant.where if not namespace or namespace == grant.own else one == namespace
        return name == account and here
    if kind == "User":
        return name == f"system:serviceaccount:{one}:{account}"
    everyone = ("system:serviceaccounts", "system:authenticated", f"system:serviceaccounts:{one}")
    return kind == "Group" and name in everyone


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
