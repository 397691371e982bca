"""HQ in words for people: selectors, waves, thresholds, kinds of documents, and what was written differently."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from controller.hq.documents import Kind, Selector, Wave
from controller.hq.rollout import Thresholds
from controller.hq.shapes import Change
from controller.wording_values import listed
from profiles.text import t, tn

#: Differences that are told one by one, and letters of a value.
_MOST_CHANGES, _LONGEST_VALUE = 60, 120


def kind_name(kind: Kind) -> str:
    """What a kind of document is called: `campaign`, `quiet hour`."""
    return {
        "profile": t("profile"), "programme": t("programme"), "campaign": t("campaign"), "limits": t("limits"),
        "quiet-hour": t("quiet hour"), "fragrance": t("fragrance"), "playlist": t("music source"),
        "store-list": t("store list")}[kind]


def selector_words(selector: Selector, lists: Mapping[str, str]) -> str:
    """Which stores a selector names: `stores in SE or FR that are flagship and not outlet`. `lists`: names by id."""
    parts = []
    if selector.countries:
        parts.append(t("in {countries}", countries=_either(selector.countries)))
    if selector.lists:
        parts.append(t("of {lists}", lists=_either([lists.get(each, each) for each in selector.lists])))
    wanted = [*selector.tags, *([_either(selector.any_tags)] if selector.any_tags else ())]
    if wanted:
        parts.append(t("with {tags}", tags=listed(wanted)))
    if selector.not_tags:
        parts.append(t("without {tags}", tags=_either(selector.not_tags)))
    return t("stores {which}", which=" ".join(parts)) if parts else t("every store")


def wave_words(wave: Wave, lists: Mapping[str, str]) -> str:
    """How far a wave goes: `25 % of the stores`, `Pilot stores`, `5 % of the stores and Flagships`."""
    if wave.share >= 1:
        return t("every store")
    parts = [t("{share} % of the stores", share=f"{100 * wave.share:g}")] if wave.share > 0 else []
    parts += [lists.get(each, each) for each in wave.lists]
    return listed(parts) if parts else t("no store")


def threshold_words(limits: Thresholds) -> tuple[str, ...]:
    """What stops a rollout by itself."""
    return (t("It stops by itself when more than {pct} % of the stores fail or stay silent,",
              pct=f"{limits.failures_pct:g}"),
            t("when staff choose something else in more than {pct} %,", pct=f"{limits.overrides_pct:g}"),
            t("or when more than {pct} % have complaints.", pct=f"{limits.complaints_pct:g}"))


def stores_counted(count: int) -> str:
    """`1 store`, `12 stores`."""
    return tn("{count} store", "{count} stores", count)


# ── differences ─────────────────────────────────────────────────────────────────────


def changes(before: object, after: object) -> tuple[Change, ...]:
    """What was written differently between two contents, field by field, in the order of their names."""
    was, now = dict(_leaves(before)), dict(_leaves(after))
    found = [Change(path, field_words(path), _said(was.get(path)), _said(now.get(path)))
             for path in sorted(was.keys() | now.keys()) if was.get(path) != now.get(path)]
    return tuple(found[:_MOST_CHANGES])


def difference_sentence(found: Sequence[Change]) -> str:
    """How much was written differently, in a sentence."""
    if not found:
        return t("Nothing was written differently.")
    names = list(dict.fromkeys(change.words for change in found))
    shown = listed(names[:4]) if len(names) <= 4 else t("{names} and more", names=", ".join(names[:4]))
    return tn("One thing was written differently: {names}.", "{count} things were written differently: {names}.",
              len(found), names=shown)


def field_words(path: str) -> str:
    """A path within a content as people say it: `body.scene.light[0].on` is `scene, light 1, on`."""
    steps = [step for step in path.replace("[", ".[").split(".") if step and step != "body"]
    words: list[str] = []
    for step in steps:
        if step.startswith("[") and words:
            words[-1] += f" {int(step[1:-1]) + 1}"
        else:
            words.append(_FIELDS.get(step, step.removesuffix("_pct").removesuffix("_min").replace("_", " ")))
    return ", ".join(words) or t("all of it")


_FIELDS = {
    "when": "times", "first": "first day", "last": "last day", "soak_min": "soaks for", "by_hand": "by hand",
    "timeout_min": "times out after", "stages": "wave", "wave": "reaches", "not_tags": "without tags",
    "any_tags": "any of the tags", "says": "what staff read", "failures_pct": "failures", "ramp_s": "ramp",
}


def _leaves(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    """Every value that has no parts, with its path. What is None or empty is as good as not there."""
    if isinstance(value, Mapping):
        for name, part in value.items():
            yield from _leaves(part, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list | tuple) and any(isinstance(part, Mapping | list | tuple) for part in value):
        for number, part in enumerate(value):
            yield from _leaves(part, f"{path}[{number}]")
    elif value not in (None, "", [], ()):
        yield path, list(value) if isinstance(value, tuple) else value


def _said(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return t("yes") if value else t("no")
    if isinstance(value, list):
        text = ", ".join(str(part) for part in value)
    else:
        text = f"{value:g}" if isinstance(value, float) else str(value)
    return text if len(text) <= _LONGEST_VALUE else text[:_LONGEST_VALUE - 1] + "…"


def _either(names: Sequence[str]) -> str:
    *first, last = names
    return t("{first} or {last}", first=", ".join(first), last=last) if first else last
