"""The seeded rule bugs and the test that must notice each. Spec: docs/spec/consensus.md sections 2.4, 2.5, 4, 5 D."""

from __future__ import annotations

from typing import Final

from simulation.mutants import Edit, Mutant

_EXPLORER = "test_explorer.py::test_no_reachable_vote_set_of_two_views_breaks_a_promise[4-14189]"
_TABLE = "test_explorer.py::test_the_guard_equals_its_table_on_every_input"
_LEADERS, _VOTERS = "test_scripts_leaders.py::test_", "test_scripts_voters.py::test_"
_CERTIFICATES, _NETWORK = "test_scripts_certificates.py::test_", "test_scripts_network.py::test_"
_RESTART, _IDLE = "test_restart.py::test_", "test_idle.py::test_"
_EPOCHS = "test_epochs.py::test_"


def _mutant(name: str, test: str, module: str, old: str, new: str) -> Mutant:
    return Mutant(name, test, (Edit(module, old, new),))


_DONE = "if own.nullify or own.finalize is not None:"
_OPEN = "if not at.epoch_open or view <= at.final_view:"
_NOTARIZE = "return own.notarize is None and view == at.cur"
_FINALIZE = "return own.notarize in (None, digest) and at.notarized == digest and at.executed"

GUARD: Final = (
    _mutant(
        "finalize-after-nullify",
        _EXPLORER,
        "guard.py",
        _DONE,
        "if (own.nullify and kind is not Kind.FINALIZE) or own.finalize is not None:",
    ),
    _mutant(
        "nullify-after-finalize",
        _EXPLORER,
        "guard.py",
        _DONE,
        "if own.nullify or (own.finalize is not None and kind is not Kind.NULLIFY):",
    ),
    _mutant(
        "double-finalize",
        _TABLE,
        "guard.py",
        _DONE,
        "if own.nullify or (own.finalize is not None and kind is not Kind.FINALIZE):",
    ),
    _mutant("double-notarize", _EXPLORER, "guard.py", _NOTARIZE, "return view == at.cur"),
    _mutant("notarize-outside-of-cur", _TABLE, "guard.py", _NOTARIZE, "return own.notarize is None"),
    _mutant(
        "nullify-outside-of-cur",
        _EXPLORER,
        "guard.py",
        "return digest is None and view == at.cur",
        "return digest is None",
    ),
    _mutant(
        "finalize-without-notarization",
        _EXPLORER,
        "guard.py",
        _FINALIZE,
        "return own.notarize in (None, digest) and at.executed",
    ),
    _mutant(
        "finalize-another-than-notarized",
        _TABLE,
        "guard.py",
        _FINALIZE,
        "return at.notarized == digest and at.executed",
    ),
    _mutant(
        "finalize-unexecuted",
        _TABLE,
        "guard.py",
        _FINALIZE,
        "return own.notarize in (None, digest) and at.notarized == digest",
    ),
    _mutant("vote-below-final", _TABLE, "guard.py", _OPEN, "if not at.epoch_open:"),
    _mutant("vote-in-a-closed-epoch", _TABLE, "guard.py", _OPEN, "if view <= at.final_view:"),
)

