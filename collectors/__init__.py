"""Fill the ledgers: declared sources, one runner, a schedule, an importer."""
