"""`python -m datadeed_node`: the same as the command `datadeed-node`."""

from datadeed_node.cli import main

main()
