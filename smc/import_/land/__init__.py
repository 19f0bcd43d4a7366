"""From bytes to plain text in the landing folder: unpacked, recoded, counted, within limits."""
