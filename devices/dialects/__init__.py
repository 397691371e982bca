"""One pure codec a dialect; siblings know nothing of each other."""
