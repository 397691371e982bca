"""Words for people in their language: `t("…")`, on the lowest floor so that the controller and the panel share it.

The English sentence is the key. A catalogue of another language stands in `profiles/locale/<language>/LC_MESSAGES/
sinne.mo`; a sentence that it lacks, and a language without a catalogue, are shown in English. Values are put in by
name after the look-up (`t("Open until {time}", time="20:00")`), so that a translation may move them. Which language is
spoken belongs to the request or command at hand, not to a process: a context variable, English unless set.
"""

from __future__ import annotations

import gettext
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path

#: Languages of the product; the first one is the source.
LANGUAGES = ("en", "sv", "fr")

LOCALE = Path(__file__).parent / "locale"

_language: ContextVar[str] = ContextVar("language", default=LANGUAGES[0])


@lru_cache(maxsize=len(LANGUAGES))
def catalogue(language: str) -> gettext.NullTranslations:
    """The catalogue of a language; one that answers every sentence with itself where there is none."""
    return gettext.translation("sinne", localedir=LOCALE, languages=[language], fallback=True)


@lru_cache(maxsize=1)
def spoken() -> tuple[str, ...]:
    """The languages that can be shown: English, and those that have a catalogue."""
    return LANGUAGES[:1] + tuple(word for word in LANGUAGES[1:] if gettext.find("sinne", str(LOCALE), [word]))


def language() -> str:
    """The language of the thread or task at hand."""
    return _language.get()


def speak(*wished: str | None) -> str:
    """Settle the language of the thread or task at hand: the first wish that can be shown, else English."""
    chosen = next((word for word in wished if word in spoken()), LANGUAGES[0])
    _language.set(chosen)
    return chosen


@contextmanager
def speaking(*wished: str | None) -> Iterator[str]:
    """As `speak`, and afterwards as before."""
    before = _language.get()
    try:
        yield speak(*wished)
    finally:
        _language.set(before)


def t(text: str, /, **values: object) -> str:
    """`text` in the language at hand, with `values` put in by name. Plain text: templates escape it."""
    said = catalogue(_language.get()).gettext(text)
    return said.format(**values) if values else said


def tn(one: str, many: str, count: int, /, **values: object) -> str:
    """`one` or `many`, as the language at hand counts; `{count}` is put in besides `values`."""
    said = catalogue(_language.get()).ngettext(one, many, count)
    return said.format(**{"count": count, **values})
