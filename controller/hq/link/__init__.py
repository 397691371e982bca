"""The store's end of the line to HQ.

`StoreEnd` knows what HQ said and what follows from it, without I/O, clock or thread; `Telling` when which report is
due. `Link` is both on a real connection and a real memory; `Belonging` is what people do about it: enrol, leave, grant.
"""
