"""Strategic merge, case by case; every case was seen with `kubectl patch --local --type=strategic` too."""

from __future__ import annotations

from typing import Any

import pytest

from transformer.knowledge import table
from transformer.kubernetes.strategic_merge import NotMergedError, merged

A, B, C = {"name": "a", "value": "1"}, {"name": "b", "value": "2"}, {"name": "c", "value": "3"}
REPLACE = {"$patch": "replace"}


def main(**fields: Any) -> dict[str, Any]:
    return {"containers": [{"name": "main", **fields}]}


CASES: list[Any] = [
    pytest.param({"hostname": "a"}, {"hostname": "b", "subdomain": "c"}, {"hostname": "b", "subdomain": "c"}, id="scalars"),
    pytest.param({"hostname": "a"}, {"hostname": None, "subdomain": None}, {}, id="null deletes"),
    pytest.param({"nodeSelector": {"a": "1"}}, {"nodeSelector": {"b": "2"}}, {"nodeSelector": {"a": "1", "b": "2"}}, id="maps merge"),
    pytest.param(
        {"nodeSelector": {"a": "1"}}, {"nodeSelector": {"b": "2", **REPLACE}}, {"nodeSelector": {"b": "2"}}, id="a map is replaced"
    ),
    pytest.param({"nodeSelector": {"a": "1"}}, {"nodeSelector": {"$patch": "delete"}}, {"nodeSelector": {}}, id="a map is emptied"),
    pytest.param(
        {"tolerations": [{"key": "a"}]}, {"tolerations": [{"key": "b"}]}, {"tolerations": [{"key": "b"}]}, id="lists without a key"
    ),
    pytest.param(main(env=[A, B]), main(env=[{"name": "b", "value": "9"}]), main(env=[A, {"name": "b", "value": "9"}]), id="items merge"),
    pytest.param(main(env=[A, B]), main(env=[C]), main(env=[C, A, B]), id="new items stand first"),
    pytest.param(main(env=[A, B, C]), main(env=[C, A]), main(env=[B, C, A]), id="in the order of the patch"),
    pytest.param(main(env=[A, B]), main(env=[{"name": "a", "$patch": "delete"}]), main(env=[B]), id="an item goes"),
    pytest.param(main(env=[A, B]), main(env=[C, REPLACE]), main(env=[C]), id="a list is replaced"),
    pytest.param(main(args=["a"]), main(args=["b"]), main(args=["b"]), id="texts are replaced"),
    pytest.param(
        {"volumes": [{"name": "v", "emptyDir": {}}]},
        {"volumes": [{"name": "v", "$retainKeys": ["name", "secret"], "secret": {"secretName": "s"}}]},
        {"volumes": [{"name": "v", "secret": {"secretName": "s"}}]},
        id="only some keys are retained",
    ),
    pytest.param(
        {"topologySpreadConstraints": [{"topologyKey": "zone", "maxSkew": 1}]},
        {"topologySpreadConstraints": [{"topologyKey": "zone", "maxSkew": 2}, {"topologyKey": "host", "maxSkew": 1}]},
        {"topologySpreadConstraints": [{"topologyKey": "zone", "maxSkew": 2}, {"topologyKey": "host", "maxSkew": 1}]},
        id="by their own key",
    ),
]


@pytest.mark.parametrize(("old", "patch", "new"), CASES)
def test_merge(old: dict[str, Any], patch: dict[str, Any], new: dict[str, Any]) -> None:
    """It merges as Kubernetes does, and leaves its arguments alone."""
    before = repr((old, patch))
    assert merged(old, patch, "PodSpec") == new
    assert repr((old, patch)) == before


def test_items_that_only_delete_go_where_there_is_no_list() -> None:
    assert merged(main(), main(env=[A, {"name": "b", "$patch": "delete"}]), "PodSpec") == main(env=[A])


@pytest.mark.parametrize(
    "patch",
    [
        {"containers": [{"image": "a:1"}]},  # no name to merge by
        {"$setElementOrder/containers": [{"name": "a"}]},
        {"nodeSelector": {"$patch": "remove"}},
        {"volumes": [{"name": "v", "configMap": {"$patch": "replace"}}]},  # deep, with nothing to meet
    ],
)
def test_what_is_not_understood_is_refused(patch: dict[str, Any]) -> None:
    with pytest.raises(NotMergedError):
        merged({"containers": [{"name": "main"}], "nodeSelector": {"a": "b"}}, patch, "PodSpec")


@pytest.mark.parametrize("row", [r for r in table("merge_keys").rows if r.get("key")], ids=lambda r: r.id)
def test_every_list_of_the_table_merges_by_its_key(row: Any) -> None:
    old, other = {row["key"]: "a", "x": 1}, {row["key"]: "b"}
    found = merged({row["field"]: [old, other]}, {row["field"]: [{row["key"]: "a", "y": 2}]}, row["of"])
    assert found == {row["field"]: [{row["key"]: "a", "x": 1, "y": 2}, other]}


@pytest.mark.parametrize("row", [r for r in table("merge_keys").rows if not r.get("key")], ids=lambda r: r.id)
def test_every_mapping_of_the_table_knows_its_type(row: Any) -> None:
    known = next(r for r in table("merge_keys").rows if r["of"] == row["type"] and r.get("key"))
    old = {row["field"]: {known["field"]: [{known["key"]: "a"}]}}
    found = merged(old, {row["field"]: {known["field"]: [{known["key"]: "b"}]}}, row["of"])
    assert found == {row["field"]: {known["field"]: [{known["key"]: "b"}, {known["key"]: "a"}]}}
