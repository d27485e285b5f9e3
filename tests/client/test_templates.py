"""`datadeed draft KIND --template`: an example of every kind that is data as it stands, and words for every field."""

from __future__ import annotations

import json
from typing import Any, get_type_hints, is_typeddict

import pytest
from command_line import Command

from datadeed.drafts import OpenDraft
from datadeed.fields import fields_of
from datadeed.kind_words import FIELD_WORDS, KIND_WORDS
from datadeed.sealing import Sealer
from datadeed.spelling import data_of
from datadeed.templates import template
from datadeed_ledger import events
from datadeed_ledger.errors import Malformed
from datadeed_ledger.events import SCHEMAS
from datadeed_ledger.rules import SHIPPED, RuleSet, shipped

TODAY = 20_780
KINDS = sorted(SCHEMAS)


@pytest.mark.parametrize("rules", SHIPPED)
@pytest.mark.parametrize("kind", KINDS)
def test_the_example_of_every_kind_is_data_of_that_kind(kind: str, rules: str) -> None:
    example = template(kind, shipped(rules), TODAY)
    assert data_of(kind, example, Sealer(bytes(16)))
    assert json.loads(json.dumps(example)) == example
    assert example.keys() == SCHEMAS[kind].__annotations__.keys() | example.keys()


@pytest.mark.parametrize("kind", KINDS)
def test_a_draft_of_every_kind_says_in_words_what_its_bytes_say(kind: str) -> None:
    example = template(kind, shipped("beijing-2023"), TODAY)
    draft = OpenDraft.compose(bytes(32), kind, example, [bytes(16)], 1)
    assert OpenDraft.parse(draft.to_bytes()) == draft
    assert draft.unopened == ()
    assert draft.readable["data"] == {name: example.get(name) for name in sorted(example)}


def test_a_description_that_is_not_corrected_has_nothing_to_open() -> None:
    example = template("correct_record", shipped("beijing-2023"), TODAY)
    described = example | {"description": template("apply", shipped("beijing-2023"), TODAY)["description"]}
    without, with_one = (
        OpenDraft.compose(bytes(32), "correct_record", each, [bytes(16)], 1) for each in (example, described)
    )
    assert [opening.path for opening in without.openings] == ["ruling_no"]
    assert len(with_one.openings) == 8
    closed = OpenDraft(with_one.draft, ())
    assert len(closed.unopened) == 8
    assert OpenDraft(without.draft, ()).unopened == ("ruling_no",)
    with pytest.raises(Malformed, match="do not open"):
        OpenDraft(without.draft, with_one.openings).to_bytes()


@pytest.mark.parametrize("kind", KINDS)
def test_codes_of_an_example_are_in_the_lists_that_are_shown(kind: str) -> None:
    rules = RuleSet.load("beijing-2023")
    example = template(kind, shipped("beijing-2023"), TODAY)
    for field in fields_of(kind, rules):
        for code in values_at(example, field.path) if field.codes else ():
            assert code == "*" or code in field.codes


def values_at(data: Any, path: str) -> list[Any]:
    """The values at a dotted path; `[]` goes through a list."""
    found = [data]
    for name in path.split("."):
        found = [each[name.removesuffix("[]")] for each in found if each is not None]
        if name.endswith("[]"):
            found = [item for each in found for item in each]
    return [item for each in found for item in (each if isinstance(each, list) else [each])]


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_has_words_in_both_languages(kind: str) -> None:
    fields = fields_of(kind, RuleSet.load("beijing-2023"))
    for words in (KIND_WORDS[kind], *(each.meaning for each in fields)):
        assert words.en.isascii()
        assert not words.zh.isascii()
    assert {each.path for each in fields} >= set(SCHEMAS[kind].__annotations__)


def test_no_words_are_for_a_field_that_no_kind_has() -> None:
    schemas = [each for each in vars(events).values() if is_typeddict(each)]
    names = {name for schema in schemas for name in get_type_hints(schema)}
    assert {key.rpartition(".")[2] for key in FIELD_WORDS} <= names


def test_an_unknown_kind_is_named() -> None:
    with pytest.raises(Malformed, match="'gift' is not a kind"):
        template("gift", shipped("beijing-2023"), TODAY)


def test_the_command_prints_a_file_to_edit_and_explains_beside_it(run: Command) -> None:
    ended = run("draft", "license", "--template")
    assert ended.code == 0
    assert json.loads(ended.out)["licensee"]
    for word in ("被许可人主体", "the party that may use the data", "may be left out", "model_training", "--data FILE"):
        assert word in ended.err
    document = run("draft", "license", "--template", "--json").json
    assert document["template"].keys() == json.loads(ended.out).keys()
    (licensee,) = [each for each in document["fields"] if each["path"] == "licensee"]
    assert (licensee["optional"], licensee["type"]["en"]) == (False, "32 hex digits")


def test_a_draft_without_data_says_where_an_example_is(run: Command) -> None:
    ended = run("draft", "license")
    assert (ended.code, "datadeed draft license --template" in ended.err) == (2, True)
