"""The trade-off of stock: how often channels are told, and how much they sell that is not there."""
