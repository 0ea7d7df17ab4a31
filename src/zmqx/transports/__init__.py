"""Byte ducts to peers, one file per transport. They know the system's sockets and nothing of ZMTP."""
