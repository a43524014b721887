"""Clinic record to FHIR document and back: pure, no I/O, no clock, no log."""
