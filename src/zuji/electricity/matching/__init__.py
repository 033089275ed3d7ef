"""Certificates held against load: annual and hourly matching, residual mix, the four-line statement."""
