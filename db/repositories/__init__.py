"""What services do with the rows, one module per subject.

Every function takes the session as a keyword and never commits; times come in as ``now``, people as ``actor``.
"""

from db.repositories._rows import key

__all__ = ["key"]
