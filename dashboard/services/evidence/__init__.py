"""What the evidence screen shows: studies from files, burden and noise of the site's own data."""
