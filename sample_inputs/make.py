"""Makes the sample workbooks of this folder: `python -m sample_inputs.make` from the top of the repository.

Each tells one story. The same script gives the same bytes; a test compares them with the files in the repository.
"""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable
from pathlib import Path

from bookwright.generate import generate
from bookwright.portfolio import Account, Cell, Csm, Portfolio, Wish, WishKind
from bookwright.tables.write_input import write_portfolio
from sample_inputs.every_finding import write_every_finding
from sample_inputs.last_quarter import LAST_QUARTER
from sample_inputs.occasions import OCCASIONS

HERE = Path(__file__).parent
EFFECTIVE = dt.date(2027, 1, 1)
TEAM_SEED = 6
NAMES = (
    "Amber Heron Tools", "Birch Lantern Retail", "Cedar Quill Press", "Dapple Mill Bakeries", "Ember Cove Freight",
    "Flint Harbor Supply", "Garnet Meadow Clinics", "Hazel Bridge Software", "Indigo Orchard Hotels",
    "Jade Anchor Logistics", "Keen Robin Training", "Juniper Foods",
)  # fmt: skip

STARTER_STORY = (
    "Starter: twelve accounts, three CSMs, an answer you can find by hand",
    "Every account needs 10 hours a month and pays 100,000 a year. Every CSM has 50 hours a month for customers.",
    "Ana Lopez has seven accounts: 70 hours of work in 50 hours, 140 %. Ben Carter has four: 80 %.",
    "Chloe Tan starts on the effective date with an empty book. One account, Juniper Foods, has no CSM.",
    "There are 120 hours of work and 150 hours of people: 80 % each, four accounts each, is as even as it gets.",
    "So three of Ana's accounts must go to Chloe, and Juniper Foods makes Chloe's four. Which three?",
    "Those that are with Ana for the shortest time: A-04, A-05, A-06 and A-07 came in 2025, the others in 2023.",
    "A-04 is pinned to Ana, because she is the executive sponsor's contact. So A-05, A-06 and A-07 go to Chloe.",
    "The answer: A-05, A-06, A-07 from Ana Lopez to Chloe Tan (chosen), A-12 to Chloe Tan (placed). Ben keeps his.",
    "The Settings sheet allows half of the accounts to move: 15 % of twelve would be one.",
)

TEAM_STORY = (
    "A team of ten with 200 accounts, at the end of a year",
    "One CSM leaves in January, one starts in January, some are over 100 % and others have room.",
    "Six accounts have no CSM. Some are pinned, some have an open escalation, about a quarter renew too soon to move.",
    "Support tier is a column of the team's own: it goes along to the plan unread.",
)

IMPOSSIBLE_STORY = (
    "Impossible: five wishes that cannot all come true",
    "1. A-01 is pinned to Ana Lopez, and the Pairs sheet says never Ana Lopez for A-01.",
    "2. A-02 is in Japan; every CSM is bound to other regions. Nobody may own it.",
    "3. A-03 and A-04 must be kept together and kept apart.",
    "4. A-05 and A-06 must be kept together, and are pinned to two different CSMs.",
    "5. The Settings sheet makes 100 % a wall, and the accounts need 330 hours where the CSMs have 300.",
    "Expect exit code 4, the nearest plan, and these five on top of it.",
)


def starter() -> Portfolio:
    """Twelve equal accounts, one CSM overloaded, one new: the answer is known."""
    since = [dt.date(2023, 1, 2)] * 3 + [dt.date(2025, 7, 1)] * 4 + [dt.date(2024, 1, 2)] * 4 + [None]
    owners = ["C-1"] * 7 + ["C-2"] * 4 + [None]
    called = {"C-1": "Ana Lopez", "C-2": "Ben Carter", None: ""}
    accounts = [
        Account(
            id=f"A-{number:02d}", name=name, segment="Mid-Market", arr=100_000.0, hours=10.0, csm_id=owner,
            csm_text=called[owner], csm_since=day, health=90.0, row=number + 1,
        )
        for number, (name, owner, day) in enumerate(zip(NAMES, owners, since, strict=True), start=1)
    ]  # fmt: skip
    accounts[3] = accounts[3].model_copy(update={"pin": "C-1", "pin_reason": "Executive sponsor"})
    csms = [
        Csm(id="C-1", name="Ana Lopez", manager="Marta Ruiz", segments=("Mid-Market",), customer_hours=50.0, row=2),
        Csm(id="C-2", name="Ben Carter", manager="Marta Ruiz", segments=("Mid-Market",), customer_hours=50.0, row=3),
        Csm(
            id="C-3", name="Chloe Tan", manager="Marta Ruiz", segments=("Mid-Market",), customer_hours=50.0,
            start_date=EFFECTIVE, ramp=(100.0,), row=4,
        ),
    ]  # fmt: skip
    return Portfolio(
        accounts=tuple(accounts),
        csms=tuple(csms),
        settings={
            "effective_date": EFFECTIVE,
            "currency": "USD",
            "move_budget_accounts_percent": 50,
            "move_budget_arr_percent": 50,
        },
        currency="USD",
    )


