"""How accounts stand in lists: who they are and what they weigh, the same columns wherever accounts are listed."""

from __future__ import annotations

from bookwright.portfolio import Account
from bookwright.tables.write_sheets import Column, Kind, Value

WHO = (Column("Account ID"), Column("Account"), Column("Segment"))
ARR = Column("ARR", Kind.MONEY)
HOURS = Column("Hours", Kind.HOURS)


def who(account: Account) -> tuple[Value, ...]:
    """The cells of `WHO`."""
    return account.id, account.name, account.segment
