"""smc: marketing automation for retailers as a command line and a folder of YAML."""

__version__ = "0.1.0"
