"""One submission: what it is asked, and how its answers are judged."""
