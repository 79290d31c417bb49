"""The Floor: the only writer of the user's book, paper first."""
