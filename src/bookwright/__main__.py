"""`python -m bookwright`: the command line where no `bookwright` is on the path."""

from bookwright.cli import main

main()
