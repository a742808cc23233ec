"""Balance: every CSM near their target of a measure: ARR, utilization, renewals per quarter, any numeric column."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from bookwright.books import Plan
from bookwright.problem import Problem, whole_down, whole_up
from bookwright.result import Band, Breach, TargetShare
from bookwright.rules.board import SHARE, Board, Rows
from bookwright.rules.rule import Ground, Mode, Rule, Settings
from bookwright.rules.targets import Targets, classify, targets


class BalanceSettings(Settings):
    """`measure`: arr, utilization, renewal_arr (one band per quarter), accounts, red_arr, or any numeric column.

    The band is target x (1 +- tolerance_percent), for utilization the target +- tolerance_points of the CSM's hours. It
    is never narrower than `grain` times the account that a unit of the target typically sits in: whole accounts cannot
    hit a finer one (Shmoys and Tardos, 1993: rounding misses a target by at most one account). `weight` multiplies a breach. `cap_percent` (with `of`) caps a share instead:
    red_arr at most 30 % of arr in any book.
    """

    mode: Mode = "priority"
    measure: str
    tolerance_percent: float = Field(default=10.0, ge=0)
    tolerance_points: float = Field(default=10.0, ge=0)
    tolerance_percent_by_segment: dict[str, float] = Field(default_factory=dict)
    weight: float = Field(default=1.0, gt=0)
    grain: float = Field(default=0.5, ge=0)
    cap_percent: float | None = None
    of: str = "arr"


_TITLES = {
    "arr": "ARR",
    "utilization": "Utilization",
    "renewal_arr": "Renewal ARR",
    "accounts": "Accounts",
    "red_arr": "Red ARR",
    "growth_potential": "Growth potential",
}


class Balance(Rule):
    """A breach is what lies outside the band, as a share of the measure's total; twice as dear beyond twice the band."""

    id = "balance"
    title = "Balance"
    unit = "share"
    schema = BalanceSettings
    settings: BalanceSettings

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        s = self.settings
        self.measure = s.measure
        self.id = f"balance_{s.measure}" if s.cap_percent is None else f"cap_{s.measure}"
        self.title = f"{_TITLES.get(s.measure, s.measure)} {'balanced' if s.cap_percent is None else 'capped'}"

    @property
    def priority(self) -> str:
        """The level its breaches add to."""
        return "balance" if self.mode == "priority" else ""

    def sentence(self, problem: Problem) -> str:
        """The rule as one sentence with its band."""
        s = self.settings
        name = _TITLES.get(s.measure, s.measure)
        if s.cap_percent is not None:
            return f"{name} is at most {s.cap_percent:g} % of {_TITLES.get(s.of, s.of)} in any book."
        if s.measure == "utilization":
            return f"Utilization within {s.tolerance_points:g} points of the CSM's target."
        more = "".join(f", {p:g} % {name_}" for name_, p in s.tolerance_percent_by_segment.items())
        per = " of each fiscal quarter" if s.measure == "renewal_arr" else ""
        return f"{name}{per} within {s.tolerance_percent:g} %{more} of the CSM's target."

    # -- posting -----------------------------------------------------------------------------------------------

    def _measures(self, problem: Problem) -> list[tuple[str, str, NDArray[np.float64]]]:
        """(name, title, values per account) of each band: one, or one per quarter."""
        if self.settings.measure == "renewal_arr":
            return [
                (f"renewal_arr_{q}", f"Renewal ARR {quarter.label}", problem.renewal_arr[:, q])
                for q, quarter in enumerate(problem.quarters)
                if problem.renewal_arr[:, q].any()
            ]
        values = problem.measure(self.settings.measure)
        if values is None or not values.any():
            return []
        return [(self.settings.measure, _TITLES.get(self.settings.measure, self.settings.measure), values)]

    def post(self, board: Board) -> None:
        """A row per CSM and measure; targets, shares and whales are left on the board for people to check."""
        if self.settings.cap_percent is not None:
            self._post_cap(board)
            return
        problem = board.problem
        classes = classify(board.allowed)
        found = self._measures(problem)
        whole = sum(float(values.sum()) for _, _, values in found)
        tolerance = self._tolerance(problem, board)
        for name, title, values in found:
            aim = targets(problem, classes, values, tolerance)
            for i, j in aim.whales:
                board.whales.append((name, i, j))
            self._post_rows(board, name, title, values, whole, aim, tolerance)

    def _tolerance(self, problem: Problem, board: Board) -> NDArray[np.float64]:
        """Tolerance per CSM as a share: that of the segment most of whose hours the CSM could be given."""
        s = self.settings
        plain = np.full(len(problem.csms), s.tolerance_percent / 100)
        if not s.tolerance_percent_by_segment:
            return plain
        classes = classify(board.allowed)
        from_hours = targets(problem, classes, problem.hours, plain)
        by_name = {name.casefold(): p / 100 for name, p in s.tolerance_percent_by_segment.items()}
        of_segment = np.zeros((from_hours.classes.count, len(problem.segments)))
        known = from_hours.classes.of >= 0
        np.add.at(of_segment, (from_hours.classes.of[known], problem.segment[known]), problem.hours[known])
        sums = of_segment.sum(axis=1, keepdims=True)
        mix = np.divide(of_segment, sums, out=np.zeros_like(of_segment), where=sums > 0)
        hours = (from_hours.share * from_hours.total[:, None]).T @ mix
        main = hours.argmax(axis=1)
        return np.array([by_name.get(problem.segments[main[j]].casefold(), plain[j]) for j in range(len(plain))])

    def _post_rows(
        self,
        board: Board,
        name: str,
        title: str,
        values: NDArray[np.float64],
        whole: float,
        aim: Targets,
        tolerance: NDArray[np.float64],
    ) -> None:
        problem, s = board.problem, self.settings
        hours = s.measure in ("utilization", "hours")
        units = problem.workload if hours else np.rint(values).astype(np.int64)
        factor = 3600.0 if hours else 1.0
        there = [j for j in range(len(problem.csms)) if not problem.leaves[j] and problem.capacity_hours[j] > 0]
        points = s.tolerance_points / 100 * problem.capacity_hours
        half = points if s.measure == "utilization" else tolerance * aim.target
        half = np.maximum(half, s.grain * aim.grain)
        low, high = np.maximum(0.0, aim.target - half), aim.target + half
        today = self._loads(problem, values)
        if self.mode == "no_worse":
            low, high = np.minimum(low, today), np.maximum(high, today)
        for j in there:
            board.bands.append(
                Band(
                    name,
                    title,
                    "hours" if hours else s.measure,
                    problem.csms[j].id,
                    float(aim.target[j]),
                    float(low[j]),
                    float(high[j]),
                    float(today[j]),
                    0.0,
                )
            )
            for k in np.flatnonzero(aim.share[:, j] > 0).tolist():
                label = _class_label(problem, aim, k)
                board.target_shares.append(
                    TargetShare(name, problem.csms[j].id, label, float(aim.share[k, j]), float(aim.total[k]))
                )
        row_of = np.full(len(problem.csms), -1, dtype=np.int32)
        row_of[there] = np.arange(len(there), dtype=np.int32)
        price = max(1, round(SHARE * s.weight / (max(whole, 1.0) * factor)))
        lows = np.array(
            [min(whole_up(low[j] * factor), whole_down(aim.target[j] * factor)) for j in there], dtype=np.int64
        )
        highs = np.array(
            [max(whole_down(high[j] * factor), whole_up(aim.target[j] * factor)) for j in there], dtype=np.int64
        )
        knee = np.array([max(1, whole_down(half[j] * factor)) for j in there], dtype=np.int64)
        if self.mode == "no_worse":
            owned = problem.owner >= 0
            now = np.bincount(problem.owner[owned], weights=units[owned], minlength=len(problem.csms)).astype(np.int64)[
                there
            ]
            lows, highs = np.minimum(lows, now), np.maximum(highs, now)
        self._rows(board, name, title, units, row_of, lows, highs, price, knee)

    def _rows(
        self, board: Board, name: str, title: str, units: Any, row_of: Any, lows: Any, highs: Any, price: int, knee: Any
    ) -> None:
        priority = self.priority or None
        prices = np.full(len(lows), price, dtype=np.int64)
        board.post(Rows(self.id, name, title, units, row_of, lows, highs, priority=priority, price=prices, knee=knee))

    def _post_cap(self, board: Board) -> None:
        """sum (part_i - cap x whole_i) <= 0 per CSM: a cap on a share is linear. Counted in hundredths of a unit."""
        problem, s = board.problem, self.settings
        part, whole = problem.measure(s.measure), problem.measure(s.of)
        if part is None or whole is None or s.cap_percent is None:
            return
        use = np.ceil((part - s.cap_percent / 100 * whole) * 100 - 1e-6).astype(np.int64)
        m = len(problem.csms)
        total = max(1.0, float(part.sum()) * 100)
        high = np.zeros(m, dtype=np.int64)
        if self.mode == "no_worse":
            owned = problem.owner >= 0
            now = np.bincount(problem.owner[owned], weights=use[owned], minlength=m)
            high = np.maximum(high, np.ceil(now).astype(np.int64))
        price = max(1, round(SHARE * s.weight / total))
        every = np.arange(m, dtype=np.int32)
        self._rows(board, self.id, self.title, use, every, np.full(m, -(2**61)), high, price, np.full(m, 2**61))

    @staticmethod
    def _loads(problem: Problem, values: NDArray[np.float64]) -> NDArray[np.float64]:
        owned = problem.owner >= 0
        return np.bincount(problem.owner[owned], weights=values[owned], minlength=len(problem.csms))

    # -- checking ----------------------------------------------------------------------------------------------

    def check(self, plan: Plan, ground: Ground) -> list[Breach]:
        """Books outside their band, as shares of the measure's total, from the workbook's own values."""
        if self.settings.cap_percent is not None:
            return self._check_cap(plan, ground)
        problem = plan.problem
        hard = self.mode in ("hard", "no_worse")
        found = []
        mine = [b for b in ground.bands if b.measure == self.measure or b.measure.startswith(f"{self.measure}_")]
        names = sorted({b.measure for b in mine})
        books: dict[str, dict[str, float]] = {}
        before: dict[str, dict[str, float]] = {}
        total = 0.0
        for name in names:
            books[name], before[name] = {}, {}
            for i, account in enumerate(problem.accounts):
                value = self._value_of(problem, name, i)
                total += value
                for sums, owners in ((books[name], plan.by_account), (before[name], ground.today.by_account)):
                    owner = owners[account.id]
                    if owner is not None:
                        sums[owner] = sums.get(owner, 0.0) + value
        total = total or 1.0
        for band in mine:
            now, then = books[band.measure].get(band.csm_id, 0.0), before[band.measure].get(band.csm_id, 0.0)
            low, high = band.low, band.high
            if self.mode == "no_worse":
                low, high = min(low, then), max(high, then)
            out, out_then = max(0.0, now - high, low - now), max(0.0, then - band.high, band.low - then)
            # Whole units on the solver's side: a book up to a unit outside counts as inside.
            if out > max(1.0, 1e-9 * total) if band.unit != "hours" else out > 0.01:
                text = _outside(problem, band, now)
                found.append(
                    Breach(self.id, band.title, text, out / total, "share", out_then / total, hard, band.csm_id)
                )
        return found

    def _value_of(self, problem: Problem, name: str, i: int) -> float:
        account = problem.accounts[i]
        if self.measure == "renewal_arr":
            quarter = problem.quarters[int(name.rsplit("_", 1)[1])]
            inside = account.renewal_date is not None and quarter.first <= account.renewal_date < quarter.after
            worth = account.arr if account.renewal_arr is None else account.renewal_arr
            return worth if inside else 0.0
        if self.measure in ("utilization", "hours"):
            return float(problem.hours[i])
        if self.measure == "accounts":
            return 1.0
        if self.measure == "red_arr":
            return account.arr if account.health is not None and account.health < 50 else 0.0
        value = account.value(self.measure)
        return float(value) if isinstance(value, int | float) else 0.0

    def _check_cap(self, plan: Plan, ground: Ground) -> list[Breach]:
        problem, s = plan.problem, self.settings
        part, whole = problem.measure(s.measure), problem.measure(s.of)
        if part is None or whole is None or s.cap_percent is None:
            return []
        found = []
        for csm in problem.csms:
            sums = []
            for owners in (plan.by_account, ground.today.by_account):
                mine = [i for i, a in enumerate(problem.accounts) if owners[a.id] == csm.id]
                sums.append((sum(part[i] for i in mine), sum(whole[i] for i in mine)))
            (now_part, now_whole), (then_part, then_whole) = sums
            over = now_part - s.cap_percent / 100 * now_whole
            then = max(0.0, then_part - s.cap_percent / 100 * then_whole)
            if self.mode == "no_worse":
                over -= then
            if over > 1.0 and now_whole > 0:
                text = f"{csm.name}: {_TITLES.get(s.measure, s.measure)} is {now_part / now_whole:.0%} of the book; the cap is {s.cap_percent:g} %."
                amount = over / max(1.0, float(part.sum()))
                found.append(Breach(self.id, self.title, text, amount, "share", then, self.mode != "priority", csm.id))
        return found


