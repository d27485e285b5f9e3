"""The node's face over HTTP: routes, problem documents, limits. What a node is and does stands in `node.py`."""
