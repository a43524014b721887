"""One hospital over HTTP: how it is reached, what it can take, and what it answers."""
