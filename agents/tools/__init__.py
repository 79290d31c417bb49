"""What the analyst can do: plain functions, each named in its module's `__all__`, found by the toolbox."""
