"""The moving parts: readiness, sessions, endpoints, and the socket without a colour."""
