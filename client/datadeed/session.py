"""Asking several nodes, as values: who is asked next, when to wait, and when to give up. No socket is touched here.

A `Flow` is a generator. It yields an `Attempt` and is sent an `Answer` or `NoAnswer`; it yields a `Pause` and is sent
None; it yields `Work`, something slow on this machine, and is sent nothing but the assurance that it is done.
`transport.py` performs these over httpx, once blocking and once with asyncio, so that every rule of the client is
written a single time. Rules of fail-over:

- a node that cannot be reached, is busy, is behind, or says what it cannot prove: ask the next, then go round again;
- a node that refuses, or does not know: that is one institution's word, so the others are asked in the same round, and
  only if none serves is the first such word believed;
- the same bytes are sent each time: an entry is recorded once, whoever submits it and however often;
- all of it ends within `patience_s`, with the error of whoever must act: no answer is waited for any longer, but every
  node of a round is given `LAST_TIMEOUT_S`.

Spec: docs/sdk.md, "Several nodes".
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field, replace
from random import SystemRandom
from typing import Final, TypeAlias, TypeVar

from datadeed.nodes import Nodes
from datadeed.problems import Behind, Fork, NotOnLedger, Present, Unreachable, problem_of
from datadeed_ledger.errors import Busy, DatadeedError, Malformed, Refused, Unproven

ANSWER_BYTES_MAX: Final = 4 * 1024 * 1024
ATTEMPT_TIMEOUT_S: Final = 10.0
LAST_TIMEOUT_S: Final = 3.0  # what a node has for its answer where less patience is left
PATIENCE_S: Final = 60.0  # a node's restart and its catching up fit in
PAUSE_S_MIN: Final = 0.1
PAUSE_S_MAX: Final = 5.0
_JITTER: Final = 0.25  # many clients turned away together do not come back together


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked, of whichever node. timeout_s: for the whole answer; bytes_max: of its body."""

    method: str
    path: str
    body: bytes = field(default=b"", repr=False)
    content_type: str = ""
    timeout_s: float = ATTEMPT_TIMEOUT_S
    bytes_max: int = ANSWER_BYTES_MAX


@dataclass(frozen=True, slots=True)
class Attempt:
    """Put `request` to the node at `url`."""

    url: str
    request: Request


@dataclass(frozen=True, slots=True)
class Pause:
    """Let `seconds` go by."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Work:
    """Run `run`, which may take seconds of disk or processor; an event loop goes on meanwhile."""

    run: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a node said. retry_after_s: its Retry-After, if it gave a whole number of seconds."""

    url: str
    status: int
    content_type: str
    retry_after_s: int | None
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """Why nothing came back, or nothing that may be read."""

    url: str
    reason: str


T = TypeVar("T")
Step: TypeAlias = Attempt | Pause | Work
Reply: TypeAlias = Answer | NoAnswer | None
Flow: TypeAlias = Generator[Step, Reply, T]
Reader: TypeAlias = Callable[[Answer], Flow[T]]  # what the answer means; may ask further


