"""`sinne when` and `sinne calendar`, as a stranger uses them: on a file, on a store's folder, on a store that runs."""

from __future__ import annotations

import json
from datetime import datetime

import pytest
from icalendar import Calendar

from controller.storage.opening import open_memory
from profiles.plan import Plan
from tests.controller.test_cli import CORNER, SHOP, Shell, imported, shell, shop

__all__ = ["imported", "shell", "shop"]

EVE = ("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART;VALUE=DATE:20280229\r\n"
       "SUMMARY:Leap day\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:2\r\nDTSTART:20280301T100000Z\r\nSUMMARY:Meeting\r\n"
       "END:VEVENT\r\nEND:VCALENDAR\r\n")


def in_force(shell: Shell) -> tuple[int, Plan]:
    memory = open_memory(shell.data, datetime.fromisoformat("2026-01-01T00:00Z"))
    try:
        version = memory.plan_in_force()
        assert version is not None
        return version.version, version.plan
    finally:
        memory.close()


# -- when


def test_an_expression_is_read_with_its_next_ten(shell: Shell) -> None:
    said = shell("when", "Sa[1] opening..opening+01:00", "--plan", SHOP, "--language", "sv", data=False).stdout
    assert said.startswith("den första lördagen i varje månad från öppning till en timme efter öppning\n\n")
    rows = said.splitlines()[4:]
    assert len(rows) == 10
    assert all(row.startswith("Sat ") for row in rows)
    assert "Next, in Europe/Stockholm" in said


def test_a_window_over_midnight_names_the_day_on_which_it_ends(shop: Shell) -> None:
    row = shop("when", "22:00-04:00", "--count", "3").stdout.splitlines()[5]
    begins, ends = datetime.fromisoformat(row.split()[1]), datetime.fromisoformat(row.split()[4])
    assert (ends - begins).days == 1
    assert row.endswith("04:00")


def test_what_is_wrong_stands_over_its_column(shell: Shell) -> None:
    done = shell("when", "Mo; Feb 30 10:00-12:00", "--plan", CORNER, code=1, data=False)
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert lines[0].startswith("sinne: Feb 30 does not exist")
    assert lines[2] == "    Mo; Feb 30 10:00-12:00"
    assert lines[3].index("^") == lines[2].index("30")
    assert "^" not in shell("when", " ", "--plan", CORNER, code=1, data=False).stderr


def test_programs_get_words_and_problems_alike(shop: Shell) -> None:
    good, bad = shop.json("when", "Mo 10:00-12:00"), shop.json("when", "Mo 10:00", code=1)
    assert set(good) == set(bad)
    assert good["words"]["fr"].replace("\N{NO-BREAK SPACE}", " ") == "le lundi de 10 h à 12 h"
    assert (len(good["occurrences"]), good["timezone"], good["problem"]) == (10, "Europe/Stockholm", None)
    assert (bad["words"], bad["occurrences"], bad["column"]) == ({}, [], 9)


def test_what_never_comes_is_said(shop: Shell) -> None:
    assert "does not come within thirteen months" in shop("when", "2199 Dec 24 10:00-12:00").stdout


def test_there_has_to_be_a_store(shell: Shell) -> None:
    assert "There is no store" in shell("when", "24/7", code=1).stderr
    assert "There is no store" in shell("calendar", "address", "x", code=1).stderr
    assert "There is no store" in shell("calendar", "import", "x.ics", code=1).stderr


# -- calendars


@pytest.mark.real
def test_days_are_taken_into_a_store_that_does_not_run(shop: Shell) -> None:
    file = shop.file("days.ics", EVE)
    said = shop("calendar", "import", file).stdout.splitlines()
    assert said == ["new: 2028-02-29: closed (Leap day)", "left out: Meeting: it does not fill whole days",
                    "They are in version 2 of the plan."]
    assert shop("calendar", "import", file).stdout.splitlines()[-1] == "Nothing was changed."
    taken = shop.json("calendar", "import", file, "--as", "holidays")
    assert (taken["version"], taken["added"]) == (3, ["2028-02-29: public holiday (Leap day)"])
    number, plan = in_force(shop)
    assert number == 3
    assert [day.date.isoformat() for day in plan.store.holidays] == ["2028-02-29"]
    assert "2028-02-29" in {day.date.isoformat() for day in plan.store.exceptions}


def test_a_file_that_is_none_is_refused_and_nothing_happens(shop: Shell) -> None:
    assert "no calendar file" in shop("calendar", "import", shop.file("x.ics", "hello"), code=1).stderr
    assert "There is no file" in shop("calendar", "import", "nowhere.ics", code=1).stderr
    assert "cannot be read" in shop("calendar", "import", shop.folder, code=1).stderr
    assert "at most 1 MiB" in shop("calendar", "import", shop.file("y.ics", b"x" * 2**21), code=1).stderr
    shop("calendar", "import", shop.file("x.ics", "hello"), "--as", "birthdays", code=2)
    assert in_force(shop)[0] == 1


def test_calendars_are_written_to_a_file_or_to_standard_output(shell: Shell) -> None:
    out = shell.folder / "shop.ics"
    shell("calendar", "export", "--plan", SHOP, "-o", out, data=False)
    whole = Calendar.from_ical(out.read_bytes())
    assert len(whole.walk("VEVENT")) > 1000
    zone = shell("calendar", "export", "--plan", SHOP, "--zone", "cafe", data=False).stdout
    assert 100 < len(Calendar.from_ical(zone).walk("VEVENT")) < len(whole.walk("VEVENT"))
    quiet = shell("calendar", "export", "--plan", SHOP, "--quiet-hours", data=False).stdout
    assert {str(e["CATEGORIES"].cats[0]) for e in Calendar.from_ical(quiet).walk("VEVENT")} == {"quiet hour"}
    nowhere = shell("calendar", "export", "--plan", SHOP, "--zone", "cellar", code=1, data=False)
    assert "no zone cellar" in nowhere.stderr
    shell("calendar", "export", "--plan", SHOP, "--zone", "cafe", "--quiet-hours", code=2, data=False)
    assert "cannot be written" in shell("calendar", "export", "--plan", SHOP, "-o", shell.folder, code=1,
                                        data=False).stderr


def test_addresses_are_shown_once_and_revoked_like_a_token(shop: Shell) -> None:
    made = shop("calendar", "address", "Maja's phone")
    store = made.stdout.splitlines()[0]
    assert "/calendar/sinnecal_" in store
    assert store.endswith("/store.ics")
    assert "/zones/cafe.ics" in made.stdout
    assert "They are not shown again" in made.stderr
    assert [token["label"] for token in shop.json("token", "list")] == ["calendar Maja's phone"]
    assert "is revoked" in shop("token", "revoke", "calendar Maja's phone").stdout
    again = json.loads(shop("calendar", "address", "Maja's phone", "--json").stdout)
    assert again["label"] == "calendar Maja's phone"
    assert again["store"].rsplit("/", 1)[0] + "/zones/cafe.ics" == again["zones"]["cafe"]
    assert again["store"] not in made.stdout
