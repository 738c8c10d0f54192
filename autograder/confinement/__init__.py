"""Where a submission runs: the sandbox, the fork servers in it, and what they may do."""
