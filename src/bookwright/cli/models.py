"""bookwright models: the planning models that are shipped, and yours."""

from __future__ import annotations

from pathlib import Path

import click

from bookwright.cli.shared import fresh, print_json, table


@click.group()
def models() -> None:
    """List, show, copy and check planning models.

    \b
    Example:
      bookwright models list
      bookwright models copy quarterly_rebalance my_model.toml
    """


@models.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print as one JSON object.")
def list_(as_json: bool) -> None:
    """List the planning models that come with Bookwright.

    \b
    Example:
      bookwright models list
    """
    from bookwright.planning_model import available, load

    found = {name: load(path) for name, path in available().items()}
    if as_json:
        print_json({name: {"title": m.title, "description": m.description} for name, m in found.items()})
    else:
        table([(name, m.description or m.title) for name, m in found.items()])


@models.command()
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print the resolved settings as one JSON object.")
def show(name: str, as_json: bool) -> None:
    """Show a planning model: what it decides, as it is written.

    \b
    Example:
      bookwright models show quarterly_rebalance
    """
    from bookwright.planning_model import load

    model = load(name)
    if as_json:
        print_json(model.model_dump(mode="json", exclude={"text", "origins"}))
    else:
        click.echo(model.text.rstrip())


@models.command(short_help="Copy a planning model, to be edited.")
@click.argument("name")
@click.argument("out", type=click.Path(path_type=Path))
def copy(name: str, out: Path) -> None:
    """Copy a planning model to OUT, to be edited; an existing file is not overwritten.

    \b
    Example:
      bookwright models copy quarterly_rebalance my_model.toml
    """
    from bookwright.planning_model import load
    from bookwright.tables.write_file import place_text

    fresh(out)
    place_text(out, load(name).text)
    click.echo(f"{out} written. Edit it, then: bookwright plan BOOK -m {out}")


@models.command("check", short_help="Check a planning model: keys, values, rules.")
@click.argument("path")
@click.option("--json", "as_json", is_flag=True, help="Print as one JSON object.")
def check_(path: str, as_json: bool) -> None:
    """Check a planning model: every key known, every value in range, every rule's settings.

    \b
    Example:
      bookwright models check my_model.toml
    """
    from bookwright.planning_model import load
    from bookwright.rules import build

    model = load(path)
    rules = build(model)
    if as_json:
        print_json(
            {"name": model.name, "rules": [r.id for r in rules], "priorities": [p.name for p in model.priorities]}
        )
    else:
        click.echo(
            f"{model.name}: {len(rules)} rules, priorities {', '.join(p.name for p in model.priorities)}. No errors."
        )
