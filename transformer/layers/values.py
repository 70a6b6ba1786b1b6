"""`replacements`, `vars`, and lists of fields, for the new kind (gitops.md 1.2)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from transformer.kustomize.field_refs import FieldRef, scalar
from transformer.kustomize.nodes import Kustomization, resolve
from transformer.kustomize.selectors import may_match, may_select
from transformer.kustomize.subject import Subject
from transformer.layers import targets
from transformer.layers.bodies import documents_of, may_write
from transformer.layers.component import rows_of
from transformer.layers.conversion import Conversion, NotCarried
from transformer.layers.field_paths import field_paths, field_spec
from transformer.layers.merge_patch import SOURCE, Reasoned
from transformer.layers.targets import Kind
from transformer.model import Op
from transformer.repository.index import Index
from transformer.yamltext import Edit

Placed = tuple[str, int, Reasoned]  # file, document, edit
_WHY: Final = "The field stands elsewhere in the new kind."
_MORE: Final = "The new kind has this field elsewhere."


def replacement(node: Kustomization, entry: FieldRef, subject: Subject, conversion: Conversion, index: Index) -> Iterator[Placed]:
    """The edits of a replacement that reads or writes the resource. Raises NotCarried."""
    old, new = Kind.of(conversion.before), Kind.of(conversion.after)
    for one in _loaded(node, entry, index):
        source = one.child("source")
        if source.value is not None and may_select(source, subject):
            yield from _selected(source, old, new)
            yield from _paths([source.child("fieldPath")], conversion)
        for target in one.child("targets").each():
            if may_select(target.child("select"), subject):
                yield from _selected(target.child("select"), old, new)
                yield from _paths(list(target.child("fieldPaths").each()), conversion)


def _loaded(node: Kustomization, entry: FieldRef, index: Index) -> Iterator[FieldRef]:
    path = entry.text("path")
    for held in _documents(node, path, index) if path else (entry,):
        yield from held.each() if isinstance(held.value, list) else (held,)


def _documents(node: Kustomization, path: str, index: Index) -> Iterator[FieldRef]:
    """The documents of a file that an entry names. Raises NotCarried."""
    found = resolve(node.directory, path) or ""
    if not may_write(found, index):
        raise NotCarried(f"this run may not write {path}")
    for n, data in enumerate(documents_of(found, index)):
        yield FieldRef(found, n, (), data)


def _selected(selector: FieldRef, old: Kind, new: Kind) -> Iterator[Placed]:
    for r in targets.rewritten(selector, old, new, others=False, neutral=not selector.text("kind")):
        yield selector.file, selector.document, r


def _paths(refs: Sequence[FieldRef], conversion: Conversion) -> Iterator[Placed]:
    more = 0
    for ref in refs:
        said = scalar(ref.value)
        if not said:
            continue
        found = field_paths(said, conversion)
        if not found:
            raise NotCarried(f"{said} is nowhere in the job")
        if found[0] != said:
            yield ref.file, ref.document, Reasoned(Edit(Op.SET, ref.path, found[0]), _WHY, SOURCE)
        for text in found[1:]:
            more += 1
            at = (*ref.path[:-1], len(refs) + more - 1)
            yield ref.file, ref.document, Reasoned(Edit(Op.INSERT, at, text), _MORE, SOURCE)


def variable(entry: FieldRef, conversion: Conversion) -> Iterator[Placed]:
    """The edits of a variable that reads the resource. Raises NotCarried."""
    new, reference = Kind.of(conversion.after), entry.child("objref")
    version = f"{new.group}/{new.version}"
    for name, value in (("kind", new.kind), ("apiVersion", version), ("group", new.group), ("version", new.version)):
        held = reference.child(name)
        if scalar(held.value) and scalar(held.value) != value:
            yield entry.file, entry.document, Reasoned(Edit(Op.SET, held.path, value), "The job is another kind now.", SOURCE)
    path = entry.down("fieldref", "fieldpath")
    if scalar(path.value):
        found = field_paths(scalar(path.value), conversion, brackets=True)
        if len(found) != 1:
            raise NotCarried(f"{path.value} has no counterpart in the new kind")
        if found[0] != scalar(path.value):
            yield entry.file, entry.document, Reasoned(Edit(Op.SET, path.path, found[0]), _WHY, SOURCE)


def settings(node: Kustomization, entry: FieldRef, feature: str, conversion: Conversion, index: Index) -> Iterator[Placed]:
    """The edits of what lists fields: `fields` of labels, files of `configurations`, and transformers with fields of their own."""
    if feature == "labels":
        yield from _more_specs(entry.child("fields"), conversion)
    elif feature == "configurations":
        yield from _configured(node, entry, conversion, index)
    elif entry.text("kind") == "ImageTagTransformer":
        yield from _image_specs(entry)
    else:
        yield from _more_specs(entry.child("fieldSpecs"), conversion)


def _configured(node: Kustomization, entry: FieldRef, conversion: Conversion, index: Index) -> Iterator[Placed]:
    for held in _documents(node, scalar(entry.value), index):
        for key in held.value if isinstance(held.value, dict) else ():
            entries = list(held.child(key).each())
            nested = [one.child("fieldSpecs") for one in entries if one.child("fieldSpecs").value is not None]
            for specs in nested or [held.child(key)]:
                yield from _more_specs(specs, conversion)


def _more_specs(specs: FieldRef, conversion: Conversion) -> Iterator[Placed]:
    """For each field of the old kind that is listed, the field of the new kind, behind all."""
    old, new = Kind.of(conversion.before), Kind.of(conversion.after)
    held = list(specs.each())
    there = [s.value for s in held]
    more = 0
    for spec in held:
        path = spec.text("path")
        if not _is_for(spec, old):
            continue
        moved = path.strip("/") if path.strip("/").startswith("metadata/") else field_spec(path, conversion)
        if moved == path.strip("/") and not spec.text("kind"):
            continue
        value: dict[str, Any] = {"path": moved, "kind": new.kind, "group": new.group}
        value |= {"create": True} if spec.child("create").value is True else {}
        if value not in there:
            yield specs.file, specs.document, Reasoned(Edit(Op.INSERT, (*specs.path, len(held) + more), value), _MORE, "gitops.md 1.4")
            more += 1


def _is_for(spec: FieldRef, kind: Kind) -> bool:
    pairs = (("group", kind.group), ("version", kind.version), ("kind", kind.kind))
    return all(may_match(spec.text(name), [value]) for name, value in pairs)


def _image_specs(plugin: FieldRef) -> Iterator[Placed]:
    specs = plugin.child("fieldSpecs")
    held = list(specs.each())
    wanted = [s for s in rows_of("images") if s not in [h.value for h in held]]
    why = "This transformer has a list of fields of its own."
    if specs.value is None:
        yield plugin.file, plugin.document, Reasoned(Edit(Op.INSERT, (*plugin.path, "fieldSpecs"), wanted), why, SOURCE)
        return
    for n, value in enumerate(wanted):
        yield specs.file, specs.document, Reasoned(Edit(Op.INSERT, (*specs.path, len(held) + n), value), why, SOURCE)
