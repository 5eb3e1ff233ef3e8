"""Measure the targets in docs/development.md: `make bench`, or `N=… V=… python -m bench`."""
