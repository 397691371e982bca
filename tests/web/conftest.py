"""What every test file of the web floor may ask for by name."""

from tests.web.browser import browser, opened

__all__ = ["browser", "opened"]
