"""The whole story of one lane: what to send, how, what the answer means, and what to write down."""
