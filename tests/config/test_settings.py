"""transformer.yaml: what is read, and what is said about what is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pytest

from transformer.config import consent, discovery, settings
from transformer.config.built_in import BUILT_IN, BUILT_IN_TEXT
from transformer.config.passes import Overrides
from transformer.config.settings import Settings, parse
from transformer.errors import UsageError
from transformer.model import Target, Version
from transformer.passkit import ConsentParams, Params, Pass, param


@dataclass(frozen=True, slots=True)
class Amounts(Params):
    cpu: str | None = param("cores")
    ephemeral_storage: str | None = param("scratch space")


@dataclass(frozen=True, slots=True)
class Rule(Params):
    kind: str | list[str] | None = param("kinds")
    requests: Amounts = param("requests", factory=Amounts)

    def __post_init__(self) -> None:
        if self.kind == "Pod":
            raise ValueError("a Pod has no requests of its own: name its owner.")


@dataclass(frozen=True, slots=True)
class First(ConsentParams):
    mode: Literal["fail", "retry"] = param("what happens", default="fail")
    count: int = param("how many", default=1)
    strict: bool = param("whether", default=False)
    images: dict[str, list[str]] = param("images", factory=dict)
    rules: list[Rule] = param("rules", factory=list)
    onEviction: str = param("as Kubernetes spells", default="")  # noqa: N815 - a key of the file


def nothing(*_: Any) -> Iterator[Any]:
    return iter(())


FIRST = Pass("first", nothing, ("x",), params=First, needs=frozenset({"argoWorkflows"}))
SECOND = Pass("second", nothing, ("x",), after=frozenset({"first"}))
ROWS = frozenset({"restart-policy-on-failure", "backoff-limit"})


@pytest.fixture(autouse=True)
def passes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two passes of our own instead of the built-in ones."""
    held = {"first": FIRST, "second": SECOND}
    monkeypatch.setattr(discovery, "names", lambda: tuple(held))
    monkeypatch.setattr(discovery, "load", held.__getitem__)
    monkeypatch.setattr(consent, "consent_rows", lambda: ROWS)


HEAD = """\
apiVersion: transformer.dev/v1alpha1
kind: Pipeline
metadata: {name: move}
target:
  argoWorkflows: {version: 2.10}
"""


def settings_of(body: str, *, head: str = HEAD, **overrides: tuple[str, ...]) -> Settings:
    return parse(head + body, "transformer.yaml", Overrides(**overrides))


def first(body: str, **overrides: tuple[str, ...]) -> First:
    (_, params), *_ = parse(HEAD + body, "transformer.yaml", Overrides(**overrides)).passes
    assert isinstance(params, First)
    return params


def refusal(body: str, *, head: str = HEAD, **overrides: tuple[str, ...]) -> str:
    with pytest.raises(UsageError) as caught:
        settings_of(body, head=head, **overrides)
    assert caught.value.exit_code == 2
    return str(caught.value)


def test_everything_that_can_be_said() -> None:
    """Every section arrives typed, and a pass's parameters as its own dataclasses."""
    text = """\
apiVersion: transformer.dev/v1alpha1
kind: Pipeline
metadata: {name: move}
target:
  gke: {mode: autopilot, version: "1.33", region: asia-northeast1}
  argoWorkflows: {version: "3.6.10", crds: full, templateReferencing: Strict}
include: ["apps/**"]
exclude: ["vendor/**"]
passes:
  - first:
      mode: retry
      accept: [backoff-limit]
      count: 3
      strict: true
      onEviction: now
      images: {"debian:latest": [bash, -c]}
      rules:
        - {kind: [CronJob, Job], requests: {cpu: 2, ephemeral-storage: 10Gi}}
        - kind: "*"
  - second
limits: {changedResources: 30%, fileSize: 2Mi, blockDepth: 10}
"""
    found = parse(text, "transformer.yaml")
    assert found.target == Target("autopilot", Version(1, 33), "asia-northeast1", Version(3, 6, 10), "full", "Strict")
    assert [p.id for p, _ in found.passes] == ["first", "second"]
    assert found.passes[0][1] == First(
        ["backoff-limit"],
        "retry",
        3,
        True,
        {"debian:latest": ["bash", "-c"]},
        [Rule(["CronJob", "Job"], Amounts("2", "10Gi")), Rule("*")],
        "now",
    )
    assert found.accept == ("backoff-limit",)
    assert (found.limits.file_size, found.limits.block_depth, found.limits.files) == (2 * 2**20, 10, 200_000)
    assert found.limits.changed_resources.allows(3, 10) and not found.limits.changed_resources.allows(4, 10)
    assert not found.limits.deleted_resources.allows(1, 10)
    assert found.about_target() == "GKE 1.33 autopilot, asia-northeast1; Argo Workflows 3.6.10, full CRDs, Strict"


