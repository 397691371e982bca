"""The record on disk: plan versions, overrides, stops, the journal, people."""
