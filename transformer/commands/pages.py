"""The pages of a pass and of a row of knowledge, as Markdown that reads as text."""

from __future__ import annotations

import json
import textwrap
import types
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final, get_args, get_origin

from transformer.config.typed import describe, hints_of, key_of
from transformer.diff import unified
from transformer.knowledge.sources import sources_of, unknown

if TYPE_CHECKING:
    from transformer.knowledge import Row, Table
    from transformer.passkit import Example, Pass

_MOST: Final = 3  # examples of each kind on a page
_FIRST: Final = ("what", "why", "field", "from", "to", "how", "consent", "remedy", "do")


def row_page(table: Table, row: Row) -> str:
    keys = sorted((k for k in row if k not in ("id", "source")), key=lambda k: (_FIRST.index(k) if k in _FIRST else len(_FIRST), k))
    if table.name == "sources":
        return "\n".join([f"# {row.id}", "", *_source(row)]) + "\n"
    lines = [f"# {row.id}", "", f"A row of the table {table.name}.", ""]
    lines += [f"- {key}: {_plain(row[key])}" for key in keys]
    sources = sources_of(row.source)
    for source in sources:
        lines += ["", f"Source: {source.id}. {_source(source)[0]}", *_source(source)[1:]]
    lines += [line for part in (unknown(row.source) if sources else [row.source]) for line in ("", f"Source: {part}")]
    if row.get("consent") == "accept":
        lines += [
            "",
            f"It changes behaviour, so it needs your consent: `--accept {row.id}`, or `accept: [{row.id}]` in the parameters",
            "of the pass. Every report lists the accepted rows.",
        ]
    return "\n".join(lines) + "\n"


def _source(row: Row) -> list[str]:
    """Title, where it can be read, and how certain it is."""
    lines = [f"{row['title']}.", "", *(f"- {url}" for url in row.get("address") or ())]
    lines += [f"- in transformer's own repository: {row['page']}"] if row.get("page") else []
    certain = {"read": "read in source code", "designed": "a decision of this project"}.get(row["certain"], row["certain"])
    unsure = f"; not certain: {row['unsure']}" if row.get("unsure") else ""
    return [*lines, f"- {row['versions']}; {certain}, {row['date']}{unsure}"]


def _plain(value: Any) -> str:
    if isinstance(value, Mapping):
        return "; ".join(f"{k}: {_plain(v)}" for k, v in value.items())
    if isinstance(value, tuple):
        return ", ".join(_plain(v) for v in value)
    return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)


def pass_page(found: Pass) -> str:
    """Docstring, parameters, finding codes, examples."""
    lines = [f"# {found.id}", "", found.doc.strip(), ""]
    if found.after:
        lines += [f"Must come after: {', '.join(sorted(found.after))}.", ""]
    if found.needs:
        lines += [f"Required configuration: {', '.join(f'target.{n}.version' for n in sorted(found.needs))}.", ""]
    rows = list(_parameters(found.params))
    lines += ["## Parameters", ""]
    lines += ["| parameter | type | default | description |", "|---|---|---|---|", *rows] if rows else ["None."]
    if found.codes:
        lines += ["", "## Findings", ""]
        lines += [f"- **{code}**: {' '.join(text.split())}" for code, text in sorted(found.codes.items())]
    if found.examples:
        lines += ["", "## Examples"]
        few = _few(found.examples)
        for example in few:
            lines += ["", *_example(example)]
        if len(few) < len(found.examples):
            lines += ["", f"{len(found.examples) - len(few)} more examples, which are also tests, are in {_home(found)}."]
    return "\n".join(lines) + "\n"


def _few(examples: Iterable[Example]) -> list[Example]:
    """The first three of each kind, in their order."""
    seen: Counter[type] = Counter()
    kept = []
    for example in examples:
        seen[type(example)] += 1
        if seen[type(example)] <= _MOST:
            kept.append(example)
    return kept


def _home(found: Pass) -> str:
    """Where a pass keeps its examples: a link from docs/passes for our own, else the module."""
    home = find_spec(found.run.__module__)
    if home is not None and home.submodule_search_locations:
        home = find_spec(f"{home.name}.examples") or home
    if home is None or not home.name.startswith("transformer."):
        return f"`{found.run.__module__}`"
    path = home.name.replace(".", "/") + ("" if home.submodule_search_locations else ".py")
    return f"[{path}](../../{path})"


def _parameters(record: type, prefix: str = "", seen: dict[type, str] | None = None) -> Iterator[str]:
    """Rows of the table; a record that stood above is named, not listed again."""
    seen = {} if seen is None else seen
    for item in fields(record):
        hint = hints_of(record)[item.name]
        name = f"{prefix}{key_of(item)}"
        inner = _inner(hint)
        doc = str(item.metadata.get("doc", ""))
        if inner is not None and inner[0] in seen:
            doc = f"{doc}; as `{seen[inner[0]]}`"
        yield f"| `{name}` | {describe(hint)} | {_default(item)} | {doc} |".replace(" |  |", " | |")
        if inner is not None and inner[0] not in seen:
            seen[inner[0]] = name
            yield from _parameters(inner[0], name + inner[1], seen)


def _inner(hint: Any) -> tuple[type, str] | None:
    """A record within a type, and how a path goes on to its fields."""
    if is_dataclass(hint) and isinstance(hint, type) and not hasattr(hint, "parse"):
        return hint, "."
    for member in get_args(hint):
        found = _inner(member) if member is not types.NoneType else None
        if found is not None:
            origin = get_origin(hint)
            step = "[]" if origin in (list, tuple) else ".*" if origin in (dict, Mapping) else ""
            return found[0], step + found[1]
    return None


def _default(item: Field[Any]) -> str:
    value = item.default if item.default_factory is MISSING else item.default_factory()
    if value is None or value is MISSING or is_dataclass(value) or value == "":
        return ""
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, (list, tuple, set, frozenset)):
        return f"`[{', '.join(map(str, value))}]`"
    return f"`{value}`" if value != {} else "`{}`"


def _example(example: Example) -> Iterator[str]:
    from transformer.passkit import Blocks, Rewrites

    about = [f"{k}: {v if isinstance(v, str) else json.dumps(v)}" for k, v in [*example.target.items(), *example.params.items()]]
    yield f"### {example.name}" + (f" ({'; '.join(about)})" if about else "")
    yield ""
    if isinstance(example, Rewrites):
        yield "```diff"
        yield textwrap.dedent(unified(example.file, example.before, example.after)).rstrip("\n")
        for path, text in example.also.items():
            yield textwrap.dedent(unified(path, example.files.get(path, ""), text)).rstrip("\n")
        yield "```"
        if example.finding:
            yield f"\nAlso reported: {example.finding}."
        return
    if isinstance(example, Blocks):
        yield f"Refused with {example.finding}:"
    else:
        yield "Not changed" + (f", reported: {example.finding}" if example.finding else "") + ":"
    yield "\n```yaml\n" + example.text.rstrip("\n") + "\n```"
