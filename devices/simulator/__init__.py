"""The device side of the wire, written without the product's codecs."""
