"""The drops of the example shops and the scripts that make them; see README.md."""
