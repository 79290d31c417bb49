"""Postgres and Valkey run by us: each has one keeper process, which starts it, restarts it and stops it."""
