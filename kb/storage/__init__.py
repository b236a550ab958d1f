"""The system of record: SQL rows and immutable originals. Everything else is derived from here."""
