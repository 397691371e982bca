"""The living store of a tester: simulated devices, what the controller believes of them, and every way to misbehave."""
