"""Published ratios as named presets, each with its source and caveat: to compare with, never fed into a plan."""

from __future__ import annotations

from dataclasses import dataclass

_CAFE = "Customer Success Café, Find your ideal CSM ratio"
_RENEWALS = "Infinite Renewals, How many CSMs do we need?"
_FULLVIEW = "Fullview, How many accounts should a CSM have? (2023)"
_PIVOTAL = "Pivotal Path, The ratio is not the number to optimise"
_CHURNZERO = "ChurnZero, Mythbuster: CSM to customer ratio (2022)"


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A published range of accounts (or ARR) per CSM. `fits` are words in segment names it is set beside; () = all."""

    name: str
    fits: tuple[str, ...]
    accounts: tuple[float, float] | None
    arr: tuple[float, float] | None
    source: str
    caveat: str

    def beside(self, segment: str) -> bool:
        """Whether it is usually quoted for such a segment."""
        return not self.fits or any(word in segment.casefold() for word in self.fits)


_ENT, _MID, _SMB, _DIG = ("enterprise", "strategic"), ("mid",), ("smb", "small"), ("digital", "tech", "scale", "pool")

BENCHMARKS: tuple[Benchmark, ...] = (
    Benchmark("Enterprise, very high touch", _ENT, (2, 4), (12e6, 15e6), _CAFE, "ARR is the contract value of a book."),
    Benchmark("Mid-Market", _MID, (8, 15), (7e6, 8e6), _CAFE, "Few, large accounts for a mid-market book."),
    Benchmark("SMB", _SMB, (200, 500), (0.7e6, 1e6), _CAFE, "Suggests a pool above some hundreds."),
    Benchmark("Enterprise", _ENT, (10, 10), None, _RENEWALS, '"Common"; no data given.'),
    Benchmark("High touch", _ENT, (10, 20), None, _RENEWALS, "No data given."),
    Benchmark("Mid-Market and digital-first", _MID + _DIG, (0, 100), None, _RENEWALS, '"Up to".'),
    Benchmark("Digital", _DIG, (300, 3000), None, _RENEWALS, '"Hundreds or even thousands".'),
    Benchmark(
        "$2M of ARR per CSM", (), None, (2e6, 2e6), _RENEWALS, "A starting point for high-ARR enterprise accounts."
    ),
    Benchmark("Any model", (), (10, 200), None, _PIVOTAL, "Quoted to be doubted: the ratio is a result."),
    Benchmark("Accounts below $25K", _SMB + _DIG, (0, 200), None, _FULLVIEW, '"Up to"; by account ARR alone.'),
    Benchmark("Accounts of $25-100K", _MID, (100, 150), None, _FULLVIEW, "By account ARR alone."),
    Benchmark("Accounts of $100-500K", _ENT, (50, 100), None, _FULLVIEW, "By account ARR alone; 10 x other sources."),
    Benchmark("Accounts above $500K", _ENT, (20, 50), None, _FULLVIEW, "By account ARR alone."),
    Benchmark(
        "$1M of ARR per CSM", (), None, (1e6, 1e6), _CHURNZERO, "Named there as a myth, be it 1, 2 or 5 million."
    ),
)
