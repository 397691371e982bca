"""What should be felt, where, when and why: pure values and functions, no I/O and no clock."""
