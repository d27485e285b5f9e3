"""The web pages of a node: the ledger for people, in Chinese and English, as of the published checkpoint."""
