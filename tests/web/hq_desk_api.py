"""HQ's API over the real office, fleet and publisher, with three stores."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from flask.testing import FlaskClient

from controller.accounts import Accounts
from tests.controller.hq_offices import Hq
from tests.web.fakes import FakeAccounts, token_header
from tests.web.hq_doors_fake import FakeHq
from tests.web.hq_shop import ROLES_OF
from web.hq_app import make_hq_app
from web.hq_context import HqServices

PREFIX = "/api/v1"


class Desk:
    """The API over the real office, fleet and publisher, with three stores; proof is the fake one."""

    def __init__(self, folder: Path, *, open_now: bool = True) -> None:
        self.hq = Hq(folder)
        if open_now:
            self.hq.shops()
        self.accounts = FakeAccounts(**ROLES_OF)
        self.app = make_hq_app(HqServices(self.hq.office, self.hq.fleet, FakeHq(), cast(Accounts, self.accounts),
                                          self.hq.clock, False, Path("/nonexistent")))
        self.tokens = {name: self.accounts.give_token(person) for name, person in ROLES_OF.items()}

    def ask(self, who: str, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """The JSON of an answer, with its code."""
        client: FlaskClient = self.app.test_client()
        answer = client.open(PREFIX + path, method=method, json=body, query_string=query,
                             headers=token_header(self.tokens[who]))
        return answer.status_code, answer.get_json()
