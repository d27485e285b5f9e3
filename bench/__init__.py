"""`make bench`: what the real thing does on this machine. Four node processes, one load generator, figures as JSON."""
