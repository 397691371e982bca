"""The engine of one store: decide, reconcile, take in, keep time."""
