"""Balance: every CSM near their target of a measure: ARR, utilization, renewals per quarter, any numeric column."""

from __future__ import annotations

import difflib
import math
from collections import Counter
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from bookwright.books import Plan
from bookwright.findings import InputError
from bookwright.portfolio import Account
from bookwright.problem import Problem, whole_down, whole_up
from bookwright.result import Band, Breach, TargetShare
from bookwright.rules.board import SHARE, Board, Rows
from bookwright.rules.rule import Ground, Mode, Rule, Settings
from bookwright.rules.targets import Targets, summed, targets

_SECONDS = 3600.0


class BalanceSettings(Settings):
    """`measure`: arr, utilization, renewal_arr (one band per quarter), accounts, red_arr, or any numeric column.

    The band is target x (1 +- tolerance_percent), for utilization target +- tolerance_points of the CSM's hours. It
    is never narrower than `grain` times the account that a unit of the target typically sits in: whole accounts cannot
    hit a finer one (Shmoys and Tardos, 1993: rounding misses a target by at most one account). `weight` multiplies a
    breach. `cap_percent` (with `of`) caps a share instead: red_arr at most 30 % of arr in any book.
    """

    mode: Mode = "priority"
    measure: str
    tolerance_percent: float = Field(default=10.0, ge=0, le=1_000_000)
    tolerance_points: float = Field(default=10.0, ge=0)
    tolerance_percent_by_segment: dict[str, float] = Field(default_factory=dict)
    weight: float = Field(default=1.0, gt=0)
    grain: float = Field(default=0.5, ge=0)
    cap_percent: float | None = Field(default=None, ge=0)
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
    """A breach is what lies outside the band, as a share of the measure's total; dearer beyond twice the band."""

    id = "balance"
    title = "Balance"
    unit = "share"
    modes = ("hard", "no_worse", "priority", "off")
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
        coarse = f", or {s.grain:g} x a typical account where that is more" if s.grain else ""
        if s.measure == "utilization":
            return f"Utilization within {s.tolerance_points:g} points of the CSM's target{coarse}."
        more = "".join(f", {p:g} % {name_}" for name_, p in s.tolerance_percent_by_segment.items())
        per = " of each fiscal quarter" if s.measure == "renewal_arr" else ""
        return f"{name}{per} within {s.tolerance_percent:g} %{more} of the CSM's target{coarse}."

    # -- posting -----------------------------------------------------------------------------------------------

    def _measures(self, problem: Problem) -> list[tuple[str, str, NDArray[np.float64]]]:
        """(name, title, values per account) of each band: one, or one per quarter."""
        if self.settings.measure == "renewal_arr":
            return [
                (f"renewal_arr_{q}", f"Renewal ARR {quarter.label}", problem.renewal_arr[:, q])
                for q, quarter in enumerate(problem.quarters)
                if problem.renewal_arr[:, q].any()
            ]
        values = self._column(problem, self.settings.measure)
        if not values.any():
            return []
        return [(self.settings.measure, _TITLES.get(self.settings.measure, self.settings.measure), values)]

    def _column(self, problem: Problem, name: str) -> NDArray[np.float64]:
        """A numeric column of the accounts, blank = 0; a name that is no such column is refused, never ignored."""
        values = problem.measure(name)
        if values is not None:
            return values
        columns = [*Account.model_fields, *dict.fromkeys(h for a in problem.portfolio.accounts for h in a.extra)]
        if name in columns and all(a.value(name) in (None, "") for a in problem.accounts):
            return np.zeros(len(problem.accounts))
        near = difflib.get_close_matches(name, ["arr", "utilization", "accounts", "red_arr", *columns], n=1)
        hint = f' Maybe "{near[0]}".' if near and near[0] != name else " Maybe a number was typed as text."
        raise InputError(f'rules.balance: measure = "{name}" is no numeric column of the accounts.{hint}')

    def _factor(self, values: NDArray[np.float64]) -> float:
        """Whole units per unit of the measure: seconds, whole currency, or decimals where a column has them."""
        if self.measure in ("utilization", "hours"):
            return _SECONDS
        if self.measure in ("arr", "renewal_arr", "red_arr", "accounts"):
            return 1.0
        factor = 1.0
        while factor < 1e6 and np.abs(values * factor - np.rint(values * factor)).max(initial=0.0) > 1e-6:
            factor *= 10
        while factor > 1 and float(np.abs(values).sum()) * factor > 1e10:
            factor /= 10
        return factor

    def post(self, board: Board) -> None:
        """A row per CSM and measure; targets, shares and whales are left on the board for people to check."""
        if self.settings.cap_percent is not None:
            self._post_cap(board)
            return
        problem = board.problem
        classes = board.classes
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
        if not s.tolerance_percent_by_segment or not problem.accounts:
            return plain
        from_hours = targets(problem, board.classes, problem.hours, plain)
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
        factor = self._factor(values)
        units = problem.workload if hours else np.rint(values * factor).astype(np.int64)
        there = [j for j in range(len(problem.csms)) if not problem.leaves[j] and problem.capacity_hours[j] > 0]
        points = s.tolerance_points / 100 * problem.capacity_hours
        half = points if s.measure == "utilization" else tolerance * aim.target
        half = np.maximum(half, s.grain * aim.grain)
        low, high = np.maximum(0.0, aim.target - half), aim.target + half
        today = self._loads(problem, values)
        if self.mode == "no_worse":
            low, high = np.minimum(low, today), np.maximum(high, today)
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
            counts = np.bincount(problem.owner[owned], weights=units[owned], minlength=len(problem.csms))
            now = counts.astype(np.int64)[there]
            lows, highs = np.minimum(lows, now), np.maximum(highs, now)
        unit = "hours" if hours else s.measure
        labels = [_class_label(problem, aim, k) for k in range(len(aim.share))]
        for r, j in enumerate(there):
            csm, edges = problem.csms[j].id, (float(lows[r] / factor), float(highs[r] / factor))
            board.bands.append(Band(name, title, unit, csm, float(aim.target[j]), *edges, float(today[j]), 0.0))
            for k in np.flatnonzero(aim.share[:, j] > 0).tolist():
                shares = (float(aim.share[k, j]), float(aim.total[k]))
                board.target_shares.append(TargetShare(name, csm, labels[k], *shares))
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
        if s.cap_percent is None:
            return
        part, whole = self._column(problem, s.measure), self._column(problem, s.of)
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
        return summed(problem.owner[owned].astype(np.intp), values[owned], len(problem.csms))

    # -- checking ----------------------------------------------------------------------------------------------

    def check(self, plan: Plan, ground: Ground) -> list[Breach]:
        """Books outside their band, as shares of the measure's total, from the workbook's own values."""
        if self.settings.cap_percent is not None:
            return self._check_cap(plan, ground)
        problem = plan.problem
        hard = self.mode in ("hard", "no_worse")
        mine = [b for b in ground.bands if self._is_mine(b.measure)]
        books: dict[str, _Sums] = {}
        total = 0.0
        for name in dict.fromkeys(b.measure for b in mine):
            values = [self._value_of(problem, name, i) for i in range(len(problem.accounts))]
            total += sum(values)
            books[name] = _Sums(values, problem, plan, ground.today, self._factor(np.array(values)))
        total = total or 1.0
        found = []
        for band in mine:
            sums, csm = books[band.measure], band.csm_id
            now, then = sums.now.get(csm, 0.0), sums.then.get(csm, 0.0)
            low, high, slack = band.low, band.high, sums.rounding.get(csm, 0.0)
            if self.mode == "no_worse":
                low, high, slack = min(low, then), max(high, then), slack + sums.rounding_then.get(csm, 0.0)
            out, out_then = max(0.0, now - high, low - now), max(0.0, then - band.high, band.low - then)
            if out > slack + 1e-9 * max(1.0, abs(high)):
                text, today = _outside(problem, band, now), out_then / total
                found.append(Breach(self.id, band.title, text, out / total, "share", today, hard, csm))
        return found

    def _is_mine(self, measure: str) -> bool:
        if self.measure == "renewal_arr":
            return measure.startswith("renewal_arr_") and measure[len("renewal_arr_") :].isdigit()
        return measure == self.measure

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
        parts = _Sums(part.tolist(), problem, plan, ground.today, 1.0)
        wholes = _Sums(whole.tolist(), problem, plan, ground.today, 1.0)
        everything = float(part.sum()) or 1.0
        books_then = Counter(ground.today.by_account.values())
        found = []
        for csm in problem.csms:
            now_part, now_whole = parts.now.get(csm.id, 0.0), wholes.now.get(csm.id, 0.0)
            over = now_part - s.cap_percent / 100 * now_whole
            then = parts.then.get(csm.id, 0.0) - s.cap_percent / 100 * wholes.then.get(csm.id, 0.0)
            limit = 1e-9 * max(1.0, now_whole)
            if self.mode == "no_worse":
                limit += max(0.0, then) + 0.01 * books_then[csm.id]  # counted in hundredths, each account rounded up
            if over > limit:
                share = f"{now_part / now_whole:.0%}" if now_whole > 0 else "all"
                what = f"{_TITLES.get(s.measure, s.measure)} is {share} of {_TITLES.get(s.of, s.of)} in the book"
                text, today = f"{csm.name}: {what}; the cap is {s.cap_percent:g} %.", max(0.0, then) / everything
                hard = self.mode != "priority"
                found.append(Breach(self.id, self.title, text, over / everything, "share", today, hard, csm.id))
        return found


