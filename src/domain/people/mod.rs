//! Is this a family we know? Comparison of persons and households, explained and proposed, never acted upon.
