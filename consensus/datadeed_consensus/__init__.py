"""The order of blocks: Simplex consensus as a pure state machine. Spec: docs/spec/consensus.md."""
