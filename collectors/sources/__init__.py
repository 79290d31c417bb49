"""One file per feed, `<provider>_<what>.py`, each exposing `SOURCES: tuple[Source, ...]`."""
