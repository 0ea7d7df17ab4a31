"""zmqx, pyzmq and plain sockets side by side: ``python -m bench`` from the root of the repository."""
