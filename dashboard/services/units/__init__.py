"""What a unit sets for its trends and flags."""
