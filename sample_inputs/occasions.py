"""Sample books of the occasions: a departure, a leave, new hires, a redesign, two teams that become one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import numpy as np

from bookwright.generate import generate
from bookwright.generate_names import INDUSTRIES, company_names
from bookwright.portfolio import Absence, Account, Cell, Csm, Portfolio
from bookwright.tables.write_input import write_portfolio

EFFECTIVE = dt.date(2027, 1, 1)
SETTINGS: dict[str, Cell] = {"effective_date": EFFECTIVE, "currency": "USD"}
REDESIGN_SEED = 12

DEPARTURE_STORY = (
    "Departure: Nora Lind leaves on 31 January",
    "Six CSMs, 57 accounts of 8 hours a month each. Nora has ten: five in Healthcare, four in Finance, one in Retail.",
    "Elif Demir knows Healthcare and Retail, Jonas Weber knows Finance, Lucy Chen both, but she came two months ago.",
    "bookwright plan departure.xlsx -m departure",
    "Only Nora's ten accounts move. Those with her for years go to Elif and Jonas, by industry; young ones to Lucy.",
    "Nobody is over 100 % afterwards. Priya Nair and Sam Okafor know neither industry and are left in peace.",
)
LEAVE_STORY = (
    "Leave: Nora Lind is away from February to May",
    "The team of departure.xlsx, but Nora comes back: sheet Absences has her 120 hours of each of the four months.",
    "bookwright plan leave.xlsx -m departure",
    "No account changes its CSM. Sheet Interim cover says who has her ten accounts until she is back on 1 June.",
)
HIRE_STORY = (
    "New hires: two people start, in January and in February, with a ramp of four months",
    "Four CSMs with 30 accounts each are over 100 %. Kim Novak starts on 1 January, Leo Marin on 1 February.",
    "Their ramp is 25, 50, 75, 100 % of 100 hours. Every third account is yellow or red, some renew soon.",
    "bookwright plan new_hire.xlsx -m new_hire",
    "Only Kim and Leo receive accounts, month by month as their hours grow: sheet New hires. Easy ones go first.",
    "What moves is healthy, was with its CSM for a short time, and is far from its renewal.",
)
REDESIGN_STORY = (
    "Annual redesign: books that grew by history",
    "Eight CSMs, 160 accounts. Some books are far over 100 %, others half empty, and many accounts renew soon.",
    "bookwright redesign annual_redesign.xlsx",
    "From scratch the books are even. The path there takes some quarters: who is near renewal waits for a later one.",
    "No stage is worse than the one before.",
)
NORTH_STORY = (
    "Two teams become one: the northern one, over its hours",
    "Three CSMs with 100 hours each and 20 accounts of 16 hours. The southern team has room: see team_south.xlsx.",
    "Both teams number their CSMs C-1, C-2, C-3: other people. The merge keeps them apart.",
    "bookwright team merge team_north.xlsx team_south.xlsx -o team.xlsx",
    "bookwright plan team.xlsx",
)
SOUTH_STORY = (
    "Two teams become one: the southern one, with room",
    "Three CSMs with 100 hours each and 13 accounts of 16 hours. Together: 528 hours of work for 600, 88 % each.",
    "bookwright team merge team_north.xlsx team_south.xlsx -o team.xlsx",
)


def _day(years: float) -> dt.date:
    return EFFECTIVE - dt.timedelta(days=round(years * 365.25))


def departure() -> Portfolio:
    """Nora leaves; who knows Healthcare and Finance, and who is new, decides who takes which account."""
    people = (
        ("C-1", "Nora Lind", "Marta Ruiz", ("Healthcare", "Finance")),
        ("C-2", "Elif Demir", "Marta Ruiz", ("Healthcare", "Retail")),
        ("C-3", "Jonas Weber", "Marta Ruiz", ("Finance", "Software")),
        ("C-4", "Priya Nair", "Otto Brandt", ("Manufacturing", "Retail")),
        ("C-5", "Sam Okafor", "Otto Brandt", ("Public sector", "Software")),
        ("C-6", "Lucy Chen", "Marta Ruiz", ("Healthcare", "Finance")),
    )
    books = {
        "C-1": (*["Healthcare"] * 5, *["Finance"] * 4, "Retail"),
        "C-2": (*["Healthcare"] * 5, *["Retail"] * 4),
        "C-3": (*["Finance"] * 5, *["Software"] * 4),
        "C-4": (*["Manufacturing"] * 6, *["Retail"] * 5),
        "C-5": (*["Public sector"] * 6, *["Software"] * 5),
        "C-6": (*["Healthcare"] * 4, *["Finance"] * 3),
    }
    # Of Nora's: three of Healthcare, two of Finance and the one of Retail are with her for years.
    nora = (4.0, 3.5, 3.0, 1.0, 0.9, 4.2, 2.8, 0.8, 1.2, 3.1)
    called = {key: name for key, name, *_ in people}
    names = iter(_names(1, sum(map(len, books.values()))))
    accounts: list[Account] = []
    for csm_id, industries in books.items():
        for k, industry in enumerate(industries):
            years = nora[k] if csm_id == "C-1" else 0.7 if csm_id == "C-6" else 1.5 + 0.2 * k
            number = len(accounts) + 1
            accounts.append(
                Account(
                    id=f"A-{number:02d}", name=next(names), segment="Mid-Market", arr=60_000.0 + 4_000 * (number % 5),
                    hours=8.0, csm_id=csm_id, csm_text=called[csm_id], csm_since=_day(years), industry=industry,
                    health=88.0, renewal_date=EFFECTIVE + dt.timedelta(days=150 + 3 * number), row=number + 1,
                )
            )  # fmt: skip
    csms = [
        Csm(
            id=key, name=name, manager=manager, segments=("Mid-Market",), industries=industries,
            customer_hours=100.0 if key == "C-6" else 120.0, row=row,
        )
        for row, (key, name, manager, industries) in enumerate(people, start=2)
    ]  # fmt: skip
    csms[0] = csms[0].model_copy(update={"end_date": dt.date(2027, 1, 31)})
    csms[5] = csms[5].model_copy(update={"start_date": dt.date(2026, 11, 1)})
    return Portfolio(accounts=tuple(accounts), csms=tuple(csms), settings=dict(SETTINGS), currency="USD")


def leave() -> Portfolio:
    """The same team; Nora is away for four months and comes back."""
    team = departure()
    csms = tuple(c.model_copy(update={"end_date": None}) for c in team.csms)
    months = [dt.date(2027, month, 1) for month in (2, 3, 4, 5)]
    away = tuple(Absence(csm_id="C-1", month=m, hours_lost=120.0, row=k) for k, m in enumerate(months, start=2))
    return team.model_copy(update={"csms": csms, "absences": away})


def new_hire() -> Portfolio:
    """Four CSMs over 100 %, two who start; a third of the accounts is better left alone."""
    called = {f"C-{k}": name for k, name in enumerate(("Ana Lopez", "Ben Carter", "Dara Quinn", "Finn Olsen"), start=1)}
    names = _names(2, 120)
    accounts = []
    for number, name in enumerate(names, start=1):
        csm_id = f"C-{1 + (number - 1) % 4}"
        turn = (number - 1) // 4
        health = (90.0, 84.0, 62.0 if turn % 2 else 40.0)[turn % 3]
        due = 20 + 31 * (turn % 12)
        accounts.append(
            Account(
                id=f"A-{number:03d}", name=name, segment="Mid-Market", arr=30_000.0 + 2_000 * (turn % 9),
                hours=3.4 + 0.1 * (turn % 5), csm_id=csm_id, csm_text=called[csm_id],
                csm_since=_day(0.5 + (turn % 8) * 0.6), health=health, renewal_date=EFFECTIVE + dt.timedelta(days=due),
                row=number + 1,
            )
        )  # fmt: skip
    csms = [
        Csm(id=key, name=name, manager="Marta Ruiz", segments=("Mid-Market",), customer_hours=100.0, row=row)
        for row, (key, name) in enumerate(called.items(), start=2)
    ]
    starts = (("C-5", "Kim Novak", EFFECTIVE), ("C-6", "Leo Marin", dt.date(2027, 2, 1)))
    csms += [
        Csm(
            id=key, name=name, manager="Marta Ruiz", segments=("Mid-Market",), customer_hours=100.0, start_date=day,
            ramp=(25.0, 50.0, 75.0, 100.0), row=row,
        )
        for row, (key, name, day) in enumerate(starts, start=6)
    ]  # fmt: skip
    return Portfolio(accounts=tuple(accounts), csms=tuple(csms), settings=dict(SETTINGS), currency="USD")


def annual_redesign() -> Portfolio:
    """A generated team with uneven books, renewals over the year, and nobody who leaves."""
    return generate(160, 8, seed=REDESIGN_SEED, slack=1.1, effective_date=EFFECTIVE)


def _side(label: str, people: tuple[str, ...], counts: tuple[int, ...], first: int) -> Portfolio:
    csms = tuple(
        Csm(
            id=f"C-{k}", name=name, manager=f"{label} lead", segments=("Mid-Market",), customer_hours=100.0, row=k + 1
        )
        for k, name in enumerate(people, start=1)
    )  # fmt: skip
    names = iter(_names(first, sum(counts)))
    accounts: list[Account] = []
    for csm, count in zip(csms, counts, strict=True):
        for _ in range(count):
            number = len(accounts) + 1
            accounts.append(
                Account(
                    id=f"{label[0]}-{number:02d}", name=next(names), segment="Mid-Market", arr=50_000.0, hours=16.0,
                    csm_id=csm.id, csm_text=csm.name, csm_since=_day(1.0 + 0.1 * number), health=85.0, row=number + 1,
                )
            )  # fmt: skip
    return Portfolio(accounts=tuple(accounts), csms=csms, settings=dict(SETTINGS), currency="USD")


def team_north() -> Portfolio:
    """Three CSMs with more work than hours."""
    return _side("North", ("Ana Lopez", "Ben Carter", "Chloe Tan"), (7, 7, 6), 3)


def team_south() -> Portfolio:
    """Three CSMs with room, under the same ids."""
    return _side("South", ("Dara Quinn", "Elif Demir", "Finn Olsen"), (5, 4, 4), 4)


def _names(seed: int, count: int) -> list[str]:
    """Invented company names, all different, of any industry."""
    dice = np.random.default_rng(seed)
    return company_names(dice, dice.integers(0, len(INDUSTRIES), count))


def _with(make: Callable[[], Portfolio], story: tuple[str, ...]) -> Callable[[Path], object]:
    return lambda path: write_portfolio(make(), path, story=story)


OCCASIONS: dict[str, Callable[[Path], object]] = {
    "departure.xlsx": _with(departure, DEPARTURE_STORY),
    "leave.xlsx": _with(leave, LEAVE_STORY),
    "new_hire.xlsx": _with(new_hire, HIRE_STORY),
    "annual_redesign.xlsx": _with(annual_redesign, REDESIGN_STORY),
    "team_north.xlsx": _with(team_north, NORTH_STORY),
    "team_south.xlsx": _with(team_south, SOUTH_STORY),
}
"""Every sample of this file by its name, with what writes it to a path."""
