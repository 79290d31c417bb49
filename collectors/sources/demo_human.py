"""The demo market's Human ledger, as ordinary sources; see `collectors.demo`."""

from collectors.demo.serve import sources_of_ledger

SOURCES = sources_of_ledger("human")
