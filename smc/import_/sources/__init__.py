"""Where drops come from. Every source is found through ``smc.registry`` under the entry points ``smc.sources``."""
