"""The page `transformer explain layers`: what becomes of kustomizations, and the Component line by line."""

from __future__ import annotations

from typing import Final

from transformer.knowledge import table
from transformer.layers.component import TABLE, Need, files

_INTRO: Final = """\
# Kustomize layers

A CronJob is often a base, and overlays set its schedule, image, labels or environment. When the CronJob becomes a CronWorkflow, they
must follow, or they silently stop working. So the tool rewrites them in the same commit:

| what speaks of the CronJob | what becomes of it |
|---|---|
| strategic-merge patches, in files or inline | the patch's own lines move to the fields of the CronWorkflow |
| JSON patches | `path` and `from` name the new fields; an operation on a field that the new kind does not have goes |
| targets and selectors | they name the new kind; an entry that also patches a CronJob that stays is split in two |
| `replacements`, `vars` | kind and field paths name the new fields |
| field lists of your own (`configurations`, `labels` with `fields`, transformers) | the new field is listed too |
| `images`, prefixes, suffixes, generators, labels, annotations, `$(NAME)` | nothing: the Component below says where they act |

Each patch is proved: merging the old patch and then converting gives the same object as converting and then merging the new patch. If
`kustomize` or `kubectl` is on your PATH, every root is built before and after as well (promise P7).

If one layer cannot be carried over, no CronJob of the roots that share it is changed. The finding KUS001 names the entry and the reason.

## The Component

Kustomize knows the fields of a CronJob by heart. It must be told those of a CronWorkflow. This Component does that. It is listed in the
kustomizations that list a converted CronJob. Overlays above need nothing. It only has the files that your layers need, and changes
nothing for other kinds. A later run adds to it what new layers need. Remove it when the last CronWorkflow has left the kustomization.
"""
_MERGES: Final = """\
### merge-keys.yaml

Without it, a patch that names one variable of `env` would replace the whole list. Kustomize takes such a schema instead of its own, so the
lists of Kubernetes' kinds must be in it too: their merge keys, and nothing else. One line is one type. The last lines are the
CronWorkflow, which merges as a Pod does. (gitops.md 1.5)
"""


def page() -> str:
    """Markdown."""
    parts = [_INTRO]
    shown = dict(files([n for n in Need if n is not Need.SETTINGS]))
    parts.append("### kustomization.yaml\n\n```yaml\n" + shown["kustomization.yaml"] + "```\n")
    parts.append(
        "`configurations` lists the files with field paths, `openapi` the file with merge keys. Both hold for this kustomization and "
        "for all that build on it. (gitops.md 1.4)\n"
    )
    for need in (Need.IMAGES, Need.NAMES, Need.LABELS, Need.ANNOTATIONS, Need.VARIABLES):
        rows = [row for row in table(TABLE).rows if row["file"] == need.value]
        lines = [f"| `{row['setting']}`{_of(row.get('of'))} | {_places(row['paths'])} |" for row in rows]
        parts.append("\n".join([f"### {need}.yaml\n", "| setting | fields |", "|---|---|", *lines, ""]))
    parts.append(_MERGES)
    parts.append(
        "`C` is each place of a container (`container`, `script`, `sidecars`, `initContainers`, `containerSet/containers` of "
        "`spec/workflowSpec/templates`), `V` each list of volumes, `W` is `spec/workflowSpec`.\n"
    )
    return "\n".join(parts)


def _of(kind: str | None) -> str:
    return f" of {kind}" if kind else ""


def _places(paths: tuple[str, ...]) -> str:
    return ", ".join(f"`{path}`" for path in paths)
