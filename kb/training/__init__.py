"""Labels to a trained, evaluated, promoted, exported model."""
