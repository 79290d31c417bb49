"""The demo market's Exchange ledger, as ordinary sources; see `collectors.demo`."""

from collectors.demo.serve import sources_of_ledger

SOURCES = sources_of_ledger("exchange")
