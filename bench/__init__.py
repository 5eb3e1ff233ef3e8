"""What the targets in docs/development.md are measured with: `make bench`, or `N=… V=… python -m bench`."""
