"""Checks of a rendered template: it has every node of the CronJob once, in its place and unchanged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from transformer.passes.cronworkflow.draft import Draft, Source
from transformer.passes.cronworkflow.rows import rule
from transformer.passkit import Path
from transformer.templating import TemplateFault, line_behind
from transformer.yamltext import Document, same

TEMPLATE: Final = "cronworkflow.yaml.j2"
RETRIES: Final = "retryStrategy"
_ROOT: Final = frozenset({"apiVersion", "kind", "metadata", "spec"})
_WORKFLOW: Final[Path] = ("spec", "workflowSpec")
_TEMPLATES: Final[Path] = (*_WORKFLOW, "templates")
_MOST_TEMPLATES: Final = 100
# Notes about the retryStrategy that the pass writes.
_ABOUT_RETRIES: Final = frozenset({"on-eviction-fail", "on-eviction-retry", "retry-delay-uncapped"})


@dataclass(frozen=True, slots=True)
class Shape:
    """A rendered template, as data with Sources."""

    document: Document
    context: Mapping[str, Any]
    tree: Any

    def fault(self, path: Path, what: str, remedy: str, *, of_source: bool = False) -> TemplateFault:
        return fault(self.document.line_of(path), self.context, what, remedy, of_source=of_source)

    def at(self, path: Path) -> Any:
        return _down(self.tree, path)


def fault(line: int, context: Mapping[str, Any], what: str, remedy: str, *, of_source: bool = False) -> TemplateFault:
    """`line` of the rendered text. `of_source`: the fault depends on the CronJob."""
    return TemplateFault(TEMPLATE, line_behind(TEMPLATE, line, **context), what, remedy, of_source=of_source)


def check(draft: Draft, shape: Shape) -> None:
    """Raises TemplateFault."""
    _is_a_cronworkflow(shape)
    wanted = dict(_leaves(draft.trees, ()))
    _names_every_node(shape, wanted)
    main = _main(draft, shape)
    _keeps_what_is_written(shape, wanted, main)
    _retries(draft, shape, main)
    _leaves_the_switch(draft, shape)
    if draft.native:
        _refers_only(draft, shape)
    _runs(shape, main)


def drafted(draft: Draft, at: Path) -> Iterator[Any]:
    """The values that the pass itself would write at a place of the result."""
    for name, prefix in (("template", _TEMPLATES), ("wrapper", _TEMPLATES), ("workflow", _WORKFLOW), ("cron", ("spec",))):
        below = at[len(prefix) + (prefix == _TEMPLATES) :]
        if at[: len(prefix)] == prefix and below:
            yield _down(draft.trees.get(name, {}), below)


def _down(here: Any, path: Path) -> Any:
    for step in path:
        try:
            here = here[step]
        except (KeyError, IndexError, TypeError):
            return None
    return here


# --- one question each


def _is_a_cronworkflow(shape: Shape) -> None:
    remedy = "Start it with `apiVersion: argoproj.io/v1alpha1` and `kind: CronWorkflow`, like the built-in template."
    for key, wanted in (("apiVersion", "argoproj.io/v1alpha1"), ("kind", "CronWorkflow")):
        if shape.at((key,)) != wanted:
            raise shape.fault((key,), f"The rendered text is not a CronWorkflow: {key} is {shape.at((key,))!r}", remedy)
    if not isinstance(shape.at(_WORKFLOW), dict):
        raise shape.fault(("spec",), "The rendered text is not a CronWorkflow: it has no spec.workflowSpec", remedy)
    for key in shape.tree:
        if key not in _ROOT:
            raise shape.fault((key,), f"A CronWorkflow has no field {key}", "Remove it.")
    if shape.at(("spec", "jobTemplate")) is not None:
        raise shape.fault(("spec", "jobTemplate"), "A CronWorkflow has no field spec.jobTemplate", "Remove it.")


def _names_every_node(shape: Shape, wanted: Mapping[Path, Any]) -> None:
    slots = {leaf.path: slot for slot, leaf in wanted.items() if isinstance(leaf, Source)}
    found: dict[Path, Path] = {}
    for place, leaf in _leaves(shape.tree, ()):
        if not isinstance(leaf, Source):
            continue
        if leaf.path not in slots:
            remedy = "Use only nodes that `cron`, `workflow` and `template` hold."
            raise shape.fault(place, f"{text(leaf.path)} is not a node of this CronJob that moves", remedy)
        if leaf.path in found:
            raise shape.fault(place, f"{text(leaf.path)} is used twice", "Use every node once.")
        if place not in _places(slots[leaf.path], place):
            slot = text(_places(slots[leaf.path], place)[0])
            raise shape.fault(place, f"{text(leaf.path)} belongs at {slot}, not at {text(place)}", "Move it there.")
        found[leaf.path] = place
    if lost := [path for path in slots if path not in found]:
        raise shape.fault(*_left_out(slots[lost[0]], ", ".join(map(text, lost))))
    homes = {p[3] for path, p in found.items() if p[:3] == _TEMPLATES and slots[path][0] == "template"}
    if len(homes) > 1:
        raise shape.fault(_TEMPLATES, "The entries of `template` are in several templates", "Put them into one template.")


def _keeps_what_is_written(shape: Shape, wanted: Mapping[Path, Any], main: Path) -> None:
    for slot, leaf in wanted.items():
        if isinstance(leaf, Source) or slot[:2] == ("template", RETRIES):
            continue
        there = [v for p in _places(slot, main) if (v := shape.at(p)) is not None]
        if not there:
            raise shape.fault(*_left_out(slot, str(slot[1])))
        if not same(there[0], leaf):
            what = f"{'.'.join(map(str, slot[1:]))} has another value: {there[0]!r} instead of {leaf!r}"
            raise shape.fault(_places(slot, main)[0], what, "Use the value of the entry. Only retryStrategy may be replaced.")


def _leaves_the_switch(draft: Draft, shape: Shape) -> None:
    """Refuse a template that suspends or resumes every job."""
    if shape.at(("spec", "suspend")) is not None and draft.resource.get("spec", "suspend") is None:
        what = "The template sets spec.suspend, which would suspend or resume every job"
        raise shape.fault(("spec", "suspend"), what, "Remove it, and set `suspend` in the CronJob.")


def _retries(draft: Draft, shape: Shape, main: Path) -> None:
    """A template may replace retryStrategy, but only with a limit: otherwise Argo retries for ever."""
    if RETRIES not in draft.trees["template"]:
        return
    places = _places(("template", RETRIES), main)
    place, strategy = next(((p, s) for p in places if (s := shape.at(p)) is not None), (places[0], None))
    if strategy is None:
        raise shape.fault(*_left_out(("template", RETRIES), RETRIES, "For no retries, write `retryStrategy: {limit: 0}`."))
    if not isinstance(strategy, dict) or strategy.get("limit") in (None, ""):
        raise shape.fault(place, "A retryStrategy without `limit` retries for ever", "Add a `limit`.")
    if strategy != draft.trees["template"][RETRIES]:
        about = {f"cronjob_rules/{row}" for row in _ABOUT_RETRIES}
        draft.notes[:] = [n for n in draft.notes if n.source not in about]
        draft.tell(rule("template-retry-strategy"), ())


def _refers_only(draft: Draft, shape: Shape) -> None:
    """Beside workflowTemplateRef, Argo accepts no templates, and the entrypoint is that of the WorkflowTemplate."""
    entrypoint = draft.trees["workflow"].get("entrypoint")
    wrong = _TEMPLATES if shape.at(_TEMPLATES) is not None else (*_WORKFLOW, "entrypoint")
    if wrong == _TEMPLATES or shape.at(wrong) != entrypoint:
        remedy = "Write both only if `template` is not empty, or run the pass cronworkflow with `mode: wrapper`."
        raise shape.fault(wrong, "The template writes templates or an entrypoint beside workflowTemplateRef", remedy, of_source=True)


def _runs(shape: Shape, place: Path) -> None:
    """The template with the container must be the entrypoint, or another template must call it."""
    main, entrypoint = shape.at(place), shape.at((*_WORKFLOW, "entrypoint"))
    name = main.get("name") if isinstance(main, dict) else None
    if name is not None and name != entrypoint and ("template", name) not in ((p[-1], v) for p, v in _leaves(shape.tree, ())):
        where = (*_WORKFLOW, "entrypoint")
        raise shape.fault(
            where, f"The template {name} holds the container but never runs: entrypoint is {entrypoint}", "Correct the entrypoint."
        )


# --- places


def _places(slot: Path, near: Path) -> tuple[Path, ...]:
    """The places for a slot in the result. Entries of `template` may also be fields of the Workflow, for all its templates."""
    name, *rest = slot
    if name == "cron":
        return (("spec", *rest),)
    if name == "workflow":
        return ((*_WORKFLOW, *rest),)
    if name == "wrapper":
        return tuple((*_TEMPLATES, n, *rest) for n in range(_MOST_TEMPLATES))
    number = near[3] if len(near) > 3 and near[:3] == _TEMPLATES else 0
    return ((*_TEMPLATES, number, *rest), (*_WORKFLOW, *rest))


def _main(draft: Draft, shape: Shape) -> Path:
    """The template with the entries of `template`."""
    mine = {leaf.path for _, leaf in _leaves(draft.trees["template"], ()) if isinstance(leaf, Source)}
    templates = shape.at(_TEMPLATES)
    for n, one in enumerate(templates if isinstance(templates, list) else ()):
        if any(isinstance(leaf, Source) and leaf.path in mine for _, leaf in _leaves(one, ())):
            return (*_TEMPLATES, n)
    return (*_TEMPLATES, 0)


def _left_out(slot: Path, what: str, remedy: str = "") -> tuple[Path, str, str]:
    home = {"cron": ("spec",), "workflow": _WORKFLOW, "template": _TEMPLATES, "wrapper": _TEMPLATES}[str(slot[0])]
    return home, f"The template leaves out {what}", remedy or f"Use every entry of `{slot[0]}`."


def _leaves(tree: Any, at: Path) -> Iterator[tuple[Path, Any]]:
    """Sources, scalars and empty collections, with their paths."""
    if isinstance(tree, (dict, list)) and tree:
        for key, value in tree.items() if isinstance(tree, dict) else enumerate(tree):
            yield from _leaves(value, (*at, key))
    elif tree != {} or at[1:]:
        yield at, tree


def text(path: Path) -> str:
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)
