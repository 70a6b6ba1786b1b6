"""Which objects a plan deletes: those that go, and leave none of their name behind in their file."""

from __future__ import annotations

from transformer.model import Change, Op, Plan, ResourceId
from transformer.repository.manifest import Manifest
from transformer.yamltext import ParseError


def deleted(plan: Plan) -> list[Change]:
    """A CronJob whose CronWorkflow stands in the same file is replaced, not deleted."""
    return [c for c in plan.changes if _whole(c) and not _has_successor(plan, c)]


def _whole(change: Change) -> bool:
    """A document, or an item of a List: `items/N`."""
    at_list = len(change.path) == 2 and change.path[0] == "items" and isinstance(change.path[1], int)
    return change.op is Op.REMOVE and (not change.path or at_list)


def _has_successor(plan: Plan, change: Change) -> bool:
    try:
        held: list[ResourceId] = [r.id for r in Manifest(change.file, plan.new[change.file]).resources()]
    except (KeyError, ParseError):
        return False
    return any((r.namespace, r.name) == (change.resource.namespace, change.resource.name) for r in held)
