"""Pretend clinic data for demos and tests: believable courses, every record marked as test data.

All people, numbers, limits and doses are invented by seeded chance. A dose in here is what a pretend prescriber wrote
down for a pretend patient; infusion-fhir never suggests, computes or judges a dose, and nothing here is advice.
The same seed gives the same bytes on every machine, in every time zone.
"""

from mappings.sample.amendments import later
from mappings.sample.courses import courses
from mappings.sample.summary import summary

__all__ = ["courses", "later", "summary"]
