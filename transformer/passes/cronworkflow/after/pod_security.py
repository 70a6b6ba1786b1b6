"""Namespaces that accept only Pods of the standard `restricted`, told at their label (argo.md 7.2)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

from transformer.passes.cronworkflow.after.gone import Gone, who
from transformer.passes.cronworkflow.fields.security import executor_contexts, fits_restricted
from transformer.passes.cronworkflow.rows import LEVELS
from transformer.passkit import Context, Finding, Severity, table
from transformer.repository.classify import left_alone

CODE: Final = "CRON013"
_ENFORCE: Final = "pod-security.kubernetes.io/enforce"
_SNIPPET: Final = """
```
executor: |
  securityContext:
    allowPrivilegeEscalation: false
    capabilities: {drop: [ALL]}
    runAsNonRoot: true
    seccompProfile: {type: RuntimeDefault}
```"""


def pod_security(gone: Sequence[Gone], context: Context) -> Iterator[Finding]:
    """One finding for each such namespace with jobs whose Pods it would refuse."""
    executors = context.index.once(executor_contexts)
    row = table("namespace_rules")["pod-security-restricted"]
    for namespace in context.index.find(_ENFORCE, kinds=frozenset({"Namespace"})):
        enforced = namespace.get("metadata", "labels", _ENFORCE, default=None) == "restricted"
        if not enforced or left_alone(namespace, context.index, ""):
            continue
        near = [g for g in gone if g.where == {namespace.id.name}]
        refused = [g for g in near if not executors or not all(fits_restricted({**_context(g), **e}) for e in executors)]
        if refused:
            yield replace(namespace, pass_id=refused[0].resource.pass_id).finding(
                CODE,
                row["why"],
                remedy=row["remedy"] + _SNIPPET,
                source=table("namespace_rules").cite(row.id),
                path=("metadata", "labels", _ENFORCE),
                subject=who(refused),
                severity=Severity.ERROR if executors else Severity.WARNING,
            )


def _context(gone: Gone) -> dict[str, Any]:
    found = gone.resource.get(*LEVELS["pod"], "securityContext", default=None)
    return dict(found) if isinstance(found, dict) else {}
