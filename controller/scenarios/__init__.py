"""Scenarios: what happens in a store and what is then to be so, as a file that reads like a story."""