def test_a_version_needs_no_quotes() -> None:
    """2.10 is not 3.1, as YAML would have it."""
    assert settings_of("passes: []\n").target.argo == Version(2, 10)


def test_what_is_not_given_has_its_default() -> None:
    """An empty pipeline needs no target; a null counts as not given."""
    found = parse("apiVersion: transformer.dev/v1alpha1\nkind: Pipeline\nmetadata: {name: empty}\ntarget:\npasses: []\n", "x")
    assert found.passes == ()
    assert found.include == ("**/*.yaml", "**/*.yml")
    assert first("passes: [first: ]") == First()
    assert first("passes:\n- first: {mode: , rules: , images: {}}\n") == First()


def test_aliases_and_merge_keys_are_read() -> None:
    """The file is ordinary YAML."""
    body = "passes:\n- first:\n    rules:\n    - requests: &r {cpu: 1}\n    - {<<: {kind: Job}, requests: *r}\n"
    assert first(body).rules == [Rule(None, Amounts("1")), Rule("Job", Amounts("1"))]


def test_a_byte_order_mark_and_crlf_do_not_matter() -> None:
    """Windows editors write them."""
    text = ("\ufeff" + HEAD + "passes: [second]\n").replace("\n", "\r\n")
    assert [p.id for p, _ in parse(text, "x").passes] == ["second"]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("passes:\n- frist: {}\n", '7:3: unknown pass "frist". Did you mean "first"?'),
        ("passes:\n- zzz: {}\n", '7:3: unknown pass "zzz". Known: first, second.'),
        ("passes: []\nexcludes: []\n", '7:1: unknown key "excludes". Did you mean "exclude"?'),
        ("passes:\n- first: {moed: fail}\n", '7:11: unknown key "moed". Did you mean "mode"?'),
        (
            "passes:\n- first:\n    rules:\n    - requests: {ephemeral_storage: 1Gi}\n",
            '9:18: unknown key "ephemeral_storage". Did you mean "ephemeral-storage"?',
        ),
        (
            "passes:\n- first: {mode: retyr}\n",
            '7:17: "retyr" is not possible here: it must be one of "fail", "retry". Did you mean "retry"?',
        ),
        ("passes:\n- first: {count: many}\n", '7:18: expected a whole number, found "many".'),
        ("passes:\n- first: {count: true}\n", "7:18: expected a whole number, found true."),
        ("passes:\n- first: {strict: 1}\n", "7:19: expected true or false, found 1."),
        ("passes:\n- first: {onEviction: yes}\n", "7:23: expected text, found yes. Write it in quotes."),
        ("passes:\n- first: {onEviction: [a]}\n", "7:23: expected text, found a list."),
        ("passes:\n- first: {rules: {kind: Job}}\n", "7:18: expected a list of mappings, found a mapping."),
        ("passes:\n- first: {rules: [{kind: {a: b}}]}\n", "7:26: expected text or a list of text, found a mapping."),
        ("passes:\n- first: {rules: [{kind: Pod}]}\n", "7:19: a Pod has no requests of its own: name its owner."),
        ("passes:\n- first: {images: {a: b}}\n", '7:23: expected a list of text, found "b".'),
        (
            "passes:\n- first: {accept: [backof-limit]}\n",
            '7:20: no row with the id "backof-limit" needs consent. Did you mean "backoff-limit"?',
        ),
        ("passes:\n- second: {}\n- first: {}\n", '7:3: "second" must come after "first" (line 8)'),
        ("passes:\n- first: {}\n- first: {}\n", '8:3: "first" is listed twice, first in line 7. Remove one.'),
        ("passes:\n- {first: {}, second: {}}\n", "7:3: expected one pass with its parameters"),
        ("passes: {first: {}}\n", "6:9: expected a list, found a mapping."),
        ("passes: []\nlimits: {changedResources: 130%}\n", "7:28: expected a number of resources"),
        ("passes: []\nlimits: {fileSize: big}\n", "7:20: expected a size such as 10MB"),
        ("passes: []\nlimits: {blockDepth: 0}\n", '7:22: expected a whole number from 1 to 999999999, found "0".'),
        ("passes: []\npasses: []\n", '7:1: the key "passes" stands twice. Remove one.'),
        ("passes: []\n---\na: b\n", "7:1: expected one document, found a second one."),
        ("passes: [\n", ":"),
        ("passes:\n\t- first\n", "7:1: invalid YAML: "),
        ("", '1:1: "passes" is missing: the list of passes, in order.'),
    ],
)
def test_what_is_wrong_is_told_with_its_place(body: str, message: str) -> None:
    """file:line:column, what is wrong, and what to do."""
    told = refusal(body)
    assert told.startswith("transformer.yaml:")
    assert message in told


