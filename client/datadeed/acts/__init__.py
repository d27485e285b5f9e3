"""What offices and holders put on the register, as values: the kind and the data of an entry, not yet signed.

    from datadeed.acts import court

    with Ledger.open(signer=office_key) as ledger:
        ledger.perform(court.freeze(right, months=36, ruling_no="(2026)京73财保1号"))

One function an act, in the module of who usually does it: `registrar`, `court`, `exchange`, `holder`. An act that
others sign too travels as a draft: `ledger.draft(act.kind, act.data, by=[…])`. Whatever is not here is
`submit(kind, data)`; nothing here is a rule: the ledger decides. Spec: docs/spec/events.md section 3.
"""

from datadeed.acts.act import Act

__all__ = ["Act"]
