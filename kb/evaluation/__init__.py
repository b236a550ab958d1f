"""Figures on fixed sets: how good is what the product does."""
