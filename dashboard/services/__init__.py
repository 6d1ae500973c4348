"""What happens to a film, a patient and a flag: services compose core and db, one transaction per step."""
