"""For integrators: pytest fixtures that give a test a whole store in virtual time (`docs/testing-your-plan.md`).

`plugin` is what pytest reads at its start, in any project, so it imports nothing of ours; the rest is read by the first
test that asks for a store. Nothing else in the product needs pytest.
"""
