"""The scenarios that ship with the product (`controller/scenarios/library/`): each teaches one thing."""

from __future__ import annotations

from importlib.resources import files

_LIBRARY = files("controller") / "scenarios" / "library"


def scenario_names() -> list[str]:
    """Their names, in the order of the alphabet."""
    return sorted(e.name.removesuffix(".yaml") for e in _LIBRARY.iterdir() if e.name.endswith(".yaml"))


def scenario_text(name: str) -> str:
    """The file of one. Raises KeyError."""
    if name not in scenario_names():
        raise KeyError(name)
    return (_LIBRARY / f"{name}.yaml").read_text(encoding="utf-8")