PROPOSALS: Final = (
    Mutant(
        "no-gap-proof",
        _LEADERS + "4_skipping_a_view_without_its_nullification_is_refused_at_once",
        (
            Edit(
                "proposals.py",
                "if carried != [(Kind.NULLIFY, view) for view in range(first, said.view)]:",
                "if False:",
            ),
            Edit("proposals.py", "or not self._skipped_are_nullified(candidate):", "or False:"),
        ),
    ),
    Mutant(
        "free-parent",
        _LEADERS + "5_a_parent_other_than_the_certified_one_is_refused_at_once",
        (
            Edit(
                "proposals.py",
                "if found != (meta.parent, meta.height - 1):",
                "if False:",
            ),
        ),
    ),
    _mutant(
        "no-finality-gate-at-voters",
        _LEADERS + "6_entries_on_a_merely_notarized_parent_are_refused_at_once",
        "proposals.py",
        "if not meta.is_empty and said.kind is not Kind.FINALIZE:",
        "if False:",
    ),
    _mutant(
        "no-finality-gate-at-leaders",
        _NETWORK + "16_halves_that_hold_opposite_certificates_of_two_views_come_together",
        "leadership.py",
        "is_empty=not (replica.work and base.is_final)",
        "is_empty=not replica.work",
    ),
    _mutant(
        "time-may-fall",
        _LEADERS + "7_a_header_that_can_never_be_right_is_refused_at_once[the time of the parent]",
        "proposals.py",
        "if meta.height != height + 1 or meta.time_ms <= time_ms:",
        "if meta.height != height + 1:",
    ),
    _mutant(
        "no-bound-on-the-past",
        _LEADERS + "7_the_slowest_legal_time_is_a_block_as_old_as_the_slack_that_the_gap_allows[2000-0]",
        "proposals.py",
        "and held.meta.time_ms >= turn.utc_ms - held.meta.slack_ms",
        "",
    ),
    _mutant(
        "no-bound-on-the-slack",
        _LEADERS + "7_the_slowest_legal_time_is_a_block_as_old_as_the_slack_that_the_gap_allows[8000-0]",
        "proposals.py",
        "held.meta.slack_ms <= allowed_ms and ",
        "",
    ),
    _mutant(
        "no-bound-on-the-future",
        _LEADERS + "7_a_block_from_the_far_future_is_not_notarized[3600000-0]",
        "proposals.py",
        "return in_time and turn.due_utc(held.meta.time_ms - parameters.future_ms)",
        "return in_time",
    ),
    _mutant(
        "early-block-is-a-fault",
        _LEADERS + "7_a_block_slightly_too_early_is_notarized_when_its_time_comes",
        "proposals.py",
        'return f"it does not execute: {held.reason}" if held.verdict is Verdict.INVALID else ""',
        'return "too early" if meta.time_ms > replica.turn.utc_ms + 500 else ""',
    ),
    _mutant(
        "invalid-block-is-waited-for",
        _LEADERS + "7_a_wrong_state_root_is_refused_at_once",
        "proposals.py",
        'return f"it does not execute: {held.reason}" if held.verdict is Verdict.INVALID else ""',
        'return ""',
    ),
    _mutant(
        "notarize-before-execution",
        _LEADERS + "7_a_wrong_state_root_is_refused_at_once",
        "proposals.py",
        "if replica.blocks.verdict(held, replica.floor) is not Verdict.VALID:",
        "if replica.blocks.verdict(held, replica.floor) is Verdict.INVALID:",
    ),
)

VOTES: Final = (
    _mutant(
        "quorum-2f+1-of-5",
        _CERTIFICATES + "1_three_of_five_are_no_quorum",
        "members.py",
        "self.quorum = quorum(self.size)",
        "self.quorum = 2 * faults_max(self.size) + 1",
    ),
    _mutant(
        "no-epoch-in-statements",
        _CERTIFICATES + "13_a_replayed_message_with_only_its_epoch_id_changed_is_worthless",
        "members.py",
        "VOTE_TAG + bytes([kind]) + setup.epoch_id",
        "VOTE_TAG + bytes([kind]) + bytes(32)",
    ),
    _mutant(
        "certificates-unverified",
        _CERTIFICATES + "12_a_hollow_certificate_moves_nobody[with invented signatures]",
        "admission.py",
        "verified = self._verify(peer, replica.tally.unverified(certificate))",
        "verified = Admitted.HELD",
    ),
    _mutant(
        "votes-unverified",
        _VOTERS + "14_a_vote_with_an_invented_signature_does_not_count",
        "admission.py",
        "verified = self._verify(vote.signer, [vote])",
        "verified = Admitted.HELD",
    ),
    _mutant(
        "evidence-missed",
        _VOTERS + "13_every_way_to_contradict_oneself_is_put_on_record",
        "admission.py",
        "        self._convict(offences)\n        self.place(vote)",
        "        self.place(vote)",
    ),
    _mutant(
        "nullify-beside-notarize-is-an-offence",
        _VOTERS + "13_what_an_honest_member_may_say_twice_is_no_offence",
        "votes.py",
        "case [Kind.NULLIFY, Kind.FINALIZE]:",
        "case [Kind.NULLIFY, Kind.FINALIZE] | [Kind.NOTARIZE, Kind.NULLIFY]:",
    ),
    _mutant(
        "votes-without-a-window",
        _VOTERS + "11b_votes_far_ahead_and_old_certificates_cost_neither_memory_nor_checks",
        "admission.py",
        "statement.view <= replica.cur + VOTES_AHEAD:\n            return Admitted.IGNORED\n        held",
        "statement.view:\n            return Admitted.IGNORED\n        held",
    ),
    _mutant(
        "notarization-does-not-clear",
        _LEADERS + "a_notarization_counts_whoever_brings_it_and_whatever_was_voted",
        "tally.py",
        "(Kind.NOTARIZE in held.certificates or Kind.NULLIFY in held.certificates)",
        "Kind.NULLIFY in held.certificates",
    ),
    _mutant(
        "views-are-jumped",
        _CERTIFICATES + "4_a_certificate_of_a_later_view_opens_no_hole",
        "pace.py",
        "        while tally.is_cleared(cur):\n            cur += 1\n",
        "        while any(tally.is_cleared(view) for view in range(cur, cur + 9)):\n            cur += 1\n",
    ),
)

