"""`extends` between profiles: one laid on another, the most derived having the last word.

Of a profile that extends another, a zone gets, each over the one before: the other's scene, the other's variation for
the kind of zone, its own scene, its own variation. So what a profile says itself always beats what it extends. Cues
add up; one of the same id replaces the one before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from profiles.cue import Cue
from profiles.profile import Profile, ZoneKind
from profiles.scene import Field, Scene, Setting, scene_of


def lineage(profile: Profile, known: Mapping[str, Profile]) -> list[Profile]:
    """The profiles that `profile` is laid on, the furthest first, itself last.

    Total: where the chain runs in a circle or names what is not there, it ends; `check` says so.
    """
    found = [profile]
    while found[-1].extends is not None:
        parent = known.get(found[-1].extends)
        if parent is None or parent in found:
            break
        found.append(parent)
    return found[::-1]


def laid_out(profiles: Sequence[Profile]) -> dict[str, Profile]:
    """Every profile by id with all that it extends written out, so that nobody else needs to know of `extends`."""
    known: dict[str, Profile] = {}
    for profile in profiles:
        known.setdefault(profile.id, profile)
    return {name: profile if profile.extends is None else _merged(lineage(profile, known))
            for name, profile in known.items()}


def _merged(line: Sequence[Profile]) -> Profile:
    scene: dict[Field, Setting] = {}
    cues: dict[str, Cue] = {}
    for profile in line:
        scene.update(profile.scene.settings())
        cues.update({cue.id: cue for cue in profile.scene.cues})
    kinds = dict.fromkeys(kind for profile in line for kind in profile.variations)
    return line[-1].model_copy(update={
        "extends": None, "scene": _with_cues(scene, cues), "variations": {kind: _varied(line, kind) for kind in kinds}})


def _varied(line: Sequence[Profile], kind: ZoneKind) -> Scene:
    """What is different in zones of `kind`, from the first profile that says so onwards."""
    settings: dict[Field, Setting] = {}
    cues: dict[str, Cue] = {}
    for profile in line:
        for scene in (profile.scene if settings or cues else None, profile.variations.get(kind)):
            if scene is not None:
                settings.update(scene.settings())
                cues.update({cue.id: cue for cue in scene.cues})
    return _with_cues(settings, cues)


def _with_cues(settings: Mapping[Field, Setting], cues: Mapping[str, Cue]) -> Scene:
    return scene_of(settings).model_copy(update={"cues": tuple(cues.values())})
