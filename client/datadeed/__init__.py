"""datadeed: put deeds to data on a ledger, and prove them offline. The client's public names, and nothing else.

    from datadeed import Ledger, HeldKey

Documentation: docs/sdk.md. The ledger's formats and its judge stand in `datadeed_ledger`.
"""

from datadeed.acts import Act
from datadeed.async_ledger import AsyncLedger
from datadeed.counter import FolderDeposit
from datadeed.digests import FileDigest
from datadeed.drafts import OpenDraft
from datadeed.enrolment import EnrolRequest
from datadeed.export import Export
from datadeed.home import Home, NotConnected, default_home
from datadeed.inquiries import Told, WorkLists
from datadeed.keyring import HeldKey, LockedKey, WrongPassphrase, new_party_key, read_key, read_office_key
from datadeed.ledger import Ledger
from datadeed.manifest import Manifest
from datadeed.numbers import Numbers
from datadeed.problems import Behind, Fork, NotOnLedger, Pending, Present, Unfinished, Unreachable
from datadeed.proving import Evidence
from datadeed.receipts import Head, Receipt
from datadeed_ledger.errors import Busy, DatadeedError, Malformed, Refused, Unproven

__all__ = [
    "Act",
    "AsyncLedger",
    "Behind",
    "Busy",
    "DatadeedError",
    "EnrolRequest",
    "Evidence",
    "Export",
    "FileDigest",
    "FolderDeposit",
    "Fork",
    "Head",
    "HeldKey",
    "Home",
    "Ledger",
    "LockedKey",
    "Malformed",
    "Manifest",
    "NotConnected",
    "NotOnLedger",
    "Numbers",
    "OpenDraft",
    "Pending",
    "Present",
    "Receipt",
    "Refused",
    "Told",
    "Unfinished",
    "Unproven",
    "Unreachable",
    "WorkLists",
    "WrongPassphrase",
    "default_home",
    "new_party_key",
    "read_key",
    "read_office_key",
]
