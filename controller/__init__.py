"""Decide, act and remember: the engine of a store, its storage and its commands."""
