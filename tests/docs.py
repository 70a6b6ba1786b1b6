"""Writes docs/passes/*.md and docs/layers.md from what they are about; `--check` only says whether they are stale."""

from __future__ import annotations

import sys
from pathlib import Path

from transformer.commands.inspect import LAYERS, page
from transformer.config import discovery

DOCS = Path(__file__).parent.parent / "docs"
PAGES = {**{name: DOCS / "passes" / f"{name}.md" for name in discovery.names()}, LAYERS: DOCS / "layers.md"}


def main(check: bool) -> int:
    stale = []
    for name, path in PAGES.items():
        text = page(name)
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            stale.append(path.name)
            if not check:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8", newline="\n")
    if check and stale:
        print(f"docs is stale: {', '.join(stale)}. Run make docs.")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv))
