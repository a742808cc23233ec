"""The command line: the only room that prints, exits or shows progress. Imports nothing heavy before a command runs."""

from bookwright.cli.group import main

__all__ = ["main"]
