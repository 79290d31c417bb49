"""Actions: each changes something, always after a person's yes. `preview_<action>` says in words what it would do."""
