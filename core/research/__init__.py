"""What the evidence was made with: studies and training. The product runs without it; `lungline evaluate` loads it."""
