"""What the API takes about belonging to HQ (`web/bodies.py` for all else)."""

from __future__ import annotations

from typing import Any, Literal

from profiles.base import Value

Grant = Literal["viewer", "staff", "manager"]


class EnrolBody(Value):
    """A bundle that HQ made for this store, and whose rights HQ has here (`viewer`: none).

    Without `grant` it stays as it was where the store belongs to this HQ already; else it is staff.
    """

    bundle: dict[str, Any]
    grant: Grant | None = None


class GrantBody(Value):
    """Whose rights HQ has here."""

    grant: Grant
