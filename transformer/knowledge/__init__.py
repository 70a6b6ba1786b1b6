"""Facts as data: cited tables, each loaded when it is first asked for.

A table is `NAME.yaml` in this package, or in the folder `knowledge/` of somebody else's: a head (`source`, and where they are
known `retrieved`, `versions`, `columns`) and `rows`. Every row has an `id`, unique in its table, and a `source`; one that names
none has its head's. `columns` says what else a row may hold; a key that is not among them, or a value of another type, is an
error with the row's id.

Column types: `text`, `texts` (a list), `flag`, `number`, `map` (text to text), `any`, or a list of the words that are
possible. A type that ends in `?`, or a list that holds null, may be left out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Any, Final

from transformer.yamltext import load

_HEAD: Final = frozenset({"source", "retrieved", "versions", "columns", "rows"})
_TYPES: Final[Mapping[str, type | tuple[type, ...]]] = {
    "text": str,
    "texts": tuple,
    "flag": bool,
    "number": (int, float),
    "map": MappingProxyType,
    "any": object,
}


class KnowledgeError(ValueError):
    """A table that breaks a rule: a mistake in the package, never in what is converted."""


@dataclass(frozen=True, slots=True, eq=False)
class Row(Mapping[str, Any]):
    """One cited fact. A column that the row leaves out is absent: ask with `get`."""

    id: str
    source: str
    cells: Mapping[str, Any]

    def __getitem__(self, column: str) -> Any:
        return self.cells[column]

    def __iter__(self) -> Iterator[str]:
        return iter(self.cells)

    def __len__(self) -> int:
        return len(self.cells)


@dataclass(frozen=True, slots=True)
class Table:
    """`rows` in the order of the file; `table[id]` is one of them."""

    name: str
    source: str
    retrieved: str
    versions: str
    rows: tuple[Row, ...]
    by_id: Mapping[str, Row]

    def __getitem__(self, row_id: str) -> Row:
        return self.by_id[row_id]

    def __contains__(self, row_id: str) -> bool:
        return row_id in self.by_id

    def cite(self, row_id: str) -> str:
        """How a change or finding names a row of this table. Raises KeyError where there is none."""
        return f"{self.name}/{self.by_id[row_id].id}"


@cache
def text_of(name: str) -> str:
    """A file of this package that is no table, as it is."""
    return (files(__package__ or "transformer.knowledge") / name).read_text(encoding="utf-8")


@cache
def table(name: str, package: str | None = None) -> Table:
    """The table NAME.yaml; `package`: the one that has it in its folder `knowledge/`, None: ours.

    Raises KnowledgeError with the file's name and the row's id."""
    file = f"{name}.yaml"
    try:
        text = _folder(package).joinpath(file).read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        where = f" in {package}/knowledge" if package else ""
        raise KnowledgeError(f"{file}: no such table{where}") from None
    return read(name, text)


def table_names(package: str | None = None) -> tuple[str, ...]:
    """The tables of a package, by name; none where it has no folder `knowledge/`."""
    folder = _folder(package)
    return tuple(sorted(f.name.removesuffix(".yaml") for f in folder.iterdir() if f.name.endswith(".yaml"))) if folder.is_dir() else ()


def tables_with(words: Collection[str], package: str | None = None) -> Iterator[Table]:
    """The tables of a package whose text holds one of the words; the others are not read as YAML."""
    for name in table_names(package):
        text = _folder(package).joinpath(f"{name}.yaml").read_text(encoding="utf-8")
        if any(word in text for word in words):
            yield table(name, package)


def _folder(package: str | None) -> Traversable:
    if package == "":
        raise KnowledgeError("a table of your own lies in the folder knowledge/ of a package: make the module of the pass a package")
    return files(package).joinpath("knowledge") if package else files(__name__)


def read(name: str, text: str) -> Table:
    """A table from its text."""
    file = f"{name}.yaml"
    documents = load(text)
    head = documents[0] if len(documents) == 1 else None
    if not isinstance(head, dict) or not isinstance(head.get("rows"), list):
        raise KnowledgeError(f"{file}: a table is one mapping with `source` and a list of `rows`")
    _known(f"{file}: ", head, _HEAD)
    source = str(head.get("source") or "")
    columns = _frozen(head.get("columns"))
    by_id: dict[str, Row] = {}
    for n, cells in enumerate(head["rows"]):
        row = _row(f"{file}: row {n + 1}", cells, source, columns)
        if row.id in by_id:
            raise KnowledgeError(f"{file}: row {row.id}: this id stands twice")
        by_id[row.id] = row
    return Table(
        name, source, str(head.get("retrieved", "")), str(head.get("versions", "")), tuple(by_id.values()), MappingProxyType(by_id)
    )


def _row(where: str, cells: Any, source: str, columns: Mapping[str, Any] | None) -> Row:
    if not isinstance(cells, dict) or not isinstance(cells.get("id"), str) or not cells["id"]:
        raise KnowledgeError(f"{where}: a row is a mapping with an `id`")
    where = f"{where.rpartition(' row ')[0]} row {cells['id']}: "
    cited = cells.get("source") or source
    if not isinstance(cited, str) or not cited:
        raise KnowledgeError(f"{where}no source")
    frozen = _frozen(cells)
    if columns is not None:
        _known(where, cells, {"id", "source", *columns})
        for column, kind in columns.items():
            _fits(where, column, kind, frozen)
    return Row(cells["id"], cited, MappingProxyType({**frozen, "source": cited}))


def _known(where: str, cells: Mapping[str, Any], names: Any) -> None:
    unknown = sorted(set(cells) - set(names))
    if unknown:
        raise KnowledgeError(f"{where}unknown key {unknown[0]}; there is: {', '.join(sorted(names))}")


def _fits(where: str, column: str, kind: Any, cells: Mapping[str, Any]) -> None:
    optional = None in kind if isinstance(kind, tuple) else kind.endswith("?")
    if cells.get(column) is None:
        if not optional:
            raise KnowledgeError(f"{where}no {column}")
        return
    value = cells[column]
    if isinstance(kind, tuple):
        if value not in kind:
            raise KnowledgeError(f"{where}{column} is {value!r}; there is: {', '.join(k for k in kind if k)}")
    elif not isinstance(value, _TYPES[kind.rstrip("?")]):
        raise KnowledgeError(f"{where}{column} is no {kind.rstrip('?')}")


def _frozen(value: Any) -> Any:
    if isinstance(value, dict):
        return MappingProxyType({k: _frozen(v) for k, v in value.items()})
    if isinstance(value, list):
        return tuple(_frozen(v) for v in value)
    return value
