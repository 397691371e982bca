"""The answers of HQ's API that are not a shape of the controller by themselves: lists in an object, counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from controller.hq.shapes import DocumentLine, DraftLine, PlaceShown, Problem
from controller.hq.shapes_fleet import FleetStore


@dataclass(frozen=True, slots=True)
class HqShown:
    """HQ as a whole. `revision` rises with every change; `reviews_waiting`: drafts that wait for the caller."""

    organisation: str
    revision: int
    reviews_waiting: int


@dataclass(frozen=True, slots=True)
class Stores:
    """Every store, by name."""

    stores: list[FleetStore]


@dataclass(frozen=True, slots=True)
class Drafts:
    """Drafts, the newest change first."""

    drafts: list[DraftLine]


@dataclass(frozen=True, slots=True)
class Blank:
    """Content to begin a new document with."""

    content: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class FreeId:
    """An id that nobody has."""

    id: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What is wrong with a content at first sight. `sound`: nothing that keeps it from a review."""

    sound: bool
    problems: list[Problem]


@dataclass(frozen=True, slots=True)
class Discarded:
    """The draft that was thrown away."""

    discarded: str


@dataclass(frozen=True, slots=True)
class Documents:
    """What is published, by name."""

    documents: list[DocumentLine]


@dataclass(frozen=True, slots=True)
class Places:
    """Where something can be previewed."""

    places: list[PlaceShown]
