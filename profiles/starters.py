"""The starter profiles and the stores that ship with the product (`profiles/library/`).

A starter names the sources and fragrances that it was made for. A store that has not got one of them leaves that part
out and keeps the rest, so that a starter fits any store and never names what is not there.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError

from profiles.profile import Profile
from profiles.scene import Music, Scene, Scent
from profiles.sentences import findings_of
from profiles.yamltext import read_yaml

_LIBRARY = files("profiles") / "library"


@cache
def starters() -> Mapping[str, Profile]:
    """All starter profiles by id, in the order of their ids. Raises ValueError if the installation is damaged."""
    found = {}
    for entry in sorted(_LIBRARY.iterdir(), key=lambda e: e.name):
        if entry.name.endswith(".yaml"):
            profile = _read(entry.read_text(encoding="utf-8"), entry.name)
            found[profile.id] = profile
    return MappingProxyType(found)


def starter_text(starter_id: str) -> str:
    """The YAML of one starter with its comments, to read and to copy. Raises KeyError."""
    if starter_id not in starters():
        raise KeyError(starter_id)
    return (_LIBRARY / f"{starter_id}.yaml").read_text(encoding="utf-8")


def store_names() -> list[str]:
    """The stores that ship with the product: `gotgatan`, which the demo runs; `minimal`, which teaches the format."""
    return sorted(e.name.removesuffix(".yaml") for e in (_LIBRARY / "stores").iterdir() if e.name.endswith(".yaml"))


def store_text(name: str) -> str:
    """The plan file of a store that ships with the product. Raises KeyError."""
    if name not in store_names():
        raise KeyError(name)
    return (_LIBRARY / "stores" / f"{name}.yaml").read_text(encoding="utf-8")


def fitted(profile: Profile, sources: Collection[str], fragrances: Collection[str]) -> Profile:
    """`profile` for a store with these sources and fragrances: what it names beyond them is left out."""
    scene = _fitted(profile.scene, sources, fragrances)
    variations = {kind: _fitted(scene, sources, fragrances) for kind, scene in profile.variations.items()}
    return profile.model_copy(update={"scene": scene, "variations": variations})


def _fitted(scene: Scene, sources: Collection[str], fragrances: Collection[str]) -> Scene:
    changes: dict[str, Any] = {}
    if scene.music is not None and scene.music.source is not None and scene.music.source not in sources:
        changes["music"] = Music(on=scene.music.on, volume_pct=scene.music.volume_pct)
    if scene.scent is not None and scene.scent.fragrance is not None and scene.scent.fragrance not in fragrances:
        changes["scent"] = Scent(on=False)
    return scene.model_copy(update=changes) if changes else scene


def _read(text: str, name: str) -> Profile:
    document = read_yaml(text, name).document
    try:
        return Profile.model_validate(document)
    except ValidationError as broken:
        raise ValueError(f"{name}: {findings_of(broken, Profile)[0]}") from None