@pytest.mark.parametrize(
    ("head", "message"),
    [
        (HEAD.replace("2.10", "newest"), '5:28: expected a version such as 3.6, found "newest".'),
        (HEAD.replace("2.10", "[3]"), "5:28: expected a version such as 3.6, found a list."),
        (HEAD.replace("v1alpha1", "v1"), '1:13: "transformer.dev/v1" is not possible here: it must be "transformer.dev/v1alpha1".'),
        (HEAD.replace("name: move", "name: Move It"), '3:18: "Move It" cannot name a pipeline and its branch'),
        (HEAD.replace("{name: move}", "{}"), '3:11: "name" is missing:'),
        (HEAD.replace("argoWorkflows", "argo"), '5:3: unknown key "argo". '),
        (HEAD.replace("argoWorkflows: {version: 2.10}", "gke: {mode: autopilto}"), '5:15: "autopilto" is not possible here'),
        ("- a\n", "1:1: expected a mapping, found a list."),
        ("# nothing\n", "1:1: the file is empty. `transformer init --force` writes"),
    ],
)
def test_what_is_wrong_in_the_head(head: str, message: str) -> None:
    """The same for the sections that no pass owns."""
    assert message in refusal("passes: []\n" if "kind" in head else "", head=head)


def test_a_missing_target_version_names_the_pass_that_asks() -> None:
    """With the lines to add."""
    told = refusal("passes:\n- first: {}\n", head=HEAD.split("target")[0])
    assert told == (
        'transformer.yaml:5:3: "first" needs target.argoWorkflows.version. '
        'Add the version that you run under target, such as `argoWorkflows: {version: "3.6"}`.'
    )


def test_all_problems_are_told_at_once() -> None:
    """In the order of the text."""
    told = refusal("passes:\n- frist: {}\n- first: {count: a, moed: b}\n").splitlines()
    assert [line.split(":")[1] for line in told] == ["7", "8", "8"]


class TestCommandLine:
    """`--set`, `--accept`, `--only`, `--path`."""

    def test_set_replaces_a_parameter(self) -> None:
        """The value is YAML; maps on the way are made."""
        values = ("first.mode=retry", "first.count=7", "first.rules=[{kind: Job}]", "first.images.alpine=[sh]")
        found = first("passes: [first: {count: 2, images: {debian: [bash]}}]", values=values)
        assert (found.mode, found.count, found.rules) == ("retry", 7, [Rule("Job")])
        assert found.images == {"debian": ["bash"], "alpine": ["sh"]}

    @pytest.mark.parametrize(
        ("value", "message"),
        [
            ("first.mode=never", '--set first.mode=never: "never" is not possible here'),
            ("frist.mode=fail", '--set frist.mode=fail: the pipeline has no pass "frist". Did you mean "first"?'),
            ("first.moed=fail", '--set first.moed=fail: unknown key "moed". Did you mean "mode"?'),
            ("first", "--set first: expected PASS.KEY=VALUE"),
            ("first.mode=[", "--set first.mode=[: invalid YAML"),
        ],
    )
    def test_set_is_checked_as_the_file_is(self, value: str, message: str) -> None:
        """With the same suggestions."""
        assert message in refusal("passes: [first: {}]", values=(value,))

    def test_accept_adds_to_the_rows_of_the_file(self) -> None:
        """And counts once."""
        found = settings_of("passes: [first: {accept: [backoff-limit]}]", accept=("restart-policy-on-failure", "backoff-limit"))
        assert found.accept == ("backoff-limit", "restart-policy-on-failure")

    def test_accept_refuses_an_unknown_row(self) -> None:
        """A misspelt consent would be silently without effect."""
        told = refusal("passes: [first: {}]", accept=("restart-policy-onfailure",))
        assert 'no pass of this pipeline has a row "restart-policy-onfailure"' in told
        assert 'Did you mean "restart-policy-on-failure"?' in told

    def test_only_keeps_one_pass(self) -> None:
        """The others are still checked."""
        found = settings_of("passes: [first: {}, second: {}]", only=("second",))
        assert [p.id for p, _ in found.passes] == ["second"]
        assert 'no pass "thrid"' in refusal("passes: [first: {}]", only=("thrid",))

    def test_path_narrows_what_include_allows(self) -> None:
        """A path must be included, not excluded, and named by --path."""
        found = settings_of('exclude: ["apps/old/**"]\npasses: []\n', paths=("apps/**",))
        assert found.selects("apps/a.yaml") and found.selects("apps/x/y.yml")
        assert not any(found.selects(path) for path in ("apps/a.json", "apps/old/a.yaml", "b.yaml"))


