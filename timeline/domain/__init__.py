"""The pure core: what is reported, what it means, and how reports bear on each other. No I/O."""
