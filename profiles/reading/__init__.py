"""Time expressions in plain words, in English, Swedish and French: `reading(text, place, hours, language)`.

Who plans a campaign should see what was written come back in words that nobody can read in two ways. Pure, and apart
from the catalogues of `profiles.text`, because a grammar is more than sentences with gaps: ordinals agree, weekdays
inflect, and articles melt into prepositions. `selectors` takes the days apart, a `Tongue` a language says the parts,
`telling` puts them together.
"""

from __future__ import annotations

from profiles.reading.telling import LANGUAGES_READ, reading

__all__ = ["LANGUAGES_READ", "reading"]
