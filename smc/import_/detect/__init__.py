"""What a file seems to be, with the evidence, as the YAML of a feed. Only for people; a load never guesses."""
