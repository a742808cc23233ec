"""What a CRM knows beyond ARR and hours, for generated portfolios: families, renewals, health, tenure, pins, wishes."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np

from bookwright.generate_names import INDUSTRIES, unit_name
from bookwright.portfolio import Absence, Status, Wish, WishKind

REGIONS = (
    ("US East", "English", "UTC-5", 0.26),
    ("US West", "English", "UTC-8", 0.20),
    ("Canada", "English", "UTC-5", 0.08),
    ("Latin America", "Spanish", "UTC-3", 0.08),
    ("UK and Ireland", "English", "UTC+0", 0.12),
    ("Central Europe", "German", "UTC+1", 0.12),
    ("Southern Europe", "French", "UTC+1", 0.07),
    ("Asia Pacific", "English", "UTC+8", 0.07),
)
_PRODUCTS = ("Core", "Plus", "Suite")
_STAGES = ("Adopting", "Growing", "Mature", "Onboarding")
_COMPLEXITY = ("Low", "Standard", "High")
_BLANK = -10_000
_PIN_REASONS = ("Executive sponsor", "Customer asked", "Product knowledge", "Language")


@dataclass(frozen=True)
class Team:
    """The CSMs as arrays: one entry per CSM; coverage and weights are (CSMs, segments)."""

    primary: np.ndarray
    weights: np.ndarray
    new: np.ndarray
    leaver: int
    tenure_days: np.ndarray
    regions: np.ndarray  # (CSMs, regions): True where the CSM may own accounts
    end_hours: np.ndarray  # customer hours in the third month after the effective date


def families(rng: np.random.Generator, segment: np.ndarray, region: np.ndarray, share: float) -> np.ndarray:
    """Family number of each account, -1 outside families; members share segment and region, two to four each."""
    family = np.full(len(segment), -1)
    number = 0
    left = round(share * len(segment))
    classes = segment * len(REGIONS) + region
    for group in rng.permutation(np.unique(classes)):
        places = rng.permutation(np.flatnonzero(classes == group))
        here = min(left, max(2, round(share * len(places)) + 1))
        at = 0
        while here - at >= 2 and len(places) - at >= 2:
            size = min(int(rng.choice([2, 3, 4], p=[0.6, 0.25, 0.15])), here - at, len(places) - at)
            family[places[at : at + size]] = number
            number, at = number + 1, at + size
        left -= at
    return family


def one_owner_per_family(rng: np.random.Generator, owner: np.ndarray, family: np.ndarray) -> np.ndarray:
    """Puts most families with one CSM; about one in seven has drifted apart."""
    owner = owner.copy()
    together = rng.random(int(family.max()) + 1) < 0.85
    order = np.flatnonzero(family >= 0)
    first: dict[int, int] = {}
    for place in order.tolist():
        first.setdefault(int(family[place]), int(owner[place]))
    for place in order.tolist():
        if together[family[place]] and owner[place] >= 0 and first[int(family[place])] >= 0:
            owner[place] = first[int(family[place])]
    return owner


def add_story(
    rng: np.random.Generator,
    rows: list[dict[str, Any]],
    team: Team,
    owner: np.ndarray,
    segment: np.ndarray,
    region: np.ndarray,
    industry: np.ndarray,
    arr: np.ndarray,
    family: np.ndarray,
    today: dt.date,
    shape: str,
) -> None:
    """Adds what a CRM knows beyond ARR and hours: regions, health, tenure, renewals, pins, families."""
    n = len(rows)
    full = shape == "full"
    product = rng.choice(3, n, p=[0.5, 0.35, 0.15])
    health = np.where(rng.random(n) < 0.03, -1, np.round(rng.beta(6.0, 2.2, n) * 100)).astype(int)
    recent = rng.random(n) < 0.07
    days = np.where(recent, rng.integers(5, 90, n), 120 + rng.exponential(500, n).astype(int))
    days = np.minimum(days, np.where(owner >= 0, team.tenure_days[owner], days))
    onboarding = (recent & (rng.random(n) < 0.4)) | (owner < 0) & (rng.random(n) < 0.6)
    changes = ((days < 730) & ~onboarding & (rng.random(n) < 0.6)).astype(int) + (rng.random(n) < 0.08)
    stage = rng.choice(3, n, p=[0.3, 0.3, 0.4])
    settled = (owner >= 0) & (owner != team.leaver) & ~onboarding
    notice = settled & (rng.random(n) < 0.007)
    pinned = settled & ~notice & (rng.random(n) < 0.01)
    escalated = settled & (rng.random(n) < 0.005)
    term = rng.choice([12, 24, 36], n, p=[0.7, 0.2, 0.1]) if full else np.full(n, 12)
    renewal = (rng.random(n) * term * 365 / 12).astype(int) - 30
    dated = rng.random(n) < (1.0 if full else 0.95)
    reason = rng.integers(0, len(_PIN_REASONS), n)
    growth = np.round(arr * rng.lognormal(-2.0, 0.8, n), -2)
    part = np.where(rng.random(n) < 0.1, np.round(arr * rng.uniform(0.4, 0.9, n), -2), -1)
    hard = rng.choice(3, n, p=[0.25, 0.55, 0.2])
    columns = zip(
        rows,
        region.tolist(),
        industry.tolist(),
        product.tolist(),
        np.where(onboarding, len(_STAGES) - 1, stage).tolist(),
        health.tolist(),
        np.where(owner >= 0, days, -1).tolist(),
        changes.tolist(),
        np.where(dated, renewal, _BLANK).tolist(),
        np.where(onboarding, 1, np.where(notice, 2, 0)).tolist(),
        strict=True,
    )
    statuses = (Status.ACTIVE, Status.ONBOARDING, Status.NOTICE)
    for row, r, trade, item, step, score, since, changed, renews, status in columns:
        row["region"], row["language"], _, _ = REGIONS[r]
        row["industry"], row["product"], row["stage"] = INDUSTRIES[trade], _PRODUCTS[item], _STAGES[step]
        row["status"] = statuses[status]
        if score >= 0:
            row["health"] = float(score)
        if since >= 0:
            row["csm_since"], row["csm_changes_24m"] = today - dt.timedelta(days=since), changed
        if renews != _BLANK:
            row["renewal_date"] = today + dt.timedelta(days=renews)
    for i in np.flatnonzero(pinned).tolist():
        rows[i] |= {"pin": rows[i]["csm_id"], "pin_reason": _PIN_REASONS[reason[i]]}
    for i in np.flatnonzero(escalated).tolist():
        rows[i]["escalation"] = True
    _name_families(rows, family)
    if full:
        more = zip(rows, region.tolist(), term.tolist(), hard.tolist(), growth.tolist(), part.tolist(), strict=True)
        for row, r, months, how, potential, renewing in more:
            row["time_zone"], row["contract_term_months"] = REGIONS[r][2], float(months)
            row["complexity"], row["growth_potential"] = _COMPLEXITY[how], potential
            if renewing >= 0:
                row["renewal_arr"] = renewing


def _name_families(rows: list[dict[str, Any]], family: np.ndarray) -> None:
    """Members of a family share its group id, the first member's name with a unit behind it, and its industry."""
    members: dict[int, list[dict[str, Any]]] = {}
    for i in np.flatnonzero(family >= 0).tolist():
        members.setdefault(int(family[i]), []).append(rows[i])
    for number, group in members.items():
        for at, row in enumerate(group):
            row["parent_id"] = f"G-{number + 1:04d}"
            if at:
                row["name"] = unit_name(group[0]["name"], at - 1)
                row["industry"] = group[0]["industry"]


