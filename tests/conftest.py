"""Fixtures every test may use. The database is SQLite, or the PostgreSQL that DATABASE_URL names."""
