"""Findings about other places in the repository that select or name a converted CronJob or its Jobs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from transformer.knowledge import Row
from transformer.passes.cronworkflow.after.gone import Gone, spelled, who
from transformer.passes.cronworkflow.after.mentions import Mention, mentions
from transformer.passes.cronworkflow.after.projects import projects
from transformer.passes.cronworkflow.after.referrers import referring
from transformer.passkit import Change, Context, Finding, ResourceId, Severity, table
from transformer.repository.index import Index
from transformer.yamltext import ParseError

REFERENCE: Final = "CRON012"
_OBJECTS: Final = ("selector", "rights", "target", "policy", "egress")


def references(gone: Sequence[Gone], new: Sequence[ResourceId], context: Context) -> Iterator[Change | Finding]:
    """`new`: objects of other kinds that were added with the CronWorkflows."""
    if not gone:
        return
    pass_id = gone[0].resource.pass_id
    for row in table("references").rows:
        if row["look"] not in _OBJECTS:
            continue
        for resource, found in referring(row, gone, context.index):
            yield replace(resource, pass_id=pass_id).finding(
                REFERENCE,
                row["why"],
                remedy=spelled(row["remedy"], found.whom),
                source=_cite(row),
                path=found.path,
                subject=who(found.whom) if found.by_name else "",
                severity=Severity.INFO if found.weak else _severity(row),
            )
    yield from projects(gone, new, context.index)
    for mention in mentions(gone, context.index):
        yield _mentioned(mention, pass_id, context.index)


def _mentioned(mention: Mention, pass_id: str, index: Index) -> Finding:
    row = mention.row
    more = f"{mention.more} more lines of this file" if mention.more else ""
    return Finding(
        REFERENCE,
        _severity(row),
        mention.file,
        mention.line,
        _object_at(mention.file, mention.line, index),
        row["why"],
        spelled(row["remedy"], mention.whom),
        _cite(row),
        pass_id,
        subject=" and ".join(filter(None, (who(mention.whom) if mention.by_name else "", more))),
    )


def _severity(row: Row) -> Severity:
    return Severity(row.get("severity") or "warning")


def _cite(row: Row) -> str:
    return table("references").cite(row.id)


def _object_at(file: str, line: int, index: Index) -> ResourceId:
    """The object that a line of a manifest belongs to."""
    if file not in index.files:
        return ResourceId()
    try:
        held = [r for r in index.manifest(file).resources() if r.line() <= line]
    except ParseError:
        return ResourceId()
    return max(held, key=lambda r: r.line()).id if held else ResourceId()
