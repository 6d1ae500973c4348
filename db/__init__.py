"""The patient-timeline database: tables, engine, migrations, repositories, read models.

Knows no screen and no network; repositories take a session and never commit.
"""
