"""The site as tables for research: columns, rows, files."""
