"""The service: takes in, delivers, serves, remembers."""
