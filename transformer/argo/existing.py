"""Which releases exist, by the table `releases`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from transformer.knowledge import Row, table
from transformer.model import Version

Product = Literal["argo-workflows", "gke"]
_NAMES: Final = {"argo-workflows": "Argo Workflows", "gke": "GKE"}


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a version is none, or cannot be known here. `row`: the release that is nearest."""

    message: str
    remedy: str
    impossible: bool
    row: Row


def doubt(product: Product, version: Version) -> Doubt | None:
    """None where the version is known to exist."""
    rows = [r for r in table("releases").rows if r["product"] == product]
    name, newest = _NAMES[product], rows[-1]
    row = next((r for r in rows if _covers(r, version)), None)
    if row is None and (version.major, version.minor) > _minor(newest["minor"]):
        known = newest["minor"]
        message = f"{name} {version} is newer than what is known here ({known}), so its rules are taken to be those of {known}."
        return Doubt(message, f"Look whether {name} {version} exists, and read its release notes.", False, newest)
    if row is None:
        below = [r for r in rows if _minor(r["minor"]) < (version.major, version.minor)]
        nearest = below[-1] if below else rows[0]
        above = next((r for r in rows if _minor(r["minor"]) > (version.major, version.minor)), newest)
        around = " or ".join(dict.fromkeys((nearest["minor"], above["minor"])))
        return Doubt(f"{name} {version} was never released.", f"Write a version that exists, such as {around}.", True, nearest)
    last = Version.parse(row["last"]) if row.get("last") else None
    if last and version.patch is not None and (version.minor, version.patch) > (last.minor, last.patch or 0):
        message = f"{name} {version} is newer than what is known here ({last})."
        return Doubt(message, f"Look whether {name} {version} exists.", False, row)
    return None


def plausible(version: Version) -> bool:
    """Whether a tag may be that of a release of Argo Workflows: one that is known, or that may come next."""
    found = doubt("argo-workflows", version)
    return found is None or (not found.impossible and version.major <= _minor(found.row["minor"])[0] + 1)


def _covers(row: Row, version: Version) -> bool:
    wanted = version.major, version.minor
    return _minor(row.get("from") or row["minor"]) <= wanted <= _minor(row["minor"])


def _minor(text: str) -> tuple[int, int]:
    v = Version.parse(text)
    return v.major, v.minor
