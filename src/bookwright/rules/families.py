"""Families: accounts with one parent stay together, as do accounts that the Pairs sheet asks to keep together."""

from __future__ import annotations

from collections import defaultdict
from typing import Literal

from bookwright.books import Plan
from bookwright.portfolio import WishKind
from bookwright.problem import Problem
from bookwright.result import Breach
from bookwright.rules.board import Board, Contradiction
from bookwright.rules.rule import Ground, Rule, Settings


class FamilySettings(Settings):
    """`how` = keep (members with one CSM today stay together), unite (all members end with one CSM) or off."""

    how: Literal["keep", "unite", "off"] = "keep"


class Families(Rule):
    """Members that share a CSM today move together or not at all; a frozen or pinned member holds only under unite."""

    id = "families"
    title = "Families stay together"
    unit = "families"
    schema = FamilySettings
    settings: FamilySettings

    def sentence(self, problem: Problem) -> str:
        """The rule as one sentence."""
        if self.settings.how == "unite":
            return "All accounts of a family (same Parent ID) end with one CSM."
        if self.settings.how == "off":
            return "Accounts that the Pairs sheet keeps together end with one CSM."
        return (
            "Accounts of a family (same Parent ID) that share a CSM today stay together; "
            "families split today may stay split."
        )

    def bar(self, board: Board) -> None:
        """Hand the families to the board; what may move together is settled when the bars are known."""

    def post(self, board: Board) -> None:
        """Group the members that must go together; name families that no CSM may own whole."""
        problem = board.problem
        united = _wished_together(problem)
        keep: list[list[int]] = []
        if self.settings.how != "off":
            for members in _by_parent(problem):
                if self.settings.how == "unite":
                    united.append(members)
                else:
                    by_home = defaultdict(list)
                    for i in members:
                        if i not in board.holds:
                            by_home[int(problem.owner[i])].append(i)
                    keep.extend(group for group in by_home.values() if len(group) > 1)
            self._name_split(board)
        groups = _joined(united)
        for members in list(keep):
            wished = [group for group in groups if not set(group).isdisjoint(members)]
            if wished:
                keep.remove(members)
                self._join_wishes(board, members, wished, groups, keep)
        for members in groups:
            if not self._grouped(board, members):
                names = ", ".join(problem.accounts[i].label for i in members[:4])
                text = f"{names} are to end with one CSM, but no CSM may own them all."
                board.contradictions.append(
                    Contradiction(self.id, text, tuple(problem.accounts[i].id for i in members))
                )
        for members in keep:
            if not self._grouped(board, members):
                _note_split(board, members)

    @staticmethod
    def _join_wishes(
        board: Board, members: list[int], wished: list[list[int]], groups: list[list[int]], keep: list[list[int]]
    ) -> None:
        """A family some of whose members are also kept together with others goes with them where a CSM may own all."""
        whole = sorted({*members, *(i for group in wished for i in group)})
        if (board.bars[whole] == 0).all(axis=0).any():
            for group in wished:
                groups.remove(group)
            groups.append(whole)
            return
        _note_split(board, members)
        rest = [i for i in members if not any(i in group for group in wished)]
        if len(rest) > 1:
            keep.append(rest)

    def _grouped(self, board: Board, members: list[int]) -> bool:
        """Make the members one group for the CSMs who may own them all; False when there is no such CSM."""
        free = (board.bars[members] == 0).all(axis=0)
        if not free.any():
            return False
        board.groups.append((self.id, tuple(members)))
        partly = ~free
        if (board.bars[members][:, partly] == 0).any():
            board.bar_members(self.id, members, partly, lambda i, j: "may not own its whole family")
        return True

    def _name_split(self, board: Board) -> None:
        """One note on the families that have several CSMs today."""
        problem = board.problem
        split = [m for m in _by_parent(problem) if len({int(problem.owner[i]) for i in m} - {-1}) > 1]
        if split and self.settings.how == "keep":
            names = ", ".join(problem.accounts[m[0]].label for m in split[:3])
            what = "family has" if len(split) == 1 else "families have"
            text = f"{len(split):,} {what} several CSMs today and may stay split, among them those of {names}."
            board.notes.append(("families_split_today", text, ()))

    def check(self, plan: Plan, ground: Ground) -> list[Breach]:
        """Families that are torn apart by the plan (keep) or not united by it (unite, keep together)."""
        problem = plan.problem
        found = []
        parent = {a.id: a.parent_id for a in problem.accounts}
        families: dict[str, set[str]] = defaultdict(set)
        for account in problem.accounts:
            line = [account.id]
            while parent.get(line[-1]) and parent[line[-1]] not in line:
                line.append(parent[line[-1]])
            above = parent.get(line[-1])  # an ancestor met before: the line runs in a circle, which is one family
            families[min(line[line.index(above) :]) if above else line[-1]].add(account.id)
        split = {frozenset(problem.accounts[i].id for i in members) for members in ground.split_families}

        def owners(ids: set[str]) -> set[str | None]:
            return {plan.by_account[i] for i in ids}

        def breach(ids: set[str], verb: str) -> Breach:
            names = ", ".join(problem.portfolio.account_by_id[i].label for i in sorted(ids)[:4])
            today = float(len({ground.today.by_account[i] for i in ids}) > 1)
            return Breach(self.id, self.title, f"{names} {verb}.", 1, "families", today, True, None, tuple(sorted(ids)))

        for wish in problem.portfolio.wishes:
            pair = {wish.account_id, wish.other}
            if wish.kind == "keep together" and pair <= set(plan.by_account) and len(owners(pair)) > 1:
                found.append(breach(pair, "are to be kept together (Pairs sheet) but are not"))
        for members in families.values():
            if self.settings.how == "unite" and len(owners(members)) > 1:
                found.append(breach(members, "are one family but have several CSMs"))
            elif self.settings.how == "keep":
                homes = defaultdict(set)
                for i in members:
                    if i not in ground.held:
                        homes[ground.today.by_account[i]].add(i)
                for ids in homes.values():
                    if len(ids) > 1 and len(owners(ids)) > 1 and frozenset(ids) not in split:
                        found.append(breach(ids, "share a CSM today and are torn apart"))
        return found


