"""The parts of the check: a second implementation of the formats, one file a topic."""
