"""From the listing of a source to a file in the landing folder: what is ready, what is known, downloads that resume."""
