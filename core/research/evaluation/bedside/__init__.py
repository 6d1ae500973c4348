"""What the embedded scorer does on bedside films, out of fold."""
