"""The pieces the socket types are made of."""
