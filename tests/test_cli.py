"""The command line as people meet it: help, exit codes, JSON, bad files, Ctrl-C, ids that come out as they went in."""

from __future__ import annotations

import hashlib
import json
import random
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import openpyxl
import pytest

from bookwright import planner
from bookwright.cli import main
from bookwright.cli.group import bookwright
from bookwright.cli.shared import USUAL_SECONDS

SAMPLES = Path(__file__).resolve().parent.parent / "sample_inputs"
FIRST_VISIT = ["demo", "template", "generate", "check", "plan", "models"]
QUICK = ("--effort", "1", "-q")
Rows = Sequence[Sequence[Any]]


@dataclass(frozen=True)
class Ran:
    """What a command left: its exit code, stdout and stderr."""

    code: int
    out: str
    err: str


class Run:
    """Runs commands in this process, and holds that none of them shows a traceback or calls itself a bug."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys

    def __call__(self, *args: str | Path) -> Ran:
        """One command, as typed."""
        with pytest.raises(SystemExit) as end:
            main([str(a) for a in args])
        said = self.capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        assert "bug in Bookwright" not in said.err
        assert isinstance(end.value.code, int)
        return Ran(end.value.code, said.out, said.err)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command of `bookwright`."""
    return Run(capsys)


@pytest.fixture
def starter(tmp_path: Path) -> Path:
    """A copy of the starter, and a promise that nothing writes onto it."""
    path = tmp_path / "starter.xlsx"
    path.write_bytes((SAMPLES / "starter.xlsx").read_bytes())
    return path


def book(path: Path, **sheets: Rows) -> Path:
    """A workbook with these sheets; texts stay texts."""
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for r, row in enumerate(rows, start=1):
            for c, value in enumerate(row, start=1):
                cell = sheet.cell(r, c, value)
                if isinstance(value, str):
                    cell.data_type = "s"
    made.save(path)
    return path


def sums(folder: Path) -> dict[str, str]:
    """File -> checksum, to see that nothing was written."""
    return {str(p): hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.rglob("*")) if p.is_file()}


# -- help ----------------------------------------------------------------------------------------------------------


