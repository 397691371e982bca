"""Invented music: a short playlist for each source, the same every time, so that reports have something to say."""

from __future__ import annotations

import random
from dataclasses import dataclass

_FIRST = ("Slow", "Paper", "Northern", "Amber", "Quiet", "Linen", "Harbour", "Glass", "Velvet", "Morning")
_SECOND = ("Rooms", "Tide", "Windows", "Garden", "Signals", "Avenue", "Orchard", "Letters", "Parade", "Light")
_ARTISTS = ("The Shelf Life", "Ida Norrsken", "Kassa Fyra", "Moss & Marble", "Trio Fönster", "Aisle Seven")


@dataclass(frozen=True, slots=True)
class Track:
    """One invented recording. The ISRC has the form of ISO 3901 and a registrant that does not exist."""

    title: str
    artist: str
    isrc: str
    length_s: int


def playlist(source: str, length: int = 6) -> tuple[Track, ...]:
    """The tracks of `source`, in order; they repeat for ever."""
    rng = random.Random(source)  # seeding with text does not depend on the run
    start = rng.randrange(90_000)
    return tuple(
        Track(
            f"{rng.choice(_FIRST)} {rng.choice(_SECOND)}",
            rng.choice(_ARTISTS),
            f"SEZZZ26{start + number:05d}",
            rng.randint(150, 260),
        )
        for number in range(length)
    )
