"""What is sold: a measured gift shop's trade, or a sales history of your own."""