class _Sums:
    """A measure summed by CSM for the plan and for today's books, and how much whole units may round in each."""

    def __init__(self, values: list[float], problem: Problem, plan: Plan, today: Plan, factor: float) -> None:
        self.now: dict[str, float] = {}
        self.then: dict[str, float] = {}
        self.rounding: dict[str, float] = {}
        self.rounding_then: dict[str, float] = {}
        for account, value in zip(problem.accounts, values, strict=True):
            up = math.ceil(value * factor - 1e-6) if factor == _SECONDS else round(value * factor)
            for sums, off, owner in (
                (self.now, self.rounding, plan.by_account[account.id]),
                (self.then, self.rounding_then, today.by_account[account.id]),
            ):
                if owner is not None:
                    sums[owner] = sums.get(owner, 0.0) + value
                    off[owner] = off.get(owner, 0.0) + abs(up / factor - value)


def _outside(problem: Problem, band: Band, now: float) -> str:
    name = problem.portfolio.csm_name(band.csm_id)
    side, edge = ("above", band.high) if now > band.high else ("below", band.low)
    if band.unit == "hours":
        cap = float(problem.capacity_hours[problem.csm_position[band.csm_id]]) or 1.0
        return (
            f"{name}: utilization {now / cap:.0%} is {side} the band of {band.low / cap:.0%} to {band.high / cap:.0%}."
        )
    head = f"{name}: {band.title} {now:,.10g}" if abs(now) < 100 else f"{name}: {band.title} {now:,.0f}"
    return f"{head} is {side} the band of {band.low:,.0f} to {band.high:,.0f} ({abs(now - edge):,.0f} outside)."


def _class_label(problem: Problem, aim: Targets, k: int) -> str:
    """A class of accounts in words: whose they can be."""
    allowed = np.flatnonzero(aim.classes.allowed[k])
    members = np.flatnonzero(aim.classes.of == k)
    segments = dict.fromkeys(problem.segments[c] for c in problem.segment[members[:2000]].tolist())
    names = [problem.csms[j].name for j in allowed[:3].tolist()]
    more = f" and {len(allowed) - 3} more" if len(allowed) > 3 else ""
    whose = f"only {names[0]}" if len(allowed) == 1 else f"{', '.join(names)}{more}"
    return f"{len(members):,} accounts ({', '.join(s or 'no segment' for s in list(segments)[:3])}) for {whose}"
