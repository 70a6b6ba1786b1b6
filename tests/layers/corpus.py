"""What becomes of other people's CronJobs: python -m tests.layers.corpus [--accept-all] [--project NAME] [--config FILE] [--corpus FOLDER]

A table of the corpus: whole CronJobs, how many are converted, why the others are not, and how many roots with CronJobs are converted as
a whole (with `kustomize` or `kubectl` on PATH)."""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.layers.building import NOT_CHECKED, Built, Root, build_in, renderer
from transformer.config.consent import consent_rows
from transformer.config.passes import Overrides
from transformer.config.settings import parse
from transformer.model import Outcome, Plan
from transformer.repository.snapshot import FolderSnapshot
from transformer.run.pipeline import plan_run
from transformer.yamltext import ParseError, load

CONVERTS = "cronworkflow"
SHARED = Path(__file__).parents[3] / "shared"


@dataclass
class Row:
    """A project. `reasons`: the first one of each CronJob that stayed."""

    project: str
    whole: int = 0
    converted: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    roots: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        built = sum(self.roots.values())
        told = f"{self.roots['converted']} of {built}" if built else "-" if renderer() else "not checked"
        lines = [f"{self.project[:44]:44} {self.whole:6} {self.converted:10} {self.whole - self.converted:8}   {told}"]
        lines += [f"      {n} {state}" for state, n in sorted(self.roots.items()) if state != "converted"]
        return "\n".join([*lines, *(f"      {n} x {reason}" for reason, n in self.reasons.most_common())])


def row(folder: Path, roots: list[str], config: str, overrides: Overrides) -> Row:
    found = Row(folder.name)
    settings = parse(config, "pipeline.yaml", overrides)
    plan = plan_run(settings, FolderSnapshot(folder))
    of = {(o.file, o.resource.name, o.document): o for o in plan.outcomes if o.resource.kind == "CronJob" and o.pass_id == CONVERTS}
    for file, document, name in _whole(folder):
        found.whole += 1
        outcome = of.get((file, name, document)) or next((o for k, o in of.items() if k[:2] == (file, name)), None)
        if outcome and outcome.verdict == "Changed":
            found.converted += 1
        else:
            found.reasons[_reason(plan, outcome)] += 1
    if renderer() and roots:
        found.roots = _roots(folder, roots, plan)
    return found


def _whole(folder: Path) -> Iterator[tuple[str, int, str]]:
    """Every CronJob that can run, by file, document and name; also in Lists."""
    for path in sorted(folder.rglob("*.y*ml")):
        text = path.read_text(encoding="utf-8", errors="replace")
        try:
            documents = load(text) if "CronJob" in text else []
        except ParseError:
            continue
        for n, document in enumerate(documents):
            for o in _unfolded(document):
                if _complete(o):
                    yield path.relative_to(folder).as_posix(), n, str(o["metadata"].get("name", ""))


def _unfolded(o: Any) -> list[Any]:
    return list(o.get("items") or []) if isinstance(o, dict) and o.get("kind") == "List" else [o]


def _complete(o: Any) -> bool:
    """An overlay's patch names a CronJob too; only a whole one can run."""
    try:
        pod = o["spec"]["jobTemplate"]["spec"]["template"]["spec"]
        return bool(o["kind"] == "CronJob" and o["spec"]["schedule"] and all(c.get("image") for c in pod["containers"]))
    except (KeyError, TypeError, AttributeError):
        return False


def _reason(plan: Plan, outcome: Outcome | None) -> str:
    if outcome is None:
        return "nothing is told of it"
    for f in plan.findings:
        if f.blocks and f.file == outcome.file and f.resource.name == outcome.resource.name and f.pass_id == CONVERTS:
            return f"{f.code} {f.source}: {f.full_message[:150]}"
    return f"{outcome.verdict}: {outcome.reason[:150]}"


def _roots(folder: Path, roots: list[str], plan: Plan) -> Counter[str]:
    wanted = [Root(root) for root in roots]
    before = build_in(folder, wanted)
    with tempfile.TemporaryDirectory(prefix="layers-") as scratch:
        place = Path(scratch, "tree").resolve()
        shutil.copytree(folder, place, symlinks=True)
        for path, raw in plan.new.items():
            (place / path).parent.mkdir(parents=True, exist_ok=True)
            (place / path).write_bytes(raw)
        after = build_in(place, wanted)
    return Counter(_state(before[root], after[root]) for root in wanted if before[root].text is not None)


def _state(before: Built, after: Built) -> str:
    if after.text is None:
        return f"no longer build: {after.error[-120:]}"
    was, now = (text.count("\nkind: CronJob\n") for text in (before.text or "", after.text))
    return "converted" if not now else "left alone" if was == now else "converted by halves"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--corpus", type=Path, default=SHARED / "corpus")
    parser.add_argument("--config", type=Path, default=SHARED / "conformance/pipeline.yaml")
    parser.add_argument("--accept-all", action="store_true", help="every row that a user may accept, and a layout for several containers")
    parser.add_argument("--project", action="append", default=[])
    given = parser.parse_args()
    roots: dict[str, list[str]] = {}
    for line in (given.corpus / "kustomize-roots.txt").read_text().splitlines():
        path, *counts = line.split("\t")
        if not line.startswith("#") and counts[1:2] and counts[1].isdigit() and int(counts[1]):
            project, _, root = path.partition("/")
            roots.setdefault(project, []).append(root)
    layout = f"{CONVERTS}.containers=[{{layout: containerSet}}]"
    overrides = Overrides(values=(layout,), accept=tuple(sorted(consent_rows()))) if given.accept_all else Overrides()
    print(f"{'project':44} {'whole':>6} {'converted':>10} {'refused':>8}   roots converted" + ("" if renderer() else f" ({NOT_CHECKED})"))
    total = Row("all")
    for folder in sorted(p for p in given.corpus.iterdir() if p.is_dir()):
        if given.project and folder.name not in given.project:
            continue
        found = row(folder, roots.get(folder.name, []), given.config.read_text(), overrides)
        if found.whole:
            print(found, flush=True)
        total.whole, total.converted = total.whole + found.whole, total.converted + found.converted
        total.roots += found.roots
    print(total)


if __name__ == "__main__":
    main()
