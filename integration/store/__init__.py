"""Tables, migrations, records, resources, ledger, events: the only SQL."""
