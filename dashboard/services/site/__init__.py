"""A site: opened, checked, backed up, restored; which model it scores with."""
