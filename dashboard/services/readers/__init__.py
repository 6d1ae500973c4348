"""People who score films: sessions, agreement with each other and with the model."""
