"""`datadeed draft KIND --template`: a filled-in example of a kind's data, and what each field means.

The example alone goes to standard output, so that `> data.json` makes a file to edit; the explanations go beside it.
"""

from __future__ import annotations

from rich.table import Table
from rich.text import Text

from datadeed.counter import utc_ms
from datadeed.display import Screen, facts, next_step, write_json
from datadeed.fields import Field, fields_of
from datadeed.home import Home, default_home
from datadeed.kind_words import KIND_WORDS
from datadeed.templates import template
from datadeed.words import AFTER, CODES, MAY_BE_LEFT_OUT, TITLES, Words
from datadeed_ledger.calendar_days import day_of
from datadeed_ledger.encoding import Json
from datadeed_ledger.kinds.table import KINDS
from datadeed_ledger.rules import SHIPPED, RuleSet, shipped

CODES_SHOWN_MAX = 40  # longer lists stand in the rule set


def show_template(kind: str, ledger: str | None, *, as_json: bool) -> None:
    """With --json one document: `template`, and `fields` with their words. Raises `Malformed` on an unknown kind."""
    rules = _rules(ledger)
    fields = fields_of(kind, RuleSet.from_json(rules))
    example = template(kind, rules, day_of(utc_ms()))
    if as_json:
        write_json(_document(kind, example, fields))
        return
    signers = KINDS[kind].signers
    screen = Screen(as_json=False, to_errors=True)
    write_json(example)
    screen.show(
        facts(
            KIND_WORDS[kind],
            [("kind", kind), ("by", [signers.en, signers.zh]), ("effect", KINDS[kind].effect_en)],
        ),
        _table(fields),
        next_step(AFTER["template"], kind=kind),
    )


def _rules(ledger: str | None) -> dict[str, Json]:
    """The founding rules of the ledger that is meant; without one, those that are shipped first."""
    home = Home(default_home())
    if ledger is None and len(home.fingerprints()) != 1:
        return shipped(SHIPPED[0])
    return home.ledger(ledger).genesis.rules


def _document(kind: str, example: dict[str, Json], fields: tuple[Field, ...]) -> Json:
    signers = KINDS[kind].signers
    return {
        "fields": [
            {
                "codes": list(each.codes),
                "meaning": _words(each.meaning),
                "optional": each.optional,
                "path": each.path,
                "type": _words(each.type),
            }
            for each in fields
        ],
        "kind": kind,
        "signed_by": {"en": signers.en, "zh": signers.zh},
        "template": example,
        "title": _words(KIND_WORDS[kind]),
    }


def _words(words: Words) -> Json:
    return {"en": words.en, "zh": words.zh}


def _table(fields: tuple[Field, ...]) -> Table:
    table = Table(title=TITLES["fields"].label, title_justify="left", title_style="bold", show_header=False, box=None)
    table.padding = (0, 2)
    table.add_column(style="cyan", no_wrap=True)
    table.add_column(overflow="fold")
    for each in fields:
        text = Text(f"{each.meaning.zh}（{each.type.zh}{'，' + MAY_BE_LEFT_OUT.zh if each.optional else ''}）\n")
        text.append(f"{each.meaning.en} ({each.type.en}{', ' + MAY_BE_LEFT_OUT.en if each.optional else ''})")
        if 0 < len(each.codes) <= CODES_SHOWN_MAX:
            text.append(f"\n{CODES.label}: {', '.join(each.codes)}", style="dim")
        table.add_row(each.path, text)
    return table
