"""Successor: an account that changes hands goes to a CSM whose background softens the change."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from bookwright.books import Plan
from bookwright.problem import Problem
from bookwright.result import Breach
from bookwright.rules.board import Board
from bookwright.rules.move_budget import is_new
from bookwright.rules.rule import Ground, Mode, Rule, Settings

_YEAR = 365.25


class SuccessorSettings(Settings):
    """Points that a successor costs who lacks something; they add to the price of moves, placed and forced ones too.

    A CSM knows the industries of their Industries cell, and those of at least `knows_from_accounts` accounts of
    today's book. `industry`: does not know the account's. `background`: x the share of the predecessor's industries
    that they do not know (Shi et al., Journal of Marketing 2017: a successor of similar industry background softens
    the change, a new hire softens it least). `new_hire`: ramping, or started less than a year ago, where the account
    has been with its CSM for `tenured_years`. `another_team`: another manager; chosen moves pay that in their price.
    """

    mode: Mode = "priority"
    industry: float = Field(default=1.0, ge=0)
    background: float = Field(default=0.5, ge=0)
    new_hire: float = Field(default=1.0, ge=0)
    tenured_years: float = Field(default=2.0, ge=0)
    another_team: float = Field(default=0.5, ge=0)
    knows_from_accounts: int = Field(default=3, ge=1)


@dataclass(frozen=True, eq=False)
class _Evidence:
    """What is known of accounts and CSMs: `industry` (accounts,) position or -1, `knows` (industries, CSMs)."""

    industries: tuple[str, ...]
    industry: NDArray[np.intp]
    knows: NDArray[np.bool_]
    new: NDArray[np.bool_]
    tenured: NDArray[np.bool_]
    team: NDArray[np.intp]
    """(CSMs,) number of the manager, -1 where the cell is blank."""

    def lacking(self) -> NDArray[np.float64]:
        """The share of the row's CSM's industries that the column's CSM does not know (CSMs, CSMs)."""
        knows = self.knows.astype(np.float64)
        shared, own = knows.T @ knows, knows.sum(axis=0)[:, None]
        return np.asarray(1.0 - np.divide(shared, own, out=np.ones_like(shared), where=own > 0), dtype=np.float64)


