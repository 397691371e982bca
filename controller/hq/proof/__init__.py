"""Proof: what was on, where and when, by the journals of the stores. Formulas are in `docs/proof.md`."""