class TestWhichFile:
    """--config, the base commit, the working tree, or the built-in pipeline."""

    def test_a_named_file_wins(self) -> None:
        """Whatever else there is."""
        assert settings.choose(named=("my.yaml", "x"), base="a", worktree="b", in_place=False) == ("my.yaml", "x")

    def test_branch_mode_reads_the_base(self) -> None:
        """Also when the working tree has the same with other line ends, or none."""
        assert settings.choose(named=None, base="a\n", worktree="a\r\n", in_place=False) == ("transformer.yaml", "a\n")
        assert settings.choose(named=None, base="a\n", worktree=None, in_place=False) == ("transformer.yaml", "a\n")

    @pytest.mark.parametrize(("base", "state"), [("a\n", "differs from"), (None, "is not in the base commit")])
    def test_another_copy_in_the_working_tree_is_an_error(self, base: str | None, state: str) -> None:
        """It is not clear which one is meant."""
        with pytest.raises(UsageError, match=state):
            settings.choose(named=None, base=base, worktree="b\n", in_place=False)

    def test_in_place_reads_the_working_tree(self) -> None:
        """Committed or not."""
        assert settings.choose(named=None, base=None, worktree="b", in_place=True) == ("transformer.yaml", "b")

    def test_without_a_file_the_built_in_pipeline_runs(self) -> None:
        """And says so."""
        assert settings.choose(named=None, base=None, worktree=None, in_place=False) == (BUILT_IN, BUILT_IN_TEXT)


def test_the_fingerprint_depends_on_what_matters() -> None:
    """The same pipeline has the same one wherever the file lies; another parameter gives another one."""
    one = parse(HEAD + "passes: [first: {count: 1}]", "a")
    assert one.fingerprint() == parse(HEAD + "passes:\n- first: # a comment\n    count: 1\n", "b").fingerprint()
    assert one.fingerprint() != parse(HEAD + "passes: [first: {count: 2}]", "a").fingerprint()


def test_parameters_of_examples_are_built_the_same_way() -> None:
    """`params_of` takes plain data."""
    assert settings.params_of(FIRST, {"rules": [{"requests": {"ephemeral-storage": "1Gi"}}]}) == First(
        rules=[Rule(None, Amounts(None, "1Gi"))]
    )
    with pytest.raises(UsageError, match='params: unknown key "rulse"'):
        settings.params_of(FIRST, {"rulse": []})


class TestDiscovery:
    """A pass module has one PASS, under one name."""

    @pytest.fixture
    def module(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
        """Makes a module from a text."""
        import importlib
        import sys

        monkeypatch.syspath_prepend(str(tmp_path))

        def make(text: str) -> Any:
            (tmp_path / "madepass.py").write_text(text)
            importlib.invalidate_caches()
            sys.modules.pop("madepass", None)
            return importlib.import_module("madepass")

        yield make
        sys.modules.pop("madepass", None)

    def test_the_docstring_is_the_page(self, module: Any) -> None:
        """Where the pass does not bring one."""
        made = module('"""One line.\n\nMore."""\nfrom transformer.passkit import Pass\nPASS = Pass("made", lambda *a: (), ("x",))\n')
        assert discovery.the_pass(made, "made").doc == "One line.\n\nMore."

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("x = 1\n", "no constant PASS"),
            ("PASS = 1\n", "no constant PASS"),
            (
                "from transformer.passkit import Pass\nPASS = Pass('a', None, ())\nOTHER = Pass('b', None, ())\n",
                "OTHER is a second pass",
            ),
            ("from transformer.passkit import Pass\nPASS = Pass('other', None, ())\n", 'calls itself "other"'),
        ],
    )
    def test_another_shape_is_refused(self, module: Any, text: str, message: str) -> None:
        """With what to do."""
        with pytest.raises(UsageError, match=message):
            discovery.the_pass(module(text), "made")
