"""ZMTP without I/O: bytes in, values out; values in, bytes out. No sockets, threads or clock."""
