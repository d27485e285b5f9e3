"""The ledger room: what is true. Pure values and functions; no clock, disk, network or randomness (docs/spec/)."""
