"""What it costs, side by side with others. `make bench` prints the tables; nothing here is a test."""
