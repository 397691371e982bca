"""Many light stores in one process, for trying HQ out: they do what stores do towards HQ, and have no devices.

Each verifies, chooses, applies, reports and keeps a journal by itself, with the code of a real store (`StoreEnd`,
`Telling`); what is shared is the plan that stores of one kind make of the same documents.
"""
