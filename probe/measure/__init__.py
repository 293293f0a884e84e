"""The only folder that touches the network: the four steps of a measurement and the journey through them."""
