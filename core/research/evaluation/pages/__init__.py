"""Pages of the evidence: tables and figures as they are written to files."""
