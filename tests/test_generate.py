"""Generated portfolios: the shape that was promised, the room that was asked for, the same again from the same seed."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from statistics import median

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bookwright.findings import UsageError
from bookwright.generate import EFFECTIVE_DATE, OCCASIONS, SEGMENTS, SHAPES, generate
from bookwright.portfolio import Csm, Portfolio, Status, WishKind


def end_hours(csm: Csm, effective: dt.date) -> float:
    """Customer hours in the third month after the effective date, by plain arithmetic on what the CSM's row says."""
    assert csm.customer_hours is not None
    if csm.end_date is not None and csm.end_date < effective + dt.timedelta(days=60):
        return 0.0
    return csm.customer_hours * (csm.ramp[2] / 100 if csm.ramp else 1.0)


def slack_by_segment(portfolio: Portfolio) -> dict[str, float]:
    """Capacity of the CSMs whose first segment it is over the hours of its accounts."""
    demand, capacity = Counter[str](), Counter[str]()
    for account in portfolio.accounts:
        demand[account.segment] += account.hours or 0.0  # type: ignore[assignment]
    for csm in portfolio.csms:
        capacity[csm.segments[0]] += end_hours(csm, EFFECTIVE_DATE)  # type: ignore[assignment]
    return {segment: capacity[segment] / demand[segment] for segment in demand}


def total_slack(portfolio: Portfolio) -> float:
    """Capacity of the whole team over the hours of all accounts."""
    capacity = sum(end_hours(csm, EFFECTIVE_DATE) for csm in portfolio.csms)
    return capacity / sum(account.hours or 0.0 for account in portfolio.accounts)


@pytest.fixture(scope="module")
def large() -> Portfolio:
    """A team large enough for its shares and medians to be read off."""
    return generate(8000, 160, seed=3, shape="full")


def test_segments_have_the_promised_shares(large: Portfolio) -> None:
    """8 / 27 / 65 %."""
    count = Counter(a.segment for a in large.accounts)
    assert [count[s] for s in SEGMENTS] == [640, 2160, 5200]


@pytest.mark.parametrize(("segment", "arr"), [("Enterprise", 250_000), ("Mid-Market", 60_000), ("SMB", 12_000)])
def test_arr_is_lognormal_around_its_median(large: Portfolio, segment: str, arr: float) -> None:
    """The median is met and the tail is heavy: a tenth of the accounts lie above 2.45 times the median."""
    values = sorted(a.arr for a in large.accounts if a.segment == segment)
    assert median(values) == pytest.approx(arr, rel=0.08)
    assert values[int(0.9 * len(values))] / median(values) == pytest.approx(2.45, rel=0.12)


