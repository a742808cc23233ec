"""What-ifs and occasions: many plans made side by side, laid beside each other, and staged over time."""
