"""Customers who came under several ids: found by rules, merged, redirected when they come again, and parted again."""