def _outside(problem: Problem, band: Band, now: float) -> str:
    name = problem.portfolio.csm_name(band.csm_id)
    side, edge = ("above", band.high) if now > band.high else ("below", band.low)
    if band.unit == "hours":
        cap = float(problem.capacity_hours[problem.csm_position[band.csm_id]]) or 1.0
        return (
            f"{name}: utilization {now / cap:.0%} is {side} the band of {band.low / cap:.0%} to {band.high / cap:.0%}."
        )
    return f"{name}: {band.title} {now:,.0f} is {side} the band of {band.low:,.0f} to {band.high:,.0f} ({abs(now - edge):,.0f} outside)."


def _class_label(problem: Problem, aim: Targets, k: int) -> str:
    """A class of accounts in words: whose they can be."""
    allowed = np.flatnonzero(aim.classes.allowed[k])
    members = np.flatnonzero(aim.classes.of == k)
    segments = dict.fromkeys(problem.segments[c] for c in problem.segment[members[:2000]].tolist())
    names = [problem.csms[j].name for j in allowed[:3].tolist()]
    more = f" and {len(allowed) - 3} more" if len(allowed) > 3 else ""
    whose = f"only {names[0]}" if len(allowed) == 1 else f"{', '.join(names)}{more}"
    return f"{len(members):,} accounts ({', '.join(s or 'no segment' for s in list(segments)[:3])}) for {whose}"
