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
    """The exit code. Ctrl-C ends with one line and 130 from the first import on, and does nothing once all is done."""
    import signal

    sys.unraisablehook = _again
    try:
        _leave_current_folder()
        from transformer.cli import main

        return main()
    except KeyboardInterrupt:
        os.write(2, b"transformer: interrupted. Nothing was begun.\n")
        return 130
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def _again(lost: "sys.UnraisableHookArgs") -> None:
    """A signal that came while Python was tidying up, where no exception can be raised: let it come once more."""
    import signal

    names = {"KeyboardInterrupt": signal.SIGINT, "_Terminated": signal.SIGTERM}
    if lost.exc_type.__name__ in names:
        signal.raise_signal(names[lost.exc_type.__name__])
    else:
        sys.__unraisablehook__(lost)


if __name__ == "__main__":
    sys.exit(start())
