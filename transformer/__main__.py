"""`python -m transformer` and the console script.

Python looks for modules in the current folder first, and that may be a target: it is taken off the path before anything
else is imported, here and in every Python that this one starts.
"""

import os
import sys


def _leave_current_folder() -> None:
    try:
        here = os.getcwd()  # noqa: PTH109 - pathlib is not imported yet
    except OSError:
        here = ""
    sys.path[:] = [place for place in sys.path if place not in ("", ".", here)]
    os.environ["PYTHONSAFEPATH"] = "1"


def start() -> int:
    _leave_current_folder()
    from transformer.cli import main

    return main()


if __name__ == "__main__":
    sys.exit(start())
