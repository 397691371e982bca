"""Deterministic simulation testing: stories drawn from a seed are lived through in virtual time under watch."""
