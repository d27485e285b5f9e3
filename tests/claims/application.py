"""Claims from an application to its registration."""

from __future__ import annotations

from registerkit import COURT, EXCHANGE, NOTARY, OFFICE, OTHER_OFFICE, RegisterKit, pid

from claims import ANY, claim
from datadeed_ledger.entry import Entry


@claim("apply", "signers", 109)
def one_applicant_missing(kit: RegisterKit, passes: bool) -> Entry:
    alice, bob = kit.enrol("alice", "bob")
    return kit.apply_entry([alice, bob], [kit.deposit(alice)], by=(alice, bob) if passes else (alice,))


@claim("apply", "signers", 109)
def one_signer_too_many(kit: RegisterKit, passes: bool) -> Entry:
    alice, bob = kit.enrol("alice", "bob")
    return kit.apply_entry([alice], [kit.deposit(alice)], by=(alice,) if passes else (alice, bob))


@claim("apply", "deposit_is_recorded", 301)
def without_deposit(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    deposit = kit.deposit(alice)
    return kit.apply_entry([alice], [deposit] if passes else [deposit, bytes(32)])


@claim("apply", "it_is_a_deposit", 302)
def with_an_enrolment(kit: RegisterKit, passes: bool) -> Entry:
    enrolment, alice = kit.record(kit.enrol_entry("alice")), pid("alice")
    deposit = kit.deposit(alice)
    return kit.apply_entry([alice], [deposit] if passes else [deposit, enrolment])


@claim("apply", "one_file_has_no_items", 303)
def with_item_of_one_file(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    refs = [{"deposit": kit.deposit(alice), "item": None if passes else 7}]
    return kit.apply_entry([alice], [], described={"deposits": refs})


@claim("apply", "item_is_in_the_batch", 304)
def with_item_beyond(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    refs = [{"deposit": kit.batch(alice, count=3), "item": 2 if passes else 3}]
    return kit.apply_entry([alice], [], described={"deposits": refs})


@claim("apply", "regime_is_in_force", 401)
def other_regime(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    regime = "cnipa_data_ip" if passes else "nda_data_property"
    return kit.apply_entry([alice], [kit.deposit(alice)], regime=regime)


@claim("apply", "registrar_is_one", 402)
def to_a_court(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    return kit.apply_entry([alice], [kit.deposit(alice)], registrar=OTHER_OFFICE if passes else COURT)


@claim("apply", "registrar_is_one", 402)
def to_a_stranger(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    return kit.apply_entry([alice], [kit.deposit(alice)], registrar=OFFICE if passes else bytes(32))


@claim("apply", "description_codes_are_listed", 111)
def industry(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    return kit.apply_entry([alice], [kit.deposit(alice)], described={"industry": "97" if passes else "98"})


@claim("apply", "description_codes_are_listed", 111)
def data_format(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    return kit.apply_entry([alice], [kit.deposit(alice)], described={"data_format": "json" if passes else "papyrus"})


@claim("apply", "a_deposit_is_the_applicant_s_or_a_notary_s", 403)
def with_a_stranger_s_deposit(kit: RegisterKit, passes: bool) -> Entry:
    alice, bob = kit.enrol("alice", "bob")
    return kit.apply_entry([alice], [kit.deposit(bob), kit.deposit(alice if passes else EXCHANGE)])


@claim("apply", "a_deposit_is_the_applicant_s_or_a_notary_s", 403)
def with_a_notary_s_deposit(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    return kit.apply_entry([alice], [kit.deposit(NOTARY if passes else OFFICE)])


@claim("apply", "agreement_end_is_stated", 404)
def agreement_without_end(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    described = {
        "sources": ["self_collected", "by_agreement"],
        "agreement_end": kit.day(1) if passes else None,
    }
    return kit.apply_entry([alice], [kit.deposit(alice)], described=described)


@claim("apply", "agreement_ends_after_today", 405)
def agreement_ends_today(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    described = {"agreement_end": kit.day(1 if passes else 0)}
    return kit.apply_entry([alice], [kit.deposit(alice)], described=described)


# --- import_right ----------------------------------------------------------------------------------------------------


@claim("import_right", "signers", 109)
def imported_by_the_registrar_alone(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    return kit.import_entry([alice], by=(alice, OFFICE) if passes else (OFFICE,))


@claim("import_right", "signers", 109)
def imported_by_the_holder_alone(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    return kit.import_entry([alice], by=(alice, OFFICE) if passes else (alice,))


@claim("import_right", "deposit_is_recorded", 301)
def imported_without_deposit(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    return imported_with(kit, alice, kit.deposit(alice) if passes else bytes(32))


@claim("import_right", "it_is_a_deposit", 302)
def imported_with_an_enrolment(kit: RegisterKit, passes: bool) -> Entry:
    enrolment, alice = kit.record(kit.enrol_entry("alice")), pid("alice")
    return imported_with(kit, alice, kit.deposit(alice) if passes else enrolment)


@claim("import_right", "one_file_has_no_items", 303)
def imported_with_an_item_of_one_file(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    return imported_with(kit, alice, kit.deposit(alice), item=None if passes else 0)


@claim("import_right", "item_is_in_the_batch", 304)
def imported_with_an_item_beyond(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    return imported_with(kit, alice, kit.batch(alice, count=3), item=2 if passes else 3)


@claim("import_right", "regime_is_in_force", 401)
def imported_under_another_regime(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    return kit.import_entry([alice], regime="cnipa_data_ip" if passes else "nda_data_property")


@claim("import_right", "registrar_is_one", 402)
def imported_by_a_court(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    return kit.import_entry([alice], registrar=OTHER_OFFICE if passes else COURT)


@claim("import_right", "description_codes_are_listed", 111)
def imported_industry(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    return kit.import_entry([alice], described={"industry": "97" if passes else "98"})


@claim("import_right", "a_deposit_is_the_applicant_s_or_a_notary_s", 403)
def imported_with_the_registrar_s_deposit(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    return imported_with(kit, alice, kit.deposit(NOTARY if passes else OFFICE))


@claim("import_right", "agreement_end_is_stated", 404)
def imported_agreement_without_end(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    end = "2028-11-23" if passes else None
    return kit.import_entry([alice], described={"sources": ["by_agreement"], "agreement_end": end})


@claim("import_right", "announced_by_today", 409)
def announced_tomorrow(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    return kit.import_entry([alice], announced_on=kit.day(0 if passes else 1))


@claim("import_right", "last_day_follows_the_announcement", 410)
def ended_before_it_was_announced(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    return kit.import_entry([alice], announced_on="2023-07-05", until="2023-07-05" if passes else "2023-07-04")


@claim("import_right", "last_day_is_within_the_term", 411)
def imported_for_too_long(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    return kit.import_entry([alice], announced_on="2024-02-29", until="2027-02-28" if passes else "2027-03-01")


@claim("import_right", "last_day_is_within_the_term", 411)
def imported_beyond_the_agreement(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    described = {"agreement_end": "2028-01-31"}
    return kit.import_entry([alice], described=described, until="2028-01-31" if passes else "2028-02-01")


@claim("import_right", "number_is_new", 507)
def imported_registration_number_used(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    kit.record(kit.import_entry([alice]))
    return kit.import_entry([alice], number=2, **({} if passes else {"registration_no": "2023BJ0000000001"}))


@claim("import_right", "number_is_new", 507)
def imported_certificate_number_used(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    kit.registered(alice, number=1)
    return kit.import_entry([alice], number=2, **({} if passes else {"certificate_no": "11000000000000001"}))


def imported_with(kit: RegisterKit, holder: bytes, deposit: bytes, item: int | None = None) -> Entry:
    return kit.import_entry([holder], described={"deposits": [{"deposit": deposit, "item": item}]})


# --- publish and register --------------------------------------------------------------------------------------------


@claim("publish", "right_exists", 501)
def publish_nothing(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    right = kit.application(alice)
    return kit.publish_entry(right if passes else bytes(32))


@claim("publish", "signers", 109)
def publish_by_another_registrar(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    return kit.publish_entry(kit.application(alice), by=OFFICE if passes else OTHER_OFFICE)


@claim("publish", "application_can_be_published", 502)
def publish_again(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    right = kit.published(alice)  # on Monday 2026-11-23: ten working days end on Monday 2026-12-07
    kit.go_to("2026-12-07" if passes else "2026-12-08")
    return kit.publish_entry(right)


@claim("publish", "application_can_be_published", 502)
def publish_what_is_registered(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    return kit.publish_entry(kit.application(alice) if passes else kit.registered(alice))


@claim("publish", "calendar_covers_the_window", 503)
def publish_beyond_the_calendar(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    right = kit.application(alice)
    kit.go_to("2027-12-17" if passes else "2027-12-20")  # covered until Friday 2027-12-31
    return kit.publish_entry(right)


@claim("register", "right_exists", 501)
def register_nothing(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    right = kit.published(alice)
    kit.go_to("2026-12-08")
    return kit.register_entry(right if passes else bytes(32))


@claim("register", "signers", 109)
def register_by_another_registrar(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    right = kit.published(alice)
    kit.go_to("2026-12-08")
    return kit.register_entry(right, by=OFFICE if passes else OTHER_OFFICE)


@claim("register", "application_was_published", 504)
def register_unpublished(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    right = kit.published(alice) if passes else kit.application(alice)
    kit.go_to("2026-12-08")
    return kit.register_entry(right)


@claim("register", "window_is_over", 505)
def register_within_the_grace(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    right = kit.published(alice)
    kit.go_to("2026-12-08", hour=0)
    kit.now_ms += 900_000 - (0 if passes else 1)  # 900 s after midnight
    return kit.register_entry(right)


@claim("register", "no_objection_is_open", 506)
def register_over_an_objection(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    right = kit.published(alice)
    kit.change_right(right, open_objections=0 if passes else 1)
    kit.go_to("2026-12-08")
    return kit.register_entry(right)


@claim(ANY, "no_personal_data_in_clear", 110)
def number_like_a_mobile(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    right = kit.published(alice)
    kit.go_to("2026-12-08")
    return kit.register_entry(right, registration_no=f"BJ13812345678{'9' if passes else 'X'}XX")


@claim("register", "number_is_new", 507)
def registration_number_used(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    kit.registered(alice, number=1)
    right = kit.published(alice)
    kit.go_to(kit.day(15))
    return kit.register_entry(right, number=2, **({} if passes else {"registration_no": "2026BJ0000000001"}))


@claim("register", "number_is_new", 507)
def certificate_number_used(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    kit.registered(alice, number=1)
    right = kit.published(alice)
    kit.go_to(kit.day(15))
    return kit.register_entry(right, number=2, **({} if passes else {"certificate_no": "11000000000000001"}))
