"""What the pages *Profiles* are given: a document's body as text to write, and how a profile would look, by zone.

Bodies are written as in a plan file (YAML), which is what the command line, exports and documentation use as well; a
profile is drawn beside its text for every kind of zone, so that nobody has to imagine it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from controller.hq.documents import Kind
from controller.hq.drafting import read
from controller.hq.shapes import Problem
from profiles.base import Value
from profiles.planwriter import lines_of
from profiles.profile import Profile, ZoneKind
from profiles.text import t
from profiles.yamltext import YamlTextError, read_yaml
from web.drawing import Pearl, values_pearl
from web.hq_campaign_page import kind_words

#: Kinds in the order of the tabs, with the words of each; campaigns have pages of their own.
LIBRARY: tuple[Kind, ...] = ("profile", "programme", "quiet-hour", "fragrance", "playlist", "limits", "store-list")


@dataclass(frozen=True, slots=True)
class ZoneLook:
    """A profile in one kind of zone: its pearl and its values in words."""

    name: str
    pearl: Pearl
    words: str


@dataclass(frozen=True, slots=True)
class Written:
    """A text as it was read: the body that it is, and what is wrong with the text itself."""

    text: str
    body: Mapping[str, Any]
    problems: tuple[Problem, ...] = ()


def tab_words() -> dict[Kind, str]:
    """Kinds of documents as the tabs name them, several of each."""
    return {"profile": t("Profiles"), "programme": t("Programmes"), "quiet-hour": t("Quiet hours"),
            "fragrance": t("Fragrances"), "playlist": t("Music"), "limits": t("Limits"),
            "store-list": t("Lists of stores")}


def kind_of(asked: str) -> Kind:
    """The kind of a tab; profiles where it is none."""
    return next((kind for kind in LIBRARY if kind == asked), "profile")


def text_of(body: Mapping[str, Any]) -> str:
    """A body as people write it; its id is the document's, and is left out."""
    return "\n".join(line for name, value in body.items() if name != "id" and value not in (None, (), [], {})
                     for line in lines_of(name, _plain(value))) + "\n"


def written(text: str) -> Written:
    """A text as a body; one that is no YAML, or no object, has a problem and no body."""
    try:
        document = read_yaml(text, "").document
    except YamlTextError as broken:
        finding = broken.finding
        return Written(text, {}, (Problem("error", "body", str(finding).lstrip(": ")),))
    if not isinstance(document, dict):
        return Written(text, {}, (Problem("error", "body", t("Write fields and values, as in: name: Spring")),))
    return Written(text, document)


def looks_of(id_: str, content: Mapping[str, object]) -> list[ZoneLook]:
    """How a profile looks in each kind of zone; empty while it cannot be read."""
    found, _ = read("profile", id_, content)
    if found is None or not isinstance(found.body, Profile):
        return []
    names = dict(kind_words())
    return [_look(names[kind.value], found.body, kind) for kind in ZoneKind]


def _look(name: str, profile: Profile, kind: ZoneKind) -> ZoneLook:
    values = {field.value: setting for field, setting in profile.settings_for(kind).items()}
    said = []
    level, colour = values.get("light.ambient.brightness_pct"), values.get("light.ambient.colour")
    if values.get("light.ambient.on") is False:
        said.append(t("no light"))
    elif isinstance(level, int | float):
        said.append(f"{level:g} %")
    if colour is not None and values.get("light.ambient.on") is not False:
        said.append(str(colour))
    volume = values.get("music.volume_pct")
    if values.get("music.on") is False:
        said.append(t("no music"))
    elif isinstance(volume, int | float):
        said.append(t("music {volume}", volume=f"{volume:g} %"))
    diffusion = values.get("scent.diffusion")
    if values.get("scent.on") is False:
        said.append(t("no scent"))
    elif diffusion is not None:
        said.append(str(diffusion))
    return ZoneLook(name, values_pearl(values), ", ".join(said))


def _plain(value: object) -> object:
    """Plain values, as a reader would find them, whatever a content was made of."""
    if isinstance(value, Value):
        return value.model_dump(mode="json", exclude_none=True)
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items() if each is not None}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value
