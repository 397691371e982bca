"""Topic filters as values: what they cover, and which of them MQTT allows. For the transport in memory."""

from __future__ import annotations

_SHARE = "$share/"


def matches(topic_filter: str, topic: str) -> bool:
    """Whether a topic is covered by a filter (MQTT 5, 4.7): `+` is one level, `#` the rest and the level above it;
    neither covers a topic that begins with `$` at its first level.
    """
    wanted, given = topic_filter.split("/"), topic.split("/")
    if topic.startswith("$") and wanted[0] in ("+", "#"):
        return False
    for index, level in enumerate(wanted):
        if level == "#":
            return True
        if index == len(given):
            return False
        if level not in ("+", given[index]):
            return False
    return len(wanted) == len(given)


def shared(topic_filter: str) -> tuple[str, str]:
    """The group and the filter within of a shared subscription; no group, and the filter itself, of any other."""
    if not topic_filter.startswith(_SHARE):
        return "", topic_filter
    group, _, within = topic_filter.removeprefix(_SHARE).partition("/")
    return group, within


def checked_filter(topic_filter: str) -> str:
    """Return the filter if MQTT allows it; ValueError otherwise (`#` only last, both alone on their level)."""
    group, within = shared(topic_filter)
    if within != topic_filter and (not group or "+" in group or "#" in group or not within):
        raise ValueError(f"{topic_filter!r} is no shared subscription: it should be $share/group/filter")
    levels = topic_filter.split("/")
    for index, level in enumerate(levels):
        misplaced = "#" in level and (level != "#" or index != len(levels) - 1)
        if misplaced or ("+" in level and level != "+"):
            raise ValueError(f"{topic_filter!r} is not a topic filter: a wildcard stands alone on its level, # last")
    if not topic_filter:
        raise ValueError("A topic filter must not be empty")
    return topic_filter