DISK: Final = (
    _mutant(
        "forgotten-votes",
        _RESTART + "a_member_that_voted_and_crashed_does_not_vote_for_another_block_in_that_view",
        "restart.py",
        "replica.ballot.restore(vote)",
        "pass",
    ),
    _mutant(
        "own-votes-not-counted-again",
        _RESTART + "all_crash_after_nullifying_and_before_saying_so_and_the_view_still_ends",
        "restart.py",
        "admission.place(vote)",
        "pass",
    ),
    _mutant(
        "body-not-kept-with-the-vote",
        _RESTART + "all_crash_after_notarizing_and_the_view_is_still_notarized_or_given_up",
        "proposals.py",
        "self._replica.rows.put_body(vote.statement.view, held.data)",
        "pass",
    ),
    _mutant(
        "sent-before-persisted",
        _NETWORK + "20_one_gone_and_a_restart_storm_of_another_harm_nothing_and_the_rest_resumes",
        "turn.py",
        "return (*durable, *self._said, *self._sent,",
        "return (*self._sent, *durable, *self._said,",
    ),
    _mutant(
        "votes-not-persisted",
        _NETWORK + "20_one_gone_and_a_restart_storm_of_another_harm_nothing_and_the_rest_resumes",
        "ballot.py",
        "self._rows.put_vote(vote)",
        "pass",
    ),
    _mutant(
        "rows-deleted-above-final",
        _RESTART + "a_vote_above_the_final_view_outlives_a_delivery_and_a_crash",
        "rows.py",
        "for view in sorted(view for view in self._keys if view <= final_view):",
        "for view in sorted(view for view in self._keys if view <= final_view + 2):",
    ),
    _mutant(
        "lost-table-taken-for-a-new-one",
        _RESTART + "a_lost_vote_table_is_told_from_a_new_one_and_its_member_votes_no_more",
        "rows.py",
        "if own or floor.height > 0 or not self._setup.is_new:",
        "if False:",
    ),
    _mutant(
        "certificates-not-restored",
        _RESTART + "a_member_comes_back_in_the_view_that_its_votes_show",
        "restart.py",
        "admission.restore(certificate)",
        "pass",
    ),
)

