"""Money in several currencies brought into one, by rates that the planning model gives."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from bookwright.findings import Findings, Severity
from bookwright.portfolio import Portfolio
from bookwright.tables.notes import Notes


def convert(portfolio: Portfolio, rates: Mapping[str, float], into: str = "") -> tuple[Portfolio, Findings]:
    """Bring every account's ARR and renewal ARR into one currency.

    `rates` says what one unit of a currency is worth in `into` ({"EUR": 1.08} into USD). `into` defaults to the
    portfolio's currency, else to the one currency in use that has no rate, else to the most frequent one. One currency
    (or none) needs no rates. A currency without a rate is an error and the portfolio comes back unchanged. An account
    without a currency is taken to be in `into` already: a warning where others have one.
    """
    notes = Notes(portfolio.source)
    codes = Counter(a.currency for a in portfolio.accounts if a.currency)
    into = (into or portfolio.currency).upper()
    known = {code.upper(): float(rate) for code, rate in rates.items()}
    if len(codes) <= 1 and (not into or not codes or into in codes):
        only = next(iter(codes), into)
        return portfolio.model_copy(update={"currency": only}), notes.findings()
    if not into:
        free = [c for c in codes if c not in known]
        into = free[0] if len(free) == 1 else codes.most_common(1)[0][0]
    known[into] = 1.0
    missing = [c for c in codes if not known.get(c, 0.0) > 0.0]
    if missing:
        listed = ", ".join(f"{c} ({n} accounts)" for c, n in codes.most_common())
        lines = ", ".join(f"{c} = ..." for c in missing)
        notes.add(
            "no_rate", Severity.ERROR,
            f"The accounts are in {listed}, and there is no rate from {' and '.join(missing)} into {into}.",
            f"Maybe add [fx] to the planning model: {lines}.",
        )  # fmt: skip
        return portfolio, notes.findings()
    blank = sum(1 for a in portfolio.accounts if not a.currency)
    if blank:
        notes.add(
            "no_currency", Severity.WARNING, f"{blank} accounts have no currency: taken to be in {into}.",
        )  # fmt: skip
    accounts = tuple(
        a
        if not a.currency or a.currency == into
        else a.model_copy(
            update={
                "arr": a.arr * known[a.currency],
                "renewal_arr": None if a.renewal_arr is None else a.renewal_arr * known[a.currency],
                "currency": into,
            }
        )
        for a in portfolio.accounts
    )
    used = ", ".join(f"1 {c} = {known[c]:g} {into}" for c in codes if c != into)
    notes.add(
        "converted",
        Severity.NOTE,
        f"Money was brought into {into}: {used}.",
    )
    return portfolio.model_copy(update={"accounts": accounts, "currency": into}), notes.findings()
