"""Checks of the service's answers by the model of meaning, one module an answer."""
