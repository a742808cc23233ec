"""What README and docs/ show is what the program does: commands and their output, code, keys, columns, links."""

from __future__ import annotations

import importlib.util
import re
import shlex
import shutil
import tomllib
from pathlib import Path
from types import ModuleType

import click
import pytest

import bookwright as bw
from bookwright.cli import main
from bookwright.cli.group import bookwright
from bookwright.findings import InputError

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [ROOT / "README.md", ROOT / "sample_inputs" / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the starter in it, to stand in."""
    shutil.copy(ROOT / "sample_inputs" / "starter.xlsx", tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def blocks(text: str, language: str) -> list[str]:
    """The fenced blocks of a language."""
    return re.findall(rf"```{language}\n(.*?)```", text, flags=re.DOTALL)


def test_the_commands_of_the_first_screen_print_what_it_shows(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every `$ command` of the README prints exactly the lines below it."""
    shown = [part.split("\n", 1) for part in re.split(r"^\$ ", blocks(README, "console")[0], flags=re.MULTILINE)[1:]]
    assert [command.split()[1] for command, _ in shown] == ["check", "plan"]
    for command, output in shown:
        with pytest.raises(SystemExit) as end:
            main(shlex.split(command)[1:])
        assert end.value.code == 0
        assert capsys.readouterr().out.strip() == output.strip()


def test_the_eight_lines_of_python_run(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As they stand, and with the answer that the sample's page gives."""
    code = blocks(README, "python")[0]
    assert len([line for line in code.splitlines() if line.strip()]) <= 8
    names: dict[str, object] = {}
    exec(code, names)
    out = capsys.readouterr().out
    assert "OPTIMAL" in out
    moves = names["moves"]
    assert set(moves["account_id"]) == {"A-05", "A-06", "A-07", "A-12"}  # type: ignore[index]
    assert (folder / "plan.xlsx").is_file()


def test_the_python_page_runs(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its blocks, one after another, on a book called book.xlsx."""
    shutil.copy(folder / "starter.xlsx", folder / "book.xlsx")
    names: dict[str, object] = {}
    for code in blocks((ROOT / "docs" / "python.md").read_text(encoding="utf-8"), "python"):
        exec(code, names)
    assert (folder / "plan.xlsx").is_file()
    assert "OPTIMAL 4" in capsys.readouterr().out


def test_every_command_and_option_on_the_pages_exists() -> None:
    """`bookwright ...` lines name commands and options that are there."""
    context = click.Context(bookwright)
    typed = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        typed += re.findall(r"^(?:\$ |    )bookwright ([^\n]*)", text, flags=re.MULTILINE)
        typed += re.findall(r"`bookwright ([^`\n]*)`", text)
    assert len(typed) > 15
    for line in typed:
        words = shlex.split(line.split("#")[0])
        command = bookwright.get_command(context, words[0])
        assert command is not None, line
        if isinstance(command, click.Group) and len(words) > 1:
            names = [w for w in words[1:] if w in command.commands]
            assert names, line
            command = command.commands[names[0]]
        known = {name for p in command.params for name in p.opts} | {"--help", "-h"}
        assert {w for w in words if w.startswith("-")} <= known, line


def make_tables() -> ModuleType:
    """docs/make_tables.py as a module."""
    spec = importlib.util.spec_from_file_location("make_tables", ROOT / "docs" / "make_tables.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("page", ["workbook.md", "planning-models.md"])
def test_tables_of_columns_and_keys_are_what_the_code_declares(page: str) -> None:
    """When this fails, run `python docs/make_tables.py`."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    assert "<!-- made:" in text
    assert make_tables().made(text) == text


def test_links_and_pictures_are_there() -> None:
    """Every relative link of a page leads to a file."""
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8")):
            if not target.startswith("http"):
                assert (page.parent / target).exists(), (page.name, target)


def test_toml_on_the_pages_is_valid() -> None:
    """Examples of mappings and planning models parse; models hold keys that are known."""
    for page in PAGES:
        for block in blocks(page.read_text(encoding="utf-8"), "toml"):
            found = tomllib.loads(block)
            if "name" in found:
                model = importlib.import_module("bookwright.planning_model").parse(block)
                importlib.import_module("bookwright.rules").build(model)


def test_every_dependency_is_told_with_its_licence() -> None:
    """pyproject.toml and docs/dependencies.md name the same packages; requirements.txt pins them, with no address."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = {re.split(r"[<>=\[]", d)[0] for d in project["dependencies"]}
    page = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    rows = {cells[1].strip(): cells[3].strip() for line in page.splitlines() if len(cells := line.split("|")) == 5}
    assert wanted <= set(rows)
    assert all(rows[name] for name in wanted)
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").split()
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][A-Za-z0-9.]*", line) for line in lines)
    pinned = {line.split("==")[0].lower().replace("_", "-") for line in lines}
    dev = {re.split(r"[<>=\[]", d)[0] for d in project["optional-dependencies"]["dev"]}
    assert wanted | dev | {"hatchling", "editables"} <= pinned


def test_the_public_names_are_those_of_the_python_page() -> None:
    """What the page says to call is there."""
    page = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
    names = set(re.findall(r"\bbw\.([A-Za-z]\w*)", page))
    assert {"read", "plan", "write", "frames"} <= names
    for name in names:
        assert hasattr(bw, name), name
    assert bw.InputError is InputError
