"""Alembic's entry: one connection, one transaction, one process at a time."""

from alembic import context
from sqlalchemy import NullPool, create_engine, make_url, text

from ledgers.migrations import LOCK
from ledgers.schema import metadata


def run() -> None:
    """Migrate or compare; the checkpointer's tables live in a schema of their own, which is not looked at."""
    url = make_url(context.config.attributes["url"]).set(drivername="postgresql+psycopg")
    engine = create_engine(url, poolclass=NullPool, connect_args={"options": "-c timezone=UTC"})
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
        context.configure(
            connection=connection,
            target_metadata=metadata(),
            compare_type=True,
            compare_server_default=True,
            include_schemas=False,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
