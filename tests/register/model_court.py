"""The second half of the model's law: licences, courts, assets and amendments. `judge` is the whole of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from register.model import Model
from register.model_days import Rules, years_later
from register.model_law import DAY_MS, Fault, Institutions, Law, Signers, ones
from register.model_values import Event

AXES = ("territory", "industry", "use")
AHEAD_DAYS = 366
LISTS = ("territories", "industries", "uses")


def meets(one: Iterable[str], other: Iterable[str]) -> bool:
    """Whether two scopes have a place in common."""
    a, b = set(one), set(other)
    return "*" in a or "*" in b or not a.isdisjoint(b)


def inside(inner: Iterable[str], outer: Iterable[str]) -> bool:
    """Whether the inner scope lies wholly within the outer; everything lies only within everything."""
    a, b = set(inner), set(outer)
    return "*" in b or ("*" not in a and not a - b)


def conflict(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two licences of the same parent cannot stand together."""
    if one["parent"] != other["parent"] or one["type"] == other["type"] == "ordinary":
        return False
    apart = one["end"] < other["start"] or other["end"] < one["start"]
    return not apart and all(meets(one[axis], other[axis]) for axis in AXES)


class WholeLaw(Law):
    """All kinds."""

    # --- licences ---

    def license_by(self) -> list[Signers]:
        licensee = {self.data["licensee"]}
        if self.data["parent"] is None:
            return [self.holders | self.pledgees | licensee]
        parent = self.licence(self.data["parent"])
        if parent is None:
            return [self.event.by]
        return [frozenset({parent.data["licensee"]} | licensee)]

    def licence(self, licence: bytes) -> Event | None:
        """The licence, if it stands."""
        return self.standing.licence(licence) if self.status == "registered" else None

    def license(self) -> Iterator[Fault]:
        data = self.data
        yield from self.act()
        for axis, codes in zip(AXES, LISTS, strict=True):
            yield from self.listed(data[axis], codes)
        if data["end"] < self.today:
            yield 702
        if data["end"] < data["start"]:
            yield 703
        if self.standing.until is not None and date.fromisoformat(data["end"]) > self.standing.until:
            yield 704
        if any(conflict(data, item.data) for item in self.standing.licences):
            yield 705
        if self.standing.licences_ever >= self.rules["licences_max"]:
            yield 711
        if data["parent"] is not None:
            yield from self.sublicence()

    def sublicence(self) -> Iterator[Fault]:
        parent, data = self.licence(self.data["parent"]), self.data
        if data["type"] != "ordinary":
            yield 706
        if parent is None:
            yield 701
            return
        if not parent.data["sublicensing"]:
            yield 707
        if parent.data["parent"] is not None:
            yield 708
        if not all(inside(data[axis], parent.data[axis]) for axis in AXES):
            yield 709
        if data["start"] < parent.data["start"] or data["end"] > parent.data["end"]:
            yield 710

    def end_license_by(self) -> list[Signers]:
        licence = self.licence(self.data["license"])
        if licence is None:
            return [self.event.by]
        licensee = {licence.data["licensee"]}
        found = [frozenset(licensee), self.holders | licensee, *self.courts()]
        parent = licence.data["parent"]
        if parent is not None:
            above = self.licence(parent)
            assert above is not None
            found.append(frozenset({above.data["licensee"]} | licensee))
        return found

    def end_license(self) -> Iterator[Fault]:
        yield from self.reason()
        if self.licence(self.data["license"]) is None:
            yield 701

    # --- courts ---

    def note_dispute_by(self) -> list[Signers]:
        return [*ones(self.institutions.with_role("court", "supervisor")), *self.registrar_by()]

    def note_dispute(self) -> Iterator[Fault]:
        if len(self.standing.disputes) >= self.rules["disputes_max"]:
            yield 655

    def end_dispute_by(self) -> list[Signers]:
        noted = [item.by for item, _ in self.standing.disputes if item.id == self.data["dispute"]]
        return [*noted, *self.courts()]

    def end_dispute(self) -> Iterator[Fault]:
        if all(item.id != self.data["dispute"] for item, _ in self.standing.disputes):
            yield 656

    def freeze_by(self) -> list[Signers]:
        return self.courts()

    def freeze(self) -> Iterator[Fault]:
        yield from self.months()
        if not self.lives:
            yield 654
        if len(self.freezes) >= self.rules["freezes_max"]:
            yield 653

    def months(self) -> Iterator[Fault]:
        if self.data["months"] > self.rules["freeze_max_months"]:
            yield 650

    def issuing_court(self) -> list[Signers]:
        issued = self.model.find(self.data["freeze"])
        courts = self.institutions.with_role("court")
        if issued is None or len(issued.by) != 1:
            return [self.event.by]
        return [issued.by] if set(courts) & issued.by else ones(courts)

    renew_freeze_by = unfreeze_by = issuing_court

    def renew_freeze(self) -> Iterator[Fault]:
        yield from self.months()
        yield from self.unfreeze()
        if any(item["event"].id == self.data["freeze"] for item in self.freezes[1:]):
            yield 652

    @property
    def freezes(self) -> list[dict[str, Any]]:
        """Those that stand: with a right end its freezes."""
        return self.standing.freezes if self.lives else []

    def unfreeze(self) -> Iterator[Fault]:
        if all(item["event"].id != self.data["freeze"] for item in self.freezes):
            yield 651

    def enforce_transfer_by(self) -> list[Signers]:
        courts = self.institutions.with_role("court")
        first = self.standing.freezes[:1]
        if not first or not set(courts) & first[0]["event"].by:
            return ones(courts)
        return [first[0]["event"].by | {court} for court in courts]

    def enforce_transfer(self) -> Iterator[Fault]:
        data = self.data
        yield from self.valid()
        yield from self.holders_change(data["holders_after"])
        yield from self.enrolled(*(holder["party"] for holder in data["holders_after"]))
        if any(self.licence(licence) is None for licence in data["ends"]):
            yield 701
        if data["ends_pledge"] and self.pledged is None:
            yield 850

    def revoke_by(self) -> list[Signers]:
        return [*self.registrar_by(), *self.courts()]

    def revoke(self) -> Iterator[Fault]:
        yield from self.reason("grounds")
        yield from self.was_registered()
        if self.standing.stage == "revoked":
            yield 852

    def was_registered(self) -> Iterator[Fault]:
        if self.standing.registration_no is None:
            yield 851

    def correct_record_by(self) -> list[Signers]:
        if self.a_slip():
            return [*self.registrar_by(), *self.courts()]
        after = self.data["holders"] or self.standing.holders
        everybody = self.holders | {holder["party"] for holder in after} | self.pledgees
        return [everybody | registrar for registrar in self.registrar_by()] + self.courts()

    def a_slip(self) -> bool:
        """What the registrar may correct alone."""
        data = self.data
        if not data["holders"] is data["until"] is data["status"] is None:
            return False
        new, old = data["description"], self.current_description()
        if new is None:
            return True
        same = list(map(dict, new["deposits"])) == list(map(dict, old["deposits"]))
        return same and new["agreement_end"] == self.standing.agreement_end

    def correct_record(self) -> Iterator[Fault]:
        data = self.data
        target = self.model.find(data["target"])
        if target is None or target.right != self.standing.id:
            yield 901
        if all(data[name] is None for name in ("description", "certificate_no", "holders", "until", "status")):
            yield 902
        yield from self.reason()
        yield from self.was_registered()
        if self.standing.freezes and self.event.by not in self.courts() and not self.a_slip():
            yield 602
        if data["status"] is not None and self.standing.stage not in ("cancelled", "revoked"):
            yield 904
        yield from self.number_new(data["certificate_no"])
        if data["holders"] is not None:
            yield from self.enrolled(*(holder["party"] for holder in data["holders"]))
            if list(map(dict, data["holders"])) == list(map(dict, self.standing.holders)):
                yield 903
        if data["description"] is not None:
            yield from self.described(data["description"])
            yield from self.deposits(data["description"]["deposits"])
            yield from self.agreement_stated(data["description"])
        yield from self.corrected_term()

    def corrected_term(self) -> Iterator[Fault]:
        right, data = self.standing, self.data
        if right.until is None or right.announced_on is None:
            return
        until = right.until if data["until"] is None else date.fromisoformat(data["until"])
        if data["until"] is not None:
            if until == right.until:
                yield 903
            if not right.announced_on <= until <= years_later(right.until, self.rules["term_years"]):
                yield 905
        end = right.agreement_end if data["description"] is None else data["description"]["agreement_end"]
        if end is not None and until.isoformat() > end:
            yield 906

    # --- assets ---

    def register_asset_by(self) -> list[Signers]:
        return [frozenset({exchange, self.data["party"]}) for exchange in self.institutions.with_role("exchange")]

    def register_asset(self) -> Iterator[Fault]:
        data = self.data
        if self.right is not None:
            yield from self.valid()
            yield from self.not_frozen()
            if data["party"] not in self.holders:
                yield 913
        yield from self.listed([data["industry"]], "industries")
        yield from self.listed([data["category"]], "categories")
        yield from self.deposits(data["deposits"])
        for item in data["deposits"]:
            found = self.model.find(item["deposit"])
            if found is not None and data["party"] not in found.by:
                yield 914

    @property
    def asset(self) -> dict[str, Any] | None:
        named = self.data["asset"]
        return None if named is None else self.model.asset(named, self.event.time)

    def listing(self) -> list[bytes]:
        """The exchange that lists the asset; any if it has left, or if there is no asset."""
        exchanges, asset = self.institutions.with_role("exchange"), self.asset
        return [asset["exchange"]] if asset is not None and asset["exchange"] in exchanges else exchanges

    def delist_asset_by(self) -> list[Signers]:
        return [self.event.by] if self.asset is None else ones([self.asset["party"], *self.listing()])

    def delist_asset(self) -> Iterator[Fault]:
        yield from self.reason()
        yield from self.asset_listed()

    def asset_listed(self) -> Iterator[Fault]:
        if self.asset is None:
            yield 911
        elif self.asset["stage"] != "listed":
            yield 912

    def record_contract_by(self) -> list[Signers]:
        return [frozenset({exchange, self.data["seller"], self.data["buyer"]}) for exchange in self.listing()]

    def record_contract(self) -> Iterator[Fault]:
        data = self.data
        if data["asset"] is None and data["right"] is None:
            yield 915
        if data["seller"] == data["buyer"]:
            yield 916
        if data["end"] < data["start"]:
            yield 917
        if data["asset"] is not None:
            yield from self.asset_listed()
            if self.asset is not None and self.asset["party"] != data["seller"]:
                yield 918
        if self.right is not None:
            yield from self.valid()
            yield from self.not_frozen()
            if data["seller"] not in self.holders | self.may_sublicense():
                yield 919

    def may_sublicense(self) -> set[bytes]:
        able = [item for item in self.standing.licences if item.data["sublicensing"] and item.data["parent"] is None]
        return {item.data["licensee"] for item in able}

    # --- rules ---

    def amend_rules_by(self) -> list[Signers]:
        enough = len(self.event.by) >= self.institutions.quorum and self.event.by <= set(self.institutions.roles)
        return [self.event.by] if enough else []

    def amend_rules(self) -> Iterator[Fault]:
        earlier = [item for item in self.model.events if item.kind == "amend_rules"]
        effective = self.data["effective"]
        if effective < self.event.time:
            yield 952
        if earlier and effective < earlier[-1].data["effective"]:
            yield 953
        if effective > self.event.time + AHEAD_DAYS * DAY_MS:
            yield 954
        last = json.loads(earlier[-1].data["rules"]) if earlier else self.model.rules
        try:
            following = json.loads(self.data["rules"])
        except ValueError:
            yield 951
            return
        if following["regime"] != last["regime"]:
            yield 955
        if any(set(codes) - set(code_lists(following)[name]) for name, codes in code_lists(last).items()):
            yield 956
        if following["filing_grace_s"] != last["filing_grace_s"]:
            yield 958


def code_lists(rules: Rules) -> dict[str, list[str]]:
    """Every closed list of a rule set."""
    found = {name: rules[name] for name in ("categories", "formats", "industries", "territories", "uses")}
    for word in ("grounds", "reasons"):
        found |= {f"{word} {kind}": codes for kind, codes in rules[word].items()}
    return found


def judge(model: Model, institutions: Institutions, event: Event) -> set[Fault]:
    """The numbers of all rules that this entry breaks; empty: it may be recorded."""
    return WholeLaw(model, institutions, event).faults()
