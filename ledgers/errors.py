"""The one root of our errors, and those the ledgers raise.

OmcError
 |- ConfigurationError     the process does not start
 |- BadArgument            told to the model, it may correct itself
 |   `- AmbiguousCoin      the person is asked which one is meant
 |- NotCollected           no row answers this: the answer says so
 |   `- NotConnected       no account of the person is connected: the answer says how
 |- NotFound               no such thing, or it is somebody else's: the two are not told apart
 |- LedgerUnavailable      the database does not answer: try again later
 |- SourceUnavailable      collectors.errors: try at the next tick
 |- SourceChanged          collectors.errors: nothing written, a person looks
 |- OrderDenied            trading.errors: shown, never retried
 |- ArtifactUnavailable    agents.errors: told to whoever wanted the artifact
 |- BudgetReached          agents.errors: pause and ask
 `- NeedsAnswer            agents.errors: pause and ask

Errors are named by what the catcher does; there are three catching places: runner, toolbox, chat edge.
"""


class OmcError(Exception):
    """Root of every error of ours."""


class ConfigurationError(OmcError):
    """The process cannot start as configured; the message says which setting to change."""


class BadArgument(OmcError):
    """An argument makes no sense; the message says what would."""


class AmbiguousCoin(BadArgument):
    """A name or ticker that several coins carry."""

    def __init__(self, name: str, symbols: tuple[str, ...]) -> None:
        """Keep the candidates: they become the choices of the question."""
        self.name = name
        self.symbols = symbols
        super().__init__(f"'{name}' may mean {' or '.join(symbols)}: say which one.")


class NotCollected(OmcError):
    """The ledgers hold no row that answers this."""


class NotConnected(NotCollected):
    """The person has connected no account; the message says how to."""


class NotFound(OmcError):
    """There is no such thing, or it belongs to somebody else: the two are never told apart."""


class LedgerUnavailable(OmcError):
    """The database does not answer, or went away; nothing of the transaction was written."""
