"""Calendars of a store that runs: days taken in by the command, subscribed by its address, revoked."""

from __future__ import annotations

import urllib.error
import urllib.request

import pytest
from icalendar import Calendar

from tests.patience import PATIENCE_S
from tests.real.floor import Floor
from tests.real.shop import MOSQUITTO

pytestmark = pytest.mark.real

DAYS = ("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART;VALUE=DATE:20260101\r\n"
        "RRULE:FREQ=YEARLY\r\nSUMMARY:Closed: New Year\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")


def fetched(address: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(address, timeout=PATIENCE_S) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, ""


@pytest.mark.skipif(MOSQUITTO is None, reason="mosquitto is not installed")
def test_days_taken_in_are_in_the_calendar_that_people_subscribed_to(shop: Floor) -> None:
    shop.store()
    url = shop.note()["url"]
    made = shop.ask("calendar", "address", "Maja's phone")
    address = made.stdout.splitlines()[0].rpartition(" ")[2]
    assert address.startswith(f"{url}/calendar/sinnecal_")
    code, before = fetched(address)
    assert code == 200
    assert Calendar.from_ical(before)["METHOD"] == "PUBLISH"

    file = shop.folder / "days.ics"
    file.write_bytes(DAYS.encode())
    said = shop.ask("calendar", "import", file).stdout.splitlines()
    assert said[-1] == "They are in version 2 of the plan."
    titles = [str(entry["SUMMARY"]) for entry in Calendar.from_ical(fetched(address)[1]).walk("VEVENT")]
    assert "Closed: New Year" in titles
    assert shop.ask("calendar", "import", file).stdout.splitlines()[-1] == "Nothing was changed."
    file.write_text("hello")
    assert "no calendar file" in shop.ask("calendar", "import", file, code=1).stderr

    assert fetched(f"{url}/quiet-hours.ics")[0] == 200
    assert fetched(f"{url}/calendar/sinnecal_wrong/store.ics")[0] == 404
    shop.ask("token", "revoke", "calendar Maja's phone")
    assert fetched(address)[0] == 404
    assert address.split("/")[4] not in shop.said()
