"""Dry runs: a plan or a campaign tried on a copy of a store, in virtual time, beside the plan in force."""
