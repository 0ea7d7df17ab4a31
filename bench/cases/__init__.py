"""The cases: one file per subject, each with its cases and the programs that their processes run."""
