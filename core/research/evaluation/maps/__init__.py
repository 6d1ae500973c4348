"""Whether the maps of what moved a score point at opacity."""
