"""The executor: a document is judged, priced, paid for and answered. It knows no order."""