def _by_parent(problem: Problem) -> list[list[int]]:
    """Positions of the members of each family: same Parent ID, the parent itself, its parent, and so on."""
    links: list[list[int]] = []
    first: dict[str, int] = {}
    for i, account in enumerate(problem.accounts):
        if account.parent_id:
            parent = problem.account_position.get(account.parent_id, first.setdefault(account.parent_id, i))
            if parent != i:
                links.append([parent, i])
    return _joined(links)


def _note_split(board: Board, members: list[int]) -> None:
    names = ", ".join(board.problem.accounts[i].label for i in members[:4])
    text = f"No CSM may own {names} together, so this family may be split."
    board.notes.append(("family_split", text, tuple(members)))


def _wished_together(problem: Problem) -> list[list[int]]:
    position = problem.account_position
    found = []
    for wish in problem.portfolio.wishes:
        if wish.kind is WishKind.TOGETHER and wish.account_id in position and wish.other in position:
            found.append([position[wish.account_id], position[wish.other]])
    return found


def _joined(groups: list[list[int]]) -> list[list[int]]:
    """Groups that share a member become one; each ascending, in the order of their first member."""
    root: dict[int, int] = {}

    def find(i: int) -> int:
        while root.setdefault(i, i) != i:
            root[i] = root[root[i]]
            i = root[i]
        return i

    for group in groups:
        for i in group[1:]:
            a, b = find(group[0]), find(i)
            root[max(a, b)] = min(a, b)
    joined: dict[int, list[int]] = defaultdict(list)
    for i in sorted({i for group in groups for i in group}):
        joined[find(i)].append(i)
    return list(joined.values())
