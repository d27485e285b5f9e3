"""What goes into the consensus core and what comes out: the whole contract with its driver.

`Core.step(now_mono_ms, now_utc_ms, input)` returns effects; the driver performs them strictly in order, one at a
time. It leaves out how: disk, network, clock and execution are the driver's. Consensus spec section 2.13.

The driver's duties, in full:
- The first input after construction is `Start`. Inputs are fed one at a time; while a `Persist` or `Deliver` is
  in flight they queue.
- `Persist` is a barrier: its rows are on disk and synced before anything after it is done. A write that fails
  ends the process; it is never tried again. There is at most one a step, before every other effect.
- `Deliver` is a barrier too: block, state, puts and deletes in one synced batch. Several may come in one step,
  lowest height first, before everything that is sent. Where a step delivers, its rows ride in the first `Deliver`
  and there is no `Persist`.
- After a `Deliver` of a block that is not empty the core doubts an older `WorkPending(True)` for 5 ms: a driver
  that says it again right after the delivery, whatever its value, saves an empty block or those 5 ms.
- Every `Build` and every `Execute` is answered once, in a later step and in order of asking. One that was
  overtaken by events is answered all the same; the core drops the answers that it no longer needs.
- `EpochEnded` comes once, in the step that delivered the block that ends the epoch, after everything that is sent.
  From then on the core does nothing more. The driver makes the next epoch's core from the next roster, with the floor
  `Floor(height, digest, time_ms, 0, b"")` of that block and with all rows; answers that the old core still waits for
  are not given to the new one. Whoever restarts on such a block does the same.
- `Wake` is the last effect of every step and replaces the one timer; a `Tick` at or after that time is due.
- Rows are opaque: the driver keeps them under a prefix of its own and gives all of them back at restart.
"""

from dataclasses import dataclass

# Inputs


@dataclass(frozen=True, slots=True)
class Start:
    """The first input, once."""


@dataclass(frozen=True, slots=True)
class Message:
    """One whole consensus message from an authenticated peer."""

    peer: int  # signer index in this epoch's roster
    data: bytes


@dataclass(frozen=True, slots=True)
class Tick:
    """The time of the last `Wake` has come (an early or a repeated one does no harm)."""


@dataclass(frozen=True, slots=True)
class Executed:
    """Answer to `Execute`: whether the block is valid on its parent; never about clocks or load."""

    digest: bytes
    ok: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Built:
    """Answer to `Build`: a block, or None where none could be built."""

    view: int
    block: bytes | None


@dataclass(frozen=True, slots=True)
class WorkPending:
    """A level, not an edge: whether entries wait here. Repeating it does no harm."""

    pending: bool


@dataclass(frozen=True, slots=True)
class PeerUp:
    peer: int


@dataclass(frozen=True, slots=True)
class PeerDown:
    peer: int


Input = Start | Message | Tick | Executed | Built | WorkPending | PeerUp | PeerDown

# Effects


@dataclass(frozen=True, slots=True)
class Persist:
    """One synced batch, durable before any effect after it. What is deleted are rows of epochs that have ended."""

    puts: tuple[tuple[bytes, bytes], ...]
    deletes: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Send:
    peer: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Broadcast:
    """To every other member; a peer whose link is down simply does not get it."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Build:
    """Build a block on `parent` with this time and slack, an empty one if `empty`. Answer with `Built`.

    With nothing to record after all, an order for work is answered with an empty block. The driver keeps what
    executing its own block gave, so that the `Execute` that follows is answered at once.
    """

    view: int
    parent: bytes  # digest; the last delivered block unless `empty`
    empty: bool
    time_ms: int
    slack_ms: int
    deadline_mono_ms: int


@dataclass(frozen=True, slots=True)
class Execute:
    """Check `block` on its parent and execute it, changing nothing. Answer with `Executed`.

    A block that is not empty has the last delivered block as its parent. An empty one may instead stand on a
    block that was executed, found valid and is not delivered yet.
    """

    digest: bytes
    block: bytes
    parent: bytes


@dataclass(frozen=True, slots=True)
class Deliver:
    """Block `height` is final, was executed and found valid: write block, state and rows in ONE synced batch.

    `certificate` finalizes this block in `view`. It is empty where a later block's certificate covers this one
    (the `previous` digests prove it); `view` then is that of the newest certificate delivered before.
    """

    block: bytes
    digest: bytes
    height: int
    view: int
    certificate: bytes
    puts: tuple[tuple[bytes, bytes], ...] = ()
    deletes: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class ServeBlock:
    """If `digest` is a committed block send `messages.encode_block(epoch_id, block)` to `peer`, else nothing.

    epoch_id: the asker's, who may be in an epoch that has ended here.
    """

    peer: int
    digest: bytes
    epoch_id: bytes


@dataclass(frozen=True, slots=True)
class ServeRange:
    """Send `messages.encode_range(epoch_id, blocks, certificate)` to `peer`: committed blocks from `from_height`.

    Its blocks are all of the epoch of that id, which may have ended here; if `from_height` is not, send nothing. The
    page ends at a block that was delivered with a certificate, and carries that certificate: the last such
    block within `messages.RANGE_BLOCKS_MAX` blocks and `bytes_max` bytes, or the first one after `from_height` if
    none is within them.
    """

    peer: int
    from_height: int
    bytes_max: int
    epoch_id: bytes


@dataclass(frozen=True, slots=True)
class ServeEnd:
    """If the epoch of this id has ended here, send `messages.encode_end(epoch_id, certificate)` to `peer` with the
    certificate of the block that ended it; else nothing."""

    peer: int
    epoch_id: bytes


@dataclass(frozen=True, slots=True)
class EpochEnded:
    """The block just delivered was the last of its epoch; this core votes and delivers no more."""

    height: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class RecordEvidence:
    """Two conflicting votes of one member, already durable in the rows; for metrics, logs and the API."""

    key: bytes
    evidence: bytes


@dataclass(frozen=True, slots=True)
class Alarm:
    """A person must look. `halt`: this core votes and delivers no more; the rest of the node may serve on."""

    name: str
    text: str
    halt: bool


@dataclass(frozen=True, slots=True)
class Wake:
    at_mono_ms: int | None


Effect = (
    Persist
    | Send
    | Broadcast
    | Build
    | Execute
    | Deliver
    | ServeBlock
    | ServeRange
    | ServeEnd
    | EpochEnded
    | RecordEvidence
    | Alarm
    | Wake
)
