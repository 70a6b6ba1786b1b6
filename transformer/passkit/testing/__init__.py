"""For the tests of a pass: run it over files in memory, and check its examples as our own are checked.

    from transformer.passkit.testing import check_pass, converted, left_alone

    def test_my_pass() -> None:
        check_pass(PASS)

It needs no test framework: what is wrong is an AssertionError that names the pass and says what to do. This is the one
part of `passkit` that stands above a run; nothing else of the package imports it.
"""

from transformer.passkit.testing.checks import check_example, check_page, check_pass, example_target
from transformer.passkit.testing.conversion import USUAL_TARGET, PassError, Result, Used, convert, converted, left_alone

__all__ = [
    "USUAL_TARGET",
    "PassError",
    "Result",
    "Used",
    "check_example",
    "check_page",
    "check_pass",
    "convert",
    "converted",
    "example_target",
    "left_alone",
]
