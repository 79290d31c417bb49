"""Quantitative work, pure: no database, no network, no LLM."""
