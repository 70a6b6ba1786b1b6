"""More random CronJobs: python -m tests.fuzz [N] [SEED]. Prints the least manifest that breaks a law, and how to see it again:
python -m tests.fuzz --case WORD, as a failing test prints it too."""

from __future__ import annotations

import sys
import time
from collections import Counter

from tests.fuzz.cases import Case, case, replay
from tests.fuzz.laws import hold
from transformer.yamltext import load


def main(count: int = 20_000, seed: int = 0) -> int:
    started, verdicts, broken = time.monotonic(), Counter[str](), 0
    for n in range(seed, seed + count):
        found = case(n)
        reason, verdict = failure(found)
        if reason:
            broken += 1
            least, reason = reduced(found, reason)
            print(f"make fuzz SEED={n} N=1: {reason}\nthe least one: {replay(least)}\n{least}\n")
            if broken == 8:
                break
        else:
            verdicts[verdict] += 1
    total = sum(verdicts.values()) or 1
    shares = ", ".join(f"{k} {v / total:.0%}" for k, v in verdicts.most_common())
    print(f"{total} CronJobs in {time.monotonic() - started:.0f} s: {shares}; {broken} broken")
    return int(broken > 0)


def again(blob: str) -> int:
    """One case that was printed before."""
    found = Case.from_blob(blob)
    reason, verdict = failure(found)
    print(f"{found}\n{reason or verdict}")
    return int(bool(reason))


def failure(found: Case) -> tuple[str, str]:
    """What is broken, or the verdict."""
    try:
        if load(found.text)[-1] != found.data:
            return "the text does not say what was meant: a fault of the generator", ""
        return "", str(hold(found))
    except Exception as e:  # noqa: BLE001 - whatever it is, it is what we look for
        return f"{type(e).__name__}: {e}", ""


def reduced(found: Case, reason: str) -> tuple[Case, str]:
    kind = reason[:40]
    smaller = True
    while smaller:
        smaller = False
        for candidate in found.smaller():
            if (now := failure(candidate)[0])[:40] == kind:
                found, reason, smaller = candidate, now, True
                break
    return found, reason


if __name__ == "__main__":
    sys.exit(again(sys.argv[2]) if sys.argv[1:2] == ["--case"] else main(*map(int, sys.argv[1:3])))
