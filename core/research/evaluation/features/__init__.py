"""Which features of a film carry the severity, layer by layer."""
