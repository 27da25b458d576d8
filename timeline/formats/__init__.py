"""Outside formats, one module each, with what it takes to read and to write them."""
