"""Tests of segments: rows as a marketer writes them → rows as feeds bring them, and what came out against what must."""
