"""What every test file of real processes may ask for by name; a file that means another shop has its own."""

from tests.real.floor import floor, shop

__all__ = ["floor", "shop"]
