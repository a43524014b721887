"""What we promise: exact JSON, every code and system, our definitions, and the check before anything is stored."""
