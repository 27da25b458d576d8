"""The service beside other event stores: the same events, in turn, on the same machine."""
