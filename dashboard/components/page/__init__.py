"""What every page has: head, address, trouble, presentation."""
