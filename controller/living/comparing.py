"""Whether what a device does is what somebody says of it. Pure.

The tolerances are those of people's eyes and ears more than of codecs: a page that cries wolf over a rounding is not
looked at. Off is off, whatever brightness would come back.
"""

from __future__ import annotations

from collections.abc import Mapping

#: Percent points that are the same to a tester; a scent has ten steps.
_CLOSE_PCT = {"brightness_pct": 1.0, "volume_pct": 1.0, "intensity_pct": 5.0}
_CLOSE_MIREDS = 1.05
_CLOSE_XY = 0.005
#: Fields that say nothing while the device is off.
_OF_ON = ("brightness_pct", "colour", "volume_pct", "source", "fragrance", "intensity_pct")


def differences(does: Mapping[str, object], said: Mapping[str, object] | None) -> tuple[str, ...]:
    """The fields in which a device does something else than is said of it; none where nothing is said."""
    if not said:
        return ()
    found = [field for field in ("on", "active") if _differs(field, does, said)]
    if does.get("on") is False and said.get("on") is not True:
        return tuple(found)
    if "on" not in found:
        found += [field for field in _OF_ON if _differs(field, does, said)]
    return tuple(found)


def _differs(field: str, does: Mapping[str, object], said: Mapping[str, object]) -> bool:
    if field == "colour":
        return _other_colour(does, said)
    here, there = does.get(field), said.get(field)
    if here is None or there is None:
        return False
    if field in _CLOSE_PCT and isinstance(here, (int, float)) and isinstance(there, (int, float)):
        return abs(here - there) > _CLOSE_PCT[field]
    return here != there


def _other_colour(does: Mapping[str, object], said: Mapping[str, object]) -> bool:
    here, there = _point(does.get("xy")), _point(said.get("xy"))
    if here is not None and there is not None:
        return any(abs(a - b) > _CLOSE_XY for a, b in zip(here, there, strict=True))
    white, wanted = does.get("kelvin"), said.get("kelvin")
    if isinstance(white, (int, float)) and isinstance(wanted, (int, float)) and white > 0 and wanted > 0:
        return abs(1e6 / white - 1e6 / wanted) > _CLOSE_MIREDS
    # One is white and the other coloured; where either says nothing of colour there is nothing to compare.
    return (here is not None and wanted is not None) or (white is not None and there is not None)


def _point(value: object) -> tuple[float, float] | None:
    if isinstance(value, (list, tuple)) and len(value) == 2 and all(isinstance(part, (int, float)) for part in value):
        return float(value[0]), float(value[1])
    return None
