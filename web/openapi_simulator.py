"""The description of the simulator's API as OpenAPI 3.1, made as the panel's is. A test holds it against the routes."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from controller.living.door import Did, LivingShown
from profiles.limits import Person
from web.bodies import EventsQuery
from web.openapi import DESCRIPTION, EVENTS, Operation, paths_of, schemas_of
from web.simulator_bodies import NothingBody, OutageBody, Verbs, WishBody

#: Nobody signs in here; the table of the panel has a column for it.
_ANYBODY = Person.VIEWER

OPERATIONS = (
    Operation("get", "/simulator", "simulator", "Every device: what its hardware does beside what is believed of it",
              _ANYBODY, LivingShown),
    Operation("get", "/simulator/verbs", "verbs", "Everything that can be done to a device", _ANYBODY, Verbs),
    Operation("post", "/simulator/devices/{device}/{verb}", "misbehave", "Do something to a device", _ANYBODY, Did,
              body=WishBody, body_optional=True, errors=(404,)),
    Operation("post", "/simulator/mend", "mend", "Mend every device and the broker", _ANYBODY, Did, body=NothingBody,
              body_optional=True),
    Operation("post", "/simulator/broker/down", "broker-down", "Begin an outage of the broker", _ANYBODY, Did,
              body=OutageBody, body_optional=True),
    Operation("post", "/simulator/broker/up", "broker-up", "End an outage of the broker", _ANYBODY, Did,
              body=NothingBody, body_optional=True),
    Operation("get", "/events", "events", "Changes as server-sent events", _ANYBODY, EVENTS, query=EventsQuery),
    Operation("get", "/openapi.json", "description", "This description", _ANYBODY, DESCRIPTION),
)

#: Of the panel's answers those that do not exist where nobody signs in and nobody waits.
_NOT_HERE = ("401", "429")


@lru_cache(maxsize=1)
def document() -> dict[str, Any]:
    """The whole description."""
    references, schemas = schemas_of(OPERATIONS)
    paths = paths_of(OPERATIONS, references)
    for operation in (made for methods in paths.values() for made in methods.values()):
        for key in ("x-sinne-role", "description"):
            operation.pop(key, None)
        for code in _NOT_HERE:
            operation["responses"].pop(code, None)
        for parameter in operation["parameters"]:
            if parameter["in"] == "path":
                parameter["schema"] = {"type": "string", "minLength": 1}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "sinne simulator", "version": "1",
            "description": "Simulated devices of a store, and every way to misbehave. For this machine alone, without "
                           "sign-in. Every POST is sent as `application/json`, if only with `{}`. A problem is "
                           'answered as `{"error": {"sentence": …, "field": …}}`.',
        },
        "servers": [{"url": "/api/v1"}],
        "paths": paths,
        "components": {"schemas": schemas},
    }
