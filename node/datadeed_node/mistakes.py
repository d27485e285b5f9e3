"""What an operator asked for and cannot have, with the next thing to do.

This is not one of the ledger's four errors: nobody sent anything. It says that a folder is taken, a file is missing, a
node is not answering. Commands print both halves; nothing else catches it.
"""


class Mistake(Exception):
    """problem: what stands in the way, one sentence; next_step: what to do about it, one sentence."""

    def __init__(self, problem: str, next_step: str) -> None:
        super().__init__(f"{problem}. Next: {next_step}")
        self.problem = problem
        self.next_step = next_step
