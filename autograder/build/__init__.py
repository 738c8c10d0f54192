"""Make what students get from the solutions, and refuse what isn't fit to hand out."""