def make_wishes(
    rng: np.random.Generator,
    rows: list[dict[str, Any]],
    people_rows: list[dict[str, Any]],
    team: Team,
    owner: np.ndarray,
    segment: np.ndarray,
    family: np.ndarray,
) -> tuple[Wish, ...]:
    """Keep-apart pairs of accounts that are apart today, and some never and prefer wishes that today's books keep."""
    wishes: list[Wish] = []

    def add(kind: WishKind, account: int, other: str, note: str) -> None:
        wishes.append(Wish(kind=kind, account_id=rows[account]["id"], other=other, note=note, row=len(wishes) + 2))

    free = [i for i in rng.permutation(len(rows)).tolist() if family[i] < 0]
    waiting: dict[int, int] = {}
    pairs = max(1, round(0.005 * len(rows)))
    while free and pairs:
        i = free.pop()
        partner = waiting.pop(int(segment[i]), None)
        if partner is None:
            waiting[int(segment[i])] = i
        elif owner[i] != owner[partner]:
            add(WishKind.APART, partner, rows[i]["id"], "Competitors")
            pairs -= 1
    for kind, note in ((WishKind.NEVER, "Conflict of interest"), (WishKind.PREFER, "Worked together before")):
        for _ in range(max(1, round(0.002 * len(rows)))):
            if not free:
                break
            i = free.pop()
            covers = (team.weights[:, segment[i]] > 0) & (np.arange(len(team.primary)) != team.leaver)
            others = [c for c in np.flatnonzero(covers).tolist() if c != owner[i]]
            if len(others) >= 2:
                add(kind, i, people_rows[int(rng.choice(others))]["id"], note)
    return tuple(wishes)


def make_absences(
    rng: np.random.Generator, people_rows: list[dict[str, Any]], team: Team, today: dt.date
) -> tuple[Absence, ...]:
    """A few short absences in the first month: cover is needed, nobody's book changes for good."""
    there = rng.permutation(np.flatnonzero(~team.new))
    month = today.replace(day=1)
    some = sorted(there[: max(1, round(0.03 * len(people_rows)))].tolist())
    return tuple(
        Absence(csm_id=people_rows[c]["id"], month=month, hours_lost=40.0, row=at + 2) for at, c in enumerate(some)
    )


def add_sales_owners(rng: np.random.Generator, rows: list[dict[str, Any]], names: list[str]) -> None:
    """Account owners in a CRM are sales reps: no name is a CSM's, so that none is taken for one."""
    for row, who in zip(rows, rng.integers(0, len(names), len(rows)).tolist(), strict=True):
        row["sales_owner"] = names[who]
