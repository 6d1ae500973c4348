"""Adding films by hand."""
