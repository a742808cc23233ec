"""A letter to the customer from an editable template: words in braces are filled in, blank lines left out."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from pathlib import Path

from bookwright.export.brief import Brief
from bookwright.export.changes import Transition
from bookwright.findings import UsageError

TEMPLATE = """\
Subject: Your new contact for {account}

Dear {contact},

From {hand_over_on}, {new_csm} will be the Customer Success Manager for {account}.
{new_csm} takes over from {old_csm}, who will introduce you to each other before that day.
You can reach {new_csm} at {new_csm_email}.

Nothing else changes: your contract, your plans and your support stay as they are.

Kind regards
{sender}
"""
FIELDS: Mapping[str, str] = {
    "account": "the account's name",
    "contact": "the first contact given for the account; without one a general word",
    "hand_over_on": "the day of the hand-over, as 1 March 2027",
    "new_csm": "the receiving CSM",
    "new_csm_email": "their e-mail on the CSMs sheet",
    "old_csm": "the giving CSM; blank where there is none",
    "sender": "the receiving CSM's manager, else the CSM",
}
_FIELD = re.compile(r"\{(\w*)\}")


def read_template(path: str | Path) -> str:
    """A template from a text file; `UsageError` names a word in braces that nothing fills."""
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise UsageError(
            f"There is no letter {path}. Maybe `bookwright handover letter {path}` to start one."
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"The letter {path} cannot be read as text in UTF-8.") from error
    for name in _FIELD.findall(text):
        if name not in FIELDS:
            near = difflib.get_close_matches(name, FIELDS, 1)
            hint = f"Maybe {{{near[0]}}}." if near else f"Maybe one of: {', '.join(FIELDS)}."
            raise UsageError(f"The letter {path} asks for {{{name}}}, which nothing fills. {hint}")
    return text


def letter(moves: Transition, brief: Brief, template: str = TEMPLATE) -> str:
    """The letter about one account. A line that asks for something unknown is left out, so that nothing reads "None".

    It says who and when, never why.
    """
    csm = moves.csm(brief.change.csm_to)
    day = brief.change.hand_over_on
    values = {
        "account": brief.title,
        "contact": brief.contacts[0].name if brief.contacts else "customer",
        "hand_over_on": f"{day.day} {day:%B} {day.year}",
        "new_csm": csm.name if csm else brief.taker,
        "new_csm_email": csm.email if csm else "",
        "old_csm": brief.giver if brief.change.csm_from else "",
        "sender": (csm.manager if csm else "") or brief.taker,
    }
    lines = [
        _FIELD.sub(lambda found: values[found[1]], line)
        for line in template.splitlines()
        if all(values[name] for name in _FIELD.findall(line))
    ]
    return "\n".join(lines).rstrip() + "\n"
