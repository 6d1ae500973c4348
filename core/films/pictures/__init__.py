"""Films sent as PNG or JPEG."""
