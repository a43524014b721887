"""The way in: the clinic's export becomes records, records become checked documents."""