def commands(
    group: click.Group = bookwright, above: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Each command and subcommand that is registered, as typed."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield (*above, name), command
        if isinstance(command, click.Group):
            yield from commands(command, (*above, name))


ALL = dict(commands())


def test_the_commands_of_a_first_visit_are_there() -> None:
    """What the README and the pages lead to."""
    names = bookwright.list_commands(click.Context(bookwright))
    assert [name for name in names if name in FIRST_VISIT] == FIRST_VISIT
    assert {("models", sub) for sub in ("list", "show", "copy", "check")} <= set(ALL)


@pytest.mark.parametrize("command", [(), *ALL], ids=" ".join)
@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_shows_an_example(run: Run, command: tuple[str, ...], option: str) -> None:
    """Each help starts with what the command does and shows how it is typed."""
    ran = run(*command, option)
    assert ran.code == 0
    example = ran.out.split("Example:")[1]
    assert " ".join(("bookwright", *command)) in example
    assert not ran.err


@pytest.mark.parametrize("command", ALL, ids=" ".join)
def test_every_option_has_help_and_every_short_help_is_a_whole_sentence(run: Run, command: tuple[str, ...]) -> None:
    """No option is left to guessing, and the list of commands cuts none off."""
    for option in ALL[command].params:
        assert not isinstance(option, click.Option) or option.help, option.name
    assert ALL[command].get_short_help_str(limit=1000).endswith(".")
    assert "..." not in run(*command[:-1], "--help").out.split("Commands:")[-1]


def test_help_loads_nothing_heavy() -> None:
    """--help answers at once: no solver, no numpy, no pandas, no spreadsheet library."""
    heavy = ("ortools", "pandas", "numpy", "openpyxl", "xlsxwriter", "pydantic", "scipy", "numba", "clarabel")
    code = (
        "import sys\n"
        "from bookwright.cli import main\n"
        "try:\n    main(sys.argv[1:])\n"
        "except SystemExit:\n    pass\n"
        f"print([m for m in {heavy!r} if m in sys.modules], file=sys.stderr)"
    )
    for args in (["--help"], ["plan", "--help"], ["check", "--help"], ["--version"], ["planned"]):
        done = subprocess.run([sys.executable, "-c", code, *args], capture_output=True, text=True, check=True)
        assert done.stderr.splitlines()[-1] == "[]", args


def test_a_near_miss_is_offered(run: Run) -> None:
    """Commands, options, planning models and files that do not exist name the nearest that do."""
    assert "Maybe `bookwright plan`" in run("plann").err
    assert "demo, template, generate" in run("zzz").err
    ran = run("plan", "x.xlsx", "--time-limt", "5")
    assert ran.code == 2
    assert "--time-limit" in ran.err
    ran = run("plan", "x.xlsx", "--effective-date", "31.1.2027")
    assert ran.code == 2
    assert "Maybe write it as year-month-day" in ran.err
    ran = run("models", "show", "quarterly_rebalanc")
    assert ran.code == 2
    assert "Maybe quarterly_rebalance" in ran.err


def test_a_missing_book_names_those_there(run: Run, starter: Path) -> None:
    """A typing error in a file name is answered with the workbooks of that folder."""
    ran = run("plan", starter.with_name("startr.xlsx"))
    assert ran.code == 2
    assert "Maybe one of: starter.xlsx" in ran.err


# -- exit codes ----------------------------------------------------------------------------------------------------


def test_a_plan_is_exit_0_and_goes_beside_the_book(run: Run, starter: Path) -> None:
    """The plan, its store, and one sentence on stdout; progress and findings stay off it."""
    ran = run("plan", starter, "--effort", "5")
    assert ran.code == 0
    assert ran.out.splitlines()[0].startswith("Move 4 of 12 accounts")
    assert {p.name for p in starter.parent.iterdir()} == {
        "starter.xlsx",
        "starter plan.xlsx",
        "starter plan.bookwright",
    }


def test_a_wrong_cell_is_exit_3_and_nothing_is_written(run: Run, tmp_path: Path) -> None:
    """Cells that cannot be read are all told, with their place, and no plan is made."""
    wrong = book(
        tmp_path / "wrong.xlsx",
        Accounts=[("Account ID", "Segment", "ARR", "CSM"), ("A1", "SMB", "12O0", "Ana"), ("A2", "SMB", "1l0", "Ana")],
        CSMs=[("CSM", "Segments"), ("Ana", "SMB")],
    )
    before = sums(tmp_path)
    ran = run("plan", wrong, *QUICK)
    assert ran.code == 3
    assert 'cell C2: ARR "12O0"' in ran.err
    assert "C3" in ran.err
    assert sums(tmp_path) == before
    assert run("check", wrong).code == 3


def test_contradictions_are_exit_4_with_the_nearest_plan(run: Run, tmp_path: Path) -> None:
    """The nearest plan is written, and what it breaks is said first."""
    out = tmp_path / "nearest.xlsx"
    ran = run("plan", SAMPLES / "impossible.xlsx", "-o", out, *QUICK)
    assert ran.code == 4
    assert out.is_file()
    assert "pinned to Ana Lopez, who must never have it" in ran.out.splitlines()[0]


def test_no_plan_in_time_is_exit_5_with_the_best_there_is(run: Run, tmp_path: Path) -> None:
    """A wall that only one packing in a great many keeps, and hardly any time to find it."""
    rng = random.Random(1)
    hours = [rng.randrange(2000, 9000) for _ in range(60)]
    ids = rng.sample(range(60), 60)
    tight = book(
        tmp_path / "tight.xlsx",
        Accounts=[("Account ID", "Segment", "ARR", "CSM", "Hours per month")]
        + [(f"A{i}", "SMB", 1000, None, hours[i] / 100) for i in ids],
        CSMs=[("CSM", "Segments", "Customer hours per month")]
        + [(f"Csm {j}", "SMB", sum(hours[j::12]) / 100) for j in range(12)],
        Settings=[("Setting", "Value"), ("Hours ceiling", 100), ("Effective date", "2027-01-01")],
    )
    ran = run("plan", tight, *QUICK, "--json")
    answer = json.loads(ran.out)
    assert ran.code == 5
    assert answer["status"] == "NO_PLAN_FOUND"
    assert answer["unassigned"] == []
    assert any("Not proved impossible" in line for line in answer["alarms"])
    assert (tmp_path / "tight plan.xlsx").is_file()


@pytest.mark.parametrize(
    "args",
    [
        ("plan", "starter.xlsx", "--time-limit", "-1"),
        ("plan", "starter.xlsx", "--effective-date", "soon"),
        ("plan", "starter.xlsx", "-m", "nothing_like_it"),
        ("plan", "starter.xlsx", "-o", "starter.xlsx"),
        ("plan", "starter.xlsx", "-o", "plan.xls"),
        ("plan", "starter.xlsx", "-o", "nowhere/plan.xlsx"),
        ("plan", "starter.xlsx", "--html", "page.txt"),
        ("plan", "starter.xlsx", "--columns", "none.toml"),
        ("check", "starter.xlsx", "--write-columns", "starter.xlsx"),
        ("check", "starter.xlsx", "--draft-csms", "starter.xlsx"),
        ("template", "starter.xlsx"),
        ("template", "book.xls"),
        ("generate", "starter.pdf"),
        ("generate", "starter.xlsx"),
        ("models", "copy", "quarterly_rebalance", "starter.xlsx"),
        ("check",),
    ],
    ids=" ".join,
)
def test_wrong_use_is_exit_2_before_anything_is_written(
    run: Run, starter: Path, monkeypatch: pytest.MonkeyPatch, args: tuple[str, ...]
) -> None:
    """Said at once, not after a search; what is there stays as it is."""
    monkeypatch.chdir(starter.parent)
    before = sums(starter.parent)
    ran = run(*args)
    assert ran.code == 2
    assert ran.err.strip()
    assert not ran.out
    assert sums(starter.parent) == before


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("plan", "nope.xlsx"), 2, "nope.xlsx"),
        (("plan", "starter.xlsx", "--gap", "nan"), 2, "nan is not a number"),
        (("plan", "starter.xlsx", "--time-limit", "inf"), 2, "inf is not a number"),
        (("plan", "starter.xlsx", "--seed", "-1"), 2, "-1"),
        (("plan", "starter.xlsx", "--effective-date", "9999-12-31"), 2, "between 1950 and 2199"),
        (("plan", "starter.xlsx", "-o", "x" * 300 + ".xlsx"), 2, "too long"),
        (("capacity", "bad.xlsx"), 3, "ARR"),
        (("review", "status", "foreign.xlsx"), 6, "foreign"),
    ],
)
def test_an_error_is_one_json_object_too(
    run: Run, starter: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], code: int, says: str
) -> None:
    """Whoever reads stdout gets an object at every end; people read the same text on stderr."""
    monkeypatch.chdir(starter.parent)
    book(Path("bad.xlsx"), Accounts=[("Account ID", "ARR"), ("A1", "much")], CSMs=[("CSM ID", "CSM"), ("C1", "Ana")])
    Path("foreign.bookwright").write_bytes(b"x" * 4000)
    (starter.parent / "foreign.xlsx").write_bytes(starter.read_bytes())
    ran = run(*arguments, "--json")
    told = json.loads(ran.out)
    assert (ran.code, told["exit"]) == (code, code)
    assert says in told["error"]
    assert says in ran.err
    assert (code == 3) is bool(told["findings"])


