"""The parts of check.py, one a group of vectors. No code of the project is used."""
