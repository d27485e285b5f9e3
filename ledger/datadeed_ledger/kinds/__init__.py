"""The law of the register: one row of one table for each kind of entry (table.py). Spec: docs/spec/events.md."""
