"""Plan + Dialect → text. Text is never read back."""
