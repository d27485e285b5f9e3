"""The node room: what touches the world. Disk, network, clock, HTTP, and the operator's commands."""
