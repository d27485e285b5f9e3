"""`datadeed-node demo`: four institutions on one machine, and the whole life of a right told on real files."""
