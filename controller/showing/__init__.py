"""The read side in parts: pure functions from what the engine shows of itself to what people see (`shapes`)."""
