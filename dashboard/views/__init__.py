"""The pages; `dashboard/app.py` runs them as scripts."""
