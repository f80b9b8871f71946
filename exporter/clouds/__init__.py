"""The clouds: how each vendor is signed for, asked and understood; one folder a vendor."""