def mid_market_team() -> Portfolio:
    """A generated team in which everything happens at once: a leaver, a starter, overload, pins, renewals."""
    made = generate(200, 10, seed=TEAM_SEED, occasion="departure", effective_date=EFFECTIVE)
    tiers = {"Enterprise": "Premium", "Mid-Market": "Standard", "SMB": "Basic"}
    accounts = tuple(a.model_copy(update={"extra": {"Support tier": tiers[a.segment]}}) for a in made.accounts)
    columns: tuple[tuple[str, str | None], ...] = (("Support tier", None),)
    return made.model_copy(update={"accounts": accounts, "account_columns": columns})


def impossible() -> Portfolio:
    """Clashing wishes, an account nobody may own, and a ceiling that cannot hold."""
    owners = ["C-1", "C-2", "C-1", "C-1", "C-2", "C-3", "C-1", "C-2", "C-3", "C-3", "C-2"]
    called = {"C-1": "Ana Lopez", "C-2": "Ben Carter", "C-3": "Chloe Tan"}
    regions = ["Americas", "Japan", *["Americas", "EMEA"] * 5]
    pins = {"A-01": "C-1", "A-05": "C-2", "A-06": "C-3"}
    accounts = []
    for number, (name, owner, region) in enumerate(zip(NAMES, owners, regions, strict=False), start=1):
        key = f"A-{number:02d}"
        reason = "Customer asked" if key in pins else ""
        accounts.append(
            Account(
                id=key, name=name, segment="Mid-Market", arr=60_000.0 + 5_000 * number, hours=30.0, csm_id=owner,
                csm_text=called[owner], region=region, pin=pins.get(key), pin_reason=reason, row=number + 1,
            )
        )  # fmt: skip
    csms = tuple(
        Csm(
            id=key, name=name, manager="Marta Ruiz", segments=("Mid-Market",), regions=("Americas", "EMEA"),
            customer_hours=100.0, row=row,
        )
        for row, (key, name) in enumerate(called.items(), start=2)
    )  # fmt: skip
    wishes = (
        Wish(kind=WishKind.NEVER, account_id="A-01", other="C-1", note="Conflict of interest", row=2),
        Wish(kind=WishKind.TOGETHER, account_id="A-03", other="A-04", note="One buyer", row=3),
        Wish(kind=WishKind.APART, account_id="A-03", other="A-04", note="Competitors", row=4),
        Wish(kind=WishKind.TOGETHER, account_id="A-05", other="A-06", note="One buyer", row=5),
    )
    settings: dict[str, Cell] = {"effective_date": EFFECTIVE, "currency": "USD", "hours_ceiling_percent": 100}
    return Portfolio(accounts=tuple(accounts), csms=csms, wishes=wishes, settings=settings, currency="USD")


SAMPLES: dict[str, Callable[[Path], object]] = {
    "starter.xlsx": lambda path: write_portfolio(starter(), path, story=STARTER_STORY),
    "mid_market_team.xlsx": lambda path: write_portfolio(mid_market_team(), path, story=TEAM_STORY),
    "impossible.xlsx": lambda path: write_portfolio(impossible(), path, story=IMPOSSIBLE_STORY),
    "every_finding.xlsx": write_every_finding,
    **OCCASIONS,
    **LAST_QUARTER,
}
"""Every sample by its file name, with what writes it to a path."""


def make(folder: Path = HERE) -> list[Path]:
    """Write all samples into a folder; returns their paths."""
    for name, write in SAMPLES.items():
        write(folder / name)
    return [folder / name for name in SAMPLES]


if __name__ == "__main__":
    for path in make(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE):
        print(path)
