"""Prediction: who is still a customer, how often and for how much he will buy, and when next.

Two models by maximum likelihood: BG/NBD for visits (purchases.py) and Gamma-Gamma for money (spend.py). Days are those
of ``customer_metric``; rates and ages are in weeks. run.py is the door. numpy and scipy are needed (extra ``predict``),
so nothing here is imported before the stage runs.
"""
