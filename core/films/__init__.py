"""Films: reading them, checking whether they may be scored, making synthetic ones."""