def test_a_full_disk_is_no_bug(starter: Path) -> None:
    """Stdout onto a device that is always full: said, exit 2."""
    command = [sys.executable, "-m", "bookwright", "check", str(starter), "--json"]
    with open("/dev/full", "w") as full:
        ran = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert ran.returncode == 2
    assert "No space left" in ran.stderr
    assert "bug" not in ran.stderr


def test_ctrl_c_keeps_the_best_plan(tmp_path: Path) -> None:
    """Ctrl-C in a real process ends the search with exit 130; the plan so far is written."""
    team, out = tmp_path / "team.xlsx", tmp_path / "plan.xlsx"
    with pytest.raises(SystemExit):
        main(["generate", str(team), "--accounts", "200", "--csms", "8"])
    process = subprocess.Popen(
        [sys.executable, "-m", "bookwright", "plan", str(team), "-o", str(out), "--time-limit", "300"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Where the tests run in the background of a shell, Ctrl-C is ignored by all that they start.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stderr is not None
    seen = ""
    try:
        for line in process.stderr:  # the first line of progress: the search is on
            seen += line
            if "proved at least" in line:
                break
        process.send_signal(signal.SIGINT)
        said, rest = process.communicate(timeout=120)
    finally:
        process.kill()
    assert process.returncode == 130, seen + rest
    assert "the best plan so far is written" in rest
    assert "Traceback" not in seen + rest
    assert "Move " in said
    assert "Assignments" in openpyxl.load_workbook(out, read_only=True).sheetnames


# -- JSON ----------------------------------------------------------------------------------------------------------


def test_plan_json_holds_what_is_promised(run: Run, starter: Path) -> None:
    """One object, with the keys that scripts rely on."""
    ran = run("plan", starter, "--json", "--effort", "5")
    found = json.loads(ran.out)
    assert set(found) >= {
        "status", "stopped_by", "priorities", "accounts", "csms", "unassigned", "moves", "breaches", "seconds", "out",
        "plan_hash", "fingerprint", "version",
    }  # fmt: skip
    assert [set(p) >= {"name", "value", "bound", "gap"} for p in found["priorities"]] == [True] * 4
    assert [p["name"] for p in found["priorities"]] == ["hours", "balance", "moves", "evenness"]
    assert set(found["moves"]) >= {"placed", "forced", "chosen"}
    for kind in ("placed", "forced", "chosen"):
        assert set(found["moves"][kind]) == {"accounts", "arr", "share_of_accounts", "share_of_arr"}
    assert set(found["seconds"]) == {"read", "solve", "write"}
    assert found["status"] == "OPTIMAL"
    assert found["moves"]["chosen"]["accounts"] == 3
    assert found["moves"]["placed"]["accounts"] == 1
    assert found["out"].endswith("starter plan.xlsx")


def test_every_reporting_command_prints_one_object(run: Run, starter: Path) -> None:
    """--json on check, generate and models parses, and nothing else is on stdout."""
    checked = json.loads(run("check", SAMPLES / "every_finding.xlsx", "--json").out)
    assert checked["errors"] == sum(f["severity"] == "error" for f in checked["findings"]) > 0
    assert all(f["text"] and f["code"] for f in checked["findings"])
    made = json.loads(run("generate", starter.with_name("g.xlsx"), "--accounts", "9", "--csms", "3", "--json").out)
    assert (made["accounts"], made["csms"]) == (9, 3)
    assert "quarterly_rebalance" in json.loads(run("models", "list", "--json").out)
    assert json.loads(run("models", "show", "new_accounts", "--json").out)["name"] == "new_accounts"
    assert "hours" in json.loads(run("models", "check", "quarterly_rebalance", "--json").out)["priorities"]


# -- bad files -----------------------------------------------------------------------------------------------------


def bad_files(folder: Path) -> dict[str, Path]:
    """One of each kind of file that is not a book."""
    good = (SAMPLES / "starter.xlsx").read_bytes()
    contents = {
        "empty.xlsx": b"",
        "text.xlsx": b"just a note\n",
        "csv named.xlsx": b"Name;Amount\nA;1\n",
        "cut.xlsx": good[: len(good) // 2],
        "head.xlsx": good[:40],
        "page.xls": b"<html><body><table><tr><td>1</td></tr></table></body></html>",
        "old.xls": bytes.fromhex("D0CF11E0A1B11AE1") + b"\0" * 512,
        "locked.xlsx": bytes.fromhex("D0CF11E0A1B11AE1") + b"\0" * 512,
        "picture.xlsx": b"\x89PNG\r\n\x1a\n" + b"\0" * 64,
        "~$starter.xlsx": b"\x05Ann" + b"\0" * 160,
        "zeros.csv": b"\0" * 64,
        "binary.csv": bytes(range(256)),
        "no rows.csv": b"Account ID,Segment,ARR\n",
        "model.toml": b"name = 'x'\n",
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    (folder / "empty folder").mkdir()
    (folder / "folder").mkdir()
    (folder / "folder" / "accounts.csv").write_bytes(b"\xff\xfe\x00")
    return {name: folder / name for name in (*contents, "empty folder", "folder")}


def test_bad_files_are_named_and_leave_no_traceback(run: Run, tmp_path: Path) -> None:
    """Each kind, by every command that reads a book: a message that names the file, exit 2 or 3, nothing written."""
    paths = bad_files(tmp_path)
    before = sums(tmp_path)
    for name, path in paths.items():
        for command in (("check",), ("plan", *QUICK)):
            ran = run(*command, path)
            assert ran.code in (2, 3), (command, name, ran)
            assert name.split(".")[0] in ran.err, (command, name, ran)
            assert len(ran.err) < 3000, (command, name)
    assert sums(tmp_path) == before


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name = ", "not valid TOML"),
        ("name = 'x'\n[rules.hour]\n", 'Maybe "hours"'),
        ("name = 'x'\n[rules.hours]\nceiling = 1\n", 'Maybe "ceiling_percent"'),
        ("name = 'x'\n[horizon]\nmonths = 0\n", "horizon.months = 0"),
        ("name = 'x'\n[[priorities]]\nname = 'love'\n", '"love"'),
        ("title = 'x'\n", "name"),
    ],
)
def test_a_wrong_planning_model_names_the_key(run: Run, tmp_path: Path, text: str, said: str) -> None:
    """Every wrong key or value is named, with the nearest known one."""
    model = tmp_path / "model.toml"
    model.write_text(text, encoding="utf-8")
    ran = run("models", "check", model)
    assert ran.code == 3
    assert said in ran.err
    ran = run("plan", SAMPLES / "starter.xlsx", "-m", model, "-o", tmp_path / "plan.xlsx", *QUICK)
    assert ran.code == 3
    assert not (tmp_path / "plan.xlsx").exists()


# -- what goes in comes out ----------------------------------------------------------------------------------------

ODD_ACCOUNTS = [
    ("Account ID", "Account", "Segment", "ARR", "Current CSM", "Region", "Ticket", "Hours per month"),
    ("00123", "=1+1", "SMB", 1000, "Ana", "NA", "007", 10),
    ("1E5", "-Dash", "SMB", 1000, "Ana", "NA", "@sum", 10),
    ("TRUE", "+49 Ltd", "SMB", 1000, "Ben", "NA", "null", 10),
    ("2026-01-02", "=HYPERLINK(1)", "SMB", 1000, "", "NA", "n/a", 10),
]
ODD_CSMS = [("CSM ID", "CSM", "Segments", "Regions"), ("007", "Ana", "SMB", "NA"), ("08", "Ben", "SMB", "NA")]


def odd_book(folder: Path, kind: str) -> Path:
    """Ids, names and regions that spreadsheet programs like to change, as .xlsx or as a folder of .csv."""
    if kind == "xlsx":
        return book(folder / "odd.xlsx", Accounts=ODD_ACCOUNTS, CSMs=ODD_CSMS)
    (folder / "odd").mkdir()
    for name, rows in (("accounts", ODD_ACCOUNTS), ("csms", ODD_CSMS)):
        text = "\r\n".join(",".join(str(cell) for cell in row) for row in rows)
        (folder / "odd" / f"{name}.csv").write_text(text + "\r\n", encoding="utf-8")
    return folder / "odd"


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_texts_come_out_exactly_as_they_went_in(run: Run, tmp_path: Path, kind: str) -> None:
    """Ids with leading zeros, region NA, names that look like formulas: text in, the same text out, never a formula."""
    path = odd_book(tmp_path, kind)
    before = sums(tmp_path)
    ran = run("plan", path, *QUICK)
    assert ran.code == 0, ran.err
    after = sums(tmp_path)
    assert {name: after[name] for name in before} == before
    sheet = openpyxl.load_workbook(tmp_path / "odd plan.xlsx")["Assignments"]
    rows = [row for row in sheet.iter_rows() if row[0].value in {r[0] for r in ODD_ACCOUNTS}]
    head = [cell.value for cell in rows[0]]
    for given, row in zip(ODD_ACCOUNTS[1:], rows[1:], strict=True):
        for title in ("Account ID", "Account", "Region", "Ticket"):
            cell = row[head.index(title)]
            assert cell.value == given[ODD_ACCOUNTS[0].index(title)], title
            assert cell.data_type == "s", title
        assert row[head.index("New CSM ID")].value in ("007", "08")


def test_a_raw_export_gets_to_a_plan(run: Run, tmp_path: Path) -> None:
    """Check says what is missing; the drafted CSMs sheet and the proposed mapping are enough for a first plan."""
    folder = tmp_path / "export"
    folder.mkdir()
    lines = ["Account Name,Account ID,Type,Annual Revenue,Account Owner,Customer Success Manager"]
    for i in range(30):
        segment, csm = ("Enterprise", "SMB")[i % 2], ("Ana", "Ben")[i % 3 // 2]
        lines.append(f'"Firm {i}, Inc.",0015g{i:05d},{segment},"$1{i % 10},000",Sam,{csm}')
    (folder / "accounts.csv").write_text("\n".join(lines), encoding="utf-8")
    ran = run("check", folder)
    assert ran.code == 3
    assert "--draft-csms" in ran.err
    mapping = tmp_path / "columns.toml"
    assert run("check", folder, "--write-columns", mapping).code == 0
    assert 'segment = "Type"' in mapping.read_text(encoding="utf-8")
    assert run("check", folder, "--columns", mapping, "--draft-csms", folder / "csms.csv").code == 0
    ran = run("plan", folder, "--columns", mapping, *QUICK, "--json")
    assert ran.code == 0, ran.err
    answer = json.loads(ran.out)
    assert (answer["accounts"], answer["csms"], answer["unassigned"]) == (30, 2, [])
    assert run("check", folder, "--write-columns", mapping).code == 2  # what may have been edited is kept


def test_the_template_is_a_book_that_can_be_planned(run: Run, tmp_path: Path) -> None:
    """Blank workbook, one example row: check and plan take it as it is."""
    blank = tmp_path / "book.xlsx"
    assert run("template", blank).code == 0
    assert run("check", blank).code == 0
    assert run("plan", blank, *QUICK).code == 0


def test_a_copied_planning_model_is_a_planning_model(run: Run, tmp_path: Path) -> None:
    """Copy, check, plan with it."""
    mine = tmp_path / "mine.toml"
    assert run("models", "copy", "new_accounts", mine).code == 0
    assert run("models", "check", mine).code == 0
    ran = run("plan", SAMPLES / "starter.xlsx", "-m", mine, "-o", tmp_path / "plan.xlsx", *QUICK)
    assert ran.code == 0
    assert "Move 1 of 12 accounts (8 %, $100k): 1 placed." in ran.out


def test_effort_repeats_itself_in_a_fresh_process(run: Run, tmp_path: Path) -> None:
    """Same input, effort, seed, one worker: the same plan hash here and in another process."""
    team = tmp_path / "team.xlsx"
    assert run("generate", team, "--accounts", "60", "--csms", "5").code == 0
    args = ["plan", str(team), "-o", str(tmp_path / "plan.xlsx"), "--effort", "2", "--json"]
    here = json.loads(run(*args).out)
    done = subprocess.run([sys.executable, "-m", "bookwright", *args], capture_output=True, text=True, check=True)
    there = json.loads(done.stdout)
    assert here["plan_hash"] == there["plan_hash"]
    assert here["options"]["reproducible"]


def test_help_names_the_search_time_that_the_planner_takes() -> None:
    """--help loads no planner, so the numbers stand there as text."""
    long, middle, short = (planner.usual_seconds(accounts) for accounts in (601, 600, 250))
    assert f"[default: {long:g}; {middle:g} up to 600 accounts, {short:g} up to 250]" == USUAL_SECONDS
    assert planner.usual_seconds(251) == middle
