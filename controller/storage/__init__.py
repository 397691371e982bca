"""The record on disk: plan versions, overrides, stops, the journal, people. `opening.open_memory` is the way in."""
