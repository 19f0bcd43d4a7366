"""Contact data made uniform while it is loaded: phones, e-mail addresses and time zones. See ``apply.py``."""
