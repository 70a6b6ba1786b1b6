"""The Component: every row of its table is in its files, Kustomize takes it, and each type of the skeleton merges as the rows say."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from transformer import executables
from transformer.knowledge import table, text_of
from transformer.layers.component import FOLDER, SCHEMA, Need, files
from transformer.layers.merging import merged, schema
from transformer.yamltext import load

ALL = dict(files([need for need in Need if need is not Need.SETTINGS]))
PODS = ("PodSpec", "Container")


@pytest.mark.parametrize("row", table("kustomize_component").rows, ids=lambda row: row.id)
def test_every_setting_is_in_its_file(row: dict[str, object]) -> None:
    (held,) = load(ALL[f"{row['file']}.yaml"])
    entries = held[row["setting"]]
    specs = (
        [s for e in entries for s in e.get("fieldSpecs", [e])]
        if not row.get("of")
        else next(e for e in entries if e["kind"] == row["of"])["fieldSpecs"]
    )
    ends = [str(path).partition("/")[2] for path in row["paths"]]  # type: ignore[attr-defined]
    assert all(any(s["path"].endswith(end) for s in specs) for end in ends)
    assert all(("kind" in s) != bool(row.get("bare")) for s in specs)


@pytest.mark.parametrize("row", table("kustomize_merge").rows, ids=lambda row: row.id)
def test_a_list_is_merged_as_the_row_says(row: dict[str, str]) -> None:
    key, _ = schema(row["of"], row["field"])
    if not key:
        assert merged({row["field"]: {"a": 1}}, {row["field"]: {"b": 2}}, row["of"]) == {row["field"]: {"a": 1, "b": 2}}
        return
    old, new = [{key: "x", "a": 1}, {key: "y"}], [{key: "y", "b": 2}, {key: "z"}]
    made = merged({row["field"]: old}, {row["field"]: new}, row["of"])
    assert made == {row["field"]: [{key: "y", "b": 2}, {key: "z"}, {key: "x", "a": 1}]}


def test_the_skeleton_has_every_row_about_a_cronworkflow() -> None:
    held = json.loads(text_of("merge-keys.json"))["definitions"]
    for row in table("kustomize_merge").rows:
        if "CronJob" in row["of"] or row["of"] in ("JobTemplate", "JobSpec", "PodTemplate"):
            continue
        field = held[f"io.argoproj.v1alpha1.{row['of']}"]["properties"][row["field"]]
        assert field.get("x-kubernetes-patch-merge-key", "") == (row.get("key") or "")


def test_kustomize_takes_it(tmp_path: Path) -> None:
    """With every file, beside a Deployment that merges as it did."""
    program = executables.find("kustomize")
    if program is None:
        pytest.skip("no kustomize on PATH")
    for name, text in ALL.items():
        place = tmp_path / FOLDER / name
        place.parent.mkdir(exist_ok=True)
        place.write_text(text)
    assert (tmp_path / FOLDER / SCHEMA).is_file()
    container = "{name: %s, image: x}"
    head = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {template: {spec: {containers: [%s]}}}\n"
    (tmp_path / "web.yaml").write_text(head % ", ".join(container % n for n in "ab"))
    (tmp_path / "patch.yaml").write_text(head % "{name: b, image: y}")
    (tmp_path / "kustomization.yaml").write_text(f"resources: [web.yaml]\ncomponents: [{FOLDER}]\npatches: [{{path: patch.yaml}}]\n")
    out = subprocess.run([program, "build", str(tmp_path)], check=True, capture_output=True, text=True).stdout
    (web,) = load(out)
    images = {c["name"]: c["image"] for c in web["spec"]["template"]["spec"]["containers"]}
    assert images == {"a": "x", "b": "y"}
