"""Errors of the analyst: those that pause a run and ask the person, and those that tell a caller what is not so."""

from ledgers.errors import OmcError


class NeedsAnswer(OmcError):
    """A tool cannot go on without a word from the person: the toolbox asks, and calls it again with `field` set."""

    def __init__(self, field: str, question: str, choices: tuple[str, ...] = ()) -> None:
        """Name the argument to set, what to ask, and two to four choices where there are any."""
        self.field = field
        self.question = question
        self.choices = choices
        super().__init__(question)


class BudgetReached(OmcError):
    """The run used up a limit; the person decides whether it goes on."""


class NotNow(OmcError):
    """The run is not in a state that allows this; the message says in which it is."""


class LeaseLost(OmcError):
    """Another process took the run over, or the person stopped it: this one writes nothing more."""


class ProcessEnds(OmcError):
    """This process was told to end: the run stays where its last checkpoint is, and can go on in another one."""


class ArtifactUnavailable(OmcError):
    """The store of artifacts does not answer, refuses us, or returns other bytes than were stored."""
