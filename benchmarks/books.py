"""Engine models shaped like a quarterly rebalance, straight as arrays: `book_model(accounts, csms, seed)`.

The shape is that of `bookwright generate`: segments 8 / 27 / 65 %, lognormal ARR, hours that rise with ARR, CSMs by
demand, a quarter of them covering a neighbouring segment, new hires with empty books at half ramp, owners drawn by
popularity, 3 % unowned. Levels: hours, balance, moves, evenness. `full=True` is left to the portfolio benchmarks.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bookwright.engine.model import NO_HIGH, NO_LOW, Level, Model, RowFamily

Floats = NDArray[np.float64]
Longs = NDArray[np.int64]

UNIT = 10**12
SHARES = np.array([0.08, 0.27, 0.65])
MEDIAN = np.array([250_000.0, 60_000.0, 12_000.0])
HOURS = np.array([9.0, 3.0, 0.6])


def book_model(accounts: int, csms: int, seed: int = 0, slack: float = 1.12) -> Model:
    """A model of this many items and agents; the same seed gives the same model."""
    rng = np.random.default_rng(seed)
    segment = rng.choice(3, size=accounts, p=SHARES)
    arr = np.maximum(MEDIAN[segment] * np.exp(0.7 * rng.standard_normal(accounts)), 100).round()
    hours = HOURS[segment] * np.exp(0.35 * rng.standard_normal(accounts)) * (arr / MEDIAN[segment]) ** 0.25
    use_hours = np.ceil(hours * 3600).astype(np.int64)
    use_arr = arr.astype(np.int64)

    demand = np.bincount(segment, weights=hours, minlength=3)
    head = np.maximum(np.round(csms * demand / demand.sum()), 1).astype(int)
    while head.sum() > csms:
        head[np.argmax(head)] -= 1
    while head.sum() < csms:
        head[np.argmin(head / demand)] += 1
    primary = np.repeat(np.arange(3), head)
    covers = np.eye(3, dtype=bool)[primary]
    for c in rng.choice(csms, size=round(0.25 * csms), replace=False):
        other = 1 if primary[c] != 1 else rng.choice([0, 2])
        covers[c, other] = True
    ramp = np.ones(csms)
    ramp[rng.choice(csms, size=round(0.08 * csms), replace=False)] = 0.5
    cap_hours = ramp * hours.sum() * slack / ramp.sum()
    capacity = np.floor(cap_hours * 3600).astype(np.int64)

    share = _spread(demand, covers, cap_hours)
    target_hours = share.T @ demand * 3600
    target_arr = share.T @ np.bincount(segment, weights=arr, minlength=3)

    allowed = covers[:, segment]
    pair_agent = np.nonzero(allowed.T)[1].astype(np.int32)
    pair_start = np.concatenate(([0], np.cumsum(allowed.sum(axis=0)))).astype(np.int64)
    del allowed
    popularity = np.exp(0.35 * rng.standard_normal(csms)) * (ramp == 1)
    home = np.empty(accounts, dtype=np.int32)
    for s in range(3):
        weight = popularity * covers[:, s] * np.where(primary == s, 1.0, 0.3)
        of_segment = np.flatnonzero(segment == s)
        home[of_segment] = rng.choice(csms, size=len(of_segment), p=weight / weight.sum())
    unowned = rng.random(accounts) < 0.03
    home[unowned] = -1

    owned = (~unowned).astype(np.int64)
    years = rng.exponential(2.0, accounts)
    points = 1 + np.minimum(arr / MEDIAN[segment], 4) / 2 + 0.5 * np.minimum(years, 3) + (rng.random(accounts) < 0.3)
    price = (1000 * points).round().astype(np.int32) * owned.astype(np.int32)
    counts = np.diff(pair_start)
    cost = np.repeat(price, counts)
    cost[pair_agent == np.repeat(home, counts)] = 0

    book = np.bincount(home[~unowned], minlength=csms)
    moves_in = np.where(ramp == 1, np.maximum(3, np.floor(0.2 * book)), NO_HIGH).astype(np.int64)
    each, together = np.arange(csms), np.zeros(csms, dtype=np.int64)
    hours_band = 0.10 * cap_hours * 3600
    arr_band = np.where(covers[:, 0], 0.20, 0.10) * target_arr
    even_band = 0.02 * cap_hours * 3600

    def band(name: str, use: Longs, target: Floats, width: Floats, level: int, knee: bool) -> RowFamily:
        low, high = np.ceil(target - width).astype(np.int64), np.floor(target + width).astype(np.int64)
        each_price = np.full(csms, max(UNIT // int(use.sum()), 1))
        ends = np.maximum(width, 1).astype(np.int64) if knee else np.full(csms, NO_HIGH)
        return RowFamily(name, use, each, low, np.maximum(high, low), level=level, price=each_price, knee=ends)

    def budget(name: str, use: Longs, share_of: float) -> RowFamily:
        high = np.array([int(share_of * int(use.sum()))])
        return RowFamily(name, use, together, np.array([NO_LOW]), high, away_only=True)

    no_low = np.full(csms, NO_LOW)
    families = (
        RowFamily(
            "hours",
            use_hours,
            each,
            no_low,
            capacity,
            level=0,
            price=np.full(csms, max(UNIT // int(use_hours.sum()), 1)),
            knee=np.full(csms, NO_HIGH),
        ),
        band("utilization", use_hours, target_hours, hours_band, 1, True),
        band("arr", use_arr, target_arr, arr_band, 1, True),
        band("evenness", use_hours, target_hours, even_band, 3, False),
        budget("moves", owned, 0.15),
        budget("moved arr", use_arr * owned, 0.15),
        RowFamily("moves in", owned, each, no_low, moves_in, away_only=True),
    )
    levels = (
        Level("hours", unit=UNIT),
        Level("balance", unit=UNIT, give=0.005),
        Level("moves", cost=cost, unit=1000, give=0.10, give_at_least=2000, scale="value"),
        Level("evenness", unit=UNIT),
    )
    return Model(csms, pair_start, pair_agent, home, levels, families)


def _spread(demand: Floats, covers: NDArray[np.bool_], capacity: Floats) -> Floats:
    """Share of each segment's demand that each agent should carry, (segments, agents): even utilization."""
    load = np.zeros((3, len(capacity)))
    for _ in range(300):
        for s in range(3):
            who = np.flatnonzero(covers[:, s])
            others = load.sum(axis=0)[who] - load[s, who]
            low, high = 0.0, 10.0 * (demand.sum() + others.sum()) / capacity[who].min()
            for _ in range(60):
                middle = (low + high) / 2
                if np.maximum(capacity[who] * middle - others, 0).sum() < demand[s]:
                    low = middle
                else:
                    high = middle
            load[s, who] = np.maximum(capacity[who] * high - others, 0)
    share: Floats = load / demand[:, None]
    return share
