"""The JSON Schema of transformer.yaml, for editors: made from the types that read the file, with the installed passes."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from typing import TYPE_CHECKING, Any, Final, Literal, Union, get_args, get_origin

from transformer.config import discovery
from transformer.config.consent import acceptable, find_rows, takes_rows
from transformer.config.limits import Count, Share, Size
from transformer.config.settings import File
from transformer.config.typed import Value, describe, hints_of, is_record, key_of
from transformer.model import Version

if TYPE_CHECKING:
    from transformer.passkit import Pass

Schema = dict[str, Any]
DRAFT: Final = "http://json-schema.org/draft-07/schema#"
_TEXT: Final[Schema] = {"type": ["string", "number"]}  # a number is taken as it is written
_SCALARS: Final[dict[Any, Schema]] = {
    str: _TEXT,
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    Version: {"type": ["string", "number"], "pattern": r"^v?[0-9]+\.[0-9]+(\.[0-9]+([-+].*)?)?$", "examples": ["3.6"]},
    Size: {"type": ["string", "integer"], "pattern": "^[0-9]{1,13} ?(k|K|M|G|Ki|Mi|Gi)?B?$"},
    Count: {"type": "integer", "minimum": 1, "maximum": 999_999_999},
    Share: {"type": ["string", "integer"], "pattern": r"^([0-9]{1,9}|[0-9]{1,3}(\.[0-9]{1,9})?%)$", "minimum": 0},
    Any: {},
    Value: {},
}


def document() -> Schema:
    """What transformer.yaml may hold. A key without a value counts as not given, so null is possible for what has a default."""
    schema = of(File)
    schema["properties"]["passes"] = {
        "description": "The passes in order: each is its name, or its name with its parameters.",
        "type": "array",
        "items": _entry([discovery.load(name) for name in sorted(discovery.names())]),
    }
    return {"$schema": DRAFT, "title": "A pipeline of transformer", **schema}


def _entry(passes: list[Pass]) -> Schema:
    """An item of `passes`."""
    by_name = {p.id: {"description": p.doc.strip().partition("\n")[0], **_or_null(_parameters(p))} for p in passes}
    named = {"type": "object", "properties": by_name, "additionalProperties": False, "minProperties": 1, "maxProperties": 1}
    return {"anyOf": [{"enum": list(by_name)}, named]}


def _parameters(found: Pass) -> Schema:
    schema = of(found.params)
    if takes_rows(found):
        rows = sorted(acceptable(found))
        about = [" ".join(str(row.get("why") or row.get("what") or "") for _, row in find_rows(name)) for name in rows]
        schema["properties"]["accept"]["items"] = {"enum": rows, "markdownEnumDescriptions": about}
    return schema


def of(hint: Any) -> Schema:
    """The schema of a type that `typed.build` reads."""
    if hint in _SCALARS:
        return dict(_SCALARS[hint])
    if is_record(hint):
        return _record(hint)
    origin, args = get_origin(hint) or hint, [a for a in get_args(hint) if a is not types.NoneType]
    if origin in (Union, types.UnionType):
        made = of(args[0]) if len(args) == 1 else {"anyOf": [of(a) for a in args]}
        return _or_null(made) if types.NoneType in get_args(hint) else made
    if origin is Literal:
        return {"enum": list(args)}
    if hasattr(hint, "parse"):  # a notation of a pass's own
        return {**_TEXT, "description": describe(hint)}
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return {"type": "object", "additionalProperties": of(args[1]) if len(args) > 1 else {}}
    return {"type": "array", "items": of(args[0]) if args else {}}


def _record(record: Any) -> Schema:
    known = {key_of(f): f for f in fields(record) if f.init}
    required = [key for key, f in known.items() if f.default is MISSING and f.default_factory is MISSING]
    properties = {key: _property(f, hints_of(record)[f.name], given=key in required) for key, f in known.items()}
    schema: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return {**schema, "required": required} if required else schema


def _property(item: Field[Any], hint: Any, *, given: bool) -> Schema:
    schema = {**of(hint), **item.metadata.get("schema", {})}
    schema = schema if given else _or_null(schema)
    if doc := item.metadata.get("doc"):
        schema = {"description": f"{doc[:1].upper()}{doc[1:]}.", **schema}
    if isinstance(item.default, (str, bool, int)) and type(item.default) in (str, bool, int) and item.default != "":
        schema["default"] = item.default
    return schema


def _or_null(schema: Schema) -> Schema:
    if "enum" in schema:
        return {**schema, "enum": list(dict.fromkeys((*schema["enum"], None)))}
    if "type" in schema:
        kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        return {**schema, "type": list(dict.fromkeys((*kinds, "null")))}
    return {**schema, "anyOf": [*schema["anyOf"], {"type": "null"}]} if "anyOf" in schema else schema
