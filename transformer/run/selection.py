"""What the configuration selects and nothing is: an entry that holds for no file, no object and no image."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from transformer.config.built_in import BUILT_IN
from transformer.config.codes import RUN as CODES
from transformer.config.settings import Settings
from transformer.model import Finding, ResourceId, Severity
from transformer.repository.globs import glob_matcher
from transformer.run.record import Record

UNUSED = "CFG002"
_USUAL = ("**/*.yaml", "**/*.yml")  # what stands there where nobody has written it


def unused(settings: Settings, files: Sequence[str], paths: Sequence[str], record: Record) -> Iterator[Finding]:
    """`files`: all that were read; `paths`: those that may be changed. A run that is narrowed is asked about its paths only."""
    if not paths:
        narrowed = bool(settings.paths)
        left = ", or `exclude` takes out what does" if settings.exclude else ""
        what = f"no file matches {'the paths that were named' if narrowed else '`include`'}{left}, so nothing was looked at"
        yield _told(settings, "include", what, "Correct the globs: they are relative to the folder that is converted.")
    if settings.paths or settings.origin == BUILT_IN:  # then no entry is the user's
        return
    yield from (_told(settings, at, what) for at, what in (*_of_files(settings, files, paths), *_of_passes(settings, record)))


def _of_files(settings: Settings, files: Sequence[str], paths: Sequence[str]) -> Iterator[tuple[str, str]]:
    for n, glob in enumerate(settings.include if paths else ()):
        if glob not in _USUAL and not any(map(glob_matcher((glob,)), paths)):
            yield f"include/{n}", f"no file matches `{glob}` of `include`"
    for glob, _ in settings.namespaces:
        if not any(map(glob_matcher((glob,)), files)):
            yield f"namespaces/{glob}", f"no file matches `{glob}` of `namespaces`"


def _of_passes(settings: Settings, record: Record) -> Iterator[tuple[str, str]]:
    cited = {source.rpartition("/")[2] for source in (*(f.source for f in record.findings), *(c.source for c in record.changes))}
    at_work = {o.pass_id for o in record.outcomes}
    for pass_, params in settings.passes:
        for name in getattr(params, "images", None) or ():
            if (pass_.id, f"images/{name}") not in record.used:
                yield f"{pass_.id}/images/{name}", f"no image matches `{name}` of `images`"
        for n, _ in enumerate(getattr(params, "rules", None) or ()):
            if (pass_.id, f"rules/{n}") not in record.used:
                yield f"{pass_.id}/rules/{n}", f"rule {n + 1} of `rules` is used for no container"
        for row in getattr(params, "accept", None) or ():
            if row not in cited and pass_.id in at_work:
                yield f"{pass_.id}/accept/{row}", f"`{row}` of `accept` concerns nothing here"


def _told(settings: Settings, at: str, what: str, remedy: str = "") -> Finding:
    named = settings.origin != BUILT_IN
    return Finding(
        UNUSED,
        Severity.WARNING,
        settings.origin if named else ".",
        settings.lines.get(at, 1) if named else 1,
        ResourceId(),
        f"{what[0].upper()}{what[1:]}.",
        remedy or CODES[UNUSED],
        "architecture §8",
        at.partition("/")[0] if at.count("/") > 1 else "",
    )
