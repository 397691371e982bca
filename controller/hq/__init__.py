"""HQ and stores: what HQ says to all stores at once, signed, and what a store makes of it.

Both sides share this room: what is sealed here by HQ is opened here by a store.
"""