LIVENESS: Final = (
    _mutant(
        "no-status",
        _NETWORK + "votes_lost_once_are_said_again",
        "core.py",
        "        self._status.tell()\n",
        "",
    ),
    _mutant(
        "own-votes-not-said-again",
        _NETWORK + "finalize_votes_lost_once_are_said_again",
        "status.py",
        "votes += self._own_votes(view, status, has)",
        "votes += []",
    ),
    _mutant(
        "certificates-not-pushed",
        _NETWORK + "certificates_lost_once_are_handed_out_again",
        "status.py",
        "        self._push_certificates(peer, lacking)\n",
        "",
    ),
    _mutant(
        "no-body-fetch",
        _LEADERS + "2_a_body_withheld_after_its_notarization_is_fetched_from_those_who_voted",
        "core.py",
        "        self._fetch.ask()\n",
        "",
    ),
    _mutant(
        "page-links-unchecked",
        _CERTIFICATES + "15_a_page_of_other_blocks_under_a_true_certificate_is_not_believed",
        "fetch.py",
        "        self._check_links(metas, page.finalization)\n",
        "",
    ),
    _mutant(
        "unsolicited-bodies-kept",
        _CERTIFICATES + "15_blocks_that_nobody_asked_for_are_dropped",
        "fetch.py",
        "        if request is not None and peer in request.asked:\n            self._replica.blocks.add(meta, data)",
        "        self._replica.blocks.add(meta, data)",
    ),
    _mutant(
        "no-back-off",
        _NETWORK + "a_network_far_slower_than_configured_still_finalizes",
        "pace.py",
        "return self._replica.parameters.backed_off(base_ms, self._replica.gap, self._replica.members.faults)",
        "return base_ms",
    ),
    _mutant(
        "work-does-not-arm",
        _IDLE + "work_after_a_rest_is_final_within_half_a_second[90000]",
        "pace.py",
        "            replica.work\n            or view in replica.candidates",
        "            view in replica.candidates",
    ),
    _mutant(
        "nullify-votes-do-not-arm",
        _NETWORK + "an_idle_member_among_lost_wake_ups_is_woken_by_f_plus_1_others",
        "pace.py",
        "            or replica.tally.count(view, Kind.NULLIFY) > replica.members.faults\n",
        "",
    ),
    _mutant(
        "tail-does-not-arm",
        _IDLE + "a_tail_is_finalized_by_one_empty_block_without_waiting_for_the_heartbeat",
        "pace.py",
        "            or (self._has_tail() and replica.turn.due(self._entered_ms + replica.parameters.tail_ms))\n",
        "",
    ),
    _mutant(
        "no-heartbeat",
        _IDLE + "three_idle_minutes_are_at_most_four_blocks",
        "pace.py",
        "            or replica.turn.due(self._entered_ms + replica.parameters.idle_ms)\n",
        "",
    ),
    _mutant(
        "parking-never",
        _IDLE + "three_idle_minutes_are_at_most_four_blocks",
        "pace.py",
        "if not self._is_armed():",
        "if False:",
    ),
    _mutant(
        "a-leader-that-gave-up-is-waited-for",
        _LEADERS + "9_a_leader_that_nullifies_its_own_good_block_only_loses_its_view",
        "pace.py",
        " or replica.tally.vote(view, Kind.NULLIFY, leader) is not None:",
        ":",
    ),
    _mutant(
        "a-view-with-a-proposal-never-ends",
        _LEADERS + "3_a_proposal_shown_to_one_member_alone_is_given_up_by_that_one_too",
        "pace.py",
        "return replica.turn.due(replica.armed_ms + self._scaled(replica.parameters.view_ms))",
        "return False",
    ),
    _mutant(
        "silent-leaders-are-waited-for",
        _VOTERS + "a_leader_silent_for_long_is_not_waited_for",
        "pace.py",
        "        if self._is_silent(leader):\n            return True\n",
        "",
    ),
)

_AGAIN = _EPOCHS + "r15_the_last_block_is_proposed_again_by_one_leader_after_the_other_until_it_is_final"

EPOCHS: Final = (
    _mutant(
        "another-block-on-the-last", _AGAIN, "leadership.py", "        if base.ends_epoch:\n", "        if False:\n"
    ),
    _mutant(
        "a-last-block-proposed-again-is-a-fault",
        _AGAIN,
        "proposals.py",
        "if said.ends_epoch:  # R15",
        "if False:",
    ),
    _mutant(
        "an-epoch-never-ends",
        _EPOCHS + "a_member_joins_and_another_leaves",
        "finality.py",
        "        if meta.ends_epoch:\n            replica.end()\n",
        "",
    ),
    _mutant(
        "nobody-is-led-to-the-end",
        _EPOCHS + "who_slept_through_several_epochs_walks_through_all_of_them",
        "status.py",
        "                self._replica.turn.send(ServeEnd(peer, epoch_id))\n",
        "                pass\n",
    ),
    _mutant(
        "a-begun-epoch-taken-for-a-lost-table",
        _EPOCHS + "the_last_block_is_final_and_no_next_epoch_was_opened_anywhere",
        "rows.py",
        "before = None if own else self._before(rows)",
        "before = None",
    ),
    _mutant(
        "the-ended-sentinel-goes-too-early",
        _EPOCHS + "the_last_block_is_final_and_no_next_epoch_was_opened_anywhere",
        "finality.py",
        "            replica.end()\n",
        "            replica.end()\n            replica.turn.delete([replica.rows.sentinel(floor, True)[0]])\n",
    ),
)

MUTANTS: Final = (*GUARD, *PROPOSALS, *VOTES, *DISK, *LIVENESS, *EPOCHS)
