"""Rules to atoms to SQL; who is in which segment, and since when."""
