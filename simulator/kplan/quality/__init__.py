"""Arithmetic of accuracies: verifiers, attempts, confidence bounds, compositions. No files, no rates."""
