"""How far scores move when the same film is disturbed as devices and archives do."""
