"""The token of the Pod's service account, which Argo's own containers need (argo.md 1.6, 4.4, 7.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from transformer.knowledge import Row
from transformer.kustomize.namespaces import may_be_one
from transformer.passes.cronworkflow.draft import Draft
from transformer.passes.cronworkflow.rows import LEVELS, rule
from transformer.passkit import Path, Resource
from transformer.repository.rbac import namespaces_of

if TYPE_CHECKING:
    from transformer.repository.index import Index

_POD: Final = LEVELS["pod"]
_AUTOMOUNT: Final = "automountServiceAccountToken"


def no_token(draft: Draft, row: Row, path: Path, _value: Any) -> None:
    """The Pod gets no token. Argo's containers use the token of another account, and the job's own still get none."""
    if not draft.params.executorServiceAccount:
        draft.refuse(rule("executor-account-missing"), path)
        return
    draft.place(row["to"], path, row)
    _by_another(draft, path)


def absences(draft: Draft) -> None:
    """A Pod without the field, whose service account in this repository forbids the token."""
    forbidding = draft.context.index.once(_forbidding).get(account(draft), ())
    found = next((r for r in forbidding if _together(r, draft)), None)
    if found is None or draft.resource.get(*_POD, _AUTOMOUNT) is not None:
        return
    if draft.params.executorServiceAccount:
        _by_another(draft, _place(draft))
    else:
        draft.refuse(rule("account-without-token"), _place(draft), f"{account(draft)} ({found.file}:{found.line((_AUTOMOUNT,))})")


def _together(found: Resource, draft: Draft) -> bool:
    """Whether an account may be in the job's namespace."""
    one, other = (namespaces_of(r, draft.context.index, draft.params.defaultNamespace) for r in (found, draft.resource))
    return may_be_one(one, other)


def _by_another(draft: Draft, path: Path) -> None:
    name = draft.params.executorServiceAccount
    draft.write("template/executor", {"serviceAccountName": name}, rule("executor-account"))
    draft.consent(rule("executor-account"), path, f"service account {name}")


def account(draft: Draft) -> str:
    """The Pod's service account."""
    spec = draft.resource.get(*_POD)
    return str(spec.get("serviceAccountName") or spec.get("serviceAccount") or "default")


def _place(draft: Draft) -> Path:
    return next((p for f in ("serviceAccountName", "serviceAccount") if draft.resource.get(*(p := (*_POD, f)))), ())


def _forbidding(index: Index) -> Mapping[str, tuple[Resource, ...]]:
    """The service accounts with `automountServiceAccountToken: false`, by name."""
    found: dict[str, tuple[Resource, ...]] = {}
    for r in index.find(_AUTOMOUNT, kinds=frozenset({"ServiceAccount"})):
        if r.get(_AUTOMOUNT) is False:
            found[r.id.name] = (*found.get(r.id.name, ()), r)
    return found