class Successor(Rule):
    """Industry, background, experience and team of whoever takes an account over."""

    id = "successor"
    title = "Fitting successors"
    modes = ("priority", "off")
    unit = "points"
    schema = SuccessorSettings
    settings: SuccessorSettings

    @property
    def priority(self) -> str:
        """Counts in the price of moves."""
        return "moves"

    def sentence(self, problem: Problem) -> str:
        """The rule as one sentence with its points."""
        s = self.settings
        return (
            f"Whoever takes an account over knows its industry (else {s.industry:g} points) and its CSM's other ones "
            f"(up to {s.background:g}), is no new hire where the account was {s.tenured_years:g} years with its CSM "
            f"({s.new_hire:g}), and is in the same team ({s.another_team:g})."
        )

    def _evidence(self, problem: Problem) -> _Evidence:
        s = self.settings
        m = len(problem.csms)
        names = [a.industry.strip().casefold() for a in problem.accounts]
        listed = [entry.strip().casefold() for csm in problem.csms for entry in csm.industries]
        industries = tuple(dict.fromkeys(name for name in (*names, *listed) if name))
        code = {name: k for k, name in enumerate(industries)}
        industry = np.array([code.get(name, -1) for name in names], dtype=np.intp)
        counted = (industry >= 0) & (problem.owner >= 0)
        books = np.zeros((len(industries), m), dtype=np.int64)
        np.add.at(books, (industry[counted], problem.owner[counted]), 1)
        knows = books >= s.knows_from_accounts
        for j, csm in enumerate(problem.csms):
            for entry in csm.industries:
                knows[code[entry.strip().casefold()], j] = True
        since = [(problem.effective_date - a.csm_since).days if a.csm_since else -1 for a in problem.accounts]
        managers = [c.manager.casefold() for c in problem.csms]
        number = {name: k for k, name in enumerate(dict.fromkeys(n for n in managers if n))}
        return _Evidence(
            industries,
            industry,
            knows,
            np.array([is_new(problem, j) or _lately(problem, j) for j in range(m)], dtype=np.bool_),
            np.array(since) >= s.tenured_years * _YEAR,
            np.array([number.get(name, -1) for name in managers], dtype=np.intp),
        )

    def post(self, board: Board) -> None:
        """Cost of a pair = the points that this successor lacks; nothing for today's CSM."""
        problem, s = board.problem, self.settings
        known = self._evidence(problem)
        owner, chosen = problem.owner, board.chosen()
        # One row more for accounts without an industry: everybody fits.
        miss = np.vstack([~known.knows, np.zeros((1, len(problem.csms)), dtype=np.bool_)])
        background = np.rint(known.lacking() * s.background * 1000).astype(np.int64)
        industry, new_hire, team = (round(p * 1000) for p in (s.industry, s.new_hire, s.another_team))

        def lacks(i: NDArray[np.intp], j: NDArray[np.intp]) -> NDArray[np.int64]:
            home = owner[i]
            had = home >= 0
            points = np.where(miss[known.industry[i], j], industry, 0)
            points = points + np.where(had, background[home, j], 0)
            points = points + np.where(had & known.tenured[i] & known.new[j], new_hire, 0)
            other = (known.team[home] != known.team[j]) & (known.team[home] >= 0) & (known.team[j] >= 0)
            points = points + np.where(had & other & ~chosen[i], team, 0)
            return np.where(home == j, 0, points).astype(np.int64)

        board.cost("moves", lacks)
        board.evidence.append(lambda i, j: self._speaks(problem, known, i, j))

    def _speaks(self, problem: Problem, known: _Evidence, i: int, j: int) -> list[str]:
        """What speaks for a CSM as the successor on an account, in phrases."""
        home, found = int(problem.owner[i]), []
        if known.industry[i] >= 0 and known.knows[known.industry[i], j]:
            found.append(f"knows {problem.accounts[i].industry.strip()}")
        if home >= 0:
            own = known.knows[:, home]
            shared = int((own & known.knows[:, j]).sum())
            if own.any() and shared:
                found.append(f"knows {shared} of {int(own.sum())} industries of {problem.csms[home].name}'s book")
            if known.team[home] >= 0 and known.team[home] == known.team[j]:
                found.append("is in the same team")
        return found

    def score(self, plan: Plan, ground: Ground, breaches: Sequence[Breach] | None = None) -> float:
        """Points of all moves, recomputed account by account."""
        problem, s = plan.problem, self.settings
        portfolio, today = problem.portfolio, ground.today.by_account
        known: dict[str, set[str]] = {c.id: {e.strip().lower() for e in c.industries} for c in problem.csms}
        counts: dict[tuple[str, str], int] = {}
        for account in problem.accounts:
            owner, industry = today[account.id], account.industry.strip().lower()
            if owner is not None and industry:
                counts[owner, industry] = counts.get((owner, industry), 0) + 1
                if counts[owner, industry] >= s.knows_from_accounts:
                    known[owner].add(industry)
        total = 0.0
        for move in plan.moves:
            account = portfolio.account_by_id[move.account_id]
            industry = account.industry.strip().lower()
            if industry and industry not in known[move.csm_to]:
                total += s.industry
            if move.csm_from is None:
                continue
            before = known[move.csm_from]
            if before:
                total += s.background * len(before - known[move.csm_to]) / len(before)
            j = problem.csm_position[move.csm_to]
            days = -1 if account.csm_since is None else (problem.effective_date - account.csm_since).days
            if days >= s.tenured_years * 365.25 and (is_new(problem, j) or _lately(problem, j)):
                total += s.new_hire
            giver = portfolio.csm_by_id[move.csm_from].manager.lower()
            taker = portfolio.csm_by_id[move.csm_to].manager.lower()
            if move.kind == "forced" and giver and taker and giver != taker:
                total += s.another_team
        return total


def _lately(problem: Problem, j: int) -> bool:
    """True for a CSM who started less than a year before the effective date."""
    start = problem.csms[j].start_date
    return start is not None and start > problem.effective_date - dt.timedelta(days=365)
