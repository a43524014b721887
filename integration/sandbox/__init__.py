"""Pretend hospitals: real FHIR servers on this machine, and the faults that real networks add to them."""
