"""Asking several nodes, as values: who is asked next, how long is waited, whose word is believed. No socket here."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datadeed.nodes import Nodes
from datadeed.problems import (
    Behind,
    Fork,
    NotOnLedger,
    Unreachable,
    json_object,
    problem_of,
    text_of,
    whole_of,
)
from datadeed.session import (
    LAST_TIMEOUT_S,
    Answer,
    Attempt,
    Flow,
    NoAnswer,
    Pause,
    Request,
    Session,
    Work,
    at_once,
    work,
)
from datadeed_ledger.errors import Busy, DatadeedError, Malformed, Refused, Unproven

A, B, C = "https://a.example", "https://b.example", "https://c.example"
REQUEST = Request("POST", "/entries", b"the same bytes", "application/msgpack")


def ok(body: bytes = b"{}") -> Callable[[str], Answer]:
    return lambda url: Answer(url, 200, "application/json", None, body)


def says(status: int, kind: str, retry_after_s: int | None = None, **more: Any) -> Callable[[str], Answer]:
    body = json.dumps({"kind": kind, "detail": f"{kind} indeed", **more}).encode()
    return lambda url: Answer(url, status, "application/problem+json; charset=utf-8", retry_after_s, body)


def silent(url: str) -> NoAnswer:
    return NoAnswer(url, "no connection")


BUSY = says(503, "busy", 7)
REFUSED = says(409, "refused", rule=12, detail_zh="不行")
UNKNOWN = says(404, "not-found")
BAD_REQUEST = says(400, "malformed")


class World:
    """Nodes that answer as scripted, for ever with the last; and a clock that only pauses move."""

    def __init__(self, patience_s: float = 60, **script: Any) -> None:
        self.script = {f"https://{name}.example": list(answers) for name, answers in script.items()}
        self.now_s = 1000.0
        self.asked: list[str] = []
        self.pauses: list[float] = []
        self.timeouts: list[float] = []
        self.hangs = False  # who gives no answer takes all its time for it
        self.bodies: set[bytes] = set()
        self.session = Session(Nodes(tuple(self.script)), patience_s, lambda: self.now_s)

    def play(self, flow: Flow[Any]) -> Any:
        reply: Any = None
        while True:
            try:
                step = flow.send(reply)
            except StopIteration as end:
                return end.value
            reply = None
            if isinstance(step, Pause):
                self.pauses.append(step.seconds)
                self.now_s += step.seconds
            elif isinstance(step, Work):
                step.run()
            else:
                reply = self._attempt(step)

    def _attempt(self, step: Attempt) -> Answer | NoAnswer:
        self.asked.append(step.url[8])
        self.bodies.add(step.request.body)
        answers = self.script[step.url]
        said: Answer | NoAnswer = (answers.pop(0) if len(answers) > 1 else answers[0])(step.url)
        self.timeouts.append(step.request.timeout_s)
        if self.hangs and isinstance(said, NoAnswer):
            self.now_s += step.request.timeout_s
        return said

    def ask(self, read: Callable[[Answer], Any] = lambda answer: answer.url) -> Any:
        return self.play(self.session.ask(REQUEST, at_once(read)))


def test_the_first_good_answer_is_taken() -> None:
    world = World(a=[ok()], b=[ok()])
    assert world.ask() == A
    assert world.asked == ["a"]


@pytest.mark.parametrize(
    "failure", [silent, BUSY, REFUSED, UNKNOWN, BAD_REQUEST, says(500, "broken"), says(302, "moved")]
)
def test_whatever_one_node_says_another_may_serve_with_the_same_bytes(failure: Any) -> None:
    world = World(a=[failure], b=[ok()], c=[ok()])
    assert world.ask() == B
    assert (world.asked, world.pauses, world.bodies) == (["a", "b"], [], {b"the same bytes"})
    assert world.ask() == B, "the one that served is asked first from then on"


def test_when_all_are_silent_they_are_asked_again_with_growing_pauses_until_patience_ends() -> None:
    world = World(10, a=[silent], b=[silent])
    with pytest.raises(Unreachable) as error:
        world.ask()
    assert A in str(error.value)
    assert B in str(error.value)
    assert all(earlier < later for earlier, later in zip(world.pauses[:4], world.pauses[1:4], strict=False))
    assert sum(world.pauses) <= 10
    assert world.asked == ["a", "b"] * (len(world.pauses) + 1) or set(world.asked) == {"a", "b"}


def test_an_answer_is_waited_for_no_longer_than_patience_lasts_and_each_node_of_a_round_is_asked() -> None:
    world = World(5, a=[silent], b=[silent], c=[silent])
    world.hangs = True
    with pytest.raises(Unreachable):
        world.play(world.session.ask(replace(REQUEST, timeout_s=20), at_once(lambda answer: answer.url)))
    assert world.timeouts == [5, LAST_TIMEOUT_S, LAST_TIMEOUT_S]


def test_a_single_silent_node_is_named_as_it_is() -> None:
    with pytest.raises(Unreachable, match=r"^https://a.example: no connection$"):
        World(1, a=[silent]).ask()


def test_nodes_that_come_back_serve() -> None:
    world = World(a=[silent, silent, ok()], b=[silent])
    assert world.ask() == A
    assert len(world.pauses) == 2


def test_retry_after_is_honoured_when_every_node_asks_for_it() -> None:
    world = World(a=[BUSY, BUSY, ok()], b=[says(503, "busy", 9)])
    assert world.ask() == A
    assert all(7 <= pause <= 7 * 1.25 for pause in world.pauses)
    assert len(world.pauses) == 2


def test_retry_after_of_one_does_not_hold_up_those_that_may_be_back() -> None:
    world = World(a=[BUSY], b=[silent, ok()])
    assert world.ask() == B
    assert world.pauses[0] < 1


def test_a_node_that_stays_busy_ends_as_busy_and_not_later_than_patience() -> None:
    world = World(20, a=[BUSY], b=[silent])
    with pytest.raises(Busy, match="busy indeed") as error:
        world.ask()
    assert not isinstance(error.value, Unreachable)
    assert world.now_s - 1000 <= 20


@pytest.mark.parametrize(
    ("failure", "kind"), [(REFUSED, Refused), (BAD_REQUEST, Malformed), (says(422, "malformed"), Malformed)]
)
def test_a_verdict_that_nobody_contradicts_is_believed_after_one_round(failure: Any, kind: type[Exception]) -> None:
    world = World(a=[failure], b=[silent], c=[BUSY])
    with pytest.raises(kind):
        world.ask()
    assert (sorted(world.asked), world.pauses) == (["a", "b", "c"], [])


def test_a_refusal_keeps_its_number_and_both_languages() -> None:
    with pytest.raises(Refused) as error:
        World(a=[REFUSED]).ask()
    assert (error.value.number, error.value.en, error.value.zh) == (12, "refused indeed", "不行")


def test_not_known_is_believed_unless_a_node_that_may_know_is_busy() -> None:
    with pytest.raises(NotOnLedger):
        World(a=[UNKNOWN], b=[silent]).ask()
    world = World(a=[UNKNOWN], b=[BUSY, ok()])
    assert world.ask() == B
    assert len(world.pauses) == 1


def raising(error: DatadeedError, *, at: str = A) -> Callable[[Answer], str]:
    def read(answer: Answer) -> str:
        if answer.url == at:
            raise error
        return answer.url

    return read


@pytest.mark.parametrize("error", [Unproven("inclusion", "no"), Malformed("no"), Behind("no")])
def test_a_node_whose_answer_does_not_hold_is_passed_over(error: DatadeedError) -> None:
    world = World(a=[ok()], b=[ok()])
    assert world.ask(raising(error)) == B


def test_an_answer_that_no_node_can_prove_is_unproven_in_the_end() -> None:
    world = World(1, a=[ok()], b=[silent])
    with pytest.raises(Unproven, match="inclusion"):
        world.ask(raising(Unproven("inclusion", "no")))


def test_bytes_of_a_node_that_cannot_be_read_are_its_fault_and_not_the_callers() -> None:
    with pytest.raises(Unproven, match=r"answer: https://a\.example: garbage"):
        World(1, a=[ok()]).ask(raising(Malformed("garbage")))


def test_all_behind_is_reported_as_behind() -> None:
    with pytest.raises(Behind):
        World(1, a=[ok()], b=[silent]).ask(raising(Behind("short")))


def test_a_fork_ends_everything_at_once() -> None:
    world = World(a=[ok()], b=[ok()])
    with pytest.raises(Fork):
        world.ask(raising(Fork("two roots")))
    assert (world.asked, world.pauses) == (["a"], [])


def test_a_question_beside_the_main_one_goes_round_once_from_the_node_it_is_about() -> None:
    world = World(a=[silent], b=[silent], c=[ok()])
    assert world.play(world.session.ask_any(REQUEST, at_once(lambda answer: answer.url), first=B)) == C
    assert (world.asked, world.pauses) == (["b", "a", "c"], [])
    lonely = World(a=[silent])
    with pytest.raises(Unreachable):
        lonely.play(lonely.session.ask_any(REQUEST, at_once(lambda answer: answer.url), first=A))


def test_a_false_proof_weighs_more_than_a_missing_page() -> None:
    world = World(a=[UNKNOWN], b=[ok()])
    read = raising(Unproven("consistency", "no"), at=B)
    with pytest.raises(Unproven, match="consistency"):
        world.play(world.session.ask_any(REQUEST, at_once(read), first=A))
    world = World(a=[UNKNOWN], b=[BUSY])
    with pytest.raises(NotOnLedger):
        world.play(world.session.ask_any(REQUEST, at_once(read), first=A))


def test_work_gives_its_value_or_its_error() -> None:
    assert World(a=[ok()]).play(work(lambda: 5)) == 5

    def fail() -> int:
        raise FileNotFoundError("gone")

    with pytest.raises(FileNotFoundError):
        World(a=[ok()]).play(work(fail))


ANSWERS = [
    silent,
    ok(),
    BUSY,
    REFUSED,
    UNKNOWN,
    BAD_REQUEST,
    says(503, "busy"),
    says(500, "broken"),
    says(302, "moved"),
]
SCRIPT = st.lists(st.sampled_from(ANSWERS), min_size=1, max_size=6)


@given(SCRIPT, SCRIPT, SCRIPT)
def test_whatever_nodes_say_it_ends_in_time_with_an_answer_or_one_of_the_four_errors(a: Any, b: Any, c: Any) -> None:
    world = World(20, a=a, b=b, c=c)
    try:
        world.ask()
    except (Malformed, Refused, Busy, Unproven):
        pass
    else:
        assert "a" in world.asked
    assert world.now_s - 1000 <= 20
    assert world.bodies == {b"the same bytes"}
    rounds = len(world.pauses) + 1
    assert len(world.asked) <= 3 * rounds


# --- problem documents -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "kind", "expected"),
    [
        (400, "malformed", Malformed),
        (413, "", Malformed),
        (409, "refused", Refused),
        (404, "not-found", NotOnLedger),
        (503, "busy", Busy),
        (429, "", Busy),
        (502, "unproven", Unproven),
        (409, "", Unreachable),
        (500, "", Unreachable),
        (301, "", Unreachable),
    ],
)
def test_each_kind_of_problem_is_the_error_of_who_must_act(status: int, kind: str, expected: type[Exception]) -> None:
    body = json.dumps({"kind": kind}).encode()
    assert type(problem_of(status, "application/problem+json", None, body, A)) is expected


def test_a_document_of_another_type_is_not_looked_into() -> None:
    error = problem_of(409, "text/html", None, b'{"kind":"refused","detail":"x"}', A)
    assert str(error) == f"{A}: an answer that this client has no use for (HTTP status 409)"


def test_a_nodes_words_are_cut_to_a_length_and_its_numbers_bounded() -> None:
    body = json.dumps({"kind": "refused", "detail": "x" * 10_000, "rule": 10**9}).encode()
    error = problem_of(409, "application/problem+json", None, body, A)
    assert isinstance(error, Refused)
    assert (len(error.en), error.number) == (600, 0)
    busy = problem_of(503, "", 10**8, b"", A)
    assert isinstance(busy, Busy)
    assert busy.retry_after_s == 3600


@given(st.integers(300, 599), st.sampled_from(["application/problem+json", ""]), st.binary(max_size=80))
def test_any_answer_is_one_of_the_errors(status: int, content_type: str, body: bytes) -> None:
    assert isinstance(problem_of(status, content_type, None, body, A), DatadeedError)


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff", b'{"a":1,"a":2}', b"[" * 100_000])
def test_what_is_no_json_object_proves_nothing(body: bytes) -> None:
    with pytest.raises(Unproven, match="the answer is not"):
        json_object(body, "the answer")


@pytest.mark.parametrize("value", [None, -1, True, 2**53, "1"])
def test_members_of_another_type_prove_nothing(value: Any) -> None:
    with pytest.raises(Unproven, match="whole number 'n'"):
        whole_of({"n": value}, "n", "the answer")
    with pytest.raises(Unproven, match="text 't'"):
        text_of({"t": 5}, "t", "the answer")
    assert (whole_of({"n": 5}, "n", "it"), text_of({"t": "x"}, "t", "it")) == (5, "x")
