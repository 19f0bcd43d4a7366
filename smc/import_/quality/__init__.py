"""How loads look: the limits that stop one before it harms (gate.py), and what ``smc quality`` says (health.py)."""

from smc.import_.quality.gate import FieldLook, Gate, look

__all__ = ["FieldLook", "Gate", "look"]
