"""Everything a person touches: the `omc` command, the server, the chat page."""
