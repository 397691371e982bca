"""Words of the panel in the language of the store: `t("…")` in code and in templates.

The English sentence is the key. A catalogue of another language stands in `web/locale/<language>/LC_MESSAGES/sinne.mo`;
a sentence that it lacks, and a language without a catalogue, are shown in English. Values are put in by name after
the look-up (`t("Open until {time}", time="20:00")`), so a translation may move them.
"""

from __future__ import annotations

import gettext
from functools import lru_cache
from pathlib import Path

from flask import g, has_app_context

#: Languages of the panel; the first one is the source.
LANGUAGES = ("en", "sv", "fr")

LOCALE = Path(__file__).parent / "locale"


@lru_cache(maxsize=len(LANGUAGES))
def catalogue(language: str) -> gettext.NullTranslations:
    """The catalogue of a language; one that answers every sentence with itself where there is none."""
    return gettext.translation("sinne", localedir=LOCALE, languages=[language], fallback=True)


def language() -> str:
    """The language of the request at hand: what `choose` settled, else English."""
    chosen = g.get("language") if has_app_context() else None
    return chosen if isinstance(chosen, str) else LANGUAGES[0]


@lru_cache(maxsize=1)
def spoken() -> tuple[str, ...]:
    """The languages that can be shown: English, and those that have a catalogue."""
    return LANGUAGES[:1] + tuple(word for word in LANGUAGES[1:] if gettext.find("sinne", str(LOCALE), [word]))


def choose(*wished: str | None) -> str:
    """Settle the language of the request: the first wish that can be shown, else English."""
    g.language = next((word for word in wished if word in spoken()), LANGUAGES[0])
    return str(g.language)


def t(text: str, /, **values: object) -> str:
    """`text` in the language of the request, with `values` put in by name. Plain text: templates escape it."""
    said = catalogue(language()).gettext(text)
    return said.format(**values) if values else said
