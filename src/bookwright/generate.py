"""Realistic synthetic portfolios of any size, from a seed: to try the product, to test it, to measure it."""

from __future__ import annotations

import datetime as dt
import zlib
from typing import Any, Final

import numpy as np
from pydantic import TypeAdapter

from bookwright.findings import UsageError
from bookwright.generate_names import INDUSTRIES, company_names, people
from bookwright.generate_story import (
    REGIONS,
    Team,
    add_sales_owners,
    add_story,
    families,
    make_absences,
    make_wishes,
    one_owner_per_family,
)
from bookwright.portfolio import Absence, Account, Cell, Csm, Portfolio, Wish

SEGMENTS: Final = ("Enterprise", "Mid-Market", "SMB")
SHAPES: Final = ("default", "full", "plain")
OCCASIONS: Final = ("quarterly_rebalance", "new_accounts", "new_hire", "departure")
EFFECTIVE_DATE: Final = dt.date(2027, 1, 1)
"""The default effective date: fixed, so that the same seed gives the same portfolio on any day."""

CONTRACT_HOURS: Final = 150.0
CUSTOMER_HOURS: Final = 100.0
RAMP: Final = (50.0, 50.0, 50.0, 75.0, 100.0)

_SHARE = np.array([0.08, 0.27, 0.65])
_MEDIAN_ARR = np.array([250_000.0, 60_000.0, 12_000.0])
_HOURS = np.array([9.0, 3.0, 0.6])
_OWN_SEGMENT, _NEIGHBOUR = 0.7, 0.3


