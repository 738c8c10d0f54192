_seen = []
