"""The desk: what a door can ask and do, typed once; the command line only shows the answers."""
