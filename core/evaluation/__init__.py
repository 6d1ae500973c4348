"""Evidence: every accuracy figure of Lungline comes from a command here."""
