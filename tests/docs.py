"""Writes docs/passes/*.md from the passes; `--check` only says whether they are stale."""

from __future__ import annotations

import sys
from pathlib import Path

from transformer.commands.inspect import page
from transformer.config import discovery

DOCS = Path(__file__).parent.parent / "docs" / "passes"


def main(check: bool) -> int:
    stale = []
    for name in discovery.names():
        path, text = DOCS / f"{name}.md", page(name)
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            stale.append(path.name)
            if not check:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8", newline="\n")
    if check and stale:
        print(f"docs/passes is stale: {', '.join(stale)}. Run make docs.")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv))