@dataclass(slots=True)
class Session:
    """One ledger's nodes and the patience of whoever asks them."""

    nodes: Nodes
    patience_s: float = PATIENCE_S
    monotonic_s: Callable[[], float] = time.monotonic

    def ask(self, request: Request, read: Reader[T]) -> Flow[T]:
        """The value that `read` makes of the first good answer.

        Raises `Refused`, `NotOnLedger` or `Malformed` when nodes say so and none serves; `Unproven` when what they
        say cannot be proven; `Busy` (`Unreachable`, `Behind`) when patience ends.
        """
        deadline_s = self.monotonic_s() + self.patience_s
        pause_s = PAUSE_S_MIN
        while True:
            failures: list[DatadeedError] = []
            for url in self.nodes.in_order():
                try:
                    value = yield from self.ask_one(url, self._in_time(request, deadline_s), read)
                except Fork:
                    raise
                except (Malformed, Refused, Busy, Unproven) as failure:
                    self.nodes.failed(url)
                    failures.append(failure)
                else:
                    self.nodes.served(url)
                    return value
            _raise_verdict(failures)
            wait_s = _pause_s(failures, pause_s)
            if self.monotonic_s() + wait_s > deadline_s:
                raise _last_word(failures)
            yield Pause(wait_s)
            pause_s = min(2 * pause_s, PAUSE_S_MAX)

    def _in_time(self, request: Request, deadline_s: float) -> Request:
        left_s = max(deadline_s - self.monotonic_s(), LAST_TIMEOUT_S)
        return request if request.timeout_s <= left_s else replace(request, timeout_s=left_s)

    def ask_any(self, request: Request, read: Reader[T], first: str) -> Flow[T]:
        """As `ask`, one round only, beginning with the node at `first`: for what proves another answer."""
        failures: list[DatadeedError] = []
        for url in (first, *(each for each in self.nodes.in_order() if each != first)):
            try:
                return (yield from self.ask_one(url, request, read))
            except (Malformed, Refused, Busy, Unproven) as failure:
                failures.append(failure)
        raise _last_word(failures)

    def ask_one(self, url: str, request: Request, read: Reader[T]) -> Flow[T]:
        """As `ask`, of this node alone and once."""
        reply = yield Attempt(url, request)
        if not isinstance(reply, Answer):
            assert isinstance(reply, NoAnswer), "an attempt is answered by an answer or by none"
            raise Unreachable(url, reply.reason)
        if reply.status not in (200, 202):
            raise problem_of(reply.status, reply.content_type, reply.retry_after_s, reply.body, url)
        try:
            return (yield from read(reply))
        except Malformed as error:  # bytes of the node's, not of whoever asked
            raise Unproven("answer", f"{url}: {error}") from error


def at_once(read: Callable[[Answer], T]) -> Reader[T]:
    """A reader that asks nothing further."""

    def reader(answer: Answer) -> Flow[T]:
        yield from ()
        return read(answer)

    return reader


def work(run: Callable[[], T]) -> Flow[T]:
    """The value of `run`, worked out where it blocks nobody; what it raises is raised here."""
    values: list[T] = []
    failures: list[DatadeedError | OSError] = []

    def attempt() -> None:
        try:
            values.append(run())
        except (DatadeedError, OSError) as failure:
            failures.append(failure)

    yield Work(attempt)
    if failures:
        raise failures[0]
    return values[0]


def _raise_verdict(failures: list[DatadeedError]) -> None:
    """After a round in which none served: a verdict on the request itself ends it, the first in this order.

    A node that is merely busy or behind may yet know what another does not.
    """
    undecided = any(isinstance(failure, Busy) and not isinstance(failure, Unreachable) for failure in failures)
    for kind in (Refused, Malformed) if undecided else (Refused, Malformed, Present, NotOnLedger):
        for failure in failures:
            if isinstance(failure, kind):
                raise failure


def _pause_s(failures: list[DatadeedError], pause_s: float) -> float:
    """How long to wait: what the least busy node asked for, at least the growing pause, and a little by chance."""
    asked = [failure.retry_after_s for failure in failures if isinstance(failure, Busy) and failure.retry_after_s > 0]
    # A node that could not be reached asked for nothing; it may be back at any moment.
    wait_s = max(pause_s, min(asked)) if len(asked) == len(failures) else pause_s
    return wait_s * (1 + SystemRandom().random() * _JITTER)


def _last_word(failures: list[DatadeedError]) -> DatadeedError:
    """The failure to report: a false proof before a verdict, a verdict before a full room, that before silence."""
    for failure in failures:
        if isinstance(failure, Unproven) and not isinstance(failure, (Present, NotOnLedger)):
            return failure
    for kind in (Refused, Malformed, Present, NotOnLedger):
        for failure in failures:
            if isinstance(failure, kind):
                return failure
    for failure in failures:
        if isinstance(failure, Busy) and not isinstance(failure, (Unreachable, Behind)):
            return failure
    if behind := [failure for failure in failures if isinstance(failure, Behind)]:
        return behind[0]
    silent = [failure for failure in failures if isinstance(failure, Unreachable)]
    assert len(silent) == len(failures) > 0, "every failure of a node is one of the four kinds"
    return Unreachable.of_all(silent)
