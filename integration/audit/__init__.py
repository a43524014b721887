"""What an auditor can check: the chain of events, and the history of a session."""
