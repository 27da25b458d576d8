"""What the service costs, each figure beside a baseline of the same run: `make bench`, `make bench-peers`."""
