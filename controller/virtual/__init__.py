"""A whole store in virtual time: the real controller, simulated devices, one thread, a clock that jumps."""