def test_hours_rise_with_arr(large: Portfolio) -> None:
    """Sixteen times the ARR takes about twice the hours."""
    mid = sorted((a.arr, a.hours or 0.0) for a in large.accounts if a.segment == "SMB")
    low, high = mid[: len(mid) // 5], mid[-len(mid) // 5 :]
    ratio = (median(a for a, _ in high) / median(a for a, _ in low)) ** 0.25
    assert median(h for _, h in high) / median(h for _, h in low) == pytest.approx(ratio, rel=0.08)


@pytest.mark.parametrize("slack", [0.9, 1.0, 1.12, 1.5])
@pytest.mark.parametrize("size", [(12, 3), (200, 10), (3000, 60)])
def test_every_segment_has_the_slack_that_was_asked_for(slack: float, size: tuple[int, int]) -> None:
    """Capacity is slack times demand, segment by segment, and all people have the same customer hours."""
    portfolio = generate(*size, seed=5, slack=slack)
    assert slack_by_segment(portfolio) == {s: pytest.approx(slack, rel=3e-3) for s in SEGMENTS}
    assert {c.customer_hours for c in portfolio.csms} == {100.0}


@pytest.mark.parametrize("occasion", OCCASIONS)
def test_slack_counts_the_hours_of_those_who_are_there_at_the_end(occasion: str) -> None:
    """Neither new hires' ramps nor a departure eat the room that was asked for."""
    assert total_slack(generate(1000, 24, seed=2, occasion=occasion)) == pytest.approx(1.12, rel=2e-3)


def test_books_are_uneven_as_in_life(large: Portfolio) -> None:
    """Some CSMs are over 100 % although the team has room."""
    load: Counter[str | None] = Counter()
    for account in large.accounts:
        load[account.csm_id] += account.hours or 0.0  # type: ignore[assignment]
    over = sum(load[c.id] > 100.0 for c in large.csms) / len(large.csms)
    assert 0.15 < over < 0.6


def test_new_hires_have_empty_books_and_half_a_ramp(large: Portfolio) -> None:
    """8 % are new; nobody is theirs yet."""
    new = [c for c in large.csms if c.ramp]
    held = {a.csm_id for a in large.accounts}
    assert len(new) == round(0.08 * 160)
    assert all(c.id not in held and c.start_date == EFFECTIVE_DATE and c.ramp[:3] == (50, 50, 50) for c in new)


def test_a_quarter_covers_a_neighbouring_segment(large: Portfolio) -> None:
    """Enterprise and SMB are no neighbours."""
    both = [c.segments for c in large.csms if len(c.segments) > 1]
    assert len(both) == 40
    assert {frozenset(pair) for pair in both} <= {frozenset(SEGMENTS[:2]), frozenset(SEGMENTS[1:])}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("occasion", OCCASIONS)
def test_today_s_owner_covers_the_account(shape: str, occasion: str) -> None:
    """Segment and region of every owned account are among its CSM's; the leaver's and the new hires' too."""
    portfolio = generate(1500, 40, seed=9, shape=shape, occasion=occasion)
    for account in portfolio.accounts:
        if account.csm_id:
            csm = portfolio.csm_by_id[account.csm_id]
            assert account.segment in csm.segments
            assert not csm.regions or account.region in csm.regions
            assert account.csm_text == csm.name


def test_every_account_could_have_a_csm_at_the_end() -> None:
    """Region-bound CSMs leave no segment and region without somebody."""
    portfolio = generate(3000, 60, seed=4, shape="full")
    assert any(c.regions for c in portfolio.csms)
    for segment, region in {(a.segment, a.region) for a in portfolio.accounts}:
        assert any(segment in c.segments and (not c.regions or region in c.regions) for c in portfolio.csms)


@pytest.mark.parametrize(("shape", "share"), [("default", 0.02), ("full", 0.05), ("plain", 0.0)])
def test_families_share_segment_and_region(shape: str, share: float) -> None:
    """Two to four members each, so that one CSM can own them all."""
    portfolio = generate(6000, 120, seed=8, shape=shape)
    families: dict[str, list[tuple[str, str]]] = {}
    for account in portfolio.accounts:
        if account.parent_id:
            families.setdefault(account.parent_id, []).append((account.segment, account.region))
    assert sum(map(len, families.values())) / 6000 == pytest.approx(share, abs=0.003)
    assert all(2 <= len(members) <= 4 and len(set(members)) == 1 for members in families.values())


def test_plain_has_nothing_that_freezes() -> None:
    """The shape for benchmarks: no renewals, no tenure, no pins, no families, no regions."""
    for account in generate(300, 10, seed=1, shape="plain").accounts:
        facts = (account.renewal_date, account.csm_since, account.pin, account.health)
        assert facts == (None, None, None, None)
        assert account.region == account.parent_id == ""
        assert account.status is Status.ACTIVE
        assert not account.escalation


def test_renewals_and_tenure_freeze_a_real_share(large: Portfolio) -> None:
    """In a rebalance about a quarter of the accounts with yearly terms renew too soon, 7 % changed hands lately."""
    default = generate(8000, 160, seed=3)
    near = [a for a in default.accounts if a.renewal_date and -30 <= (a.renewal_date - EFFECTIVE_DATE).days <= 60]
    recent = [a for a in default.accounts if a.csm_since and (EFFECTIVE_DATE - a.csm_since).days <= 90]
    assert len(near) / 8000 == pytest.approx(0.95 * 91 / 365, abs=0.02)
    assert len(recent) / 8000 == pytest.approx(0.07, abs=0.01)
    assert all(a.renewal_date for a in large.accounts)
    assert any(a.renewal_date is None for a in default.accounts)


def test_keep_apart_pairs_are_apart_today(large: Portfolio) -> None:
    """1 % of the accounts stand in pairs, none of them contradicting today's books or a family."""
    apart = [w for w in large.wishes if w.kind is WishKind.APART]
    assert 2 * len(apart) / 8000 == pytest.approx(0.01)
    for wish in apart:
        one, other = large.account_by_id[wish.account_id], large.account_by_id[wish.other]
        assert one.csm_id != other.csm_id or one.csm_id is None
        assert not one.parent_id
        assert not other.parent_id


def test_never_wishes_are_kept_today_and_leave_someone(large: Portfolio) -> None:
    """A never wish names neither today's CSM nor the account's pin."""
    never = [w for w in large.wishes if w.kind is WishKind.NEVER]
    assert never
    for wish in never:
        account = large.account_by_id[wish.account_id]
        assert wish.other not in (account.csm_id, account.pin)


def test_sales_owners_are_no_csms(large: Portfolio) -> None:
    """An account owner must not be taken for a CSM."""
    assert not {a.sales_owner for a in large.accounts} & {c.name for c in large.csms}


def test_occasions_tell_their_story() -> None:
    """New accounts wait, new hires come, one CSM leaves within the horizon with a book."""
    unowned = [a for a in generate(1000, 20, occasion="new_accounts").accounts if a.csm_id is None]
    assert len(unowned) == 100
    assert sum(bool(c.ramp) for c in generate(1000, 20, occasion="new_hire").csms) == 4
    departure = generate(1000, 20, occasion="departure")
    leavers = [c for c in departure.csms if c.end_date]
    assert len(leavers) == 1
    assert EFFECTIVE_DATE < leavers[0].end_date < EFFECTIVE_DATE + dt.timedelta(days=60)  # type: ignore[operator]
    assert sum(a.csm_id == leavers[0].id for a in departure.accounts) > 5


def test_the_same_seed_gives_the_same_portfolio_and_another_another() -> None:
    """Nothing else is read: no clock, no global random state."""
    assert generate(200, 10, seed=7, shape="full") == generate(200, 10, seed=7, shape="full")
    assert generate(200, 10, seed=7) != generate(200, 10, seed=8)


def test_shapes_share_accounts_and_hours() -> None:
    """What a shape adds leaves ids, ARR and hours as they were, so that shapes can be compared."""
    plain, default = generate(400, 12, seed=6, shape="plain"), generate(400, 12, seed=6)
    assert [(a.id, a.arr, a.hours) for a in plain.accounts] == [(a.id, a.arr, a.hours) for a in default.accounts]


def test_the_effective_date_is_a_fact_of_the_portfolio() -> None:
    """All dates count from it."""
    date = dt.date(2030, 4, 1)
    portfolio = generate(100, 6, seed=1, effective_date=date)
    assert portfolio.settings["effective_date"] == date
    assert max(a.csm_since for a in portfolio.accounts if a.csm_since) < date
    assert min(a.renewal_date for a in portfolio.accounts if a.renewal_date) > date - dt.timedelta(days=32)


@settings(max_examples=60, deadline=None)
@given(
    accounts=st.integers(1, 120),
    csms=st.integers(1, 25),
    seed=st.integers(0, 2**40),
    shape=st.sampled_from(SHAPES),
    occasion=st.sampled_from(OCCASIONS[:3]),
)
def test_any_size_gives_a_valid_portfolio(accounts: int, csms: int, seed: int, shape: str, occasion: str) -> None:
    """Sizes are met, ids and names are unique, references resolve, and the facts pass their own validation."""
    portfolio = generate(accounts, csms, seed, shape=shape, occasion=occasion)
    assert Portfolio.model_validate(portfolio.model_dump()) == portfolio
    assert len(portfolio.account_by_id) == len({a.name for a in portfolio.accounts}) == accounts
    assert len(portfolio.csm_by_id) == len({c.name for c in portfolio.csms}) == csms
    managers = {c.manager for c in portfolio.csms} - {""}
    assert not managers & {c.name for c in portfolio.csms}
    for account in portfolio.accounts:
        assert account.csm_id is None or account.csm_id in portfolio.csm_by_id
        assert account.pin is None or account.pin == account.csm_id
        assert (account.hours or 0) > 0
        assert account.arr > 0
    for wish in portfolio.wishes:
        assert wish.account_id in portfolio.account_by_id


@pytest.mark.parametrize(
    "asked",
    [
        {"accounts": 0, "csms": 3},
        {"accounts": 10, "csms": 0},
        {"accounts": 10, "csms": 3, "slack": 0.0},
        {"accounts": 10, "csms": 3, "shape": "round"},
        {"accounts": 10, "csms": 3, "occasion": "party"},
        {"accounts": 10, "csms": 1, "occasion": "departure"},
    ],
)
def test_nonsense_is_refused_in_words(asked: dict[str, object]) -> None:
    """A usage error, never a traceback from numpy."""
    with pytest.raises(UsageError):
        generate(**asked)  # type: ignore[arg-type]