def generate(
    accounts: int,
    csms: int,
    seed: int = 0,
    *,
    slack: float = 1.12,
    shape: str = "default",
    occasion: str = "quarterly_rebalance",
    effective_date: dt.date | None = None,
) -> Portfolio:
    """Make a realistic team with its accounts, the same one for the same seed.

    Enterprise / Mid-Market / SMB are 8 / 27 / 65 % of the accounts. ARR is lognormal with medians 250,000 / 60,000 /
    12,000 and sigma 0.7; hours go as 9 / 3 / 0.6 x lognormal(0.35) x (ARR / median)^0.25. CSMs are shared out to the
    segments by demand, at least one each. Every CSM has 150 contract hours and 100 customer hours a month, as people
    have; to make the team fit, the *hours of a segment's accounts* are scaled by one factor, so that the customer
    hours of the segment's own CSMs in the third month after the effective date are `slack` times what its accounts
    need. So slack 1.12 leaves 12 % room, 0.9 is a team that cannot do its work.

    25 % of the CSMs also cover a neighbouring segment (named second) and give it 30 % of their time. 8 % are new: they
    start on the effective date at half ramp, with empty books. Owners are drawn by lognormal(0.35) popularity, which
    makes books as uneven as real ones; 3 % of the accounts have no CSM. Fewer than three CSMs cover all segments.

    `shape`: "plain" stops here (no freezes, no families, no regions, and its sheets lift the move budgets: what
    benchmarks use). "default" adds teams of
    about eight under managers, regions of accounts, industry, product, health, tenure (7 % changed hands in the last
    90 days), renewal dates over the year from 30 days before the effective date for 95 %, 1 % pins, 0.5 % escalations,
    2 % of accounts in families. "full" has 5 % in families, renewal dates for all, 1 % of accounts in keep-apart
    pairs, a few never and prefer pairs, contract terms, absences, and CSMs bound to regions where a segment has four
    or more.

    `occasion`: "quarterly_rebalance"; "new_accounts" has 10 % without CSM; "new_hire" has 20 % new CSMs; in
    "departure" one CSM leaves 30 days after the effective date, and slack is counted without them.

    Money is in USD. The effective date (default: a fixed one) stands in the settings. Raises `UsageError` for sizes or
    names that make no sense. Source of the shape: quarterly rebalances as practitioners describe them; all figures are
    assumptions.
    """
    _refuse_nonsense(accounts, csms, slack, shape, occasion)
    today = effective_date or EFFECTIVE_DATE
    segment = _shuffled(_rng(seed, "segment"), _shares(accounts, _SHARE))
    arr = _MEDIAN_ARR[segment] * _rng(seed, "arr").lognormal(0.0, 0.7, accounts)
    arr = np.maximum(100.0, np.round(arr, -2))
    raw = _HOURS[segment] * _rng(seed, "hours").lognormal(0.0, 0.35, accounts) * (arr / _MEDIAN_ARR[segment]) ** 0.25
    region = _rng(seed, "region").choice(len(REGIONS), accounts, p=[share for *_, share in REGIONS])
    industry = _rng(seed, "industry").integers(0, len(INDUSTRIES), accounts)

    team = _team(seed, csms, np.bincount(segment, weights=raw, minlength=3), shape, occasion)
    hours = _scaled_hours(raw, segment, team, slack)
    owner = _owners(seed, segment, region, team, unowned=0.10 if occasion == "new_accounts" else 0.03)
    family = families(_rng(seed, "family"), segment, region, {"plain": 0.0, "default": 0.02, "full": 0.05}[shape])
    owner = one_owner_per_family(_rng(seed, "family owner"), owner, family)

    staff = people(_rng(seed, "people"), 2 * csms + 2)
    people_rows = _csm_rows(team, staff, today, shape)
    if shape == "plain":
        people_rows = [row | {"max_moves_in": accounts} for row in people_rows]
    rows = _plain_rows(seed, segment, arr, hours, owner, industry, people_rows)
    wishes: tuple[Wish, ...] = ()
    absences: tuple[Absence, ...] = ()
    if shape != "plain":
        add_story(_rng(seed, "story"), rows, team, owner, segment, region, industry, arr, family, today, shape)
    if shape == "full":
        wishes = make_wishes(_rng(seed, "wishes"), rows, people_rows, team, owner, segment, family)
        absences = make_absences(_rng(seed, "absences"), people_rows, team, today)
        add_sales_owners(_rng(seed, "sales"), rows, staff[csms + csms // 4 + 1 :])
    settings: dict[str, Cell] = {"effective_date": today, "currency": "USD"}
    if shape == "plain":
        settings |= {"move_budget_accounts_percent": 100.0, "move_budget_arr_percent": 100.0}
    return Portfolio(
        accounts=TypeAdapter(tuple[Account, ...]).validate_python(rows),
        csms=TypeAdapter(tuple[Csm, ...]).validate_python(people_rows),
        wishes=wishes,
        absences=absences,
        settings=settings,
        source=f"generated: {accounts} x {csms}, seed {seed}",
        currency="USD",
    )


def _refuse_nonsense(accounts: int, csms: int, slack: float, shape: str, occasion: str) -> None:
    if accounts < 1 or csms < 1:
        raise UsageError(f"A portfolio needs accounts and CSMs; {accounts} and {csms} were asked for.")
    if not 0.05 <= slack <= 100:
        raise UsageError(f"Slack {slack} is out of range. Maybe 1.12: capacity 12 % above demand.")
    if shape not in SHAPES:
        raise UsageError(f'There is no shape "{shape}". Maybe one of: {", ".join(SHAPES)}.')
    if occasion not in OCCASIONS:
        raise UsageError(f'There is no occasion "{occasion}" to generate. Maybe one of: {", ".join(OCCASIONS)}.')
    if occasion == "departure" and csms < 2:
        raise UsageError("A departure needs at least two CSMs: one who leaves and one who stays.")


def _rng(seed: int, topic: str) -> np.random.Generator:
    # A stream per topic: a shape that draws more leaves the draws of the others as they were.
    return np.random.default_rng([seed % 2**63, zlib.crc32(topic.encode())])


def _shares(count: int, weights: np.ndarray, least: int = 1) -> np.ndarray:
    """Whole numbers that add up to `count`, by largest remainder; each positive weight gets `least` if they reach."""
    wanted = weights > 0
    floor = np.where(wanted, least, 0) if count >= least * int(wanted.sum()) else np.zeros(len(weights), dtype=int)
    exact = weights / weights.sum() * count
    parts: np.ndarray = np.maximum(np.floor(exact).astype(int), floor)
    while parts.sum() < count:
        parts[np.argmax(np.where(wanted, exact - parts, -np.inf))] += 1
    while parts.sum() > count:
        parts[np.argmax(np.where(parts > floor, parts - exact, -np.inf))] -= 1
    return parts


def _shuffled(rng: np.random.Generator, counts: np.ndarray) -> np.ndarray:
    return np.asarray(rng.permutation(np.repeat(np.arange(len(counts)), counts)))


def _team(seed: int, csms: int, demand: np.ndarray, shape: str, occasion: str) -> Team:
    rng = _rng(seed, "team")
    weights = np.zeros((csms, 3))
    if csms < 3:  # too few to split: each covers everything
        primary = np.zeros(csms, dtype=int)
        weights[:] = 1.0
    else:
        primary = np.repeat(np.arange(3), _shares(csms, demand))
        weights[np.arange(csms), primary] = 1.0
        both = rng.permutation(csms)[: round(0.25 * csms)]
        step = np.where(primary[both] == 0, 1, np.where(primary[both] == 2, -1, rng.choice([-1, 1], len(both))))
        weights[both, primary[both]] = _OWN_SEGMENT
        weights[both, primary[both] + step] = _NEIGHBOUR
    leaver = -1
    order = rng.permutation(csms)
    if occasion == "departure":
        others = np.bincount(primary, minlength=3)[primary[order]]
        leaver = int(order[np.argmax(others > 1)] if (others > 1).any() else order[np.argmin(demand[primary[order]])])
    new = np.zeros(csms, dtype=bool)
    left = np.bincount(primary, minlength=3) - 1  # every segment keeps someone who is not new
    if leaver >= 0:
        left[primary[leaver]] -= 1
    wanted = round((0.20 if occasion == "new_hire" else 0.08) * csms)
    if occasion == "new_hire" and csms > 1:
        wanted = max(wanted, 1)
    for c in order:
        if wanted and c != leaver and left[primary[c]] > 0:
            new[c], wanted, left[primary[c]] = True, wanted - 1, left[primary[c]] - 1
    tenure = np.clip(rng.lognormal(np.log(800), 0.6, csms), 150, 4000).astype(int)
    tenure[new] = 0
    regions = np.ones((csms, len(REGIONS)), dtype=bool)
    if shape == "full":
        for s in range(3):
            mine = np.flatnonzero((primary == s) & ~new)
            if len(mine) >= 4:
                for turn, c in enumerate(mine[: len(mine) // 3].tolist()):
                    regions[c] = np.isin(np.arange(len(REGIONS)), (0, 1, 2, 3) if turn % 2 == 0 else (4, 5, 6, 7))
    end_hours = np.where(new, CUSTOMER_HOURS * RAMP[2] / 100.0, CUSTOMER_HOURS)
    if leaver >= 0:
        end_hours[leaver] = 0.0
    return Team(primary, weights, new, leaver, tenure, regions, end_hours)


def _scaled_hours(raw: np.ndarray, segment: np.ndarray, team: Team, slack: float) -> np.ndarray:
    csms = len(team.primary)
    group = segment if csms >= 3 else np.zeros_like(segment)
    demand = np.bincount(group, weights=raw, minlength=3)
    capacity = np.bincount(team.primary, weights=team.end_hours, minlength=3)
    # A segment whose only CSM leaves has nothing to fit to: its accounts keep the hours they had with that CSM.
    capacity = np.where(capacity > 0, capacity, CUSTOMER_HOURS)
    factor = np.divide(capacity, slack * demand, out=np.ones(3), where=demand > 0)
    hours = raw * factor[group]
    typical = np.bincount(segment, weights=hours, minlength=3) / np.maximum(np.bincount(segment, minlength=3), 1)
    rounded = np.where(typical[segment] >= 1.0, np.round(hours, 2), np.round(hours, 4))
    return np.asarray(np.maximum(rounded, 0.0001))


def _owners(seed: int, segment: np.ndarray, region: np.ndarray, team: Team, unowned: float) -> np.ndarray:
    """Index of each account's CSM today, -1 where there is none."""
    rng = _rng(seed, "owner")
    popular = _rng(seed, "popular").lognormal(0.0, 0.35, len(team.primary)) * ~team.new
    reach = team.regions @ np.array([share for *_, share in REGIONS])  # fewer regions, more accounts in each
    owner = np.full(len(segment), -1)
    for s in range(3):
        for r in range(len(REGIONS)):
            places = np.flatnonzero((segment == s) & (region == r))
            weight = popular * team.weights[:, s] * team.regions[:, r] / reach
            if len(places) and weight.sum() > 0:
                owner[places] = rng.choice(len(weight), len(places), p=weight / weight.sum())
    owner[rng.permutation(len(segment))[: round(unowned * len(segment))]] = -1
    return owner


def _csm_rows(team: Team, staff: list[str], today: dt.date, shape: str) -> list[dict[str, Any]]:
    csms = len(team.primary)
    teams = max(1, round(csms / 8))
    rows: list[dict[str, Any]] = []
    for c in range(csms):
        row: dict[str, Any] = {
            "id": f"C-{c + 1:03d}",
            "name": staff[c],
            "segments": tuple(
                SEGMENTS[s] for s in np.argsort(-team.weights[c], kind="stable") if team.weights[c, s] > 0
            ),
            "contract_hours": CONTRACT_HOURS,
            "customer_hours": CUSTOMER_HOURS,
            "row": c + 2,
        }
        if team.new[c]:
            row |= {"start_date": today, "ramp": RAMP}
        if c == team.leaver:
            row |= {"end_date": today + dt.timedelta(days=30), "announce_on": today + dt.timedelta(days=7)}
        if shape != "plain":
            row["email"] = f"{staff[c].replace('.', '').replace(' ', '.').lower()}@example.com"
            row["manager"] = staff[csms + c * teams // csms]
            row["start_date"] = today - dt.timedelta(days=int(team.tenure_days[c]))
        if not team.regions[c].all():
            row["regions"] = tuple(REGIONS[r][0] for r in np.flatnonzero(team.regions[c]))
        rows.append(row)
    return rows


def _plain_rows(
    seed: int,
    segment: np.ndarray,
    arr: np.ndarray,
    hours: np.ndarray,
    owner: np.ndarray,
    industry: np.ndarray,
    people_rows: list[dict[str, Any]],
) -> list[dict[str, Any]]:
    names = company_names(_rng(seed, "names"), industry)
    csm_ids = [row["id"] for row in people_rows]
    csm_names = [row["name"] for row in people_rows]
    columns = zip(names, segment.tolist(), arr.tolist(), hours.tolist(), owner.tolist(), strict=True)
    return [
        {
            "id": f"A-{number + 1:05d}",
            "name": name,
            "segment": SEGMENTS[s],
            "arr": money,
            "hours": need,
            "csm_id": csm_ids[c] if c >= 0 else None,
            "csm_text": csm_names[c] if c >= 0 else "",
            "row": number + 2,
        }
        for number, (name, s, money, need, c) in enumerate(columns)
    ]
