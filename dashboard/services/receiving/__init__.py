"""A film comes in: recognised, stored, placed in time and filed under its patient."""
