"""The body of the change request, for a reviewer with five minutes.

Text from manifests is escaped here, and the template prints it. Long lists are cut, more and more until the whole text fits
into the limit of the server.
"""

from __future__ import annotations

import re
from typing import Any, Final

from transformer import templating
from transformer.knowledge.sources import address
from transformer.model import Plan, Severity
from transformer.redaction import HIDDEN
from transformer.report.as_json import Secrets
from transformer.report.frame import (
    CodeGroup,
    Frame,
    Group,
    PassSummary,
    Place,
    by_pass,
    checked,
    counts,
    grouped,
    next_steps,
    number,
    safe,
    unchecked,
    worth_telling,
)
from transformer.report.sections import Section, sections

LIMIT: Final = 65_536  # characters of a body, GitHub; others allow more
_CAPS: Final = (40, 15, 6, 3, 1)


def render(plan: Plan, frame: Frame, *, limit: int = LIMIT) -> str:
    """Markdown of at most `limit` characters."""
    body = ""
    for cap in _CAPS:
        body = templating.render("change_request.md.j2", **_context(plan, frame, cap))
        if len(body) <= limit:
            return body
    note = "\n\n… The rest is in the JSON report.\n"
    return body[: limit - len(note)] + note


def _context(plan: Plan, frame: Frame, cap: int) -> dict[str, Any]:
    people, info = worth_telling(plan)
    secret = Secrets(plan.old)
    dropped = [
        (code(f"{d.file}:{d.line}"), code(HIDDEN if secret.has(d.file, d.line) else d.text), code(d.node)) for d in plan.dropped[:cap]
    ]
    findings = [_code_group(g, cap) for g in grouped(people)]
    return {
        "pipeline": text(plan.pipeline),
        "base": plan.base or "",
        "digest": plan.digest,
        "origin": text(frame.origin),
        "target": text(frame.target),
        "files": number(plan.files, "file"),
        "documents": number(plan.documents, "document"),
        "counts": counts(plan),
        "changed_files": len({c.file for c in plan.changes}),
        "resources": [_section(s) for s in sections(plan, cap)],
        "passes": [_pass(s, cap) for s in by_pass(plan)],
        "blocked": [f for f in findings if f["severity"] == Severity.ERROR],
        "warnings": [f for f in findings if f["severity"] == Severity.WARNING],
        "notes": [_code_group(g, cap) for g in grouped(info)],
        "accepted": [code(row) for row in plan.accepted],
        "dropped": dropped,
        "dropped_count": len(plan.dropped),
        "checked": [text(line) for line in checked(plan)],
        "unchecked": [text(line) for line in unchecked(plan)],
        "bugs": [text(bug) for bug in plan.bugs],
        "steps": [(name, _fenced(command)) for name, command in next_steps(plan, frame)],
        "branch": code(frame.branch) if frame.mode == "branch" and frame.branch else "",
    }


def _section(section: Section) -> dict[str, Any]:
    """`lines`: (how deep, Markdown)."""
    lines = [(" " * max(len(line) - len(line.lstrip()) - 2, 0), prose(line.strip())) for line in section.lines]
    return {"title": section.title, "what": text(section.what), "lines": lines, "rest": section.rest}


def _pass(summary: PassSummary, cap: int) -> dict[str, Any]:
    return {
        "id": summary.pass_id,
        "changed": summary.changed,
        "blocked": summary.blocked,
        "skipped": summary.skipped,
        "files": summary.files,
        "edits": [(resources, edits, text(kind), prose(why), _link(source)) for resources, edits, kind, why, source in summary.edits[:cap]],
        "more_edits": max(len(summary.edits) - cap, 0),
        "reasons": [(count, prose(reason), code(place.file)) for count, reason, place in summary.reasons[:cap]],
        "more_reasons": max(len(summary.reasons) - cap, 0),
    }


def _code_group(group: CodeGroup, cap: int) -> dict[str, Any]:
    return {
        "code": group.code,
        "severity": group.severity,
        "count": group.count,
        "resources": group.resources,
        "groups": [_group(g, cap) for g in group.groups[:cap]],
        "more_groups": max(len(group.groups) - cap, 0),
        "more_places": sum(len(g.places) for g in group.groups[cap:]),
    }


def _group(group: Group, cap: int) -> dict[str, Any]:
    most = max(cap if any(p.names for p in group.places) else cap // 4, 1)
    lines = [_fenced(line) for line in group.remedy.splitlines()] if "\n" in group.remedy.strip() else []
    return {
        "message": prose(group.message),
        "remedies": group.remedies,
        "remedy": "" if lines else prose(group.remedy),
        "lines": lines,
        "source": _link(group.source),
        "count": len(group.places),
        "places": [_place(p) for p in group.places[:most]],
        "more": max(len(group.places) - most, 0),
    }


def _place(p: Place) -> str:
    about = [p.subject, *(f"<{n}> = {name}" for n, name in enumerate(p.names, 1))]
    told = ", ".join(code(a) for a in about if a)
    return code(f"{p.file}:{p.line}") + (f" ({told})" if told else "")


_ADDRESS: Final = re.compile(r"https?://[^\s()<>|\\]+")


def _link(source: str) -> str:
    """What is cited, as a link to where it can be read upstream."""
    where = address(source)
    return f"[{text(source)}]({where})" if _ADDRESS.fullmatch(where) else text(source)


_MARKS: Final = re.compile(r"[\\`*_\[\]<>|~]|(?:(?<=\s)|^)[#+\-=](?=\s)")
_MENTIONS: Final = re.compile(r"@(?=\w)|(?<!&)#(?=[0-9])")


def text(value: str) -> str:
    """Text from a manifest or about one, without markup, mentions and links to issues."""
    escaped = _MARKS.sub(lambda m: "&lt;" if m[0] == "<" else "\\" + m[0], safe(value).replace("&", "&amp;"))
    return _MENTIONS.sub(lambda m: m[0] + "&#8203;", escaped.replace("://", ":&#8203;//"))


def prose(value: str) -> str:
    """Text of a pass. Values in backticks become code spans."""
    parts = re.split(r"`([^`\n|]+)`", value)
    return "".join(code(part) if n % 2 else text(part) for n, part in enumerate(parts))


def code(value: str) -> str:
    """A value as a code span, also with backticks in it. Empty for an empty value."""
    shown = safe(value)
    if not shown:
        return ""
    longest = max((len(run) for run in re.findall("`+", shown)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def _fenced(command: str) -> str:
    return safe(command).replace("```", "`\u200b``")
