"""The four errors, by who must act.

    DatadeedError
    ├── Malformed   the sender: these bytes are not what the format says (HTTP 400, drop the link)
    ├── Refused     the depositor: a numbered rule does not permit this entry now (HTTP 409)
    ├── Busy        whoever retries: a limit is reached for the moment (HTTP 503 with Retry-After)
    └── Unproven    the judge: a step of a proof does not hold (exit 1)

A broken invariant is none of these: it is an `assert`, and the node stops. Trust raises; it never returns a bool.
Spec: docs/spec/architecture.md, "Contracts between rooms".
"""

from __future__ import annotations


class DatadeedError(Exception):
    """Base of every error that this project raises on purpose."""


class Malformed(DatadeedError):
    """Bytes from outside do not have the one spelling that the format allows; the message says what would be right."""


class Refused(DatadeedError):
    """A rule of the register refuses a well-formed entry.

    number: the rule's number in the catalogue; en, zh: what would make the entry pass.
    """

    def __init__(self, number: int, en: str, zh: str) -> None:
        super().__init__(f"rule {number}: {en}")
        self.number = number
        self.en = en
        self.zh = zh


class Busy(DatadeedError):
    """A bounded room is full; nothing was accepted. Send the same bytes again after `retry_after_s` seconds."""

    def __init__(self, message: str, retry_after_s: int = 1) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class Unproven(DatadeedError):
    """A proof does not hold; `step` names the first step that failed, `reason` says how."""

    def __init__(self, step: str, reason: str) -> None:
        super().__init__(f"{step}: {reason}")
        self.step = step
        self.reason = reason
