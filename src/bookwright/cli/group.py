"""The `bookwright` command: its group, and the one place where errors become messages and exit codes."""

from __future__ import annotations

import difflib
import errno
import importlib
import os
import sys
from collections.abc import Iterable
from typing import Any

import click

from bookwright import __version__
from bookwright.findings import BookwrightError, Finding, InputError

BUG, USAGE, INTERRUPTED = 1, 2, 130
_NO_PLACE = (errno.ENOSPC, errno.EDQUOT, errno.ENAMETOOLONG, errno.EROFS)

_COMMANDS = {
    "demo": ("bookwright.cli.demo", "demo"),
    "template": ("bookwright.cli.workbooks", "template"),
    "generate": ("bookwright.cli.workbooks", "generate"),
    "check": ("bookwright.cli.check", "check"),
    "capacity": ("bookwright.cli.capacity", "capacity"),
    "plan": ("bookwright.cli.plan", "plan"),
    "frontier": ("bookwright.cli.choices", "frontier"),
    "whatif": ("bookwright.cli.choices", "whatif"),
    "waves": ("bookwright.cli.waves", "waves"),
    "compare": ("bookwright.cli.compare", "compare"),
    "check-plan": ("bookwright.cli.compare", "check_plan"),
    "why": ("bookwright.cli.why", "why"),
    "fairness": ("bookwright.cli.fairness", "fairness"),
    "rules": ("bookwright.cli.rules", "rules"),
    "stability": ("bookwright.cli.stability", "stability"),
    "backtest": ("bookwright.cli.backtest", "backtest"),
    "leave-one-out": ("bookwright.cli.leave_one_out", "leave_one_out"),
    "redesign": ("bookwright.cli.redesign", "redesign"),
    "team": ("bookwright.cli.team", "team"),
    "review": ("bookwright.cli.review", "review"),
    "export": ("bookwright.cli.export", "export"),
    "handover": ("bookwright.cli.handover", "handover"),
    "models": ("bookwright.cli.models", "models"),
}


class Commands(click.Group):
    """A group that imports a command only when it is asked for, and offers the nearest name for an unknown one."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order of a first visit."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load one command."""
        if cmd_name not in _COMMANDS:
            return None
        module, name = _COMMANDS[cmd_name]
        found: click.Command = getattr(importlib.import_module(module), name)
        # A command keeps the help option of the first context it meets, which need not be this group's.
        found.context_settings.setdefault("help_option_names", ["-h", "--help"])
        return found

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Say which command is near an unknown one."""
        if args and args[0] not in _COMMANDS and not args[0].startswith("-"):
            near = difflib.get_close_matches(args[0], _COMMANDS, n=1)
            hint = f" Maybe `bookwright {near[0]}`." if near else f" Known: {', '.join(_COMMANDS)}."
            raise click.UsageError(f"There is no command {args[0]!r}.{hint}", ctx)
        return super().resolve_command(ctx, args)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, "-V", "--version", prog_name="bookwright")
def bookwright() -> None:
    """Give every customer account an owner: fair books, the fewest moves, and a proof.

    \b
    Example:
      bookwright demo
      bookwright plan book.xlsx
    """


def main(args: list[str] | None = None) -> None:
    """Run the command line; every error a user can mend becomes one message and an exit code, never a traceback.

    With `--json` such an error is one JSON object on stdout, too.
    """
    for stream in (sys.stdout, sys.stderr):
        # A name that the terminal's code page lacks is shown escaped instead of ending the command.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    as_json = "--json" in (sys.argv[1:] if args is None else args)
    try:
        code = bookwright.main(args=args, prog_name="bookwright", standalone_mode=False)
    except click.exceptions.Exit as end:
        code = end.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted.", err=True)
        code = INTERRUPTED
    except click.ClickException as error:
        error.show()
        code = error.exit_code
        if as_json:
            _print_error(error.format_message(), code)
    except BookwrightError as error:
        click.echo(str(error), err=True)
        code = error.exit_code
        if as_json:
            _print_error(str(error), code, error.findings if isinstance(error, InputError) else ())
    except BrokenPipeError:
        _let_go_of_stdout()
        code = 0
    except Exception as error:
        if isinstance(error, OSError) and error.errno in _NO_PLACE:
            code = USAGE
            where = f" {error.filename}" if error.filename else ""
            text = f"Cannot write{where}: {error.strerror}. Maybe another folder, or a shorter name."
            click.echo(text, err=True)
            if not error.filename:
                _let_go_of_stdout()
            elif as_json:
                _print_error(text, code)
        elif os.environ.get("BOOKWRIGHT_DEBUG"):
            raise
        else:  # a bug: said as one, with the way to see more
            click.echo(f"This is a bug in Bookwright: {type(error).__name__}: {error}", err=True)
            click.echo(
                "Maybe run it again with BOOKWRIGHT_DEBUG=1 in the environment, and report what it prints.", err=True
            )
            code = BUG
    sys.exit(code if isinstance(code, int) else 0)


def _print_error(text: str, code: int, findings: Iterable[Finding] = ()) -> None:
    """What ended a command, for whoever reads its JSON."""
    from bookwright.cli.shared import finding_as_json, print_json

    print_json({"error": text, "exit": code, "findings": [finding_as_json(f) for f in findings]})


def _let_go_of_stdout() -> None:
    """What is still to be flushed at the end would fail again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
