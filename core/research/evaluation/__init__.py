"""Studies on public and simulated films, and the pages that show what they found."""
