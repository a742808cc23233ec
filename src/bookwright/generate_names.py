"""Invented names for generated portfolios: companies from word lists, people from common given and family names."""

from __future__ import annotations

import numpy as np


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_FIRST = _words(
    "Amber Ashen Autumn Basalt Birch Brass Bright Bronze Burnt Calm Canyon Cedar Chalk Cinder Clear Cobalt Copper "
    "Coral Crimson Dapple Deep Drift Dusky Early Ember Fallow Fern Flint Frost Garnet Gilded Granite Hazel Heather "
    "Hidden Hollow Indigo Iron Ivory Jade Juniper Keen Larch Lilac Linden Lunar Maple Marble Mellow Misty Mossy "
    "Nimble Northern Ochre Olive Onyx Opal Paper Pearl Pewter Pine Plain Quartz Quiet Rowan Russet Saffron Sage Sandy "
    "Scarlet Silent Slate Smoky Spruce Still Swift Tawny Teal Timber Umber Velvet Verdant Violet Walnut Wandering "
    "Whistling Willow Winter"
)
_SECOND = _words(
    "Acorn Anchor Anvil Arbor Badger Barley Basin Beacon Bison Bluff Bramble Bridge Brook Burrow Cairn Canopy Cask "
    "Cinch Clover Comet Compass Cove Crane Creek Cricket Dale Delta Dune Falcon Fathom Fjord Foundry Furrow Gable "
    "Glade Glen Grove Gull Hamlet Harbor Harrow Hearth Heron Hinge Hive Inlet Kestrel Kiln Ladder Lantern Lark Ledge "
    "Loom Lynx Magpie Mallard Marsh Meadow Mesa Mill Moor Oriole Osprey Otter Paddle Parcel Petrel Plover Plum Pond "
    "Prairie Quill Quarry Raven Reed Ridge Robin Saddle Sail Sparrow Spindle Spire Sprout Stack Steeple Summit Swallow "
    "Tern Thicket Thimble Thistle Trellis Turret Vale Vessel Wharf Wicket Wren"
)
_BUSINESS = {
    "Manufacturing": _words("Castings Coatings Components Fabrication Fasteners Machining Pumps Tooling Valves Works"),
    "Retail": _words("Apparel Department Fashions Furnishings Home Kitchens Mercantile Outfitters Shops Stores"),
    "Financial services": _words("Advisors Assurance Brokers Capital Credit Holdings Lending Mutual Payments Trust"),
    "Healthcare": _words("Care Clinics Dental Diagnostics Hospitals Imaging Labs Orthopedics Pharmacy Therapeutics"),
    "Software": _words("Analytics Apps Cloud Data Devices Digital Logic Networks Platforms Systems"),
    "Logistics": _words("Carriers Cargo Couriers Dispatch Express Freight Haulage Logistics Shipping Warehousing"),
    "Education": _words("Academy Colleges Courses Institute Learning Libraries Press Schools Training Tutors"),
    "Hospitality": _words("Bakeries Catering Cafes Events Foods Hotels Inns Lodges Resorts Travel"),
}
INDUSTRIES = tuple(_BUSINESS)
"""The industries that company names are made for."""

_UNITS = _words("Retail Services Partners International Trading East West North South Online Direct Group")

_GIVEN = _words(
    "Aaron Adele Aisha Alan Alice Amara Amir Ana Andre Anika Anton Arjun Astrid Ben Bianca Boris Camila Carl Carmen "
    "Chen Chloe Clara Dana Daniel Diego Divya Elena Elias Emil Emma Eric Esther Farah Felix Fiona Gabriel Grace Greta "
    "Hana Hassan Helen Hugo Ida Imran Ines Ivan Jack James Jana Jasmine Jonas Joyce Julia Kofi Lars Laura Leila Leo "
    "Linda Lucas Maya Marco Maria Mark Mei Milan Mina Nadia Naomi Nina Noah Nora Olga Omar Oscar Paula Pedro Priya "
    "Rafael Rania Rosa Ruth Samir Sara Simon Sofia Stefan Tara Thomas Uma Vera Victor Wei Yara Yusuf Zoe"
)
_FAMILY = _words(
    "Abbott Acosta Adeyemi Ahmed Alvarez Andersen Baker Banerjee Bauer Becker Bell Bergman Bianchi Brooks Brown Castro "
    "Chan Chang Clark Cohen Cole Costa Cruz Das Diaz Dubois Duran Edwards Evans Fischer Flores Foster Fuentes Garcia "
    "Gomez Gray Gupta Haddad Hall Hansen Hayes Hughes Ibrahim Ito Ivanova Jansen Jensen Jones Joshi Kang Kapoor Keller "
    "Kelly Khan Kim Klein Kowalski Kumar Laine Larsen Lee Lima Lopez Mason Mehta Meyer Miller Moreau Morgan Moreno "
    "Murphy Nair Nguyen Novak Okafor Olsen Ortiz Park Patel Perez Petrov Price Quinn Ramos Rao Reed Reyes Rossi Sato "
    "Schmidt Shah Silva Singh Smith Sousa Suzuki Tan Taylor Turner Vargas Vogel Walker Wang Weber Wood Yang Young"
)


def company_names(rng: np.random.Generator, industries: np.ndarray) -> list[str]:
    """One invented company name per account, all different, ending in a word of its industry.

    `industries` holds an index into `INDUSTRIES` per account. About 90,000 names per industry; beyond that they are
    numbered.
    """
    names = [""] * len(industries)
    for number, industry in enumerate(INDUSTRIES):
        words = _BUSINESS[industry]
        places = np.flatnonzero(industries == number)
        size = len(_FIRST) * len(_SECOND) * len(words)
        order = rng.permutation(size)
        for turn, place in enumerate(places.tolist()):
            first, rest = divmod(int(order[turn % size]), len(_SECOND) * len(words))
            second, word = divmod(rest, len(words))
            again = f" {turn // size + 1}" if turn >= size else ""
            names[place] = f"{_FIRST[first]} {_SECOND[second]} {words[word]}{again}"
    return names


def unit_name(parent: str, number: int) -> str:
    """The name of the number-th company of a family: its parent's name and a unit."""
    more = f" {number // len(_UNITS) + 1}" if number >= len(_UNITS) else ""
    return f"{parent} {_UNITS[number % len(_UNITS)]}{more}"


def people(rng: np.random.Generator, count: int) -> list[str]:
    """So many different names of people; beyond about 10,000 they get a middle initial."""
    size = len(_GIVEN) * len(_FAMILY)
    order = rng.permutation(size)
    names = []
    for turn in range(count):
        given, family = divmod(int(order[turn % size]), len(_FAMILY))
        middle = f" {chr(ord('A') + (turn // size - 1) % 26)}." if turn >= size else ""
        names.append(f"{_GIVEN[given]}{middle} {_FAMILY[family]}")
    return names
