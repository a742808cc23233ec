"""How firm the moves of a stored plan are, kept in its store: what `why` says of each account afterwards."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from bookwright.store import Stored, open_to_add, open_to_read

if TYPE_CHECKING:
    # `why` reads what is kept without loading what plans again.
    from bookwright.trust.stability import Stability

_SCHEMA = """
create table if not exists firmness (plan_id text primary key, content blob not null);
"""


@dataclass(frozen=True)
class Kept:
    """How often the plan was made again and under what, and account id -> runs that change the account: (how many, of).

    `moves` are accounts that the plan moves, `nearly` those that it leaves alone and some run moves.
    """

    arr_percent: float
    hours_percent: float
    moves: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    nearly: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    def sentence(self, account_id: str) -> str:
        """How firm it is what the plan does with an account, in one sentence."""
        how = f"with ARR off by up to {self.arr_percent:g} % and hours by up to {self.hours_percent:g} %"
        if account_id in self.moves:
            flips, runs = self.moves[account_id]
            if not flips:
                return f"The move is firm: it is made in all {runs} plans made again {how}."
            return f"The move is not firm: it flips in {flips} of {runs} plans made again {how}."
        if account_id in self.nearly:
            times, runs = self.nearly[account_id]
            return f"It nearly moves: it does in {times} of {runs} plans made again {how}."
        return ""


def keep(found: Stability, path: Path, plan_id: str) -> None:
    """Add what came out to the plan's store, in place of an older outcome for the same plan."""
    content = {
        "arr_percent": found.arr_percent,
        "hours_percent": found.hours_percent,
        "moves": {m.account_id: (m.flips, m.runs) for m in found.moves},
        "nearly": {n.account_id: (n.moves, n.runs) for n in found.nearly},
    }
    packed = zlib.compress(json.dumps(content).encode(), 6)
    with closing(open_to_add(path, _SCHEMA)) as database:
        database.execute("begin immediate")
        database.execute("insert or replace into firmness values (?, ?)", (plan_id, packed))
        database.execute("commit")


def kept(stored: Stored) -> Kept | None:
    """What the store holds about the plan at hand; None where nobody asked yet."""
    with closing(open_to_read(stored.path)) as database:
        known = database.execute("select 1 from sqlite_master where name = 'firmness'").fetchone()
        row = known and database.execute("select content from firmness where plan_id = ?", (stored.plan_id,)).fetchone()
    if not row:
        return None
    plain = json.loads(zlib.decompress(row[0]))
    return Kept(
        plain["arr_percent"],
        plain["hours_percent"],
        {a: (n, of) for a, (n, of) in plain["moves"].items()},
        {a: (n, of) for a, (n, of) in plain["nearly"].items()},
    )
