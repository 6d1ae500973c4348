"""`python -m dashboard.cli` is the `lungline` command."""

from dashboard.cli import main

main()
