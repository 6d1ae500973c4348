"""A site: opened, looked through, backed up, brought back; which model it scores with."""
