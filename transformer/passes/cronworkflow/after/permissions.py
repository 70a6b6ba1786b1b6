"""Role and RoleBinding for the service accounts that now run Workflows (argo.md 1.6)."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from transformer.knowledge import Row
from transformer.kustomize.namespaces import known_one
from transformer.passes.cronworkflow.after.listed import BY_HAND, apply_as_well
from transformer.passes.cronworkflow.after.permission_files import Account, Names, file_beside, rendered, written
from transformer.passes.cronworkflow.after.placement import misread
from transformer.passes.cronworkflow.after.run_as import accounts
from transformer.passes.cronworkflow.params import Parameters
from transformer.passes.cronworkflow.rows import LEVELS, applies
from transformer.passkit import Addition, Change, Context, Done, Finding, Path, Resource, Severity, Version, needed_by, table
from transformer.repository.rbac import Permission, granted, namespaces_of

PERMISSIONS: Final = "workflow_permissions"
WRITTEN: Final = "CRON010"

Followed = Change | Addition | Finding


@dataclass(slots=True)
class Need:
    """A service account without the permission. `jobs` run with it. `where`: their namespaces, as far as they are known."""

    account: str
    where: frozenset[str]
    jobs: list[Done] = field(default_factory=list)
    files: list[str] = field(default_factory=list)  # that were written for it
    reason: str = ""  # why no file was

    @property
    def namespace(self) -> str:
        return known_one(self.where)


def permissions(converted: Sequence[Done], params: Parameters, context: Context, argo: Version) -> Iterator[Followed]:
    """The permission for each account, beside its CronWorkflows, and one finding about it."""
    row = next(r for r in table(PERMISSIONS).rows if applies(r, argo))
    needs = _needs(converted, row, params, context)
    if row["write"] and params.permissions == "write":
        yield from _write(needs, row, params, context)
    for need in needs:
        if need.files:
            yield _told(need, row)
        if need.reason or not need.files:
            yield _by_hand(need, row)


def _needs(converted: Sequence[Done], row: Row, params: Parameters, context: Context) -> list[Need]:
    """Accounts to which the repository does not grant the permission, in the order of the files."""
    found: dict[tuple[str, frozenset[str]], Need] = {}
    for job in converted:
        where = namespaces_of(job.after, context.index, params.defaultNamespace)
        for account in sorted(accounts(job.after, context)):
            found.setdefault((account, where), Need(account, where)).jobs.append(job)
    if not found:
        return []
    has = granted(context.index, Permission(row["group"], row["resources"], row["verbs"]), params.defaultNamespace)
    return [need for need in found.values() if not has.to(need.where, need.account)]


def _write(needs: Sequence[Need], row: Row, params: Parameters, context: Context) -> Iterator[Followed]:
    """One file for each folder, because two folders may be for two clusters."""
    index, names = context.index, Names(context.index, params.defaultNamespace)
    listed: dict[str, list[Resource]] = {}
    for (folder, own), held in sorted(_by_folder(needs).items()):
        file = file_beside(folder, index)
        namespaces = {need.namespace for need, _ in held}
        ours = []
        for need, job in held:
            if reason := _kept_from(need, file, job.file, namespaces, context):
                need.reason = need.reason or reason
            else:
                ours.append((need, job))
        if not ours:
            continue
        people = [Account(name, n.namespace) for name, n in {n.account: n for n, _ in ours}.items()]
        yield from needed_by(written(ours[0][1], file, own, people, row, names), (job for _, job in ours))
        listed.setdefault(file, []).extend(job for _, job in ours)
        for need, _ in ours:
            need.files += [file] if file not in need.files else []
    yield from apply_as_well(listed, index)


def _by_folder(needs: Sequence[Need]) -> dict[tuple[str, str], list[tuple[Need, Resource]]]:
    """By folder, and by the namespace in the CronWorkflow."""
    found: dict[tuple[str, str], list[tuple[Need, Resource]]] = {}
    for need in needs:
        for job in need.jobs:
            found.setdefault((posixpath.dirname(job.after.file), job.after.id.namespace), []).append((need, job.after))
    return found


def _kept_from(need: Need, file: str, beside: str, namespaces: set[str], context: Context) -> str:
    """Why no file can be written. Empty if it can."""
    if not need.namespace:
        if len(need.where) > 1 or any(n.startswith("??") for n in need.where):
            return "the kustomizations that build the job do not agree on one namespace"
        return "nothing gives its namespace (`namespaces` in the configuration can)"
    if len(namespaces) > 1:
        return "kustomizations put the CronWorkflows of this folder into several namespaces"
    if not file or not context.index.selects(file):
        return "this run may not write a file beside it"
    return misread(file, beside, context.index)


# --- telling


def _told(need: Need, row: Row) -> Finding:
    return need.jobs[0].before.finding(
        WRITTEN,
        row["why"],
        remedy=f"Apply {' and '.join(f'`{f}`' for f in need.files)} with the CronWorkflow, or before it. This run wrote it there.",
        path=_place(need),
        subject=_who(need),
        source=table(PERMISSIONS).cite(row.id),
        severity=Severity.INFO,
    )


def _by_hand(need: Need, row: Row) -> Finding:
    namespace = need.namespace or "NAMESPACE"
    objects = "---\n".join(rendered(row, [Account(need.account, namespace)], namespace=namespace))
    return need.jobs[0].before.finding(
        BY_HAND,
        row["why"],
        remedy=f"Add this, unless something outside of this repository grants it:\n{objects}",
        path=_place(need),
        subject=_who(need) + (f": not written, because {need.reason}" if need.reason else ""),
        source=table(PERMISSIONS).cite(row.id),
        severity=Severity.WARNING if row["write"] else Severity.INFO,
    )


def _who(need: Need) -> str:
    """The service account, as `namespace/name`."""
    return f"{need.namespace}/{need.account}" if need.namespace else need.account


def _place(need: Need) -> Path:
    """The path of the account in the CronJob. Its root if it names none."""
    names = ((*LEVELS["pod"], key) for key in ("serviceAccountName", "serviceAccount"))
    return next((path for path in names if need.jobs[0].before.get(*path) == need.account), ())
