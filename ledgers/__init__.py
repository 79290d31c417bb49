"""The four ledgers and the product's own tables: models, queries, bulk write, frame read."""
