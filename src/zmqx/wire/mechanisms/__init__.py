"""Security mechanisms: the handshake steps between greeting and traffic."""
