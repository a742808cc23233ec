"""Kill -9 while a new round's plan is kept and written: both plans or the last one, every answer, no half file."""

from __future__ import annotations

import random
from contextlib import closing
from pathlib import Path

from bookwright import store
from bookwright.report.tables import workbook
from bookwright.review import resolve
from bookwright.review.decisions import Answer, Decision
from bookwright.review.rounds import Rounds
from bookwright.tables.write import write as write_book
from tests.review.test_kills import duration, killed, sound
from tests.review.test_resolve import NOW, PROVE, chosen, first_round, record, team

KILLS = 20


def test_kills_while_a_round_is_kept_and_written(tmp_path: Path) -> None:
    """Whenever it dies, what the store holds is whole, and doing it again ends in the same place."""
    chance = random.Random(4)
    result, place = first_round(tmp_path, team())
    answers = [Decision(a, Answer.REJECT, reviewer="Mia") for a in chosen(result)[:2]]
    record(place, answers)
    resolved = resolve.solve(resolve.prepare(place, 2, team(), today=NOW.date()), PROVE, today=NOW.date())
    out = tmp_path / "plan round 2.xlsx"

    def keep(_: int = 0) -> None:
        resolve.save(resolved, place)
        write_book(workbook(resolved.result), out)

    untouched = place.read_bytes()
    takes = duration(keep)
    reached = set()
    for _ in range(KILLS):
        place.write_bytes(untouched)
        place.with_name(f"{place.name}-journal").unlink(missing_ok=True)
        out.unlink(missing_ok=True)
        killed(keep, chance.uniform(0, 1.2 * takes))
        rounds_there = store.rounds_planned(place)
        reached.add((rounds_there, out.exists()))
        assert rounds_there in ((1,), (1, 2))
        assert store.load(place, 1).after == result.plan.by_account
        assert store.load(place).after == (resolved.result if 2 in rounds_there else result).plan.by_account
        assert not out.exists() or (sound(out) and 2 in rounds_there)
        with Rounds(place) as rounds:
            assert {d.key for d in rounds.decisions()} == {d.key for d in answers}
        with closing(store.open_to_read(place)) as database:
            assert database.execute("pragma integrity_check").fetchone() == ("ok",)
    assert len(reached) >= 2
    keep()
    assert store.load(place).after == resolved.result.plan.by_account
