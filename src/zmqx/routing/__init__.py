"""One rule per socket type: which pipe to put into, which to take from. Pure: sees pipes, never
streams, timers, threads or the engine."""
