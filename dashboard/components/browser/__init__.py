"""Elements drawn in the browser that several screens share."""
