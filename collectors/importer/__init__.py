"""Import a person's own history: CSV, gzipped CSV or Parquet into any table of any ledger."""

from collectors.importer.kinds import LEDGERS
from collectors.importer.load import import_file
from collectors.importer.options import ImportReport, Options, assignments

__all__ = ["LEDGERS", "ImportReport", "Options", "assignments", "import_file"]
