"""Random layers through the judge: python -m tests.layers.random_layers [N] [SEED] [--feature NAME] [--proved]. Prints how many families of
each feature were converted, and the least family that breaks."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tests.layers import fields, patches  # noqa: F401 - they fill FEATURES
from tests.layers.building import NOT_CHECKED, build, renderer
from tests.layers.family import FEATURES, Family, drawn, shown
from tests.layers.judge import Verdict, judge_families

BATCH = 25
# Families that still break, by seed: left out where many are drawn. test_not_yet.py says when one holds.
NOT_YET: dict[int, str] = {}  # families that break by now, and why


@dataclass
class Tally:
    """`by_feature`: of each feature how many families came out how."""

    states: Counter[str] = field(default_factory=Counter)
    by_feature: dict[str, Counter[str]] = field(default_factory=dict)
    reasons: Counter[str] = field(default_factory=Counter)
    broken: list[tuple[Family, Verdict]] = field(default_factory=list)
    halves: list[tuple[Family, Verdict]] = field(default_factory=list)

    def take(self, family: Family, verdict: Verdict) -> None:
        self.states["half" if verdict.half else verdict.state] += 1
        for name in family.features:
            self.by_feature.setdefault(name, Counter())[verdict.state] += 1
        if verdict.half:
            self.halves.append((family, verdict))
        elif verdict.state == "broken":
            self.broken.append((family, verdict))
        elif verdict.state == "refused":
            self.reasons[verdict.why[0].partition("`")[2][:110]] += 1

    def __str__(self) -> str:
        lines = [f"{n} {state}" for state, n in self.states.most_common()]
        table = [f"  {name:32} {c['converted']:4} of {sum(c.values()):4} converted" for name, c in sorted(self.by_feature.items())]
        return "\n".join([", ".join(lines) or "nothing", *table])


def batch(seed: int, count: int = BATCH, names: Sequence[str] = ()) -> list[Family]:
    """Families that build before anything is done to them. Without Kustomize nobody can tell, and all are taken."""
    found = [drawn(n, names) for n in range(seed, seed + count) if count == 1 or names or n not in NOT_YET]
    if not renderer():
        return found
    return _building(found)


def judged(families: Iterable[Family], *, unproved: bool = True) -> dict[Family, Verdict]:
    todo = list(families)
    verdicts = judge_families({family.name: family.repository() for family in todo}, unproved=unproved)
    return {family: verdicts[family.name] for family in todo}


def least(family: Family, *, unproved: bool = True) -> tuple[Family, Verdict]:
    """Without each feature that is not needed to break it."""
    verdict = judged([family], unproved=unproved)[family]
    for name in family.features:
        smaller = family.without(name)
        now = judged(_building([smaller]), unproved=unproved).get(smaller)
        if now and now.state == "broken":
            family, verdict = smaller, now
    return family, verdict


def _building(families: Sequence[Family]) -> list[Family]:
    built = build([family.repository() for family in families])
    return [family for family, of in zip(families, built, strict=True) if all(done.text is not None for done in of.values())]


def told(family: Family, verdict: Verdict) -> str:
    """All that is needed to see it again."""
    files = family.repository().files
    changed = {path: text for path, text in verdict.ran.files.items() if text != files.get(path)}
    return f"seed {family.seed}, features {list(family.features)}\n{verdict}\n{shown(files)}\n----- after\n{shown(changed)}"


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("count", nargs="?", type=int, default=300)
    parser.add_argument("seed", nargs="?", type=int, default=0)
    parser.add_argument("--feature", action="append", default=[], choices=sorted(FEATURES))
    parser.add_argument("--proved", action="store_true", help="with the tool's own rendering (P7)")
    parser.add_argument("--show", type=int, default=3, help="how many broken families to print")
    given = parser.parse_args()
    if not renderer():
        print(NOT_CHECKED)
    started, tally = time.monotonic(), Tally()
    for seed in range(given.seed, given.seed + given.count, BATCH):
        size = min(BATCH, given.seed + given.count - seed)
        for family, verdict in judged(batch(seed, size, given.feature), unproved=not given.proved).items():
            tally.take(family, verdict)
    for family, verdict in tally.broken[: given.show]:
        small, now = least(family, unproved=not given.proved)
        print(told(small, now if now.state == "broken" else verdict), "\n")
    print(f"{tally}\n{len(tally.broken)} broken, {len(tally.halves)} converted by halves: {[f.seed for f, _ in tally.halves][:8]}")
    for reason, n in tally.reasons.most_common(25):
        print(f"  {n:4} {reason}")
    print(f"{time.monotonic() - started:.0f} s")
    return int(bool(tally.broken))


if __name__ == "__main__":
    sys.exit(main())
