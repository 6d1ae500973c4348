"""What networks learn from: frames, masks, painted and disturbed pictures."""
